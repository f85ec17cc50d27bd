"""Forms of a city's settings: the rules that make tasks, and its own kinds."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from babel.dates import format_timedelta
from flask import current_app
from wtforms import BooleanField, IntegerField, SelectField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional

from webapp.edits import EditForm, format_digests
from webapp.fleet.alerts.enums import MAX_LOW_BATTERY, AlertKind
from webapp.fleet.alerts.labels import ALERT_LABELS
from webapp.fleet.tasks.forms.kinds import kind_choices, kind_value, read_kind
from webapp.fleet.tasks.labels import TRIGGER_HINTS
from webapp.fleet.tasks.models import MAX_KIND_LENGTH
from webapp.fleet.tasks.rules import RuleSettings
from webapp.forms import NEEDED, TOO_LONG, Form, LineField, WhyField, choices
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.translations import request_language

#: The longest time of a rule, hours: 90 days.
MAX_HOURS = 90 * 24


class RuleForm(WhyField, EditForm):
    """A rule that makes tasks."""

    is_on = BooleanField(_l("Add tasks"))
    battery_percent = IntegerField(
        _l("Battery below, percent"),
        validators=[
            Optional(),
            NumberRange(1, MAX_LOW_BATTERY, _l("Enter a whole number from 1 to %(max)d.")),
        ],
        render_kw={"inputmode": "numeric"},
    )
    hours = IntegerField(
        _l("For at least (hours)"),
        validators=[
            InputRequired(NEEDED),
            NumberRange(1, MAX_HOURS, _l("Enter a whole number from 1 to %(max)d.")),
        ],
        render_kw={"inputmode": "numeric"},
    )
    kind = SelectField(_l("Task"))

    # Any: WTForms leaves the arguments of a form open.
    def __init__(self, trigger: AlertKind, *args: Any, **kwargs: Any) -> None:
        self.trigger = trigger
        super().__init__(*args, **kwargs)
        if trigger is AlertKind.BATTERY_LOW:
            self.battery_percent.validators = [
                InputRequired(NEEDED),
                *self.battery_percent.validators[1:],
            ]
        else:
            del self.battery_percent

    @property
    def title(self) -> str:
        return str(ALERT_LABELS[self.trigger])

    @property
    def hint(self) -> str:
        hint = str(TRIGGER_HINTS[self.trigger])
        if self.trigger is AlertKind.NO_CONTACT:  # the hours of the rule come on top
            silence = timedelta(seconds=current_app.config["FEED_SILENT_S"])
            since = format_timedelta(silence, locale=request_language().locale)
            hint += " " + _("The hours count once nothing has come for %(time)s.", time=since)
        return hint

    def offer_kinds(self, custom_kinds: Sequence[str], rule_settings: RuleSettings) -> None:
        """Offer the kinds of a city, and the one that is saved, which may have been removed."""
        self.kind.choices = kind_choices(custom_kinds)
        saved_kind = kind_value(rule_settings.kind, rule_settings.custom_kind)
        if saved_kind not in [choice.value for choice in self.kind.choices]:
            self.kind.choices += choices([(saved_kind, rule_settings.custom_kind)])

    def fill(self, rule_settings: RuleSettings) -> None:
        """Show what is saved."""
        self.is_on.data, self.hours.data = rule_settings.is_on, -(-rule_settings.minutes // 60)
        self.kind.data = kind_value(rule_settings.kind, rule_settings.custom_kind)
        if self.trigger is AlertKind.BATTERY_LOW:
            self.battery_percent.data = rule_settings.battery_percent
        self.seen.data = format_digests(self)

    @property
    def rule_settings(self) -> RuleSettings:
        kind, custom_kind = read_kind(self.kind.data)
        has_battery = self.trigger is AlertKind.BATTERY_LOW
        percent = self.battery_percent.data if has_battery else None
        return RuleSettings(self.is_on.data, self.hours.data * 60, percent, kind.value, custom_kind)


class CustomKindForm(WhyField, Form):
    name = LineField(
        _l("Name of the new type"),
        validators=[DataRequired(NEEDED), Length(max=MAX_KIND_LENGTH, message=TOO_LONG)],
        filters=[lambda name: name and " ".join(name.split())],
    )
