"""What riders read about a reminder that they have set."""

from datetime import UTC, datetime

from webapp.money import format_amount
from webapp.regions.models import City
from webapp.rides.reminders.statements import Reminder
from webapp.templating import local_time
from webapp.translations import gettext as _


def describe_reminder(reminder: Reminder, city: City | None, currency: str) -> str:
    """Return when the mail will come, with the day if that is not today."""
    days = _days_from_today(reminder.due_at, city)
    pattern = "HH:mm" if days < 2 else "HH:mm, EEEE"
    moment = local_time(reminder.due_at, city, pattern).striptags()
    if reminder.amount is None:
        if days == 1:
            return _("We'll e-mail you tomorrow at %(time)s.", time=moment)
        return _("We'll e-mail you at %(time)s.", time=moment)
    price = format_amount(reminder.amount, currency)
    if days == 1:
        return _("We'll e-mail you when it costs %(price)s, tomorrow at %(time)s.",
                 price=price, time=moment)  # fmt: skip
    return _("We'll e-mail you when it costs %(price)s, at %(time)s.", price=price, time=moment)


def _days_from_today(moment: datetime, city: City | None) -> int:
    zone = city.zone if city else UTC
    return (moment.astimezone(zone).date() - datetime.now(zone).date()).days
