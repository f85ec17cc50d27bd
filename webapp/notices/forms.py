"""The forms of notices."""

from datetime import UTC, datetime, tzinfo
from typing import Any

from wtforms import BooleanField, HiddenField, SelectField, SubmitField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from webapp.edits import EditForm
from webapp.forms import (
    NEEDED,
    TOO_LONG,
    Form,
    LineField,
    LinesField,
    LocalTimeField,
    WhyField,
    choices,
    new_nonce,
    refuse_implausible_day,
    refuse_skipped_time,
)
from webapp.notices.models import MAX_TEXT_LENGTH, MAX_TITLE_LENGTH, Notice
from webapp.notices.published_notices import NoticeWords
from webapp.notices.services import NoticeSettings
from webapp.regions.labels import city_label
from webapp.regions.models import City
from webapp.texts.enums import AlertType
from webapp.texts.labels import ALERT_TYPE_LABELS
from webapp.texts.markdown import find_problem
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l


class NoticeForm(WhyField, EditForm):
    """What can be changed about a notice, and its words in one language."""

    title = LineField(
        _l("Title"),
        validators=[DataRequired(NEEDED), Length(max=MAX_TITLE_LENGTH, message=TOO_LONG)],
        render_kw={"maxlength": False},
    )
    text = LinesField(
        _l("Text"),
        description=_l(
            "Markdown: # heading, **bold**, *italic*, - list, [link](https://...). No HTML, no"
            " images."
        ),
        validators=[DataRequired(NEEDED), Length(max=MAX_TEXT_LENGTH, message=TOO_LONG)],
        render_kw={"rows": 12, "maxlength": False},
    )
    shown_from = LocalTimeField(
        _l("Shown from"),
        validators=[Optional(), refuse_implausible_day],
    )
    shown_until = LocalTimeField(
        _l("Until"),
        description=_l("Empty: until you end it."),
        validators=[Optional(), refuse_implausible_day],
    )
    is_pinned = BooleanField(
        _l("Pin it"),
        description=_l(
            "Its title stands above the map, on the pages of vehicles and during a ride. Trip"
            " planners read it, too."
        ),
    )
    alert_type = SelectField(
        _l("Alert type (GBFS)"),
        description=_l(
            "Of a pinned notice. Trip planners may leave the city out while nobody can ride."
        ),
        choices=choices(ALERT_TYPE_LABELS.items()),
        default=AlertType.OTHER,
    )
    allows_comments = BooleanField(
        _l("Riders may comment"),
        description=_l(
            "Who has ridden in the city. What is there stays when you switch it off. Notices for"
            " all cities take no comments."
        ),
        default=True,
    )
    submit = SubmitField(_l("Save"))

    # Any: WTForms leaves the arguments of a form open.
    def __init__(self, *args: Any, city: City | None, language: str, **kwargs: Any) -> None:
        self.zone: tzinfo = city.zone if city else UTC
        self.language = language
        super().__init__(*args, **kwargs)
        clocks = _("By the clocks of %(city)s.", city=city_label(city)) if city else _("In UTC.")
        self.shown_from.description = " ".join((_("Empty: from now on."), clocks))

    def validate_text(self, field: LinesField) -> None:
        if len(field.data) <= MAX_TEXT_LENGTH and (problem := find_problem(field.data)):
            raise ValidationError(problem)

    def validate_shown_from(self, field: LocalTimeField) -> None:
        if moment := field.find_moment(self.zone):
            refuse_skipped_time(moment)

    def validate_shown_until(self, field: LocalTimeField) -> None:
        until = field.find_moment(self.zone)
        if until is None:
            return
        refuse_skipped_time(until)
        begin = self.shown_from.find_moment(self.zone) or datetime.now(UTC)
        if until <= begin:
            raise ValidationError(_("Choose a time later than “Shown from”."))

    @property
    def words(self) -> NoticeWords:
        return NoticeWords(self.language, self.title.data, self.text.data)

    @property
    def settings(self) -> NoticeSettings:
        return NoticeSettings(
            self.shown_from.find_moment(self.zone),
            self.shown_until.find_moment(self.zone),
            bool(self.is_pinned.data),
            self.alert_type.data,
            bool(self.allows_comments.data),
        )


class NewNoticeForm(NoticeForm):
    """The same for a notice that is written."""

    #: Identifies this form: sent twice, it is one notice.
    nonce = HiddenField(default=new_nonce)
    submit = SubmitField(_l("Save draft"))


class ReasonForm(WhyField, Form):
    """Why a notice is published, ended or removed."""


def fill_form(
    notice: Notice, words: NoticeWords | None, city: City | None, language: str
) -> NoticeForm:
    """Return the form that shows a notice, with its words in a language."""
    zone = city.zone if city else UTC
    values = {
        "title": words.title if words else "",
        "text": words.text if words else "",
        "shown_from": _show_time(notice.shown_from, zone),
        "shown_until": notice.shown_until and _show_time(notice.shown_until, zone),
        "is_pinned": notice.is_pinned,
        "alert_type": notice.alert_type,
        "allows_comments": notice.allows_comments,
    }
    return NoticeForm(None, city=city, language=language, data=values)


def _show_time(moment: datetime, zone: tzinfo) -> datetime:
    """Return a moment as the field shows it: a local time, in minutes."""
    return moment.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
