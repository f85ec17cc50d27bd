"""Forms of tasks: filters, making one, the changes of those who do it, and assigning."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from babel.dates import format_timedelta
from flask import current_app
from flask_babel import LazyString
from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, IntegerField, RadioField, SelectField, SubmitField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp

from webapp.db.keys import REGION_PATTERN, RowKey
from webapp.edits import EditForm, format_digests
from webapp.fleet.alerts.enums import MAX_LOW_BATTERY, AlertKind
from webapp.fleet.alerts.labels import ALERT_LABELS
from webapp.fleet.forms import StaffFilterForm
from webapp.fleet.models import MAX_ADDRESS_LENGTH
from webapp.fleet.reports.forms import PHOTO_FIELDS
from webapp.fleet.reports.photos import PhotoRefused, reencode_photo
from webapp.fleet.tasks.changes import TaskChange, make_change
from webapp.fleet.tasks.enums import TaskKind, TaskPriority, TaskSource, VehicleOutcome
from webapp.fleet.tasks.labels import (
    KIND_LABELS,
    OUTCOME_LABELS,
    PRIORITY_LABELS,
    TRIGGER_HINTS,
)
from webapp.fleet.tasks.models import MAX_KIND_LENGTH, MAX_NOTE_LENGTH, MAX_PART_LENGTH
from webapp.fleet.tasks.outcomes import Part, TaskOutcome
from webapp.fleet.tasks.queries.lists import KindFilter
from webapp.fleet.tasks.rules import RuleSettings
from webapp.fleet.tasks.services.planning import NewTask
from webapp.forms import (
    NEEDED,
    TOO_LONG,
    FileForm,
    Form,
    LineField,
    LinesField,
    PointFields,
    WhyField,
    choices,
    new_nonce,
    read_place,
)
from webapp.money import MoneyField, MoneyForm
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.translations import lazy_pgettext, request_language
from webapp.web.roles import Permission

#: How many kinds of parts a task has at most.
MAX_PARTS = 3
#: How many parts of a kind are used for a task at most.
MAX_COUNT = 999
#: The longest time of a rule, hours: 90 days.
MAX_HOURS = 90 * 24
#: The longest time that work takes, minutes.
MAX_MINUTES = 24 * 60
#: A key as text.
#: Instead of the key of an assignee.
NOBODY = "nobody"
KEY = rf"^{REGION_PATTERN}\.[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$"
#: Before the name of a city's own kind, as the value of a choice.
OWN_PREFIX = f"{TaskKind.OWN}:"


def kind_choices(custom_kinds: Iterable[str]) -> list[SelectChoice]:
    """Return the kinds of tasks as choices."""
    own = [(kind_value(TaskKind.OWN, name), name) for name in custom_kinds]
    return choices([*KIND_LABELS.items(), *own])


def kind_value(kind: str, custom_kind: str) -> str:
    """Return the value of the choice for a kind."""
    return OWN_PREFIX + custom_kind if kind == TaskKind.OWN else kind


def read_kind(value: str) -> tuple[TaskKind, str]:
    """Return the kind of a choice, and the name of a kind of the city's own."""
    if value.startswith(OWN_PREFIX):
        return TaskKind.OWN, value.removeprefix(OWN_PREFIX)
    return TaskKind(value), ""


class TaskFilterForm(PointFields, StaffFilterForm):
    """Which tasks of a city to list, and from where."""

    kind = SelectField(
        _l("Type"), choices=choices([("", _l("All types")), *KIND_LABELS.items()]), default=""
    )

    @property
    def kind_filter(self) -> KindFilter:
        return KindFilter("" if self.kind.errors else self.kind.data or "")


class NewTaskForm(Form):
    #: Identifies this form: sent twice, it is one task.
    nonce = HiddenField(default=new_nonce)
    kind = SelectField(_l("What is to be done?"), validators=[DataRequired(NEEDED)])
    priority = SelectField(
        _l("How urgent is it?"),
        choices=choices([(str(int(each)), label) for each, label in PRIORITY_LABELS.items()]),
        default=str(int(TaskPriority.NORMAL)),
    )
    note = LinesField(
        _l("Note"),
        description=_l("Optional. What to look at, what to bring."),
        validators=[Length(max=MAX_NOTE_LENGTH, message=TOO_LONG)],
    )
    submit = SubmitField(_l("Add task"))

    def make_task(self, report_key: RowKey | None, trigger: AlertKind | None) -> NewTask:
        """Return the task. report_key, trigger: what it is made from."""
        kind, custom_kind = read_kind(self.kind.data)
        source = TaskSource.REPORT if report_key else TaskSource.STAFF
        return NewTask(
            kind,
            custom_kind,
            TaskPriority(int(self.priority.data)),
            self.note.data or "",
            TaskSource.ALERT if trigger else source,
            trigger,
            report_key.id if report_key else None,
        )


