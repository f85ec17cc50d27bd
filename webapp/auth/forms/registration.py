"""Creating an account."""

from wtforms import HiddenField, SelectField, SubmitField
from wtforms.validators import DataRequired, Length, Regexp

from webapp.auth.forms.email import EmailFields
from webapp.auth.forms.password import NewPasswordFields
from webapp.auth.forms.proof_of_work import ProofOfWorkField
from webapp.forms import NEEDED, TOO_LONG, Form, LineField
from webapp.translations import lazy_gettext as _l

MIN_USERNAME_LENGTH, MAX_USERNAME_LENGTH = 3, 30


class NameFields:
    """Names and home city: part of registering and of the profile."""

    city = SelectField(_l("Home city"), validators=[DataRequired(_l("Choose your city."))])
    first_name = LineField(
        _l("First name"),
        validators=[DataRequired(NEEDED), Length(max=60, message=TOO_LONG)],
        render_kw={"autocomplete": "given-name"},
    )
    last_name = LineField(
        _l("Last name"),
        validators=[DataRequired(NEEDED), Length(max=60, message=TOO_LONG)],
        render_kw={"autocomplete": "family-name"},
    )


class SeenTermsField:
    """Which terms of service the page leads to: part of both ways to register."""

    seen_terms = HiddenField()


class UsernameFields:
    """A username: part of both ways to register."""

    username = LineField(
        _l("Username"),
        description=_l(
            "%(min)d to %(max)d letters, digits, dots, dashes or underscores.",
            min=MIN_USERNAME_LENGTH,
            max=MAX_USERNAME_LENGTH,
        ),
        validators=[
            DataRequired(NEEDED),
            Length(
                MIN_USERNAME_LENGTH,
                MAX_USERNAME_LENGTH,
                _l("Use %(min)d to %(max)d characters."),
            ),
            Regexp(
                r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
                message=_l("Use only letters, digits, dots, dashes and underscores."),
            ),
        ],
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
    )


class RegisterForm(
    NameFields,
    UsernameFields,
    EmailFields,
    NewPasswordFields,
    SeenTermsField,
    ProofOfWorkField,
    Form,
):
    submit = SubmitField(_l("Create account"))


class OidcRegisterForm(NameFields, UsernameFields, SeenTermsField, Form):
    """Registration with an identity: the provider gives the e-mail address, no password is set."""

    submit = SubmitField(_l("Create account"))
