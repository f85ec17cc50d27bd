"""The form of the fake payment provider."""

from flask_babel import lazy_gettext as _l
from wtforms import SubmitField

from webapp.forms import Form


class CheckoutForm(Form):
    pay = SubmitField(_l("Pay"))
    cancel = SubmitField(_l("Cancel"))
