"""What riders read about a reminder that they have set."""

from datetime import UTC, datetime

from webapp.money import format_amount
from webapp.regions.models import City
from webapp.rides.reminders.statements import Reminder
from webapp.templating import local_time
from webapp.translations import gettext as _


def describe_reminder(reminder: Reminder, city: City | None, currency: str) -> str:
    """Return when the mail will come, with the day if that is not today."""
    moment = _describe_moment(reminder.due_at, city)
    if reminder.amount is None:
        return _("We'll e-mail you at %(time)s.", time=moment)
    price = format_amount(reminder.amount, currency)
    return _("We'll e-mail you when it costs %(price)s, at %(time)s.", price=price, time=moment)


def _describe_moment(moment: datetime, city: City | None) -> str:
    zone = city.zone if city else UTC
    days = (moment.astimezone(zone).date() - datetime.now(zone).date()).days
    clock_time = local_time(moment, city, "HH:mm" if days < 2 else "HH:mm, EEEE").striptags()
    return _("%(time)s tomorrow", time=clock_time) if days == 1 else clock_time
