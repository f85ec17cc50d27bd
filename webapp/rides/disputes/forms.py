"""Forms to write about a ride, to answer, and to filter the queue."""

from datetime import datetime
from typing import Any

from wtforms import BooleanField, HiddenField, SelectField, SubmitField
from wtforms.validators import DataRequired, Length

from webapp.fleet.queues.forms import QueueForm
from webapp.fleet.saved_replies.forms import SavedReplyFields
from webapp.forms import NEEDED, TOO_LONG, Form, LinesField, choices, new_nonce
from webapp.money import MoneyField, MoneyForm, format_amount
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.disputes.labels import STAFF_STATE_LABELS
from webapp.rides.disputes.queries import DisputeCase
from webapp.rides.disputes.staff_services import DisputeAnswer
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

TEXT_VALIDATORS = [DataRequired(NEEDED), Length(max=2000, message=TOO_LONG)]


class MessageForm(Form):
    nonce = HiddenField(default=new_nonce)
    text = LinesField(_l("Details"), validators=TEXT_VALIDATORS)
    submit = SubmitField(_l("Send"))


class DisputeQueueForm(QueueForm):
    state = SelectField(
        _l("State"),
        choices=choices(STAFF_STATE_LABELS.items()),
        default=DisputeState.OPEN,
        filters=[lambda state: state or DisputeState.OPEN],
    )


class DisputeAnswerForm(SavedReplyFields, MoneyForm):
    nonce = HiddenField(default=new_nonce)
    #: When the last message on the page was written.
    seen = HiddenField()
    text = LinesField(_l("Message to the rider"), validators=TEXT_VALIDATORS, render_kw={"rows": 6})
    refund = MoneyField(_l("Refund"))
    close = BooleanField(_l("Close the dispute"))
    submit = SubmitField(_l("Send reply"))

    # Any: WTForms passes on what each field takes.
    def __init__(self, case: DisputeCase, **values: Any) -> None:
        super().__init__(currency=case.ride.currency or "", **values)
        if not case.refundable:
            del self.refund
        else:
            left = format_amount(case.refundable, self.currency)
            self.refund.description = _("Up to %(left)s.", left=left)

    @property
    def seen_at(self) -> datetime | None:
        """None when the text is no time."""
        try:
            return datetime.fromisoformat(self.seen.data or "")
        except ValueError:
            return None

    @property
    def dispute_answer(self) -> DisputeAnswer:
        refund = self.refund.data if "refund" in self else 0
        return DisputeAnswer(self.text.data, refund or 0, self.close.data)
