"""What riders and owners can do in a city, as admins switch it on and off."""

from enum import StrEnum


class CityFeature(StrEnum):
    """Something that a city offers unless it is switched off. The values are stored."""

    #: A ride starts. Without it there are no reservations either.
    RIDES = "rides"
    #: A vehicle is reserved.
    RESERVATIONS = "reservations"
    #: A running ride is paused.
    PAUSES = "pauses"
    #: Owners add vehicles, by form or file.
    OWNER_VEHICLES = "owner_vehicles"
    #: People choose it as their home city, with a new account or in their profile.
    SIGN_UPS = "sign_ups"
