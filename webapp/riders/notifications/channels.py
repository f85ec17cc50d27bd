"""By which channels the notifications of an account come."""

from collections.abc import Mapping

from webapp.auth.models import User
from webapp.notification_kinds import TOPICS, Channel, Topic
from webapp.riders.notifications.models import NotificationChoices

#: The channels of some topics.
ChannelsByTopic = Mapping[Topic, frozenset[Channel]]


def find_channels(choices: NotificationChoices | None, topic: Topic) -> frozenset[Channel]:
    """Return the channels by which the notifications of a topic come. choices: None: nothing was
    chosen."""
    settings = TOPICS[topic]
    chosen: frozenset[str] = settings.default_channels
    if choices and topic.value in choices.channels:
        chosen = frozenset(choices.channels[topic.value])
    wanted = {channel for channel in Channel if channel.value in chosen}
    return (settings.channels & wanted) | settings.fixed_channels


def list_offered_topics(user: User) -> list[Topic]:
    """Return the topics that an account can choose for: not those of a role that it has not."""
    return [
        topic
        for topic, settings in TOPICS.items()
        if (settings.role is None or settings.role in user.roles)
        and (settings.permission is None or user.has_permission(settings.permission))
    ]
