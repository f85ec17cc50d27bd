"""A phone number, and the code that confirms it."""

from typing import Any

from wtforms import SubmitField, TelField
from wtforms.validators import DataRequired, Length, ValidationError

from webapp.forms import NEEDED, TOO_LONG, Form, LineField
from webapp.riders.phones.numbers import parse_mobile_number
from webapp.riders.phones.services import CODE_DIGITS
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l


class PhoneField(LineField, TelField):
    """A line for a phone number."""


class PhoneForm(Form):
    number = PhoneField(
        _l("Mobile number"),
        description=_l(
            "We'll send a code to it. Outside of your country, begin with + and its code."
        ),
        validators=[DataRequired(NEEDED), Length(max=40, message=TOO_LONG)],
        render_kw={"autocomplete": "tel"},
    )
    submit = SubmitField(_l("Send me a code"))

    def __init__(self, territory: str | None, **values: Any) -> None:  # Any: as of WTForms
        super().__init__(**values)
        self.territory = territory

    def validate_number(self, field: LineField) -> None:
        self.e164 = parse_mobile_number(field.data, self.territory)
        if self.e164 is None:
            raise ValidationError(
                _("This is no mobile number. Begin with + and the country's code.")
            )


class PhoneCodeForm(Form):
    code = LineField(
        _l("Code"),
        description=_l("The %(digits)d digits in the message.", digits=CODE_DIGITS),
        validators=[DataRequired(NEEDED), Length(max=20, message=TOO_LONG)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )
    submit = SubmitField(_l("Confirm"))
