"""The filter of a queue, the form that assigns one of its rows, and that of its targets."""

from datetime import timedelta
from typing import Any

from flask_babel import LazyString
from flask_login import current_user
from wtforms import HiddenField, IntegerField, SelectField, SubmitField
from wtforms.validators import Length, NumberRange, Optional
from wtforms.widgets import TextInput

from webapp.db.keys import RowKey
from webapp.edits import EditForm
from webapp.errors import NotFound
from webapp.fleet.forms import StaffFilterForm
from webapp.fleet.queues.assignment import Assignment
from webapp.fleet.queues.filters import ME, NOBODY, QueueFilter
from webapp.fleet.queues.service_times import default_targets
from webapp.fleet.queues.services import CityTargets
from webapp.forms import TOO_LONG, Form, LineField, WhyField, choices
from webapp.templating import format_duration
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.translations import lazy_pgettext, ngettext

#: Of a username, characters.
MAX_NAME_LENGTH = 30
#: The least ages that can be chosen, days.
AGES = (1, 3, 7)
#: Of a service target.
MAX_TARGET_HOURS = 30 * 24


class QueueForm(StaffFilterForm):
    """City, state, assignee, age, and what is overdue. Subclasses define the state, and further
    fields."""

    assignee = SelectField(
        _l("Assigned to"),
        choices=choices(
            [("", _l("Anyone")), (ME, _l("Me")), (NOBODY, lazy_pgettext("assigned to", "Nobody"))]
        ),
        default="",
    )
    age = SelectField(_l("Waiting"), default="")
    overdue = SelectField(
        _l("Service target"),
        choices=choices([("", _l("All")), ("yes", _l("Overdue only"))]),
        default="",
    )
    #: The names of the fields, in their order.
    FIELDS: tuple[str, ...] = ("city", "state", "assignee", "age", "overdue")

    def validate(self, extra_validators: object = None) -> bool:
        ages = ((str(n), ngettext("over %(num)d day", "over %(num)d days", n)) for n in AGES)
        self.age.choices = choices([("", _l("Any time")), *ages])
        if self._colleague_key:  # a name in a list leads to what its person has
            chosen = (self.assignee.data, _("A colleague"))
            self.assignee.choices = [*self.assignee.choices, chosen]
        is_valid: bool = super().validate(extra_validators)
        return is_valid

    @property
    def _colleague_key(self) -> RowKey | None:
        try:
            return RowKey.parse(self.assignee.data or "")
        except ValueError:
            return None

    @property
    def queue_filter(self) -> QueueFilter:
        assignee = "" if self.assignee.errors else self._colleague_key or self.assignee.data or ""
        days = int(self.age.data) if self.age.data and not self.age.errors else 0
        min_age = timedelta(days=days) if days else None
        return QueueFilter(current_user.key, assignee, min_age, self.overdue.data == "yes")

    @property
    def query_args(self) -> dict[str, str]:
        """The filter as it stands in the address of another page of the list."""
        return {name: self[name].data for name in self.FIELDS if self[name].data}

    @property
    def is_narrowed(self) -> bool:
        """Whether more than the city is chosen."""
        return any(self[name].data for name in self.FIELDS if name not in ("city", "state"))


class AssignForm(Form):
    """Assign something to a colleague, to oneself, or to nobody."""

    #: The key of who has it on the page; '': nobody.
    seen = HiddenField(validators=[Length(max=80)])
    username = LineField(
        _l("Username of a colleague"),
        description=_l("Leave it empty to assign it to nobody."),
        validators=[Length(max=MAX_NAME_LENGTH, message=TOO_LONG)],
        render_kw={
            "autocapitalize": "none",
            "autocomplete": "off",
            "spellcheck": "false",
            "list": "colleagues",
        },
    )
    submit = SubmitField(_l("Assign"))

    @property
    def assignment(self) -> Assignment:
        """Raises NotFound if the hidden field was changed to what is no key."""
        return Assignment(self._seen_key(), self.username.data or "")

    def _seen_key(self) -> RowKey | None:
        if not self.seen.data:
            return None
        try:
            return RowKey.parse(self.seen.data)
        except ValueError:
            raise NotFound from None


class _HoursField(IntegerField):
    """A service target in hours; empty: the usual one."""

    widget = TextInput()

    def __init__(self, label: LazyString, **kwargs: Any) -> None:
        limits = NumberRange(1, MAX_TARGET_HOURS, _l("Enter a whole number from 1 to %(max)d."))
        usual = {"inputmode": "numeric"}
        super().__init__(label, [Optional(), limits], render_kw=usual, **kwargs)

    @property
    def duration(self) -> timedelta | None:
        return None if self.data is None else timedelta(hours=self.data)


class TargetsForm(WhyField, EditForm):
    """The service targets of a city."""

    first_action = _HoursField(_l("Hours until the first action"))
    answer = _HoursField(_l("Hours until the answer"))
    submit = SubmitField(_l("Save"))

    def fill(self, targets: CityTargets) -> None:
        """Show what a city has set."""
        for field, target_s in zip((self.first_action, self.answer), targets, strict=True):
            field.data = None if target_s is None else target_s // 3600

    @property
    def targets(self) -> CityTargets:
        hours = (self.first_action.data, self.answer.data)
        return CityTargets(*(None if each is None else each * 3600 for each in hours))

    def describe_default_targets(self) -> None:
        """Say beside each field what is valid if it stays empty."""
        for field, target in zip((self.first_action, self.answer), default_targets(), strict=True):
            field.description = _("Leave it empty for %(usual)s.", usual=format_duration(target))

    def validate(self, extra_validators: object = None) -> bool:
        """Refuse an answer before the first action: whoever answers has acted."""
        if not super().validate(extra_validators):
            return False
        defaults = default_targets()
        first_action = self.first_action.duration or defaults.first_action
        if (self.answer.duration or defaults.answer) < first_action:
            self.answer.errors = [_("An answer can't come before the first action.")]
        return not self.answer.errors
