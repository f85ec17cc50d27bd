"""Forms of blocks."""

from wtforms import HiddenField, SubmitField
from wtforms.validators import DataRequired, Length

from webapp.forms import NEEDED, TOO_LONG, Form, LinesField, RequiredWhyField, new_nonce
from webapp.rides.blocks.models import MAX_REASON_LENGTH
from webapp.translations import lazy_gettext as _l


class BlockForm(Form):
    #: Identifies this form: sent twice, it blocks once.
    nonce = HiddenField(default=new_nonce)
    reason = LinesField(
        _l("Why?"),
        description=_l("The rider reads this, and may ask our staff to look at it."),
        validators=[DataRequired(NEEDED), Length(max=MAX_REASON_LENGTH, message=TOO_LONG)],
        render_kw={"rows": 3},
    )
    submit = SubmitField(_l("Block the last rider"))


class EndBlockForm(RequiredWhyField, Form):
    """Staff end a block, for a reason."""
