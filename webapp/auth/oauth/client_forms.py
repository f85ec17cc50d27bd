"""The forms of apps, for admins."""

from wtforms import Field, SelectField, SubmitField
from wtforms.validators import DataRequired, Length, ValidationError

from webapp.auth.forms.scopes import ScopeForm, make_scope_field_name
from webapp.auth.oauth.models import MAX_APP_NAME_LENGTH, MAX_REDIRECT_URI_LENGTH
from webapp.auth.oauth.redirect_uris import is_redirect_uri
from webapp.auth.oauth.services.clients import ClientSettings
from webapp.edits import EditForm
from webapp.forms import (
    NEEDED,
    TOO_LONG,
    Form,
    LineField,
    LinesField,
    NonceField,
    RequiredWhyField,
    WhyField,
    choices,
)
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.web.scopes import Scope

MAX_REDIRECT_URIS = 10


class _ClientFields(WhyField, ScopeForm):
    name = LineField(
        _l("Name"),
        description=_l("People read it when the app asks for access to their account."),
        validators=[DataRequired(NEEDED), Length(max=MAX_APP_NAME_LENGTH, message=TOO_LONG)],
    )
    redirect_uris = LinesField(
        _l("Redirect addresses"),
        description=_l(
            "Where people are sent back to, one address a line: https://, http://127.0.0.1 (with"
            " any port) for programs on a computer, or com.example.app:/ for an app on a phone."
        ),
        validators=[DataRequired(NEEDED)],
    )
    submit = SubmitField(_l("Save"))

    def validate_redirect_uris(self, field: LinesField) -> None:
        """Refuse addresses to which codes must not go."""
        uris = self.settings.redirect_uris
        if len(uris) > MAX_REDIRECT_URIS:
            raise ValidationError(_("Enter at most %(max)d addresses.", max=MAX_REDIRECT_URIS))
        for uri in uris:
            if len(uri) > MAX_REDIRECT_URI_LENGTH or not is_redirect_uri(uri):
                raise ValidationError(_("An app cannot have this address: %(uri)s", uri=uri))

    @property
    def settings(self) -> ClientSettings:
        lines = (self.redirect_uris.data or "").split("\n")
        uris = dict.fromkeys(line.strip() for line in lines if line.strip())
        return ClientSettings(self.name.data or "", list(uris), [str(each) for each in self.scopes])


class NewClientForm(_ClientFields):
    """A new app."""

    client_type = SelectField(
        _l("Where it runs"),
        choices=choices(
            [
                ("public", _l("On phones and computers, or in browsers")),
                ("confidential", _l("On a server of its maker, which keeps a secret")),
            ]
        ),
        description=_l("It cannot be changed later."),
    )
    nonce = NonceField()


class ClientForm(_ClientFields, EditForm):
    """What can be changed of an app."""

    def stored_value(self, field: Field) -> object:
        if field.short_name == "redirect_uris":
            return self.settings.redirect_uris
        return super().stored_value(field)


class RemoveClientForm(RequiredWhyField, Form):
    """Removing an app."""

    submit = SubmitField(_l("Remove app"))


class RenewSecretForm(RequiredWhyField, Form):
    """A new secret of an app."""

    submit = SubmitField(_l("Renew secret"))


def make_client_form_data(settings: ClientSettings) -> dict[str, object]:
    """Return the data of a ClientForm that shows these settings."""
    boxes = {make_scope_field_name(scope): scope in settings.scopes for scope in Scope}
    return {
        "name": settings.name,
        "redirect_uris": "\n".join(settings.redirect_uris),
        **boxes,
    }
