"""Profiles: the public page of each rider, and the form for one's own."""

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth.login_manager import update_session_cookie
from webapp.db.keys import RowKey
from webapp.forms import add_refusal, city_choices
from webapp.regions.catalogue import catalogue, city_or_404
from webapp.riders.digests.controllers import loads_digest_choice
from webapp.riders.digests.forms import DigestsForm
from webapp.riders.forms import ProfileForm
from webapp.riders.queries import read_profile
from webapp.riders.services.profile import (
    MoveTooSlow,
    ProfileData,
    list_home_cities,
    save_profile,
)
from webapp.translations import gettext as _
from webapp.web.access import signed_in

bp = Blueprint("profile", __name__, url_prefix="/users")


@bp.get("/me")
@signed_in
def own() -> ResponseReturnValue:
    """Redirect to the viewer's profile."""
    return redirect(url_for(".show", user_key=current_user.key))


@bp.get("/<key:user_key>")
@signed_in
@loads_digest_choice
def show(user_key: RowKey) -> ResponseReturnValue:
    """Show a profile; on their own, riders also see their account."""
    user, about = read_profile(user_key)
    city = catalogue().find(user.city)
    digests_form = DigestsForm(obj=current_user.digest_choice)
    return render_template(
        "riders/profile.html", rider=user, about=about, city=city, digests_form=digests_form
    )


@bp.route("/me/edit", methods=["GET", "POST"])
@signed_in
def edit() -> ResponseReturnValue:
    """Change name, home city, the text about oneself, and the units."""
    form = ProfileForm()
    form.city.choices = city_choices(list_home_cities(current_user.city))
    if form.validate_on_submit():
        profile = ProfileData(
            city_or_404(form.city.data),
            form.first_name.data,
            form.last_name.data,
            form.about.data or "",
            form.units,
            form.time_zone.data,
        )
        try:
            user_key = save_profile(current_user.key, profile)
        except MoveTooSlow as refusal:
            add_refusal(form, refusal)
        else:
            update_session_cookie(user_key)
            session.pop("city", None)
            flash(_("Saved."), "success")
            return redirect(url_for(".show", user_key=user_key), 303)
    if request.method == "GET":
        form.fill(*read_profile(current_user.key))
    return render_template("riders/edit_profile.html", form=form), 422 if form.errors else 200
