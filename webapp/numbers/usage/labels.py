"""What people read about usage."""

from webapp.numbers.usage.enums import FunnelStep
from webapp.translations import lazy_gettext as _l
from webapp.translations import lazy_pgettext

#: Each with its definition.
STEP_LABELS = {
    FunnelStep.SEARCH: (
        lazy_pgettext("step of riders", "Search"),
        _l("How often the map or list of vehicles was opened."),
    ),
    FunnelStep.VEHICLE: (_l("Vehicle"), _l("How often the page of a vehicle was opened.")),
    FunnelStep.SIGN_UP: (_l("Sign-up"), _l("Accounts that were created.")),
    FunnelStep.FIRST_RIDE: (_l("First ride"), _l("First rides of riders in the city.")),
    FunnelStep.SECOND_RIDE: (_l("Second ride"), _l("Second rides of riders in the city.")),
    FunnelStep.EMPTY_SEARCH: (
        _l("Search without a result"),
        _l("Of the searches, those that found no vehicle."),
    ),
    FunnelStep.RESERVATION: (_l("Reservation"), _l("Reservations that were made.")),
    FunnelStep.RIDE_START: (_l("Start of a ride"), _l("Rides that started.")),
    FunnelStep.RIDE_END: (_l("End of a ride"), _l("Rides that ended.")),
}
