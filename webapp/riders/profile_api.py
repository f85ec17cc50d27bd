"""The profile and the mails of the account of a token, in the API."""

from typing import Annotated

from flask import Blueprint
from flask_login import current_user
from msgspec import Meta

from webapp.api.conditional import PreconditionFailed, check_match
from webapp.api.forms import check_form, form_values
from webapp.api.operations import V1, operation
from webapp.api.values import Answer, Body
from webapp.errors import EditConflict
from webapp.forms import city_choices
from webapp.regions.catalogue import city_or_404
from webapp.riders.digests.controllers import loads_digest_choice
from webapp.riders.digests.services import choose_digests
from webapp.riders.forms import ProfileForm
from webapp.riders.queries import read_profile
from webapp.riders.services.profile import (
    MoveTooSlow,
    ProfileData,
    list_home_cities,
    save_profile,
)
from webapp.web.access import requires_scope
from webapp.web.roles import Role
from webapp.web.scopes import Scope

bp = Blueprint("api_profile", __name__, url_prefix=f"{V1}/me")


class Profile(Answer):
    """What the rider has written about themselves."""

    city: Annotated[str, Meta(description="The name of the home city.")]
    first_name: str
    last_name: str
    about: Annotated[str, Meta(description="Other riders can read it.")]


class NewProfile(Body):
    """All of the profile."""

    city: str
    first_name: str
    last_name: str
    about: str = ""


class Mails(Answer):
    """Which mails come without being asked for."""

    rides_digest: Annotated[bool, Meta(description="Once a week, about the rides.")]
    vehicles_digest: Annotated[bool, Meta(description="Once a week, about the own vehicles.")]


class NewMails(Body):
    """The same, all of it."""

    rides_digest: bool
    vehicles_digest: bool = False


@bp.get("/profile")
@requires_scope(Scope.ACCOUNT_READ)
@operation(Profile)
def show() -> Profile:
    """Show the profile."""
    return _read_profile()


@bp.put("/profile")
@requires_scope(Scope.ACCOUNT_WRITE)
@operation(
    None,
    status=204,
    body=NewProfile,
    body_example=NewProfile(city="new york", first_name="Ada", last_name="Byron"),
    problems=(MoveTooSlow, PreconditionFailed),
    takes_match=True,
)
def save(body: NewProfile) -> None:
    """Change the profile, and with it the home city.

    With the ETag of the profile as `If-Match`, it is changed only if nobody else has changed it.
    """
    form = ProfileForm(**form_values(body))
    form.city.choices = city_choices(list_home_cities(current_user.city))
    check_form(form)
    seen = check_match(_read_profile)
    profile = ProfileData(
        city_or_404(form.city.data),
        form.first_name.data,
        form.last_name.data,
        form.about.data or "",
        current_user.units,  # stays as it is
        current_user.time_zone,
    )
    try:
        save_profile(current_user.key, profile, _make_data(seen) if seen else None)
    except EditConflict:
        raise PreconditionFailed from None


@bp.get("/mails")
@requires_scope(Scope.ACCOUNT_READ)
@loads_digest_choice
@operation(Mails)
def show_mails() -> Mails:
    """Show which mails come without being asked for."""
    choice = current_user.digest_choice
    return Mails(
        rides_digest=bool(choice and choice.rider), vehicles_digest=bool(choice and choice.owner)
    )


@bp.put("/mails")
@requires_scope(Scope.ACCOUNT_WRITE)
@operation(None, status=204, body=NewMails, body_example=NewMails(rides_digest=True))
def choose_mails(body: NewMails) -> None:
    """Choose which mails come. Without own vehicles there is no digest about them."""
    has_vehicles = Role.OWNER in current_user.roles
    choose_digests(
        current_user.key, rider=body.rides_digest, owner=has_vehicles and body.vehicles_digest
    )


def _read_profile() -> Profile:
    user, about = read_profile(current_user.key)
    return Profile(
        city=user.city, first_name=user.first_name, last_name=user.last_name, about=about
    )


def _make_data(profile: Profile) -> ProfileData:
    return ProfileData(
        city_or_404(profile.city),
        profile.first_name,
        profile.last_name,
        profile.about,
        current_user.units,
        current_user.time_zone,
    )
