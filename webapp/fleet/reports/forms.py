"""Forms of reports: filing one, the queue of staff, and the answer."""

from collections.abc import Iterable

from flask_wtf.file import FileField
from wtforms import BooleanField, HiddenField, SelectField, SubmitField
from wtforms.validators import DataRequired, Length, ValidationError

from webapp.fleet.queues.forms import QueueForm
from webapp.fleet.reports.enums import OPEN_STATES, ReportKind, ReportState
from webapp.fleet.reports.labels import KIND_LABELS, STAFF_STATE_LABELS
from webapp.fleet.reports.models import (
    MAX_ANSWER_LENGTH,
    MAX_NOTE_LENGTH,
    MAX_PHOTOS,
    MAX_TAG_LENGTH,
)
from webapp.fleet.reports.queries import ReportFilter
from webapp.fleet.reports.services import ReportData
from webapp.fleet.reports.staff_services import ReportAnswer
from webapp.fleet.saved_replies.forms import SavedReplyFields
from webapp.forms import (
    NEEDED,
    TOO_LONG,
    FileForm,
    Form,
    LineField,
    LinesField,
    choices,
    new_nonce,
)
from webapp.photos import reencode_photos
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.translations import lazy_pgettext, pgettext

#: The names of the fields with photos.
PHOTO_FIELDS = [f"photo{number}" for number in range(1, MAX_PHOTOS + 1)]


class ReportForm(FileForm):
    #: Identifies this form: sent twice, it is one report.
    nonce = HiddenField(default=new_nonce)
    kind = SelectField(
        _l("What is wrong?"),
        choices=choices([("", _l("Choose")), *KIND_LABELS.items()]),
        validators=[DataRequired(NEEDED)],
    )
    critical = BooleanField(_l("It is not safe to ride"))
    note = LinesField(
        _l("Details"),
        description=_l("What happened, what is broken, where it is."),
        validators=[Length(max=MAX_NOTE_LENGTH, message=TOO_LONG)],
    )
    photo1 = FileField(_l("Photo"))
    photo2 = FileField(_l("Second photo"))
    photo3 = FileField(_l("Third photo"))
    submit = SubmitField(_l("Send report"))

    def validate_note(self, field: LinesField) -> None:
        if self.kind.data == ReportKind.OTHER and not field.data:
            raise ValidationError(_("Tell us briefly what is wrong."))

    @property
    def report_data(self) -> ReportData:
        """The report with its photos re-encoded; raises PhotoRefused."""
        photos = reencode_photos({name: self[name].data for name in PHOTO_FIELDS})
        return ReportData(
            ReportKind(self.kind.data), self.critical.data, self.note.data or "", photos
        )

    @property
    def has_lost_photos(self) -> bool:
        """Whether files were sent, which the form cannot show again."""
        return any(self[name].data for name in PHOTO_FIELDS)


class ReportQueueForm(QueueForm):
    FIELDS = ("city", "state", "kind", "critical", "tag", "assignee", "age", "overdue")

    state = SelectField(
        _l("State"),
        choices=choices([("", _l("All open")), *STAFF_STATE_LABELS.items()]),
        default="",
    )

    kind = SelectField(
        _l("What"), choices=choices([("", _l("Anything")), *KIND_LABELS.items()]), default=""
    )
    critical = SelectField(
        _l("Safety"),
        choices=choices([("", lazy_pgettext("reports", "All")), ("yes", _l("Unsafe only"))]),
        default="",
    )
    #: Chosen from those of the city, which the controller offers, or from an address.
    tag = SelectField(_l("Tag"), default="")

    def offer_tags(self, tags: Iterable[str]) -> None:
        """Let the tags of the city be chosen, and the one in the address."""
        chosen = normalise_tag(self.tag.data or "")[:MAX_TAG_LENGTH]
        self.tag.data = chosen
        offered = sorted({*tags, *filter(None, [chosen])})
        self.tag.choices = choices(
            [("", pgettext("tags", "All")), *((tag, tag) for tag in offered)]
        )

    @property
    def report_filter(self) -> ReportFilter:
        states = (ReportState(self.chosen_state),) if self.chosen_state else OPEN_STATES
        kind = ReportKind(self.kind.data) if self.kind.data and not self.kind.errors else None
        return ReportFilter(
            states, kind, self.critical.data == "yes", self.tag.data or "", self.queue_filter
        )


class TagForm(Form):
    tag = LineField(
        _l("Tag"),
        validators=[DataRequired(NEEDED), Length(max=MAX_TAG_LENGTH, message=TOO_LONG)],
        render_kw={"list": "tags", "autocomplete": "off", "autocapitalize": "none"},
    )
    submit = SubmitField(_l("Add a tag"))

    @property
    def value(self) -> str:
        return normalise_tag(self.tag.data or "")


def normalise_tag(text: str) -> str:
    """Return a tag as it is stored: lower case, with single blanks."""
    return " ".join(text.split()).lower()


class ReportAnswerForm(SavedReplyFields, Form):
    #: The state on the page from which staff answer.
    seen = HiddenField()
    state = SelectField(
        _l("Outcome"),
        choices=choices(
            [
                ("", _l("Choose")),
                (ReportState.RESOLVED, _l("Solved")),
                (ReportState.DISMISSED, _l("Nothing to do")),
            ]
        ),
        validators=[DataRequired(NEEDED)],
    )
    text = LinesField(
        _l("Message to the reporter"),
        validators=[DataRequired(NEEDED), Length(max=MAX_ANSWER_LENGTH, message=TOO_LONG)],
        render_kw={"rows": 6},
    )
    returns_to_service = BooleanField(
        _l("Return the vehicle to service"),
        description=_l("It stays out while another report or a task in progress keeps it there."),
    )
    submit = SubmitField(_l("Send answer"))

    @property
    def report_answer(self) -> ReportAnswer:
        return ReportAnswer(
            ReportState(self.state.data), self.text.data, self.returns_to_service.data
        )
