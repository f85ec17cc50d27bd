"""What people read about places."""

from webapp.numbers.places.enums import PlaceView
from webapp.translations import lazy_gettext as _l

#: Each with its definition.
VIEW_LABELS = {
    PlaceView.STARTS: (_l("Starts"), _l("Rides that started in each cell.")),
    PlaceView.ENDS: (_l("Ends"), _l("Rides that ended in each cell.")),
    PlaceView.FLOWS: (
        _l("Flows"),
        _l(
            "Rides from one cell to another, or within one (shown as a ring on the map): the most"
            " frequent pairs."
        ),
    ),
}
