"""Entering an e-mail address, and confirming one."""

from wtforms import SubmitField
from wtforms.validators import DataRequired, Email, Length

from webapp.forms import NEEDED, TOO_LONG, AddressField, Form
from webapp.translations import lazy_gettext as _l


class EmailFields:
    """An e-mail address: part of several forms."""

    email = AddressField(
        _l("E-mail"),
        validators=[
            DataRequired(NEEDED),
            Length(max=254, message=TOO_LONG),
            Email(_l("Enter a valid e-mail address.")),
        ],
        render_kw={"autocomplete": "email", "autocapitalize": "none"},
    )


class ChangeEmailForm(EmailFields, Form):
    submit = SubmitField(_l("Send link"))


class ConfirmForm(Form):
    """Only a button: the token is in the URL."""

    submit = SubmitField(_l("Confirm"))
