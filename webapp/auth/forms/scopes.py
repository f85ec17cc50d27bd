"""A box for each scope, as part of other forms."""

from collections.abc import Sequence

from wtforms import BooleanField

from webapp.auth.labels import SCOPE_LABELS
from webapp.forms import Form
from webapp.translations import gettext as _
from webapp.web.scopes import Scope


def make_scope_field_name(scope: Scope) -> str:
    """Return the name of the box of a scope."""
    return scope.replace(":", "_")


class ScopeForm(Form):
    """A form in which scopes are chosen, at least one."""

    #: Those that can be chosen.
    offered_scopes: Sequence[Scope] = tuple(Scope)

    @property
    def scope_boxes(self) -> list[BooleanField]:
        return [self[make_scope_field_name(scope)] for scope in self.offered_scopes]

    @property
    def scopes(self) -> list[Scope]:
        """The scopes that were chosen."""
        return [scope for scope in self.offered_scopes if self[make_scope_field_name(scope)].data]

    def validate(self, extra_validators: object = None) -> bool:
        is_valid = super().validate(extra_validators)
        if not self.scopes:
            self.scope_boxes[-1].errors = [_("Choose what it may do.")]
        return is_valid and bool(self.scopes)


for _scope in Scope:  # a field for each: no request has the same field twice
    setattr(
        ScopeForm,
        make_scope_field_name(_scope),
        BooleanField(SCOPE_LABELS[_scope], description=_scope.value),
    )
