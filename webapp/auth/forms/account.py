"""Looking after one's account, and getting back into it."""

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, SubmitField
from wtforms.validators import DataRequired, Length

from webapp.auth.forms.login import EmailFields, NewPasswordFields
from webapp.forms import NEEDED, TOO_LONG, Form


class ForgottenForm(EmailFields, Form):
    submit = SubmitField(_l("Send me a link"))


class ResetForm(NewPasswordFields, Form):
    submit = SubmitField(_l("Set this password"))


class PasswordForm(NewPasswordFields, Form):
    current = PasswordField(
        _l("Your present password"),
        validators=[DataRequired(NEEDED), Length(max=1000, message=TOO_LONG)],
        render_kw={"autocomplete": "current-password"},
    )
    submit = SubmitField(_l("Change password"))


class EmailForm(EmailFields, Form):
    submit = SubmitField(_l("Send the link"))


class TokenForm(Form):
    """A button: what it does stands in the address of the page."""

    submit = SubmitField(_l("Confirm"))
