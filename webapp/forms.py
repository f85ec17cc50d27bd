"""What all forms share: clean text, and a point on the map."""

import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from email_validator import EmailNotValidError, validate_email
from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from werkzeug.datastructures import CombinedMultiDict, MultiDict
from wtforms import (
    DateTimeLocalField,
    DecimalField,
    EmailField,
    Field,
    FloatField,
    HiddenField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import TextInput

from webapp.errors import DomainError, FormReused
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Place, Point, is_position
from webapp.regions.labels import city_label, sort_by_label
from webapp.regions.models import City
from webapp.translations import find_plural
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.web.request_limits import REPLACEMENT

#: Characters without a shape, or that turn the text around them: names could hide behind them.
#: Soft hyphen, marks of direction, zero-width spaces, fillers, and tags.
INVISIBLE = dict.fromkeys(
    [
        *(0x00AD, 0x061C, 0x180E, 0x200B, 0x200E, 0x200F, 0x3164, 0xFEFF, 0xFFA0),
        *range(0x202A, 0x202F),
        *range(0x2060, 0x2070),
        *range(0xE0000, 0xE0080),
    ]
)
#: Joiners of letters or emoji (U+200C, U+200D) that are not between two characters, or that follow
#: another joiner. Persian words and emoji of families need the others.
LOOSE_JOINERS = re.compile(
    r"(?<!\S)[\u200c\u200d]+|[\u200c\u200d]+(?!\S)|(?<=[\u200c\u200d])[\u200c\u200d]+"
)
#: What separates lines and paragraphs besides a newline.
LINE_SEPARATORS = dict.fromkeys([0x2028, 0x2029], "\n")

#: Of the reason that staff give for a change, characters.
MAX_WHY_LENGTH = 280

NEEDED = _l("Fill this in.")
TOO_LONG = _l("Use at most %(max)d characters.")

#: Messages of WTForms -> our own.
WTFORMS_MESSAGES = {
    "Not a valid choice.": _l("Choose an option from the list."),
    "Not a valid float value.": _l("Enter a number."),
    "Not a valid integer value.": _l("Enter a whole number."),
    "Not a valid decimal value.": _l("Enter a number."),
    "Not a valid date value.": _l("Enter a date like 2026-07-31."),
    "Not a valid time value.": _l("Enter a time like 17:00."),
    "Not a valid datetime value.": _l("Enter a date and a time like 2026-07-31 17:00."),
}


class Translations:
    """Replaces the messages of WTForms by our own, in the language of the request."""

    def gettext(self, message: str) -> str:
        return str(WTFORMS_MESSAGES.get(message) or _(message))

    def ngettext(self, one: str, many: str, n: int) -> str:
        """Return the text as it is: WTForms puts the numbers into it."""
        return find_plural(one, many, n)


class Form(FlaskForm):
    """A form of a page. It reads the fields of HTML forms only, and no JSON."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: Any) -> Translations:
            return Translations()

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            if formdata is None or isinstance(
                formdata, MultiDict
            ):  # None: what was sent is not read
                return formdata
            return request.form if request and request.form else None

    def validate(self, extra_validators: Any = None) -> bool:
        """Validate all fields. Of several errors of a field the first is kept: what is no number is
        also out of range."""
        is_valid: bool = super().validate(extra_validators)
        for field in self:
            field.errors = list(field.errors[:1])
        return is_valid


class PercentField(DecimalField):
    """A percentage, as people type it."""

    widget = TextInput()
    data: Decimal | None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        keys = {"inputmode": "decimal", "autocomplete": "off"}
        super().__init__(*args, places=None, render_kw=keys, **kwargs)

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if self.data is not None and self.data.is_snan():
            self.data = Decimal("NaN")  # NumberRange refuses it; a signalling one raises there


class FileForm(Form):
    """A form that is sent with files."""

    class Meta(Form.Meta):
        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            fields = super().wrap_formdata(form, formdata)
            return fields and CombinedMultiDict([request.files, fields])


class LocalTimeField(DateTimeLocalField):
    """A time by the clocks of a city, in minutes; some browsers send seconds, too."""

    def __init__(self, *args: Any, **values: Any) -> None:  # Any: as of WTForms
        super().__init__(*args, format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **values)

    def find_moment(self, zone: tzinfo) -> datetime | None:
        """Return the moment that was typed, by the clocks of a time zone; None: nothing was."""
        local: datetime | None = self.data
        return local.replace(tzinfo=zone) if local else None


class LineField(StringField):
    """A line of text without surrounding blanks; control characters and line breaks are refused."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self.data = _clean(self.data, allowed="")


class LinesField(TextAreaField):
    """Several lines of text without surrounding blanks; other control characters are refused."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        text = (self.data or "").replace("\r\n", "\n").translate(LINE_SEPARATORS)
        self.data = _clean(text, allowed="\n")


class AddressField(LineField, EmailField):
    """A line with an e-mail address, which is normalised."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if self.data and not self.data.isascii():
            with suppress(EmailNotValidError):  # the validators say so
                email = validate_email(self.data, check_deliverability=False)
                self.data = email.ascii_email or email.normalized


class FilterForm(Form):
    """A form that is sent with GET: it changes nothing, so it needs no CSRF token."""

    class Meta(Form.Meta):
        csrf = False


class ReasonField(LineField):
    """The reason of a change. It is no value that the change stores."""


class NonceField(HiddenField):
    """A random number for each form that is shown, so that sending it twice acts once."""

    data: UUID

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = UUID(valuelist[0]) if valuelist else uuid4()


class WhyField:
    """A field for the reason of a change, which its audit event keeps. For forms of staff: a mixin.

    A change that takes something from a person, or gives power or money, needs a reason
    (``RequiredWhyField``); other changes may have one.
    """

    why = ReasonField(
        _l("Why (optional)"),
        description=_l("It stands in the audit trail."),
        validators=[Length(max=MAX_WHY_LENGTH, message=TOO_LONG)],
    )


class RequiredWhyField:
    """A field for the reason of a change that is not made without one."""

    why = ReasonField(
        _l("Why"),
        description=_l("It stands in the audit trail."),
        validators=[DataRequired(NEEDED), Length(max=MAX_WHY_LENGTH, message=TOO_LONG)],
    )


class PointFields:
    """Two fields for a position: the map fills them, and people may type into them."""

    lat = FloatField(
        _l("Latitude"),
        validators=[Optional(), NumberRange(-90, 90, _l("Enter a latitude between -90 and 90."))],
    )
    lon = FloatField(
        _l("Longitude"),
        validators=[
            Optional(),
            NumberRange(-180, 180, _l("Enter a longitude between -180 and 180.")),
        ],
    )

    def validate_lat(self, field: FloatField) -> None:
        """Refuse half a position."""
        if field.data is not None and not any(self.lon.raw_data or []):
            raise ValidationError(_("Enter the longitude, too."))

    def validate_lon(self, field: FloatField) -> None:
        if field.data is not None and not any(self.lat.raw_data or []):
            raise ValidationError(_("Enter the latitude, too."))


def new_nonce() -> str:
    """Return the value that tells a form from another one. A page that shows a form again gives it
    a new one, because the first message may have been stored."""
    return uuid4().hex


def join_errors(form: FlaskForm) -> str:
    """Return what is wrong with a form in one text, for a script that sent it."""
    return " ".join(str(error) for errors in form.errors.values() for error in errors)


def add_refusal(form: FlaskForm, refusal: DomainError) -> None:
    """Put a refusal beside the field that it is about, or above the form. A form that was used
    before becomes a new one."""
    if refusal.field in form:
        field = form[refusal.field]
        field.errors = [*field.errors, refusal.message]
    else:
        form.form_errors = [*form.form_errors, refusal.message]
    form.refusal = refusal
    if isinstance(refusal, FormReused):
        form.nonce.data = new_nonce()


def render_form(template: str, form: FlaskForm, **values: Any) -> ResponseReturnValue:
    """Return the page of a form. The status is 422 when a field is invalid, or that of the refusal
    which ``add_refusal`` has added, with its headers."""
    page = render_template(template, form=form, **values)
    if not form.errors:
        return page
    refusal: DomainError | None = getattr(form, "refusal", None)
    if refusal is None:
        return page, 422
    return page, refusal.status, refusal.headers


def choices(pairs: Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    """Return the choices of a SelectField from pairs of value and label."""
    return [SelectChoice(value, label) for value, label in pairs]


def find_choice_label(field: SelectField) -> str:
    """Return what people read for what is chosen in a field."""
    chosen = (str(label) for _value, label, is_chosen, *_ in field.iter_choices() if is_chosen)
    return next(chosen, "")


def city_choices(cities: Iterable[City] | None = None) -> list[SelectChoice]:
    """Return these cities as choices of a SelectField, by label; by default all."""
    listed_cities = catalogue().all() if cities is None else cities
    return choices((city.name, city_label(city)) for city in sort_by_label(listed_cities))


def read_point(form: PointFields) -> Point | None:
    """Return the position in a form with PointFields, or None; half a position is none."""
    lat, lon = form.lat.data, form.lon.data
    if lat is None or lon is None or not is_position(lat, lon):
        return None
    return Point(lat, lon)


def read_place(form: Any) -> Place:
    """Return the place in a form with PointFields and an ``address``."""
    return Place(form.address.data or None, read_point(form))


def refuse_implausible_day(form: Form, field: Field) -> None:
    """Refuse days that Python or the database cannot calculate with. The validator of a
    DateField."""
    if field.data and not 2000 <= field.data.year <= 2100:
        raise ValidationError(_("Choose a date in this century."))


def refuse_skipped_time(moment: datetime) -> None:
    """Refuse a time that the clocks of its zone never show, because summer time begins: they go
    from 02:00 to 03:00. Raises ValidationError."""
    try:
        shown = moment.astimezone(UTC).astimezone(moment.tzinfo)
    except OverflowError:  # on the first and the last day of the calendar
        return
    if shown.replace(tzinfo=None) != moment.replace(tzinfo=None):
        raise ValidationError(_("The clocks of the city skip this time. Choose another one."))


def find_midnight(day: date, zone: tzinfo) -> datetime:
    """Return when a day begins by the clocks of a time zone."""
    return datetime.combine(day, time.min, zone)


def _clean(text: str | None, allowed: str) -> str | None:
    if text is None:
        return None
    text = LOOSE_JOINERS.sub("", text.translate(INVISIBLE)).strip()
    is_refused = REPLACEMENT in text or any(
        unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") and c not in allowed for c in text
    )
    if is_refused:
        raise ValueError(_("This text contains a character that can't be used. Type it again."))
    return text
