"""Credentials for a reauthentication."""

from wtforms import SubmitField

from webapp.auth.forms.password import make_current_password_field
from webapp.auth.forms.second_factor import CodeFields
from webapp.forms import Form
from webapp.translations import lazy_gettext as _l


class ReauthenticationForm(CodeFields, Form):
    password = make_current_password_field(_l("Your password"))
    submit = SubmitField(_l("Continue"))

    @classmethod
    def for_account(
        cls, *, has_password: bool, has_app: bool, has_recovery_codes: bool
    ) -> "ReauthenticationForm":
        """Return the form with fields for what the account has."""
        form = cls()
        if not has_password:
            del form.password
        form.accept_codes(of_app=has_app)
        if not has_recovery_codes:
            del form.recovery_code
        return form

    @property
    def typed_password(self) -> str:
        return self.password.data if self.password else ""
