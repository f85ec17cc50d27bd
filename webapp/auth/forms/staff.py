"""Granting a role."""

from wtforms import SelectField, SubmitField

from webapp.auth.labels import ROLE_LABELS
from webapp.forms import Form, choices
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Role


class RoleGrantForm(Form):
    role = SelectField(_l("Role"), choices=choices(ROLE_LABELS.items()), default=Role.FLEET.value)
    #: '': everywhere.
    city = SelectField(_l("Where"))
    submit = SubmitField(_l("Grant role"))
