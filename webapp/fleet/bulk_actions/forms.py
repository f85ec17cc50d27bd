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
    vehicle_count = IntegerField(
        _l("How many vehicles is that? Type the number."),
        validators=[Optional()],
        render_kw={"inputmode": "numeric", "autocomplete": "off"},
    )

    #: How many vehicles would change, where it must be typed; None: it need not.
    expected_count: int | None = None

    def expect(self, action: VehicleAction, count: int) -> None:
        """Ask for the number where a mistake cannot be undone and is large."""
        if action == VehicleAction.RETIRE and count > MAX_UNCONFIRMED:
            self.expected_count = count

    def validate_bulk_action_id(self, field: HiddenField) -> None:
        try:
            UUID(field.data or "")
        except ValueError:
            field.data = str(uuid4())

    def validate(self, extra_validators: object = None) -> bool:
        is_valid: bool = super().validate(extra_validators)
        if self.expected_count is not None and self.vehicle_count.data != self.expected_count:
            self.vehicle_count.errors = [_("Type %(n)d to go on.", n=self.expected_count)]
            return False
        return is_valid
