"""Profiles: the page of each rider, for those who may see it, and the form for one's own."""

from datetime import datetime

from flask import Blueprint, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from webapp.auth.login_manager import update_session_cookie
from webapp.db.keys import RowKey
from webapp.forms import add_refusal, city_choices
from webapp.regions.catalogue import city_or_404
from webapp.riders.coarse_facts import describe_last_active, describe_ride_count
from webapp.riders.digests.controllers import loads_digest_choice
from webapp.riders.digests.forms import DigestsForm
from webapp.riders.forms import ProfileForm
from webapp.riders.queries import ShownProfile, find_profile, read_profile
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
    profile = find_profile(current_user, user_key)
    digests_form = DigestsForm(obj=current_user.digest_choice)
    return render_template(
        "riders/profile.html",
        profile=profile,
        facts=_list_coarse_facts(profile),
        digests_form=digests_form,
    )


def _list_coarse_facts(profile: ShownProfile) -> list[str]:
    """Return what the rider shows of their activity."""
    visibility, zone, facts = profile.visibility, profile.user.zone, []
    if visibility.shows_last_active:
        seen_at = profile.last_seen_at
        local = seen_at.astimezone(zone) if seen_at else None
        facts.append(str(describe_last_active(local, datetime.now(zone))))
    if visibility.shows_ride_count:
        facts.append(describe_ride_count(profile.ride_count))
    return facts


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
            form.visibility,
        )
        try:
            user_key = save_profile(current_user.key, profile)
        except MoveTooSlow as refusal:
            add_refusal(form, refusal)
        else:
            update_session_cookie(user_key)
            session.pop("city", None)
            flash(_("Profile saved."), "success")
            return redirect(url_for(".show", user_key=user_key), 303)
    if request.method == "GET":
        form.fill(*read_profile(current_user.key))
    return render_template("riders/edit_profile.html", form=form), 422 if form.errors else 200
