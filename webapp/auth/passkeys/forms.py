"""Forms with a passkey: static/js/passkeys.js fills the hidden field."""

from wtforms import BooleanField, HiddenField, SubmitField
from wtforms.validators import DataRequired, Length

from webapp.auth.passkeys.ceremonies import MAX_CREDENTIAL_LENGTH
from webapp.auth.passkeys.models import MAX_NAME_LENGTH
from webapp.forms import NEEDED, TOO_LONG, Form, LineField
from webapp.translations import lazy_gettext as _l


def make_credential_field() -> HiddenField:
    """Return the field for what the browser's authenticator answers, JSON."""
    needed = _l("Your browser sent no passkey. It must support passkeys and run JavaScript.")
    return HiddenField(validators=[DataRequired(needed), Length(max=MAX_CREDENTIAL_LENGTH)])


class PasskeyForm(Form):
    """Signs in, or reauthenticates."""

    credential = make_credential_field()
    remember = BooleanField()
    submit = SubmitField(_l("Use a passkey"))


class _NameField:
    name = LineField(
        _l("Name"),
        description=_l("So that you recognise it, such as the device or password manager."),
        validators=[DataRequired(NEEDED), Length(max=MAX_NAME_LENGTH, message=TOO_LONG)],
        render_kw={"autocomplete": "off"},
    )


class AddPasskeyForm(_NameField, Form):
    credential = make_credential_field()
    submit = SubmitField(_l("Add a passkey"))


class RenamePasskeyForm(_NameField, Form):
    submit = SubmitField(_l("Save"))
