"""The terms to which somebody agrees by creating an account: those that the form has shown."""

from uuid import UUID

from webapp.auth.forms.registration import OidcRegisterForm, RegisterForm
from webapp.errors import DomainError
from webapp.hooks import get_hooks
from webapp.regions.catalogue import catalogue
from webapp.regions.models import City
from webapp.translations import lazy_gettext as _l


class TermsMismatch(DomainError):
    """The form has shown the terms of another city, or earlier ones."""

    status = 422
    field = "city"
    message = _l(
        "The terms for this city are not the ones that you saw. Read them below, then create the"
        " account."
    )


def show_terms(form: RegisterForm | OidcRegisterForm) -> None:
    """Let a form say which terms hold in the city that it shows."""
    city = catalogue().find(form.city.data or "")
    form.seen_terms.data = str(_find_terms_id(city) or "") if city else ""


def check_terms(form: RegisterForm | OidcRegisterForm, city: City) -> UUID | None:
    """Return the terms that hold in the chosen city; None: there are none. Raises TermsMismatch if
    the form has shown others; from then on it shows these."""
    terms_id, seen_terms = _find_terms_id(city), form.seen_terms.data or ""
    if terms_id and seen_terms != str(terms_id):
        show_terms(form)
        raise TermsMismatch
    return terms_id


def _find_terms_id(city: City) -> UUID | None:
    terms = get_hooks().registration_terms
    return terms.find_id(city) if terms else None
