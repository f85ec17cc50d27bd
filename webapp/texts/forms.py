"""The forms with which versions of texts are published."""

from datetime import UTC, datetime

from wtforms import BooleanField, HiddenField, SubmitField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from webapp.forms import (
    NEEDED,
    TOO_LONG,
    Form,
    LinesField,
    LocalTimeField,
    WhyField,
    refuse_implausible_day,
    refuse_skipped_time,
)
from webapp.regions.labels import city_label
from webapp.regions.models import City
from webapp.texts.defaults import read_default_text
from webapp.texts.enums import PAGE_KINDS, TextKind
from webapp.texts.markdown import find_problem
from webapp.texts.models import MAX_SUMMARY_LENGTH, MAX_TEXT_LENGTH
from webapp.texts.services import Draft
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

#: A browser would cut what is pasted without a word.
UNCUT = {"maxlength": False}


class TextForm(WhyField, Form):
    """A version of a text with a page."""

    text = LinesField(
        _l("Text"),
        description=_l(
            "Markdown: # heading, **bold**, *italic*, - list, [link](https://...). No HTML, no"
            " images."
        ),
        validators=[DataRequired(NEEDED), Length(max=MAX_TEXT_LENGTH, message=TOO_LONG)],
        render_kw={"rows": 24, **UNCUT},
    )
    effective_from = LocalTimeField(
        _l("In force from"),
        validators=[Optional(), refuse_implausible_day],
    )
    #: The number of the last version that the page has seen.
    version = HiddenField(default="0")
    preview = SubmitField(_l("Preview"))
    publish = SubmitField(_l("Publish"))

    kind: TextKind
    city: City | None

    def set_text(self, kind: TextKind, city: City | None) -> None:
        """Say which text it is, and by which clocks times are."""
        self.kind, self.city = kind, city
        clocks = _("By the clocks of %(city)s.", city=city_label(city)) if city else _("In UTC.")
        empty = _("Empty: from now on.")
        self.effective_from.description = f"{empty} {clocks}"

    def validate_text(self, field: LinesField) -> None:
        if len(field.data) > MAX_TEXT_LENGTH:
            return
        if self.kind in PAGE_KINDS and field.data == read_default_text(self.kind).strip():
            raise ValidationError(_("This is the example text. Write your own."))
        if problem := find_problem(field.data):
            raise ValidationError(problem)

    def validate_effective_from(self, field: LocalTimeField) -> None:
        if moment := self._read_time(field):
            refuse_skipped_time(moment)

    @property
    def previous_version(self) -> int:
        """The number of the last version that the page has seen; -1 if it does not say."""
        number = self.version.data or ""
        return int(number) if number.isdecimal() and len(number) < 9 else -1

    @property
    def draft(self) -> Draft:
        return Draft(self.text.data, effective_from=self._read_time(self.effective_from))

    def _read_time(self, field: LocalTimeField) -> datetime | None:
        return field.find_moment(self.city.zone if self.city else UTC)


class TermsForm(TextForm):
    """A version of the terms."""

    requires_agreement = BooleanField(
        _l("Riders must agree again"),
        description=_l(
            "Before their next ride, where these terms apply. For a change in substance; not for a"
            " corrected word, nor for another language of the same terms."
        ),
    )
    summary = LinesField(
        _l("What has changed"),
        description=_l("Riders who must agree again read it, with a link to the whole text."),
        validators=[Length(max=MAX_SUMMARY_LENGTH, message=TOO_LONG)],
        render_kw={"rows": 4},
    )

    def validate_summary(self, field: LinesField) -> None:
        if self.requires_agreement.data and not field.data:
            raise ValidationError(_("Say in a few words what has changed."))

    @property
    def draft(self) -> Draft:
        return Draft(
            self.text.data,
            self.summary.data or "",
            bool(self.requires_agreement.data),
            self._read_time(self.effective_from),
        )


FORMS: dict[TextKind, type[TextForm]] = {
    TextKind.TERMS: TermsForm,
    TextKind.PRIVACY: TextForm,
    TextKind.HELP: TextForm,
}
