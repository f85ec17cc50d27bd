"""The button that starts a ride or reserves a vehicle, also with agreement to terms."""

from uuid import UUID

from flask_login import current_user
from wtforms import HiddenField

from webapp.forms import Form
from webapp.rides.terms_agreement import agree_to_terms


class StartForm(Form):
    """The button that starts a ride."""

    plan = HiddenField()
    #: The version of the terms that the rider agrees to with it, and of which city they are.
    terms, terms_city = HiddenField(), HiddenField()

    @property
    def seen_plan_id(self) -> UUID | None:
        """The pricing plan shown beside the button; None when the form does not say."""
        return _read_uuid(self.plan)

    @property
    def agreed_terms_id(self) -> UUID | None:
        """The version of the terms that the rider agrees to; None when they agree to nothing."""
        return _read_uuid(self.terms)


def _read_uuid(field: HiddenField) -> UUID | None:
    try:
        return UUID(field.data) if field.data else None
    except ValueError:
        return None


def agree_to_shown_terms(form: StartForm) -> None:
    """Record that the viewer agrees to the terms that the page with the button has shown, if it has
    shown any (rides/agree_to_terms.html)."""
    agree_to_terms(current_user.key, form.terms_city.data or "", form.agreed_terms_id)
