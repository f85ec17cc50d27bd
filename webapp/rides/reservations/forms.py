"""The button that makes a reservation longer."""

from datetime import datetime

from wtforms import HiddenField

from webapp.forms import Form


class LongerForm(Form):
    """It says which end of the reservation stood beside it: pressed twice, it counts once."""

    until = HiddenField()

    @property
    def seen_until(self) -> datetime | None:
        """The end that the rider has seen; None when that is no time."""
        try:
            moment = datetime.fromisoformat(self.until.data or "")
        except ValueError:
            return None
        return moment if moment.tzinfo else None
