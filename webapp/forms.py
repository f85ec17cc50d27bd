"""What all forms share: clean text, and a point on the map."""

import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import EmailField, FloatField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import NumberRange, Optional, ValidationError

from webapp.errors import DomainError
from webapp.regions.catalogue import catalogue
from webapp.regions.geography import Place, Point, is_position
from webapp.regions.models import City

#: Characters without a shape, or that turn the text around them: names could hide behind them.
INVISIBLE = dict.fromkeys(
    [0x00AD, 0x200B, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)

NEEDED = _l("Please fill this in.")
TOO_LONG = _l("That is too long: %(max)d characters at most.")

#: What WTForms says by itself, in words for people.
WORDS = {
    "Not a valid choice.": _l("Choose one from the list."),
    "Not a valid float value.": _l("That is not a number."),
    "Not a valid integer value.": _l("That is not a whole number."),
    "Not a valid decimal value.": _l("That is not a number."),
    "Not a valid date value.": _l("That is no day: write it like 2026-07-31."),
}


class Words:
    """The translations that WTForms asks for its own messages: ours."""

    def gettext(self, message: str) -> str:
        return str(WORDS.get(message) or _(message))

    def ngettext(self, one: str, many: str, n: int) -> str:
        return str(ngettext(one, many, n))


class Form(FlaskForm):
    """A form of a page. It reads what a browser's form sends and nothing else, JSON for one."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: Any) -> Words:
            return Words()

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            if isinstance(formdata, MultiDict):
                return formdata
            return request.form if request and request.form else None


class LineField(StringField):
    """A line of text that arrives trimmed; characters that nobody types are refused."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self.data = _clean(self.data, allowed="")


class LinesField(TextAreaField):
    """The same for several lines."""

    data: Any

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        self.data = _clean((self.data or "").replace("\r\n", "\n"), allowed="\n")


class AddressField(LineField, EmailField):
    """The same for an e-mail address, in the one form of all that reach the same mailbox."""

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if self.data and not self.data.isascii():
            with suppress(EmailNotValidError):  # the validators say so
                found = validate_email(self.data, check_deliverability=False)
                self.data = found.ascii_email or found.normalized


class FilterForm(Form):
    """A form in the address of a page: it changes nothing, so it needs no token."""

    class Meta(Form.Meta):
        csrf = False


class PointFields:
    """Two fields for a position, that the map fills and a person without one may type."""

    lat = FloatField(
        _l("Latitude"),
        validators=[Optional(), NumberRange(-90, 90, _l("A latitude lies between -90 and 90."))],
    )
    lon = FloatField(
        _l("Longitude"),
        validators=[
            Optional(),
            NumberRange(-180, 180, _l("A longitude lies between -180 and 180.")),
        ],
    )

    def validate_lat(self, field: Any) -> None:
        """Half a position is a slip: say so instead of forgetting it."""
        if field.data is not None and not any(self.lon.raw_data or []):
            raise ValidationError(_("The longitude is missing."))

    def validate_lon(self, field: Any) -> None:
        if field.data is not None and not any(self.lat.raw_data or []):
            raise ValidationError(_("The latitude is missing."))


def add_refusal(form: FlaskForm, refusal: DomainError) -> None:
    """Put a refusal beside the field that it is about, or above the form."""
    if refusal.field in form:
        field = form[refusal.field]
        field.errors = [*field.errors, refusal.message]
    else:
        form.form_errors = [*form.form_errors, refusal.message]
    form.refusal = refusal


def render_form(template: str, form: FlaskForm, **values: Any) -> ResponseReturnValue:
    """Return the page of a form: 200 while it is empty, 422 or the refusal's own status with what
    is wrong beside the fields, and when to come back."""
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


def city_choices(cities: Iterable[City] | None = None) -> list[SelectChoice]:
    """Return these cities as choices of a SelectField; by default all."""
    shown = catalogue().all() if cities is None else cities
    return choices((city.name, city.label) for city in shown)


def read_point(form: Any) -> Point | None:
    """Return the position in a form with PointFields, or None; half a position is none."""
    lat, lon = form.lat.data, form.lon.data
    return (
        Point(lat, lon) if lat is not None and lon is not None and is_position(lat, lon) else None
    )


def read_place(form: Any) -> Place:
    """Return the place in a form with PointFields and an ``address``."""
    return Place(form.address.data or None, read_point(form))


def _clean(text: str | None, allowed: str) -> str | None:
    if text is None:
        return None
    text = text.translate(INVISIBLE).strip()
    if any(unicodedata.category(c) in ("Cc", "Cs") and c not in allowed for c in text):
        raise ValueError(
            _("There is a character in this text that cannot be shown. Type it again.")
        )
    return text
