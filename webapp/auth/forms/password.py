"""Entering a password, and setting another one."""

from flask_babel import LazyString
from wtforms import PasswordField, SubmitField
from wtforms.validators import DataRequired, EqualTo, Length

from webapp.auth.forms.email import EmailFields
from webapp.auth.forms.proof_of_work import ProofOfWorkField
from webapp.auth.passwords import MAX_LENGTH, MIN_LENGTH
from webapp.forms import NEEDED, TOO_LONG, Form
from webapp.translations import lazy_gettext as _l


def make_current_password_field(label: LazyString) -> PasswordField:
    """Return a field for the password that the account has: of any length, but no huge text."""
    return PasswordField(
        label,
        validators=[DataRequired(NEEDED), Length(max=1000, message=TOO_LONG)],
        render_kw={"autocomplete": "current-password"},
    )


class NewPasswordFields:
    """A password to set, entered twice: part of several forms."""

    password = PasswordField(
        _l("Password"),
        description=_l(
            "At least %(min)d characters. A few random words work well.", min=MIN_LENGTH
        ),
        validators=[
            DataRequired(NEEDED),
            Length(MIN_LENGTH, MAX_LENGTH, _l("Use %(min)d to %(max)d characters.")),
        ],
        render_kw={"autocomplete": "new-password"},
    )
    password_again = PasswordField(
        _l("Repeat password"),
        validators=[
            DataRequired(NEEDED),
            EqualTo("password", _l("The passwords do not match.")),
        ],
        render_kw={"autocomplete": "new-password"},
    )


class ForgottenPasswordForm(EmailFields, ProofOfWorkField, Form):
    submit = SubmitField(_l("Send me a link"))


class ResetPasswordForm(NewPasswordFields, Form):
    submit = SubmitField(_l("Set password"))


class ChangePasswordForm(NewPasswordFields, Form):
    current = make_current_password_field(_l("Current password"))
    submit = SubmitField(_l("Change password"))
