"""Forms to start, end and rate a ride."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, tzinfo

from wtforms import (
    BooleanField,
    IntegerField,
    RadioField,
    SelectField,
    SubmitField,
)
from wtforms.validators import DataRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import HiddenInput

from webapp.fleet.favourites.models import SavedPlace
from webapp.fleet.pricing.plan_terms import MAX_STORED_AMOUNT
from webapp.forms import (
    TOO_LONG,
    Form,
    LineField,
    LinesField,
    LocalTimeField,
    PointFields,
    choices,
    read_place,
    refuse_skipped_time,
)
from webapp.regions.geography import Place, Point, is_position
from webapp.rides.enums import ChargedTime, EndReason, EndSpot
from webapp.rides.labels import CHARGED_TIME_LABELS, END_REASON_LABELS, STAR_LABELS
from webapp.rides.models import Ride
from webapp.rides.services.end_decision import EndDecision
from webapp.rides.services.rating import Rating
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

#: Of where a ride ends, in words; characters.
MAX_ADDRESS_LENGTH = 200
#: What a phone says beyond it makes no difference.
MAX_PRESSED_S_AGO = 30 * 24 * 3600


class EndForm(PointFields, Form):
    """Where a ride ends: a point from the map or the browser, a typed place, or both."""

    address = LineField(
        _l("Where did you leave it?"),
        description=_l("A street and number, or something nearby."),
        validators=[Length(max=MAX_ADDRESS_LENGTH, message=TOO_LONG)],
    )
    spot = SelectField(
        _l("Without the map"),
        choices=choices(
            (
                ("", _l("The point on the map, or the coordinates")),
                (EndSpot.START.value, _l("Where I picked it up")),
                (EndSpot.CITY.value, _l("Somewhere else in the city")),
            )
        ),
        default="",
        validate_choice=False,  # places that were offered may no longer be
        validators=[Optional()],
        render_kw={"data-replaces-point": ""},
    )
    #: The parking fee that the rider has agreed to, minor units.
    agreed = IntegerField(
        widget=HiddenInput(), validators=[Optional(), NumberRange(0, MAX_STORED_AMOUNT)]
    )
    #: How long ago "End ride" was pressed on a phone that had no network; static/js/ride_end.js.
    pressed_s_ago = IntegerField(widget=HiddenInput(), validators=[Optional()])
    submit = SubmitField(_l("End ride"))

    def __init__(self, saved_places: Iterable[SavedPlace]) -> None:
        """saved_places: those of the rider, which can be chosen too."""
        super().__init__()
        self._saved_points = {str(place.id): place.point for place in saved_places}
        saved = choices((str(place.id), place.label) for place in saved_places)
        self.spot.choices = [*self.spot.choices, *saved]

    def offer_place(self, point: Point, label: str) -> None:
        """Add a place to the list, for riders without the map."""
        value = f"{point.lat:.6f},{point.lon:.6f}"
        self.spot.choices = [*self.spot.choices, *choices([(value, label)])]

    def validate_spot(self, field: SelectField) -> None:
        listed_values = {*EndSpot, *self._saved_points}
        if field.data not in listed_values and _parse_point(field.data) is None:
            raise ValidationError(_("Choose an option from the list."))

    @property
    def pressed_ago(self) -> timedelta | None:
        """How long ago the end was pressed; None: now."""
        seconds = self.pressed_s_ago.data
        if seconds is None:
            return None
        return timedelta(seconds=min(max(seconds, 0), MAX_PRESSED_S_AGO))

    @property
    def spot_or_none(self) -> EndSpot | None:
        """What was chosen from the list; None for nothing, and for a place with a point."""
        return EndSpot(self.spot.data) if self.spot.data in set(EndSpot) else None

    @property
    def place(self) -> Place:
        """The address, with the point of the place that was chosen from the list, else that on the
        map.

        A choice from the list wins: the point on the map may be the one that was refused.
        """
        place = read_place(self)
        if not self.spot.data:
            return place
        point = self._saved_points.get(self.spot.data) or _parse_point(self.spot.data)
        return Place(place.address, point)


def _parse_point(text: str) -> Point | None:
    """Return the point in a value of ``EndForm.offer_place``."""
    numbers = text[:40].split(",")
    try:
        lat, lon = map(float, numbers)
    except ValueError:
        return None
    return Point(lat, lon) if is_position(lat, lon) else None


class StaffEndForm(PointFields, Form):
    """Why staff end a ride, what its rider pays for, and where the vehicle is, if they know."""

    reason = SelectField(
        _l("Why do you end it?"),
        choices=choices([("", _l("Choose a reason")), *END_REASON_LABELS.items()]),
        validators=[DataRequired(_l("Choose a reason."))],
    )
    note = LineField(
        _l("Note"),
        description=_l("Your colleagues read it on the page of the vehicle. The rider does not."),
        validators=[Length(max=200, message=TOO_LONG)],
    )
    charged_time = SelectField(
        _l("What does the rider pay?"),
        choices=choices(CHARGED_TIME_LABELS.items()),
        default=ChargedTime.UNTIL_NOW.value,
    )
    until = LocalTimeField(
        _l("Until when?"),
        description=_l("Only if the rider pays until a moment. By the clocks in the city."),
        validators=[Optional()],
    )
    address = LineField(
        _l("Where is the vehicle?"),
        description=_l(
            "Leave everything empty if nobody knows. It is then shown where it was picked up."
        ),
        validators=[Length(max=200, message=TOO_LONG)],
    )
    submit = SubmitField(_l("End ride"))

    def __init__(self, zone: tzinfo) -> None:
        """zone: that of the city."""
        super().__init__()
        self.zone = zone

    def validate_until(self, field: LocalTimeField) -> None:
        moment = field.find_moment(self.zone)
        if moment and self.charged_time.data == ChargedTime.UNTIL_TIME:
            refuse_skipped_time(moment)

    def validate_note(self, field: LineField) -> None:
        if self.reason.data == EndReason.OTHER and not field.data:
            raise ValidationError(_("Write the reason here."))

    @property
    def place(self) -> Place:
        return read_place(self)

    def make_decision(self, ride: Ride) -> EndDecision:
        """Return what was decided."""
        charged_time, until = ChargedTime(self.charged_time.data), None
        if charged_time is ChargedTime.UNTIL_TIME and self.until.data:
            until = find_local_moment(self.until.data, self.zone, ride.started_at)
        return EndDecision(EndReason(self.reason.data), charged_time, until, self.note.data or "")


def find_local_moment(local_time: datetime, zone: tzinfo, start: datetime) -> datetime:
    """Return the moment at which the clocks of a time zone show a time, in UTC: the first one after
    ``start`` where they show it twice. Within the minute of ``start`` it is ``start`` itself."""
    moments = [_as_utc(local_time.replace(tzinfo=zone, fold=fold)) for fold in (0, 1)]
    first_minute = start.replace(second=0, microsecond=0)
    moment = next((each for each in moments if each >= first_minute), moments[0])
    return max(moment, start) if moment >= first_minute else moment


def _as_utc(local_time: datetime) -> datetime:
    """Return the time in UTC; on the first and the last day of the calendar, where that may be no
    date any more, with its offset left out."""
    try:
        return local_time.astimezone(UTC)
    except OverflowError:
        return local_time.replace(tzinfo=UTC)


class RatingForm(Form):
    stars = RadioField(
        _l("How was your ride?"),
        choices=choices((str(stars), label) for stars, label in STAR_LABELS.items()),
        validators=[DataRequired(_l("Choose one to five stars."))],
    )
    note = LinesField(
        _l("Details"),
        description=_l("Optional. Only our staff read it, unless you tick the box."),
        validators=[Length(max=280, message=TOO_LONG)],
    )
    note_is_public = BooleanField(
        _l("Show my words on the page of the vehicle"),
        description=_l("To riders, without your name, from next month on."),
    )
    submit = SubmitField(_l("Save"))

    def explain_hidden_note(self) -> None:
        """Say beside the box that staff hide what the rider writes."""
        self.note_is_public.description = _(
            "Our staff have hidden what you wrote. Other riders can't read it, also if you change"
            " it or tick this box."
        )

    @property
    def rating(self) -> Rating:
        note = self.note.data or ""
        return Rating(int(self.stars.data), note, bool(note) and self.note_is_public.data)
