"""Writing a note about an account."""

from wtforms import HiddenField, SubmitField
from wtforms.validators import DataRequired, Length

from webapp.auth.notes.models import MAX_TEXT_LENGTH
from webapp.forms import NEEDED, TOO_LONG, Form, LinesField, new_nonce
from webapp.translations import lazy_gettext as _l


class NoteForm(Form):
    text = LinesField(
        _l("Note"),
        description=_l(
            "Your colleagues read it, and the person can: it is in the copy of their data. It"
            " cannot be changed afterwards."
        ),
        validators=[DataRequired(NEEDED), Length(max=MAX_TEXT_LENGTH, message=TOO_LONG)],
        render_kw={"rows": 4},
    )
    #: Of the page: sent twice, it is one note.
    nonce = HiddenField(default=new_nonce)
    submit = SubmitField(_l("Add note"))
