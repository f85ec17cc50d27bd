"""Forms of those who plan tasks: filters, making a task, and assigning it."""

from wtforms import HiddenField, SelectField, SubmitField
from wtforms.validators import DataRequired, Length, Optional, Regexp

from webapp.db.keys import REGION_PATTERN, RowKey
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.forms import StaffFilterForm
from webapp.fleet.tasks.enums import TaskPriority, TaskSource
from webapp.fleet.tasks.forms.kinds import read_kind
from webapp.fleet.tasks.labels import KIND_LABELS, PRIORITY_LABELS
from webapp.fleet.tasks.models import MAX_NOTE_LENGTH
from webapp.fleet.tasks.queries.lists import KindFilter
from webapp.fleet.tasks.services.planning import NewTask
from webapp.forms import (
    NEEDED,
    TOO_LONG,
    Form,
    LineField,
    LinesField,
    PointFields,
    choices,
    new_nonce,
)
from webapp.translations import lazy_gettext as _l

#: Instead of the key of an assignee.
NOBODY = "nobody"
#: A key as text.
KEY = rf"^{REGION_PATTERN}\.[0-9a-f]{{8}}(-[0-9a-f]{{4}}){{3}}-[0-9a-f]{{12}}$"


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
