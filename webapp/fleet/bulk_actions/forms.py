"""The forms of bulk actions."""

from uuid import UUID, uuid4

from wtforms import HiddenField, IntegerField
from wtforms.validators import Optional

from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.forms import Form
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l

#: Who retires more has to type how many.
MAX_UNCONFIRMED = 10


class StartForm(Form):
    """What starting any bulk action needs, beside the form of the action."""

    #: The id of the bulk action: sent twice, it is started once.
    bulk_action_id = HiddenField(default=lambda: str(uuid4()))
    #: How many the page showed: the number changes while people ride.
    shown_count = HiddenField()
    vehicle_count = IntegerField(
        _l("How many vehicles is that? Type the number."),
        validators=[Optional()],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )

    #: How many vehicles would change now, where the number must be typed; None: it need not.
    current_count: int | None = None

    def ask_for_count(self, action: VehicleAction, count: int) -> None:
        """Ask for the number where a mistake cannot be undone and is large."""
        if action == VehicleAction.RETIRE and count > MAX_UNCONFIRMED:
            self.current_count = count

    def validate_bulk_action_id(self, field: HiddenField) -> None:
        try:
            UUID(field.data or "")
        except ValueError:
            field.data = str(uuid4())

    def validate(self, extra_validators: object = None) -> bool:
        is_valid: bool = super().validate(extra_validators)
        if self.current_count is None:
            return is_valid
        typed = self.vehicle_count.data or 0
        is_confirmed = str(typed) == self.shown_count.data and self.current_count <= typed
        self.shown_count.data = str(self.current_count)  # what the page shows next
        if not is_confirmed:
            self.vehicle_count.errors = [_("Type %(n)d to go on.", n=self.current_count)]
        return is_valid and is_confirmed
