"""What rider and staff write about a ride."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, SubmitField
from wtforms.validators import DataRequired, Length

from webapp.forms import NEEDED, TOO_LONG, FilterForm, Form, LinesField, choices
from webapp.money import MoneyField, MoneyForm, format_amount
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.disputes.labels import QUEUE_LABELS
from webapp.rides.disputes.queries import Case
from webapp.rides.disputes.staff_services import Answer

READABLE = [DataRequired(NEEDED), Length(max=2000, message=TOO_LONG)]


def new_nonce() -> str:
    """Return what tells one form from another. A form that is shown again is another one: what was
    sent with the first may stand there already."""
    return uuid4().hex


class MessageForm(Form):
    #: Says which form this is: sent twice, it is one message.
    nonce = HiddenField(default=new_nonce)
    text = LinesField(_l("In your words"), validators=READABLE)
    submit = SubmitField(_l("Send"))


class QueueForm(FilterForm):
    city = SelectField(_l("City"))
    state = SelectField(
        _l("State"), choices=choices(QUEUE_LABELS.items()), default=DisputeState.OPEN
    )


class AnswerForm(MoneyForm):
    nonce = HiddenField(default=new_nonce)
    #: When the dispute had changed last, as whoever answers has seen it.
    seen = HiddenField()
    text = LinesField(_l("What the rider reads"), validators=READABLE)
    refund = MoneyField(_l("Give back"))
    close = BooleanField(_l("Close it: this is our last word"))
    submit = SubmitField(_l("Send answer"))

    def __init__(self, case: Case, **values: Any) -> None:
        super().__init__(currency=case.ride.currency or "", **values)
        if not case.left:
            del self.refund
        else:
            left = format_amount(case.left, self.currency)
            self.refund.description = _("Up to %(left)s of what was paid.", left=left)

    @property
    def seen_at(self) -> datetime | None:
        """None when that is no time."""
        try:
            return datetime.fromisoformat(self.seen.data or "")
        except ValueError:
            return None

    @property
    def answer(self) -> Answer:
        refund = self.refund.data if "refund" in self else 0
        return Answer(self.text.data, refund or 0, self.close.data)
