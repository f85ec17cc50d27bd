"""The form that chooses how notifications come."""

from wtforms import SelectMultipleField, SubmitField, TimeField
from wtforms.validators import Optional, ValidationError

from webapp.auth.models import User
from webapp.forms import Form
from webapp.notification_kinds import TOPICS, Channel, Topic
from webapp.riders.notifications.channels import (
    ChannelsByTopic,
    find_channels,
    list_offered_topics,
)
from webapp.riders.notifications.labels import CHANNEL_LABELS
from webapp.riders.notifications.quiet_hours import QuietHours
from webapp.translations import lazy_gettext as _l

#: Some browsers send seconds.
TIME_FORMATS = ["%H:%M", "%H:%M:%S"]


class ChannelsForm(Form):
    """For each channel, the topics that come by it: a matrix of boxes."""

    page = SelectMultipleField(CHANNEL_LABELS[Channel.PAGE])
    mail = SelectMultipleField(CHANNEL_LABELS[Channel.MAIL])
    push = SelectMultipleField(CHANNEL_LABELS[Channel.PUSH])
    submit = SubmitField(_l("Save"))

    topics: list[Topic]

    @classmethod
    def for_user(cls, user: User) -> "ChannelsForm":
        """Return the form with the topics that an account can choose for."""
        form = cls()
        form.topics = list_offered_topics(user)
        for channel in Channel:
            form[channel.value].choices = [
                (topic.value, TOPICS[topic].label)
                for topic in form.topics
                if form.has_box(topic, channel)
            ]
        return form

    def fill(self, user: User) -> None:
        """Show what is stored."""
        for channel in Channel:
            self[channel.value].data = [
                topic.value
                for topic in self.topics
                if channel in find_channels(user.notification_choices, topic)
            ]

    @property
    def channels(self) -> ChannelsByTopic:
        """What was chosen."""
        return {
            topic: frozenset(
                channel for channel in Channel if topic.value in (self[channel.value].data or ())
            )
            for topic in self.topics
        }

    def has_box(self, topic: Topic, channel: Channel) -> bool:
        """Tell whether there is a box for a topic and a channel."""
        return channel in TOPICS[topic].channels - TOPICS[topic].fixed_channels

    def is_fixed(self, topic: Topic, channel: Channel) -> bool:
        """Tell whether the notifications of a topic always come by a channel."""
        return channel in TOPICS[topic].fixed_channels

    def is_chosen(self, topic: Topic, channel: Channel) -> bool:
        return topic.value in (self[channel.value].data or ())


class QuietHoursForm(Form):
    """From when until when push messages wait: both, or none."""

    quiet_from = TimeField(_l("From"), format=TIME_FORMATS, validators=[Optional()])
    quiet_until = TimeField(_l("Until"), format=TIME_FORMATS, validators=[Optional()])
    submit = SubmitField(_l("Save"))

    def validate_quiet_until(self, field: TimeField) -> None:
        """Ask for the other one, and for two that differ."""
        if (field.data is None) != (self.quiet_from.data is None):
            raise ValidationError(_l("Enter both times, or none."))
        if field.data is not None and field.data == self.quiet_from.data:
            raise ValidationError(_l("Choose two different times."))

    @property
    def hours(self) -> QuietHours | None:
        """What was chosen; None: none."""
        if self.quiet_from.data is None or self.quiet_until.data is None:
            return None
        return QuietHours(self.quiet_from.data, self.quiet_until.data)
