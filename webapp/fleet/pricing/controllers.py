"""Prices, as the admins of a city look after them."""

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from webapp.db.paging import distance_cursor
from webapp.errors import DomainError
from webapp.fleet.blueprint import bp
from webapp.fleet.enums import VEHICLE_TYPES, FormFactor, PropulsionType
from webapp.fleet.pricing import services as publishing
from webapp.fleet.pricing.forms import STEPS, PlanForm, filled
from webapp.fleet.pricing.labels import plan_type
from webapp.fleet.pricing.plan_terms import Terms
from webapp.forms import answer, blame
from webapp.regions.models import City
from webapp.web.access import fresh, only, staff_cities, staff_city_or_404
from webapp.web.roles import Role

#: All that a price may be published for here, the general one first.
TYPES = [("", ""), *((factor.value, "") for factor in FormFactor), *VEHICLE_TYPES.values()]


@bp.get("/fleet/plans")
@only(Role.ADMIN)
def plans() -> ResponseReturnValue:
    """Admins see the prices of a city of theirs, or all versions of one of them."""
    city = staff_city_or_404(request.args.get("city"), Role.ADMIN)
    if "type" in request.args:
        return _history(city, type_or_404(request.args["type"]))
    current = publishing.in_force([city])
    priced = {(plan.form_factor, plan.propulsion_type) for plan in current}
    return render_template(
        "fleet/plans.html",
        city=city,
        cities=staff_cities(Role.ADMIN),
        plans=current,
        others=[type_ for type_ in TYPES if type_ not in priced],
    )


def _history(city: City, type_: tuple[str, str]) -> ResponseReturnValue:
    # A version counts as a distance does: a whole number.
    page = publishing.history(city, type_, distance_cursor(request.args.get("after")))
    question = {"city": city.name, "type": ":".join(type_)}
    return render_template(
        "fleet/plans_history.html",
        city=city,
        page=page,
        question=question,
        about=plan_type(*type_),
    )


@bp.route("/fleet/plans/new", methods=["GET", "POST"])
@only(Role.ADMIN)
@fresh
def new_plan() -> ResponseReturnValue:
    """An admin changes a price: looks at what rides will cost, then publishes it."""
    city = staff_city_or_404(request.args.get("city"), Role.ADMIN)
    type_ = type_or_404(request.args.get("type", ""))
    form = _form(city, type_)
    plan = None
    if form.validate_on_submit():
        if not form.publish.data:
            plan = publishing.draft(city, form.terms)
        elif _published(city, form):
            flash(_("Published. Rides that begin from now on cost this."), "success")
            return redirect(url_for(".plans", city=city.name), 303)
    about = plan_type(*type_)
    return answer("fleet/plans_new.html", form, city=city, about=about, steps=STEPS, plan=plan)


def _form(city: City, type_: tuple[str, str]) -> PlanForm:
    """Return the form, filled with the current price while nobody has typed another."""
    data = None
    if request.method == "GET":
        current = publishing.current(city, type_)
        terms = publishing.terms_of(current) if current else Terms(plan_type(*type_))
        data = filled(terms, current.version if current else 0)
    return PlanForm(data=data, currency=city.currency, type_=type_)


def _published(city: City, form: PlanForm) -> bool:
    try:
        publishing.publish(city, form.terms, form.after.data)
    except DomainError as refusal:
        blame(form, refusal)
        return False
    return True


def type_or_404(text: str) -> tuple[str, str]:
    """Read ``bicycle:human``, ``bicycle:`` or, for all other vehicles, nothing."""
    form_factor, _colon, propulsion_type = text.partition(":")
    known = form_factor in ("", *FormFactor) and propulsion_type in ("", *PropulsionType)
    if not known or (propulsion_type and not form_factor):
        abort(404)
    return form_factor, propulsion_type
