"""Pages of pricing plans, for the admins of a city."""

from dataclasses import replace
from datetime import timedelta

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from webapp.db.paging import read_number_cursor
from webapp.edits import save_edit
from webapp.errors import DomainError
from webapp.fleet.enums import FormFactor
from webapp.fleet.pricing import services
from webapp.fleet.pricing.cache import plan_cache
from webapp.fleet.pricing.forms import PlanForm, make_plan_form, plan_form_data
from webapp.fleet.pricing.labels import plan_name, plan_type_label
from webapp.fleet.pricing.models import PricingPlan
from webapp.fleet.pricing.plan_terms import InvalidTerms, PlanTerms, PlanType, check_plan_type
from webapp.fleet.pricing.queries import find_current_plan, list_current_plans, list_versions
from webapp.fleet.pricing.quotes import Quote, quote_ride
from webapp.fleet.vehicle_types.settings import vehicle_types
from webapp.forms import add_refusal, render_form
from webapp.regions.models import City
from webapp.translations import gettext as _
from webapp.web.access import recently_authenticated, requires, staff_cities, staff_city_or_404
from webapp.web.roles import Permission

bp = Blueprint("pricing", __name__)


def _list_plan_types() -> list[PlanType]:
    """Return all types that a plan may be published for here, the most general ones first."""
    form_factors = [(form_factor.value, "") for form_factor in FormFactor]
    return [("", ""), *form_factors, *vehicle_types().names.values()]


@bp.get("/fleet/plans")
@requires(Permission.CHANGE_PRICES)
def index() -> ResponseReturnValue:
    """Admins see the current plans of one of their cities, or all versions of one plan."""
    city = staff_city_or_404(request.args.get("city"), Permission.CHANGE_PRICES)
    if "type" in request.args:
        return _show_history(city, _plan_type_or_404(request.args["type"]))
    plans = list_current_plans([city])
    published = {(plan.form_factor, plan.propulsion_type) for plan in plans}
    return render_template(
        "fleet/pricing/index.html",
        city=city,
        cities=staff_cities(Permission.CHANGE_PRICES),
        plans=plans,
        unpublished=[plan_type for plan_type in _list_plan_types() if plan_type not in published],
    )


def _show_history(city: City, plan_type: PlanType) -> ResponseReturnValue:
    page = list_versions(city, plan_type, read_number_cursor(request.args.get("after")))
    return render_template(
        "fleet/pricing/history.html",
        city=city,
        page=page,
        query_args={"city": city.name, "type": ":".join(plan_type)},
        label=plan_type_label(*plan_type),
    )


@bp.route("/fleet/plans/new", methods=["GET", "POST"])
@requires(Permission.CHANGE_PRICES)
@recently_authenticated
def new_plan() -> ResponseReturnValue:
    """An admin previews what rides will cost, then publishes the plan."""
    city = staff_city_or_404(request.args.get("city"), Permission.CHANGE_PRICES)
    plan_type = _plan_type_or_404(request.args.get("type", ""))
    form = make_plan_form(currency=city.currency, plan_type=plan_type)
    preview = current = None
    if not form.is_submitted():
        current = find_current_plan(city, plan_type)
        form = _show_plan(city, plan_type, current)
    if form.validate_on_submit():
        if not form.publish.data:
            preview = services.draft_plan(city, form.terms)
        elif _publish(form, city):
            flash(_("Published. It applies to rides that start from now on."), "success")
            return redirect(url_for(".index", city=city.name), 303)
    label = plan_type_label(*plan_type)
    return render_form(
        "fleet/pricing/new.html",
        form,
        city=city,
        label=label,
        preview=preview,
        quote=_calculate(form, preview or current),
    )


def _calculate(form: PlanForm, plan: PricingPlan | None) -> Quote | None:
    """Return what a ride costs with a plan, as long as the calculator says; None without a plan."""
    minutes = form.ride_min.data
    if plan is None or minutes is None:
        return None
    return quote_ride(plan.tariff, timedelta(minutes=minutes))


def _show_plan(city: City, plan_type: PlanType, plan: PricingPlan | None) -> PlanForm:
    """Return the form with a plan in its fields, or for the first one."""
    terms = PlanTerms.from_plan(plan) if plan else PlanTerms(plan_name(*plan_type))
    data = plan_form_data(terms)
    return make_plan_form(None, data=data, currency=city.currency, plan_type=plan_type)


def _publish(form: PlanForm, city: City) -> bool:
    """Publish what was typed as the version after the current one, or let the form show what
    somebody else has published."""

    def save(stored: PricingPlan | None) -> None:
        version, former_labels = (stored.version, stored.labels) if stored else (0, {})
        terms = replace(form.terms, labels=form.read_labels(former_labels))
        services.publish_plan(city, terms, version, form.why.data or "")

    try:
        return save_edit(
            form,
            plan_cache().find_exact(city.name, form.plan_type),
            fill=lambda plan: _show_plan(city, form.plan_type, plan),
            save=save,
            read=lambda: find_current_plan(city, form.plan_type),
        )
    except DomainError as error:
        add_refusal(form, error)
        return False


def _plan_type_or_404(text: str) -> PlanType:
    """Read ``bicycle:human``, ``bicycle:`` or, for all other vehicles, ``:`` or nothing."""
    form_factor, _colon, propulsion_type = text.partition(":")
    try:
        check_plan_type(form_factor, propulsion_type)
    except InvalidTerms:
        abort(404)
    return form_factor, propulsion_type
