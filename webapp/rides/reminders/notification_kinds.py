"""The kinds of notifications of reminders."""

from datetime import datetime, timedelta

from webapp.notification_kinds import Facts, NotificationKind, Topic
from webapp.regions.catalogue import catalogue
from webapp.riders.notifications.kinds import format_fact_amount
from webapp.rides.reminders.enums import ReminderKind
from webapp.templating import local_time
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l


def _describe_time(facts: Facts) -> str:
    due_at = datetime.fromisoformat(facts["due_at"])
    moment = local_time(due_at, catalogue().find(facts["city"]), "HH:mm").striptags()
    return _("It is %(time)s, and you are riding", time=moment)


KINDS = {
    ReminderKind.TIME: NotificationKind(
        "reminder_time", Topic.REMINDER, _describe_time, lasts=timedelta(minutes=30)
    ),
    ReminderKind.PRICE: NotificationKind(
        "reminder_price",
        Topic.REMINDER,
        lambda facts: _("Your ride costs %(price)s now", price=format_fact_amount(facts)),
        brief_text=_l("Your ride has reached the price that you chose"),
        lasts=timedelta(minutes=30),
    ),
}
