"""Forms of those who do tasks: each change, and what came of a task."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from flask_babel import LazyString
from flask_wtf.file import FileField
from wtforms import HiddenField, IntegerField, RadioField, SubmitField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from webapp.fleet.models import MAX_ADDRESS_LENGTH
from webapp.fleet.reports.forms import PHOTO_FIELDS
from webapp.fleet.tasks.changes import TaskChange, make_change
from webapp.fleet.tasks.enums import VehicleOutcome
from webapp.fleet.tasks.labels import OUTCOME_LABELS
from webapp.fleet.tasks.models import MAX_NOTE_LENGTH, MAX_PART_LENGTH
from webapp.fleet.tasks.outcomes import Part, TaskOutcome
from webapp.forms import (
    TOO_LONG,
    FileForm,
    Form,
    LineField,
    LinesField,
    PointFields,
    choices,
    new_nonce,
    read_place,
)
from webapp.money import MoneyField, MoneyForm
from webapp.photos import reencode_photos
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.translations import lazy_pgettext
from webapp.web.roles import Permission

#: How many kinds of parts a task has at most.
MAX_PARTS = 3
#: How many parts of a kind are used for a task at most.
MAX_COUNT = 999
#: The longest time that work takes, minutes.
MAX_MINUTES = 24 * 60


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
            reencode_photos({name: self[name].data for name in PHOTO_FIELDS}),
            read_place(self),
        )
