"""The profile and the mails of the account of a token, in the API."""

from typing import Annotated, Any, ClassVar

from flask import Blueprint
from flask_login import current_user
from msgspec import UNSET, Meta, UnsetType
from msgspec.structs import asdict

from webapp.api.conditional import PreconditionFailed, check_match
from webapp.api.forms import check_form, form_values
from webapp.api.operations import V1, operation
from webapp.api.values import Answer, Body
from webapp.errors import EditConflict, NotFound
from webapp.forms import city_choices
from webapp.regions.catalogue import city_or_404
from webapp.riders.digests.controllers import loads_digest_choice
from webapp.riders.digests.services import choose_digests
from webapp.riders.forms import ProfileForm, join_units
from webapp.riders.queries import read_profile
from webapp.riders.services.profile import (
    MoveTooSlow,
    ProfileData,
    list_home_cities,
    save_profile,
)
from webapp.riders.visibility import Visibility
from webapp.translations import gettext as _
from webapp.web.access import requires_scope
from webapp.web.roles import Role
from webapp.web.scopes import Scope

bp = Blueprint("api_profile", __name__, url_prefix=f"{V1}/me")


class ShownParts(Answer):
    """What riders who are signed in see of the profile."""

    shown_to_riders: Annotated[bool, Meta(description="Whether they see it at all.")]
    shows_last_active: Annotated[
        bool, Meta(description="When the rider was last active, in coarse words.")
    ]
    shows_ride_count: Annotated[bool, Meta(description="About how many rides the rider had.")]


class NewShownParts(Body):
    """What riders who are signed in may see of the profile from now on."""

    shown_to_riders: bool
    shows_last_active: bool
    shows_ride_count: bool


class Profile(Answer):
    """What the rider has written about themselves."""

    city: Annotated[str, Meta(description="The name of the home city.")]
    first_name: str
    last_name: str
    about: Annotated[str, Meta(description="Those who see the profile can read it.")]
    distance_unit: Annotated[str, Meta(description="km or mi; empty: as in the rider's country.")]
    clock: Annotated[str, Meta(description="12 or 24; empty: as in the rider's country.")]
    time_zone: Annotated[str, Meta(description="Of IANA; empty: that of the home city.")]
    visibility: ShownParts


class NewProfile(Body):
    """All of the profile. Units and time zone stay as they are if they are not sent."""

    SCHEMA_RULES: ClassVar[dict[str, Any]] = {
        "dependentRequired": {"distance_unit": ["clock"], "clock": ["distance_unit"]}
    }

    city: str
    first_name: str
    last_name: str
    about: str = ""
    visibility: Annotated[
        NewShownParts | None, Meta(description="Left out, it stays as it is.")
    ] = None
    distance_unit: str | UnsetType = UNSET
    clock: str | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET

    def __post_init__(self) -> None:
        if (self.distance_unit is UNSET) != (self.clock is UNSET):
            raise ValueError(_("Send both distance_unit and clock, or none."))


class Mails(Answer):
    """Which mails come without being asked for."""

    rides_digest: Annotated[bool, Meta(description="Once a week, about the rides.")]
    vehicles_digest: Annotated[bool, Meta(description="Once a week, about the own vehicles.")]


class NewMails(Body):
    """Which mails come from now on without being asked for."""

    rides_digest: bool
    vehicles_digest: bool = False


@bp.get("/profile")
@requires_scope(Scope.ACCOUNT_READ)
@operation(Profile, problems=(NotFound,))
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
    problems=(MoveTooSlow, PreconditionFailed, NotFound),
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
        form.units if body.clock is not UNSET else None,
        form.time_zone.data if body.time_zone is not UNSET else None,
        Visibility(**asdict(body.visibility)) if body.visibility else None,
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
@operation(
    None,
    status=204,
    body=NewMails,
    body_example=NewMails(rides_digest=True),
    problems=(NotFound,),
)
def choose_mails(body: NewMails) -> None:
    """Choose which mails come. Without own vehicles there is no digest about them."""
    has_vehicles = Role.OWNER in current_user.roles
    choose_digests(
        current_user.key, rider=body.rides_digest, owner=has_vehicles and body.vehicles_digest
    )


def _read_profile() -> Profile:
    user, about, visibility = read_profile(current_user.key)
    distance_unit, _hyphen, clock = user.units.partition("-")
    return Profile(
        city=user.city,
        first_name=user.first_name,
        last_name=user.last_name,
        about=about,
        distance_unit=distance_unit,
        clock=clock,
        time_zone=user.time_zone,
        visibility=ShownParts(**visibility._asdict()),
    )


def _make_data(profile: Profile) -> ProfileData:
    return ProfileData(
        city_or_404(profile.city),
        profile.first_name,
        profile.last_name,
        profile.about,
        join_units(profile.distance_unit, profile.clock),
        profile.time_zone,
        Visibility(**asdict(profile.visibility)),
    )
