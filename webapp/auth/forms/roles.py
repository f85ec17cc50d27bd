"""Whose roles to list."""

from wtforms import SelectField

from webapp.auth.labels import ROLE_LABELS
from webapp.forms import FilterForm, choices
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import STAFF


class RoleHoldersForm(FilterForm):
    role = SelectField(
        _l("Role"),
        choices=choices([("", _l("All")), *((role, ROLE_LABELS[role]) for role in STAFF)]),
        default="",
    )
    #: '': all of the viewer's.
    city = SelectField(_l("City"), default="")
