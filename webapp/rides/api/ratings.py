"""The rating of a ride."""

from typing import Annotated

from flask import Blueprint
from flask_login import current_user
from msgspec import Meta

from webapp.api.forms import check_form, form_values
from webapp.api.operations import V1, operation
from webapp.api.values import Body
from webapp.db.keys import RowKey
from webapp.rides.forms import RatingForm
from webapp.rides.services.rating import RatingPeriodOver, rate_ride, withdraw_rating
from webapp.web.access import requires_scope
from webapp.web.scopes import Scope

bp = Blueprint("api_ratings", __name__, url_prefix=f"{V1}/rides/<key:ride_key>/rating")


class Rating(Body):
    """How the ride was."""

    stars: Annotated[int, Meta(ge=1, le=5)]
    note: Annotated[str | None, Meta(description="Only staff read it, unless it is public.")] = None
    note_is_public: Annotated[
        bool,
        Meta(
            description=(
                "Riders read the note on the page of the vehicle, without a name, unless staff"
                " have hidden it."
            )
        ),
    ] = False


@bp.put("")
@requires_scope(Scope.RIDES_WRITE)
@operation(
    None,
    status=204,
    body=Rating,
    body_example=Rating(stars=5, note="Smooth."),
    problems=(RatingPeriodOver,),
)
def rate(ride_key: RowKey, body: Rating) -> None:
    """Rate an ended ride, or change its rating."""
    form = RatingForm(**form_values(body))
    check_form(form)
    rate_ride(current_user.key, ride_key, form.rating)


@bp.delete("")
@requires_scope(Scope.RIDES_WRITE)
@operation(None, status=204)
def withdraw(ride_key: RowKey) -> None:
    """Take the rating of a ride back, with its note."""
    withdraw_rating(current_user.key, ride_key)
