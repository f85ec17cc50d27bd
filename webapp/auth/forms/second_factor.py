"""Codes of an authenticator app, and recovery codes."""

from wtforms import Field, SubmitField
from wtforms.validators import DataRequired, Length, ValidationError

from webapp.auth.totp import DIGITS
from webapp.forms import NEEDED, TOO_LONG, Form, LineField
from webapp.translations import lazy_gettext as _l

APP_CODE_ATTRIBUTES = {"autocomplete": "one-time-code", "inputmode": "numeric"}


class CodeFields:
    """A code of the app, or a recovery code instead: part of several forms."""

    code = LineField(
        _l("Authentication code"),
        description=_l(
            "The %(digits)d-digit code your authenticator app shows for MovR.", digits=DIGITS
        ),
        validators=[Length(max=100, message=TOO_LONG)],
        render_kw=APP_CODE_ATTRIBUTES,
    )
    recovery_code = LineField(
        _l("Recovery code"),
        description=_l("One of the codes you saved when you set this up. Each works once."),
        validators=[Length(max=100, message=TOO_LONG)],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )

    def validate_code(self, field: Field) -> None:
        if not self.typed_code:
            raise ValidationError(NEEDED)

    def validate_recovery_code(self, field: Field) -> None:
        if "code" not in self._fields and not self.typed_code:  # type: ignore[attr-defined]
            raise ValidationError(NEEDED)

    @property
    def typed_code(self) -> str:
        """The one of the two that was filled in, or ''."""
        fields = (self._fields.get(name) for name in ("recovery_code", "code"))  # type: ignore[attr-defined]
        return next((field.data for field in fields if field and field.data), "")

    def accept_codes(self, *, of_app: bool) -> None:
        """Remove the field for codes of an app if the account has none."""
        if not of_app:
            del self.code


class FirstCodeForm(Form):
    """Confirms that the app is set up."""

    code = LineField(
        _l("Authentication code"),
        description=_l("The %(digits)d-digit code the app shows now.", digits=DIGITS),
        validators=[DataRequired(NEEDED), Length(max=100, message=TOO_LONG)],
        render_kw=APP_CODE_ATTRIBUTES,
    )
    submit = SubmitField(_l("Turn on"))


class CodeForm(CodeFields, Form):
    submit = SubmitField(_l("Sign in"))


class TurnOffForm(CodeFields, Form):
    submit = SubmitField(_l("Turn off"))
