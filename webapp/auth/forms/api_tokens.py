"""Creating an access token."""

from collections.abc import Sequence
from datetime import timedelta

from wtforms import SelectField, SubmitField
from wtforms.validators import DataRequired, Length

from webapp.auth.forms.scopes import ScopeForm
from webapp.forms import NEEDED, TOO_LONG, LineField, NonceField, choices
from webapp.translations import lazy_gettext as _l
from webapp.web.scopes import Scope

#: Days until it expires.
LIFETIMES = {
    7: _l("7 days"),
    30: _l("30 days"),
    90: _l("90 days"),
    365: _l("A year"),
}


class ApiTokenForm(ScopeForm):
    """The name of a token, how long it works, and what it may do."""

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

    def __init__(self, offered_scopes: Sequence[Scope], nonce: str) -> None:
        super().__init__(data={"nonce": nonce})
        self.offered_scopes = offered_scopes

    @property
    def lifetime(self) -> timedelta:
        return timedelta(days=int(self.days.data))
