"""The form of the fake payment provider."""

from wtforms import SubmitField

from webapp.forms import Form
from webapp.translations import lazy_gettext as _l


class CheckoutForm(Form):
    pay = SubmitField(_l("Pay"))
    cancel = SubmitField(_l("Cancel"))
