"""Forms of riders."""

from wtforms import BooleanField, SelectField, SubmitField
from wtforms.validators import DataRequired, Length

from webapp.auth.forms.registration import NameFields
from webapp.forms import TOO_LONG, FilterForm, Form, LineField, LinesField
from webapp.translations import lazy_gettext as _l


class ProfileForm(NameFields, Form):
    about = LinesField(
        _l("About me"),
        description=_l("Other riders can read this."),
        validators=[Length(max=500, message=TOO_LONG)],
        render_kw={"rows": 4},
    )
    submit = SubmitField(_l("Save"))


class DeleteAccountForm(Form):
    sure = BooleanField(
        _l("I understand that this can't be undone"),
        validators=[DataRequired(_l("Tick this box to confirm."))],
    )
    submit = SubmitField(_l("Delete my account"))


class RidersForm(FilterForm):
    city = SelectField(_l("City"))
    name = LineField(_l("Username or e-mail"), validators=[Length(max=254, message=TOO_LONG)])
