"""Coming in with an account of another site."""

from flask_babel import lazy_gettext as _l
from wtforms import SubmitField

from webapp.auth.forms.login import NameFields, UsernameFields
from webapp.forms import Form


class OtherRegisterForm(NameFields, UsernameFields, Form):
    """The address is known, and there is no password."""

    submit = SubmitField(_l("Create account"))


class LinkForm(Form):
    """A button: what it does stands in the address of the page."""

    submit = SubmitField(_l("Connect"))
