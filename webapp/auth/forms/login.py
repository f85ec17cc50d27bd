"""Signing in with a password."""

from wtforms import BooleanField, SubmitField
from wtforms.validators import DataRequired, Length

from webapp.auth.forms.password import make_current_password_field
from webapp.auth.forms.proof_of_work import ProofOfWorkField
from webapp.forms import NEEDED, TOO_LONG, Form, LineField
from webapp.translations import lazy_gettext as _l


class LoginForm(ProofOfWorkField, Form):
    username = LineField(
        _l("Username or e-mail"),
        validators=[DataRequired(NEEDED), Length(max=254, message=TOO_LONG)],
        render_kw={"autocomplete": "username", "autocapitalize": "none"},
    )
    password = make_current_password_field(_l("Password"))
    remember = BooleanField(_l("Stay signed in on this device"))
    submit = SubmitField(_l("Sign in"))
