"""The shape of a profile."""

from flask_babel import lazy_gettext as _l
from wtforms import PasswordField, SelectField, SubmitField
from wtforms.validators import DataRequired, Length

from webapp.auth.forms import NameFields
from webapp.forms import NEEDED, TOO_LONG, FilterForm, Form, LinesField


class ProfileForm(NameFields, Form):
    about = LinesField(
        _l("About me"),
        description=_l("Other riders can read this."),
        validators=[Length(max=500, message=TOO_LONG)],
        render_kw={"rows": 4},
    )
    submit = SubmitField(_l("Save"))


class DeleteForm(Form):
    password = PasswordField(
        _l("Your password"),
        validators=[DataRequired(NEEDED), Length(max=1000, message=TOO_LONG)],
        render_kw={"autocomplete": "current-password"},
    )
    submit = SubmitField(_l("Delete my account for good"))


class CityForm(FilterForm):
    city = SelectField(_l("City"))
