"""Forms of blocks."""

import time
from datetime import UTC, datetime

from wtforms import HiddenField, SubmitField
from wtforms.validators import DataRequired, Length

from webapp.forms import NEEDED, TOO_LONG, Form, LinesField, RequiredWhyField, new_nonce
from webapp.rides.blocks.models import MAX_REASON_LENGTH
from webapp.translations import lazy_gettext as _l


def _write_now() -> str:
    """Return the time in seconds since 1970, rounded up: a ride that has just ended is before."""
    return str(int(time.time()) + 1)


class BlockForm(Form):
    #: Identifies this form: sent twice, it blocks once.
    nonce = HiddenField(default=new_nonce)
    #: When the page was opened, seconds since 1970.
    opened_s = HiddenField(default=_write_now)
    reason = LinesField(
        _l("Why?"),
        description=_l("The rider reads this, and may ask our staff to look at it."),
        validators=[DataRequired(NEEDED), Length(max=MAX_REASON_LENGTH, message=TOO_LONG)],
        render_kw={"rows": 3},
    )
    submit = SubmitField(_l("Block the last rider"))

    @property
    def opened_at(self) -> datetime | None:
        """When the page was opened; None: the form does not say."""
        try:
            return datetime.fromtimestamp(int((self.opened_s.data or "")[:12]), UTC)
        except (ValueError, OverflowError, OSError):
            return None

    def open_again(self) -> None:
        """Let the form be about who is the last rider now."""
        self.opened_s.data = _write_now()


class EndBlockForm(RequiredWhyField, Form):
    """Staff end a block, for a reason."""
