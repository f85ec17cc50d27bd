"""Kinds of notifications, and the topics by which people choose how they get them.

A module adds its kinds to ``Hooks.notification_kinds``; webapp/riders/notifications writes, shows
and sends them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from flask_babel import LazyString

from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission, Role

#: What a text is made of: numbers, names, amounts. JSON (Any), no sentences.
Facts = Mapping[str, Any]


class Channel(StrEnum):
    """How a notification comes. The values stand in the database."""

    #: In the list of notifications, and in the number of those that are unread.
    PAGE = "page"
    MAIL = "mail"
    #: On the devices where the person has turned them on.
    PUSH = "push"


class Topic(StrEnum):
    """What a notification is about. The values stand in the database."""

    RESERVATION_ENDING = "reservation_ending"
    RESERVATION_WITHDRAWN = "reservation_withdrawn"
    VEHICLE_FREE = "vehicle_free"
    FOLLOWING = "following"
    LONG_RIDE = "long_ride"
    REMINDER = "reminder"
    RECEIPT = "receipt"
    ANSWER = "answer"
    MONEY = "money"
    OWN_VEHICLES = "own_vehicles"
    TASK = "task"
    OVERDUE_RIDES = "overdue_rides"
    SECURITY = "security"


class TopicSettings(NamedTuple):
    """What can be chosen for a topic."""

    label: LazyString
    #: By which channels its notifications can come.
    channels: frozenset[Channel] = frozenset(Channel)
    #: By which they always come.
    fixed_channels: frozenset[Channel] = frozenset()
    #: By which they come until somebody chooses.
    default_channels: frozenset[Channel] = frozenset(Channel)
    #: Who is asked: those with the role, or with the permission; None: everybody.
    role: Role | None = None
    permission: Permission | None = None


_PAGE_AND_MAIL = frozenset({Channel.PAGE, Channel.MAIL})
_PAGE_AND_PUSH = frozenset({Channel.PAGE, Channel.PUSH})

#: In the order of the page where people choose.
TOPICS: dict[Topic, TopicSettings] = {
    Topic.RESERVATION_ENDING: TopicSettings(
        _l("My reservation is about to end"),
        channels=_PAGE_AND_PUSH,
        default_channels=_PAGE_AND_PUSH,
    ),
    Topic.VEHICLE_FREE: TopicSettings(_l("A vehicle that I wait for is free")),
    Topic.FOLLOWING: TopicSettings(
        _l("Vehicles of places and owners that I follow"),
        channels=_PAGE_AND_PUSH,
        default_channels=_PAGE_AND_PUSH,
    ),
    Topic.RESERVATION_WITHDRAWN: TopicSettings(_l("A vehicle that I reserved is taken away")),
    Topic.LONG_RIDE: TopicSettings(_l("My ride runs for a long time")),
    Topic.REMINDER: TopicSettings(_l("Reminders that I set on a ride")),
    Topic.RECEIPT: TopicSettings(_l("Receipts"), default_channels=_PAGE_AND_MAIL),
    Topic.ANSWER: TopicSettings(_l("Answers to my reports and disputes")),
    Topic.MONEY: TopicSettings(_l("Credit, and payments that fail")),
    Topic.OWN_VEHICLES: TopicSettings(
        _l("My vehicles: offers, shares and payouts"), role=Role.OWNER
    ),
    Topic.TASK: TopicSettings(
        _l("A task is assigned to me"),
        channels=_PAGE_AND_PUSH,
        default_channels=_PAGE_AND_PUSH,
        permission=Permission.WORK_ON_TASKS,
    ),
    Topic.OVERDUE_RIDES: TopicSettings(
        _l("Rides that are overdue"), permission=Permission.END_RIDES
    ),
    Topic.SECURITY: TopicSettings(
        _l("Security of my account, and my data"), fixed_channels=_PAGE_AND_MAIL
    ),
}


@dataclass(frozen=True)
class NotificationKind:
    """What all notifications of a kind have in common."""

    #: As it stands in the database: never renamed. If ``send_mail`` (webapp/auth/jobs.py) sends a
    #: mail with the notification, the name of its template.
    name: str
    topic: Topic
    #: What people read; made of the facts if it is a function.
    text: LazyString | Callable[[Facts], str]
    #: The values of the mail that are its facts.
    mail_facts: tuple[str, ...] = ()
    #: What a push message says, which others may read on a locked screen. None: the text.
    brief_text: LazyString | None = None
    #: For how long it is worth a push message.
    lasts: timedelta = timedelta(days=1)

    def describe(self, facts: Facts) -> str:
        """Return what people read, in the language of the request."""
        return self.text(facts) if callable(self.text) else str(self.text)

    def describe_briefly(self, facts: Facts) -> str:
        """Return what a push message says, in the language of the request."""
        return str(self.brief_text) if self.brief_text else self.describe(facts)
