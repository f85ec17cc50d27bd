"""What people read for the features of a city."""

from webapp.regions.enums import CityFeature
from webapp.translations import lazy_gettext as _l

#: The name of each feature, and what follows if it is off.
FEATURE_LABELS = {
    CityFeature.RIDES: (
        _l("Rides"),
        _l("Off: no ride and no reservation starts. Rides that are running go on."),
    ),
    CityFeature.RESERVATIONS: (
        _l("Reservations"),
        _l("Off: nothing can be reserved. Reservations that were made go on."),
    ),
    CityFeature.PAUSES: (
        _l("Pausing rides"),
        _l("Off: no ride is paused. One that is paused can go on or end."),
    ),
    CityFeature.OWNER_VEHICLES: (
        _l("Vehicles of owners"),
        _l("Off: owners add no vehicles, by form or file. Those that they have stay."),
    ),
    CityFeature.SIGN_UPS: (
        _l("New home cities"),
        _l("Off: nobody can choose this city as home city. People who live here stay."),
    ),
}