class ChangeForm(Form):
    """A change of somebody who works on tasks: what every one sends."""

    #: Identifies this form: sent twice, it is one change.
    act_id = HiddenField(default=new_nonce)
    #: When it was sent, ISO 8601, if the device had no network then.
    acted_at = HiddenField()

    def make_change(self, staff: Any, action: str) -> TaskChange:
        """Return the change. Any: the account of Flask-Login. action: one of those that the page
        offers with the same form."""
        return make_change(
            staff, Permission.WORK_ON_TASKS, self._read_id(action), self._read_time()
        )

    def _read_id(self, action: str) -> UUID:
        try:
            return uuid5(UUID(self.act_id.data), action)
        except ValueError:  # nobody's form: a change of its own
            return uuid4()

    def _read_time(self) -> datetime | None:
        try:
            moment = datetime.fromisoformat(self.acted_at.data or "")
        except ValueError:
            return None
        return moment if moment.tzinfo else None


def _part_field(label: LazyString) -> LineField:
    return LineField(label, validators=[Length(max=MAX_PART_LENGTH, message=TOO_LONG)])


def _count_field() -> IntegerField:
    limits = NumberRange(1, MAX_COUNT, _l("Enter a whole number from 1 to %(max)d."))
    return IntegerField(_l("How many"), [Optional(), limits], render_kw={"inputmode": "numeric"})


class FinishTaskForm(ChangeForm, FileForm, PointFields, MoneyForm):
    """What came of a task."""

    vehicle = RadioField(
        _l("Where is the vehicle now?"),
        choices=choices(OUTCOME_LABELS.items()),
        validators=[InputRequired(_l("Say where the vehicle is."))],
    )
    address = LineField(
        _l("Where it stands"),
        description=_l("Only if you have moved it. A street and number, or something nearby."),
        validators=[Length(max=MAX_ADDRESS_LENGTH, message=TOO_LONG)],
    )
    note = LinesField(
        _l("What was done"),
        description=_l("Optional."),
        validators=[Length(max=MAX_NOTE_LENGTH, message=TOO_LONG)],
    )
    minutes = IntegerField(
        _l("Minutes of work"),
        validators=[
            Optional(),
            NumberRange(0, MAX_MINUTES, _l("Enter a whole number from 0 to %(max)d.")),
        ],
        render_kw={"inputmode": "numeric"},
    )
    part1, count1 = _part_field(_l("Part")), _count_field()
    part2, count2 = _part_field(_l("Second part")), _count_field()
    part3, count3 = _part_field(_l("Third part")), _count_field()
    cost1 = MoneyField(_l("Cost"), [Optional()])
    cost2 = MoneyField(_l("Cost"), [Optional()])
    cost3 = MoneyField(_l("Cost"), [Optional()])
    photo1 = FileField(_l("Photo"))
    photo2 = FileField(_l("Second photo"))
    photo3 = FileField(_l("Third photo"))
    submit = SubmitField(lazy_pgettext("button", "Done"))

    def validate(self, extra_validators: Any = None) -> bool:
        """Refuse parts without a name, which would not be kept."""
        is_valid = super().validate(extra_validators)
        for name, count, cost in self.part_rows:
            if not name.data and (count.data is not None or cost.data is not None):
                name.errors = [_("What is it called?")]
                is_valid = False
        return is_valid

    @property
    def has_parts(self) -> bool:
        """Whether something is typed or wrong about parts."""
        return any(field.data or field.errors for row in self.part_rows for field in row)

    @property
    def part_rows(self) -> Sequence[tuple[Any, Any, Any]]:
        """The fields of each part. Any: fields of WTForms."""
        numbers = range(1, MAX_PARTS + 1)
        return [tuple(self[f"{name}{n}"] for name in ("part", "count", "cost")) for n in numbers]

    @property
    def outcome(self) -> TaskOutcome:
        """The outcome with its photos re-encoded; raises PhotoRefused."""
        return TaskOutcome(
            VehicleOutcome(self.vehicle.data),
            self.note.data or "",
            self.minutes.data,
            [
                Part(name.data, count.data or 1, cost.data)
                for name, count, cost in self.part_rows
                if name.data
            ],
            self.currency,
            list(self._list_photos()),
            read_place(self),
        )

    def _list_photos(self) -> Iterator[bytes]:
        for name in PHOTO_FIELDS:
            if file := self[name].data:
                try:
                    yield reencode_photo(file.stream)
                except PhotoRefused as error:
                    error.field = name
                    raise


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


class AssignForm(Form):
    """Who is to do a task, and the filter of the page that shows it."""

    #: Who has it on the page of the planner; '' is nobody.
    seen = LineField(validators=[Optional(), Length(max=80), Regexp(KEY)])
    #: A key, or ``nobody``, which is also what an empty field says.
    assignee = LineField(validators=[Optional(), Length(max=80), Regexp(f"{KEY}|^{NOBODY}$")])
    city = HiddenField()
    kind = HiddenField()

    @property
    def seen_key(self) -> RowKey | None:
        return RowKey.parse(self.seen.data) if self.seen.data else None

    @property
    def assignee_key(self) -> RowKey | None:
        is_nobody = self.assignee.data in (None, "", NOBODY)
        return None if is_nobody else RowKey.parse(self.assignee.data)
