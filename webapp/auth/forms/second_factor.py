"""Codes, for whoever has a second factor."""

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, SubmitField
from wtforms.validators import DataRequired, Length, ValidationError

from webapp.forms import NEEDED, TOO_LONG, Form, LineField

OF_APP = {"autocomplete": "one-time-code", "inputmode": "numeric"}


class CodeFields:
    """A code of the app, or a recovery code in its place."""

    code = LineField(
        _l("Code"),
        description=_l("The 6 digits that your authenticator app shows for MovR."),
        validators=[Length(max=100, message=TOO_LONG)],
        render_kw=OF_APP,
    )
    recovery_code = LineField(
        _l("Recovery code"),
        description=_l("One of those that you kept when you turned this on. Each is good once."),
        validators=[Length(max=100, message=TOO_LONG)],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )

    def validate_code(self, field: Any) -> None:
        if not self.typed_code:
            raise ValidationError(NEEDED)

    @property
    def typed_code(self) -> str:
        """The one of the two that was filled in, or ''."""
        fields = (self._fields.get(name) for name in ("recovery_code", "code"))  # type: ignore[attr-defined]
        return next((field.data for field in fields if field and field.data), "")


class FirstCodeForm(Form):
    code = LineField(
        _l("Code"),
        description=_l("The 6 digits that the app shows now."),
        validators=[DataRequired(NEEDED), Length(max=100, message=TOO_LONG)],
        render_kw=OF_APP,
    )
    submit = SubmitField(_l("Turn it on"))


class CodeForm(CodeFields, Form):
    submit = SubmitField(_l("Sign in"))


class TurnOffForm(CodeFields, Form):
    submit = SubmitField(_l("Ask for no code any more"))


class ProveForm(CodeFields, Form):
    password = PasswordField(
        _l("Your password"),
        validators=[DataRequired(NEEDED), Length(max=1000, message=TOO_LONG)],
        render_kw={"autocomplete": "current-password"},
    )
    submit = SubmitField(_l("Go on"))

    @classmethod
    def asking(cls, *, password: bool, code: bool) -> "ProveForm":
        """Return the form with the fields of what an account has."""
        form = cls()
        if not password:
            del form.password
        if not code:
            del form.code, form.recovery_code
        return form

    @property
    def typed_password(self) -> str:
        return self.password.data if self.password else ""
