"""Riders: one's own profile, the public page of others, and the list for staff."""

from flask import Blueprint, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from webapp.access import only, signed_in
from webapp.auth.models import Role
from webapp.errors import DomainError
from webapp.forms import city_choices
from webapp.keys import RowKey
from webapp.paging import time_cursor
from webapp.regions import catalogue, city_or_404, visitors_city
from webapp.riders import services
from webapp.riders.forms import CityForm, DeleteForm, ProfileForm

bp = Blueprint("riders", __name__, url_prefix="/users")


@bp.get("")
@only(Role.FLEET)
def index() -> ResponseReturnValue:
    """Staff see who lives in a city; their own, unless they ask for another."""
    form = CityForm(request.args)
    form.city.choices = city_choices()
    if not form.city.data:
        form.city.data = getattr(visitors_city(), "name", "")
    if not form.validate():
        abort(404)
    city = city_or_404(form.city.data)
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
        session["_user_id"] = str(key)
        session.pop("city", None)
        flash(_("Saved."), "success")
        return redirect(url_for(".rider", rider=key), 303)
    if request.method == "GET":
        user, about = services.profile_of(current_user.key)
        form.process(obj=user, about=about)
    return render_template("riders/edit.html", form=form), 422 if form.errors else 200


@bp.route("/me/delete", methods=["GET", "POST"])
@signed_in
def delete() -> ResponseReturnValue:
    """A rider leaves for good; the session ends with the account."""
    form = DeleteForm()
    if form.validate_on_submit():
        try:
            services.delete_account(current_user, form.password.data)
        except services.WrongPassword as wrong:
            form.password.errors = [wrong.message]
        except DomainError as refusal:
            form.form_errors = [refusal.message]
        else:
            session.clear()
            flash(_("Your account is gone. Thank you for riding with us."), "info")
            return redirect(url_for("fleet.home"), 303)
    return render_template("riders/delete.html", form=form), 422 if form.errors else 200
