"""Labels that people read for values of rides."""

from collections.abc import Mapping

from flask_babel import LazyString

from webapp.rides.enums import ChargedTime, EndReason
from webapp.translations import lazy_gettext as _l

#: For a rating of one to five stars.
STAR_LABELS = {1: _l("Bad"), 2: _l("Poor"), 3: _l("Okay"), 4: _l("Good"), 5: _l("Great")}

#: What staff choose from.
END_REASON_LABELS: Mapping[EndReason, LazyString] = {
    EndReason.RIDER_ASKED: _l("The rider asked"),
    EndReason.RIDER_FORGOT: _l("The rider forgot to end it"),
    EndReason.VEHICLE_DEFECT: _l("The vehicle has a defect"),
    EndReason.FOUND_ELSEWHERE: _l("The vehicle was found elsewhere"),
    EndReason.OTHER: _l("Another reason"),
}
CHARGED_TIME_LABELS: Mapping[ChargedTime, LazyString] = {
    ChargedTime.UNTIL_NOW: _l("For the time until now"),
    ChargedTime.UNTIL_TIME: _l("For the time until a moment"),
    ChargedTime.NOTHING: _l("Nothing"),
}
