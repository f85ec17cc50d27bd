"""The form with which staff run, pause or resume a subscription."""

from webapp.forms import Form, WhyField


class DecisionForm(WhyField, Form):
    """Why; what is done, says the button."""
