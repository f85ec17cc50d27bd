"""Linking an account of another site."""

from flask_babel import lazy_gettext as _l
from wtforms import SubmitField

from webapp.forms import Form


class LinkIdentityForm(Form):
    """Only a button: the provider is in the URL, the identity in the session cookie."""

    submit = SubmitField(_l("Connect"))
