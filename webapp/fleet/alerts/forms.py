"""Forms of alerts: from when on one counts, and for how long it is muted."""

from datetime import UTC, datetime, timedelta
from typing import Any

from wtforms import Field, IntegerField, SelectField, SubmitField
from wtforms.validators import InputRequired, Length, NumberRange, ValidationError
from wtforms.widgets import TextInput

from webapp.edits import EditForm
from webapp.fleet.alerts.enums import MAX_LOW_BATTERY
from webapp.fleet.alerts.models import MAX_REASON_LENGTH
from webapp.fleet.alerts.settings import UNCHANGED, AlertChoice, Mute
from webapp.forms import NEEDED, TOO_LONG, Form, ReasonField, choices
from webapp.hooks import MAX_IN_A_ROW, MIN_IN_A_ROW, AlertCounter, AlertUnit
from webapp.road_units import ShortDistanceField
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

#: For how many hours an alert can be muted.
MUTE_HOURS = {
    "1": _l("One hour"),
    "12": _l("12 hours"),
    "24": _l("A day"),
    "72": _l("Three days"),
    "168": _l("A week"),
    "720": _l("30 days"),
}
#: A mute of the same length and reason that began in this time is the same one, sent twice.
SENT_AGAIN_WITHIN = timedelta(minutes=10)
#: What thresholds may be.
THRESHOLD_RANGES = {
    AlertUnit.PERCENT: (1, MAX_LOW_BATTERY),
    AlertUnit.HOURS: (1, 365),
    AlertUnit.DAYS: (1, 365),
    AlertUnit.RIDES: (MIN_IN_A_ROW, MAX_IN_A_ROW),
    AlertUnit.RESERVATIONS: (MIN_IN_A_ROW, MAX_IN_A_ROW),
}
#: Of distances, metres.
MAX_DISTANCE_M = 10_000


class _ReasonForm(Form):
    mute_h: SelectField
    reason = ReasonField(
        _l("Why it is muted"),
        validators=[Length(max=MAX_REASON_LENGTH, message=TOO_LONG)],
    )
    submit = SubmitField(_l("Save"))

    def validate_reason(self, field: ReasonField) -> None:
        """Ask for a reason when something is muted."""
        if self.mute_h.data not in ("", "keep") and not field.data:
            raise ValidationError(NEEDED)

    @property
    def mute(self) -> Mute | None:
        """The mute that is asked for; None: none."""
        if not self.mute_h.data:
            return None
        return Mute(timedelta(hours=int(self.mute_h.data)), self.reason.data or "")


class AlertForm(_ReasonForm, EditForm):
    """The settings of an alert in a city."""

    reason = ReasonField(
        _l("Why"),
        description=_l("Needed to mute it: colleagues read it. It stands in the audit trail."),
        validators=[Length(max=MAX_REASON_LENGTH, message=TOO_LONG)],
    )

    threshold: Field = IntegerField(
        validators=[InputRequired(NEEDED)],
        filters=[lambda n: n and max(-1, min(n, 10_000))],  # a column holds no more
        widget=TextInput(),
        render_kw={"inputmode": "numeric"},
    )
    mute_h = SelectField(
        _l("Mute it for"),
        choices=choices([("", _l("Do not mute")), *MUTE_HOURS.items()]),
        default="",
    )

    #: What is stored.
    choice = UNCHANGED

    def set_choice(self, choice: AlertChoice) -> None:
        """Offer to leave a mute as it is, or to end it. A page that was opened before it has ended,
        or that another process has made, says "keep" where nothing is muted: then it stays so."""
        self.choice = choice
        if choice.is_muted or self.mute_h.data == "keep":
            kept = [("keep", _l("As it is")), ("", _l("End the mute"))]
            self.mute_h.choices = choices([*kept, *MUTE_HOURS.items()])

    def fill(self, counter: AlertCounter) -> None:
        """Show what is stored."""
        if counter.unit:
            self.threshold.data = self.choice.threshold or counter.default_threshold
        self.mute_h.data = "keep" if self.choice.is_muted else ""

    def stored_value(self, field: Field) -> object:
        """A mute that is kept is the one that is stored, and so is one that is sent again."""
        is_stored = field is self.mute_h and (field.data == "keep" or self._is_mute_sent_again())
        return self.choice.muted_until if is_stored else super().stored_value(field)

    def _is_mute_sent_again(self) -> bool:
        """Return whether the mute that is stored is the one that is asked for, and the page was
        opened before it. Else somebody who has seen it mutes the alert anew."""
        until, reason = self.choice.muted_until, self.choice.mute_reason
        if not until or not self.mute or self.was_shown(self.mute_h, until):
            return False
        age = datetime.now(UTC) + self.mute.duration - until
        return reason == self.mute.reason and abs(age) < SENT_AGAIN_WITHIN

    def describe_value(self, field: Field) -> str:
        if field is self.mute_h:
            return _("muted") if self.choice.is_muted else _("not muted")
        return super().describe_value(field)

    def set_unit(self, unit: AlertUnit | None, label: str) -> None:
        """Ask for a threshold in a unit; None: this alert has none."""
        if unit is None:
            del self.threshold
            return
        if unit is AlertUnit.METRES:  # the field knows its units
            return
        least, most = THRESHOLD_RANGES[unit]
        message = _("Enter a number from %(min)d to %(max)d.", min=least, max=most)
        self.threshold.label.text = label
        self.threshold.validators = [*self.threshold.validators, NumberRange(least, most, message)]


class DistanceAlertForm(AlertForm):
    """The settings of an alert about a distance, in metres or feet."""

    threshold = ShortDistanceField(
        _l("Alert from (metres outside)"),
        _l("Alert from (feet outside)"),
        maximum=MAX_DISTANCE_M,
        validators=[InputRequired(NEEDED)],
    )


def make_alert_form(counter: AlertCounter, *args: Any) -> AlertForm:
    """Return the form of an alert. args: what WTForms takes."""
    if counter.unit is AlertUnit.METRES:
        return DistanceAlertForm(*args)
    return AlertForm(*args)


class MuteForm(_ReasonForm):
    """Muting an alert for one vehicle."""

    mute_h = SelectField(_l("Mute it for"), choices=choices(MUTE_HOURS.items()), default="24")
