"""Riders: one's own profile, the public page of others, and the list for staff."""

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.auth.login_manager import clear_session_cookie, update_session_cookie
from webapp.auth.services import staff
from webapp.db.keys import RowKey
from webapp.db.paging import Page, time_cursor
from webapp.errors import DomainError
from webapp.forms import answer, blame, city_choices
from webapp.hooks import get_hooks
from webapp.regions.catalogue import catalogue, city_or_404
from webapp.riders import personal_data, services
from webapp.riders.blueprint import bp
from webapp.riders.forms import DeleteForm, ProfileForm, RidersForm
from webapp.web.access import fresh, only, signed_in, staff_cities, staff_city_or_404
from webapp.web.responses import as_csv, as_json, attachment
from webapp.web.roles import Role


@bp.get("")
@only(Role.FLEET)
def index() -> ResponseReturnValue:
    """Staff see who lives in a city of theirs, or look for somebody by name or address."""
    form, cities = RidersForm(request.args), staff_cities()
    form.city.choices = city_choices(cities)
    city = staff_city_or_404(form.city.data)
    form.city.data = city.name
    if not form.validate():
        abort(404)
    if form.name.data:
        found = staff.find(form.name.data, {each.name for each in cities})
        page = Page([found] if found else [], "")
    else:
        page = services.riders_of(city, time_cursor(request.args.get("after")))
    question = {"city": city.name}
    return render_template("riders/index.html", form=form, city=city, page=page, question=question)


@bp.get("/me")
@signed_in
def me() -> ResponseReturnValue:
    """My own page."""
    return redirect(url_for(".rider", rider=current_user.key))


@bp.get("/<key:rider>")
@signed_in
def rider(rider: RowKey) -> ResponseReturnValue:
    """Any rider's public page; on their own, riders also see what only they may see."""
    user, about = services.profile_of(rider)
    return render_template(
        "riders/rider.html", rider=user, about=about, city=catalogue().find(user.city)
    )


@bp.route("/me/edit", methods=["GET", "POST"])
@signed_in
def edit() -> ResponseReturnValue:
    """A rider changes name, home city and what others read."""
    form = ProfileForm()
    form.city.choices = city_choices()
    if form.validate_on_submit():
        told = services.Told(
            city_or_404(form.city.data),
            form.first_name.data,
            form.last_name.data,
            form.about.data or "",
        )
        key = services.save_profile(current_user.key, told)
        update_session_cookie(key)
        session.pop("city", None)
        flash(_("Saved."), "success")
        return redirect(url_for(".rider", rider=key), 303)
    if request.method == "GET":
        user, about = services.profile_of(current_user.key)
        form.process(obj=user, about=about)
    return render_template("riders/edit.html", form=form), 422 if form.errors else 200


@bp.get("/me/data")
@signed_in
@fresh
def my_data_page() -> ResponseReturnValue:
    """Riders see what is held about them, and take it along."""
    return render_template("riders/my_data.html", sections=get_hooks().export_sections)


@bp.post("/me/data.json")
@signed_in
@fresh
def data_json() -> ResponseReturnValue:
    """All of it as one file."""
    me = current_user.key
    personal_data.record_export(me, "everything")
    return attachment(as_json(personal_data.read_export(me)), "movr.json", "application/json")


@bp.post("/me/data/<kind>.csv")
@signed_in
@fresh
def data_csv(kind: str) -> ResponseReturnValue:
    """One kind of it as a table."""
    me, section = current_user.key, personal_data.find_section(kind)
    personal_data.record_export(me, kind)
    return attachment(as_csv(section.columns, section.rows(me)), f"movr-{kind}.csv", "text/csv")


@bp.route("/me/delete", methods=["GET", "POST"])
@signed_in
@fresh
def delete() -> ResponseReturnValue:
    """A rider leaves for good; all sessions end with the account."""
    form = DeleteForm()
    if form.validate_on_submit():
        try:
            services.delete_account(current_user)
        except DomainError as refusal:
            blame(form, refusal)
        else:
            clear_session_cookie()
            flash(_("Your account is gone. Thank you for riding with us."), "info")
            return redirect(url_for("fleet.search.home"), 303)
    return answer("riders/delete.html", form)
