"""The filter of a queue, and the form that assigns one of its rows."""

from datetime import timedelta

from flask_login import current_user
from wtforms import HiddenField, SelectField, SubmitField
from wtforms.validators import Length

from webapp.db.keys import RowKey
from webapp.errors import NotFound
from webapp.fleet.forms import StaffFilterForm
from webapp.fleet.queues.assignment import Assignment
from webapp.fleet.queues.filters import ME, NOBODY, QueueFilter
from webapp.forms import TOO_LONG, Form, LineField, choices
from webapp.translations import lazy_gettext as _l
from webapp.translations import ngettext

#: Of a username, characters.
MAX_NAME_LENGTH = 30
#: The least ages that can be chosen, days.
AGES = (1, 3, 7)


class QueueForm(StaffFilterForm):
    """City, state, assignee and age. Subclasses define the state, and further fields."""

    assignee = SelectField(
        _l("Assigned to"),
        choices=choices([("", _l("Anyone")), (ME, _l("Me")), (NOBODY, _l("Nobody"))]),
        default="",
        validate_choice=False,  # a name in a list leads to what its person has
        validators=[Length(max=MAX_NAME_LENGTH, message=TOO_LONG)],
    )
    age = SelectField(_l("Waiting"), default="")
    #: The names of the fields, in their order.
    FIELDS: tuple[str, ...] = ("city", "state", "assignee", "age")

    def validate(self, extra_validators: object = None) -> bool:
        ages = ((str(n), ngettext("over %(num)d day", "over %(num)d days", n)) for n in AGES)
        self.age.choices = choices([("", _l("Any time")), *ages])
        chosen = self.assignee.data
        if chosen and chosen not in (ME, NOBODY):
            self.assignee.choices = [*self.assignee.choices, (chosen, chosen)]
        is_valid: bool = super().validate(extra_validators)
        return is_valid

    @property
    def queue_filter(self) -> QueueFilter:
        assignee = "" if self.assignee.errors else self.assignee.data or ""
        days = int(self.age.data) if self.age.data and not self.age.errors else 0
        return QueueFilter(current_user.key, assignee, timedelta(days=days) if days else None)

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
        render_kw={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"},
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
