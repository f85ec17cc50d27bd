"""Creating an access token."""

from datetime import timedelta

from wtforms import BooleanField, SelectField, SubmitField
from wtforms.validators import DataRequired, Length

from webapp.auth.labels import SCOPE_LABELS
from webapp.forms import NEEDED, TOO_LONG, Form, LineField, NonceField, choices
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.web.scopes import Scope

#: Days until it expires.
LIFETIMES = {
    7: _l("7 days"),
    30: _l("30 days"),
    90: _l("90 days"),
    365: _l("A year"),
}


class _TokenFields(Form):
    name = LineField(
        _l("Name"),
        description=_l("What it is for, so that you recognise it later."),
        validators=[DataRequired(NEEDED), Length(max=60, message=TOO_LONG)],
    )
    days = SelectField(
        _l("Valid for"),
        choices=choices((str(days), label) for days, label in LIFETIMES.items()),
        default="30",
    )
    nonce = NonceField()
    submit = SubmitField(_l("Create access token"))


def _field_name(scope: Scope) -> str:
    return scope.replace(":", "_")


class ApiTokenForm(_TokenFields):
    """The name of a token, how long it works, and a box for each scope."""

    @property
    def scope_boxes(self) -> list[BooleanField]:
        return [self[_field_name(scope)] for scope in Scope]

    @property
    def scopes(self) -> list[Scope]:
        """The scopes that were chosen."""
        return [scope for scope in Scope if self[_field_name(scope)].data]

    @property
    def lifetime(self) -> timedelta:
        return timedelta(days=int(self.days.data))

    def validate(self, extra_validators: object = None) -> bool:
        is_valid = super().validate(extra_validators)
        if not self.scopes:
            self.scope_boxes[-1].errors = [_("Choose what it may do.")]
        return is_valid and bool(self.scopes)


for _scope in Scope:  # a field for each: no request has the same field twice
    setattr(
        ApiTokenForm,
        _field_name(_scope),
        BooleanField(SCOPE_LABELS[_scope], description=_scope.value),
    )
