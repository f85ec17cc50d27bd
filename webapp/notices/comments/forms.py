"""The forms of comments."""

from wtforms import HiddenField, SubmitField
from wtforms.validators import DataRequired, Length

from webapp.forms import NEEDED, TOO_LONG, Form, LinesField, RequiredWhyField, WhyField, new_nonce
from webapp.notices.comments.models import MAX_COMMENT_LENGTH
from webapp.translations import lazy_gettext as _l


class CommentForm(Form):
    """A comment that its author changes."""

    text = LinesField(
        _l("Your comment"),
        validators=[DataRequired(NEEDED), Length(max=MAX_COMMENT_LENGTH, message=TOO_LONG)],
        render_kw={"rows": 4, "maxlength": False},
    )
    submit = SubmitField(_l("Save"))


class NewCommentForm(CommentForm):
    """A comment that is written."""

    #: Identifies this form: sent twice, it is one comment.
    nonce = HiddenField(default=new_nonce)
    submit = SubmitField(_l("Comment"))


class HideForm(RequiredWhyField, Form):
    """Why a comment is hidden."""


class ShowForm(WhyField, Form):
    """Why a comment is shown."""
