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
from webapp.rides.services.rating import RatingPeriodOver, rate_ride
from webapp.web.access import requires_scope
from webapp.web.scopes import Scope

bp = Blueprint("api_ratings", __name__, url_prefix=f"{V1}/rides/<key:ride_key>/rating")


class Rating(Body):
    """How the ride was."""

    stars: Annotated[int, Meta(ge=1, le=5)]
    note: Annotated[str | None, Meta(description="Only staff read it.")] = None


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
    rate_ride(current_user.key, ride_key, form.star_count, form.note.data or "")
