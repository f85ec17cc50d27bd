"""What the account of a token follows, in the API."""

from typing import Annotated
from uuid import UUID

from flask import Blueprint, url_for
from flask_login import current_user
from msgspec import Meta

from webapp.api.forms import check_form, form_values
from webapp.api.operations import V1, WithHeaders, operation, refer_to
from webapp.api.values import Answer, Body, Key, Lat, Lon, Reference, Timestamp, in_utc, read_key
from webapp.db.keys import RowKey
from webapp.fleet.enums import FormFactor
from webapp.regions.geography import Point
from webapp.rides.following import services
from webapp.rides.following.forms import FollowPlaceForm
from webapp.rides.following.models import MAX_LABEL_LENGTH, RADII_M
from webapp.rides.following.models import Follow as FollowRow
from webapp.rides.following.queries import list_follows
from webapp.web.access import requires_scope
from webapp.web.scopes import Scope

bp = Blueprint("api_following", __name__, url_prefix=f"{V1}/me/follows")


class FollowedPlace(Answer):
    """A place near which vehicles are waited for."""

    city: str
    label: str
    lat: Lat
    lon: Lon
    radius_m: int
    form_factor: Annotated[str, Meta(description="As in GBFS. Empty: all.")]


class Follow(Answer):
    """A place or an owner that the account follows."""

    id: Key
    since: Timestamp
    place: Annotated[FollowedPlace | None, Meta(description="Null: an owner, who is not named.")]


class NewFollowedPlace(Body):
    """A place to follow."""

    label: Annotated[str, Meta(min_length=1, max_length=MAX_LABEL_LENGTH)]
    lat: Lat
    lon: Lon
    radius_m: Annotated[int, Meta(description="100, 200 or 500.")] = RADII_M[1]
    form_factor: Annotated[FormFactor | None, Meta(description="Null: all.")] = None


@bp.get("")
@requires_scope(Scope.SAVED_READ)
@operation(list[Follow])
def index() -> list[Follow]:
    """List what the account follows, in the order in which it began."""
    return [_describe(follow) for follow in list_follows(current_user.key)]


@bp.post("")
@requires_scope(Scope.ACCOUNT_WRITE)
@operation(
    Reference,
    status=201,
    body=NewFollowedPlace,
    body_example=NewFollowedPlace(label="Station", lat=40.7527, lon=-73.9772),
    problems=(services.TooManyFollows, services.PlaceOutsideCity),
)
def add_place(body: NewFollowedPlace, nonce: UUID) -> WithHeaders:
    """Follow a place: a notification when a vehicle is free near it, once an hour at most."""
    form_factor = body.form_factor or ""
    form = FollowPlaceForm(**{**form_values(body), "form_factor": form_factor})
    check_form(form)
    point = Point(body.lat, body.lon)
    follow_key = services.follow_place(
        current_user.key,
        form.label.data,
        point,
        radius_m=body.radius_m,
        form_factor=form_factor,
        nonce=nonce.hex,
    )
    return refer_to(follow_key, url_for(".index"))


class RideOfOwner(Body):
    """A ride with a vehicle of the owner to follow."""

    ride_id: Annotated[Key, Meta(description="An ended ride of the account.")]


@bp.post("/owners")
@requires_scope(Scope.ACCOUNT_WRITE)
@operation(
    None,
    status=204,
    body=RideOfOwner,
    body_example=RideOfOwner(ride_id="us-east1.5c1e6a0e-92c5-4b0b-8d57-6c0d2f3b4a59"),
    problems=(services.TooManyFollows, services.OwnerNotFollowable),
    is_repeatable=True,
)
def add_owner(body: RideOfOwner) -> None:
    """Follow the owner of the vehicle of a ride: a notification when the owner adds a vehicle."""
    services.follow_owner(current_user.key, read_key(body.ride_id, "/ride_id"))


@bp.delete("/<key:follow_key>")
@requires_scope(Scope.ACCOUNT_WRITE)
@operation(None, status=204)
def stop(follow_key: RowKey) -> None:
    """Follow a place or an owner no more."""
    services.stop_following(current_user.key, follow_key)


def _describe(follow: FollowRow) -> Follow:
    place = None
    if point := follow.point:
        place = FollowedPlace(
            city=follow.city or "",
            label=follow.label,
            lat=point.lat,
            lon=point.lon,
            radius_m=follow.radius_m or 0,
            form_factor=follow.form_factor,
        )
    return Follow(id=str(follow.key), since=in_utc(follow.created_at), place=place)
