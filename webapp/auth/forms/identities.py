"""Linking an account of another site."""

from wtforms import SubmitField

from webapp.forms import Form
from webapp.translations import lazy_gettext as _l


class LinkIdentityForm(Form):
    """Only a button: the provider is in the URL, the identity in the session cookie."""

    submit = SubmitField(_l("Connect"))
