"""The forms of offers."""

from wtforms import SubmitField

from webapp.auth.forms.email import EmailFields
from webapp.forms import Form, NonceField, new_nonce
from webapp.translations import lazy_gettext as _l


class OfferForm(EmailFields, Form):
    """Whom a vehicle is offered to."""

    nonce = NonceField(default=new_nonce)
    submit = SubmitField(_l("Send the offer"))


class AcceptForm(Form):
    """Only a button: the offer is in the URL."""

    submit = SubmitField(_l("Accept"))
