"""Signing up and in."""

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, PasswordField, SelectField, SubmitField
from wtforms.validators import DataRequired, Email, EqualTo, Length, Regexp

from webapp.auth import passwords
from webapp.forms import NEEDED, TOO_LONG, AddressField, Form, LineField


class NameFields:
    """First name, last name and home city: part of registering and of the profile."""

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


class LoginForm(Form):
    username = LineField(
        _l("Username or e-mail"),
        validators=[DataRequired(NEEDED), Length(max=254, message=TOO_LONG)],
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
    )
    password = PasswordField(
        _l("Password"),
        validators=[DataRequired(NEEDED), Length(max=1000, message=TOO_LONG)],
        render_kw={"autocomplete": "current-password"},
    )
    remember = BooleanField(_l("Stay signed in on this device"))
    submit = SubmitField(_l("Sign in"))


class NewPasswordFields:
    """A password to set, typed twice: part of registering, changing and resetting."""

    password = PasswordField(
        _l("Password"),
        description=_l("8 characters or more. A few words make a good one."),
        validators=[
            DataRequired(NEEDED),
            Length(
                passwords.MIN_LENGTH,
                passwords.MAX_LENGTH,
                _l("Between %(min)d and %(max)d characters."),
            ),
        ],
        render_kw={"autocomplete": "new-password"},
    )
    password_again = PasswordField(
        _l("Password again"),
        validators=[
            DataRequired(NEEDED),
            EqualTo("password", _l("The two passwords are not the same.")),
        ],
        render_kw={"autocomplete": "new-password"},
    )


class EmailFields:
    """An e-mail address: part of registering, of asking for help, and of changing it."""

    email = AddressField(
        _l("E-mail"),
        validators=[
            DataRequired(NEEDED),
            Length(max=254, message=TOO_LONG),
            Email(_l("That is no e-mail address.")),
        ],
        render_kw={"autocomplete": "email", "autocapitalize": "none"},
    )


class UsernameFields:
    """A username: part of registering, in whichever way."""

    username = LineField(
        _l("Username"),
        description=_l("3 to 30 letters, digits, dots, dashes or underscores."),
        validators=[
            DataRequired(NEEDED),
            Length(3, 30, _l("Between 3 and 30 characters.")),
            Regexp(
                r"^[A-Za-z0-9][A-Za-z0-9._-]*$",
                message=_l("Letters, digits, dots, dashes and underscores only."),
            ),
        ],
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
    )


class RegisterForm(NameFields, UsernameFields, EmailFields, NewPasswordFields, Form):
    submit = SubmitField(_l("Create account"))
