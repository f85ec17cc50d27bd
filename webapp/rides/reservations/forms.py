"""The button that extends a reservation."""

from datetime import datetime

from wtforms import HiddenField

from webapp.forms import Form


class ExtendForm(Form):
    #: The end of the reservation that the rider has seen.
    until = HiddenField()

    @property
    def seen_until(self) -> datetime | None:
        """The time in ``until``; None when it is not an ISO 8601 time with an offset."""
        try:
            moment = datetime.fromisoformat(self.until.data or "")
        except ValueError:
            return None
        return moment if moment.tzinfo else None
