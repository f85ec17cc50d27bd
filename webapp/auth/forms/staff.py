"""Changes of an account by admins, each with its reason."""

from wtforms import SelectField, SubmitField

from webapp.auth.labels import ROLE_LABELS
from webapp.forms import Form, RequiredWhyField, WhyField, choices
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Role


class RoleGrantForm(RequiredWhyField, Form):
    role = SelectField(_l("Role"), choices=choices(ROLE_LABELS.items()), default=Role.FLEET.value)
    #: '': everywhere.
    city = SelectField(_l("Where"))
    submit = SubmitField(_l("Grant role"))


class AccountChangeForm(RequiredWhyField, Form):
    """A change that takes something from the person, or gives it back."""


class EndSessionsForm(WhyField, Form):
    """Signing out takes nothing for long: the person signs in again."""
