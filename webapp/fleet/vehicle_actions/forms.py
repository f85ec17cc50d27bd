"""The forms of actions: each has a note, and what else the action needs."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import NAMESPACE_OID, UUID, uuid5

from wtforms import HiddenField, IntegerField, SelectField, SubmitField
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange

from webapp.edits import EditForm
from webapp.fleet.enums import (
    OutOfServiceReason,
    PickUpReason,
)
from webapp.fleet.forms import RequiredPointForm
from webapp.fleet.labels import list_type_choices
from webapp.fleet.models import (
    MAX_ADDRESS_LENGTH,
    MAX_BRAND_LENGTH,
    MAX_COLOR_LENGTH,
    Vehicle,
)
from webapp.fleet.vehicle_actions.labels import (
    OUT_OF_SERVICE_REASON_LABELS,
    PICK_UP_REASON_LABELS,
)
from webapp.fleet.vehicle_actions.rules import ActionDetails
from webapp.fleet.vehicle_events.enums import VehicleAction
from webapp.fleet.vehicle_events.models import MAX_NOTE_LENGTH
from webapp.fleet.vehicle_types.settings import find_type_name, vehicle_types
from webapp.forms import (
    NEEDED,
    TOO_LONG,
    Form,
    LineField,
    PointFields,
    choices,
    new_nonce,
    read_place,
)
from webapp.translations import lazy_gettext as _l

#: The id of no account.
NOBODY = UUID(int=0)
#: Of a username or an e-mail address, characters.
MAX_NAME_LENGTH = 254


class ActionForm(Form):
    """What every action asks for."""

    #: The names of the fields above the note, in their order.
    FIELDS: ClassVar[tuple[str, ...]] = ()

    note = LineField(
        _l("Note"),
        description=_l("Optional. Your colleagues read it on the page of the vehicle."),
        validators=[Length(max=MAX_NOTE_LENGTH, message=TOO_LONG)],
    )
    #: Of the page: sent twice, the action is done once.
    nonce = HiddenField(default=new_nonce)
    submit = SubmitField(_l("Save"))

    def fill(self, vehicle: Vehicle) -> None:
        """Show how the vehicle is now, before somebody has typed something."""

    @property
    def details(self) -> ActionDetails:
        return self._make_details()

    # Any: the fields of ActionDetails.
    def _make_details(self, **others: Any) -> ActionDetails:
        action_id = uuid5(NAMESPACE_OID, self.nonce.data or "")
        return ActionDetails(action_id=action_id, note=self.note.data or "", **others)


class OutOfServiceForm(ActionForm):
    FIELDS = ("reason",)

    reason = SelectField(_l("Why?"), choices=choices(OUT_OF_SERVICE_REASON_LABELS.items()))

    @property
    def details(self) -> ActionDetails:
        reason = OutOfServiceReason(self.reason.data)
        return self._make_details(out_of_service_reason=reason)


class PickUpForm(ActionForm):
    FIELDS = ("reason",)

    reason = SelectField(_l("Why?"), choices=choices(PICK_UP_REASON_LABELS.items()))

    @property
    def details(self) -> ActionDetails:
        reason = PickUpReason(self.reason.data)
        return self._make_details(pick_up_reason=reason)


class SwapBatteryForm(ActionForm):
    FIELDS = ("battery_percent",)

    battery_percent = IntegerField(
        _l("How full is the new battery, percent"),
        default=100,
        validators=[
            InputRequired(NEEDED),
            NumberRange(1, 100, _l("Enter a whole number from 1 to 100.")),
        ],
        render_kw={"inputmode": "numeric"},
    )

    @property
    def details(self) -> ActionDetails:
        return self._make_details(battery_percent=self.battery_percent.data)


class PlaceForm(PointFields, ActionForm):
    """Where the vehicle is; empty: where it was."""

    FIELDS = ("address",)

    address = LineField(
        _l("Where it is"),
        description=_l("Optional. A street and number, or something nearby."),
        validators=[Length(max=MAX_ADDRESS_LENGTH, message=TOO_LONG)],
    )

    @property
    def details(self) -> ActionDetails:
        return self._make_details(place=read_place(self))


class NewPlaceForm(RequiredPointForm, PlaceForm):
    """The same, and the place is needed."""


class PropertiesForm(ActionForm, EditForm):
    """What the vehicle is."""

    FIELDS = ("type", "brand", "color")

    type = SelectField(_l("Type"), default="")
    brand = LineField(
        _l("Brand"),
        validators=[DataRequired(NEEDED), Length(max=MAX_BRAND_LENGTH, message=TOO_LONG)],
    )
    color = LineField(
        _l("Colour"),
        validators=[DataRequired(NEEDED), Length(max=MAX_COLOR_LENGTH, message=TOO_LONG)],
    )

    # Any: WTForms leaves the arguments of a form open.
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types = list_type_choices(offered_only=False)
        self.type.choices = choices([("", _l("As it is")), *types])

    @staticmethod
    def read_properties(vehicle: Vehicle) -> dict[str, str]:
        """Return the columns that this form changes, as they are."""
        names = ("form_factor", "propulsion_type", "brand", "color")
        return {name: getattr(vehicle, name) for name in names}

    def fill(self, vehicle: Vehicle) -> None:
        self.type.data = find_type_name(vehicle.vehicle_type) or ""
        self.brand.data, self.color.data = vehicle.brand, vehicle.color

    @property
    def details(self) -> ActionDetails:
        properties = {"brand": self.brand.data, "color": self.color.data}
        if self.type.data:
            form_factor, propulsion_type = vehicle_types().names[self.type.data]
            properties["form_factor"] = form_factor
            properties["propulsion_type"] = propulsion_type
        return self._make_details(properties=properties)


class OwnerForm(ActionForm):
    FIELDS = ("owner",)

    #: The id of the owner on the page; empty: the operator.
    seen = HiddenField()
    owner = LineField(
        _l("New owner"),
        description=_l("Username or e-mail address. Empty: the vehicle belongs to the operator."),
        validators=[Length(max=MAX_NAME_LENGTH, message=TOO_LONG)],
    )

    def fill(self, vehicle: Vehicle) -> None:
        self.seen.data = str(vehicle.owner_id or "")

    @property
    def details(self) -> ActionDetails:
        if self.seen.data is None:  # the release before this one has made the page
            return self._make_details()
        return self._make_details(old_values={"owner_id": self._read_shown_owner()})

    def _read_shown_owner(self) -> UUID | None:
        try:
            return UUID(self.seen.data) if self.seen.data else None
        except ValueError:
            return NOBODY


FORMS: Mapping[VehicleAction, type[ActionForm]] = {
    VehicleAction.TAKE_OUT_OF_SERVICE: OutOfServiceForm,
    VehicleAction.SWAP_BATTERY: SwapBatteryForm,
    VehicleAction.MOVE: NewPlaceForm,
    VehicleAction.PICK_UP: PickUpForm,
    VehicleAction.DEPLOY: NewPlaceForm,
    VehicleAction.MARK_FOUND: PlaceForm,
    VehicleAction.EDIT: PropertiesForm,
    VehicleAction.TRANSFER: OwnerForm,
}
