"""What is refused about subscriptions."""

from webapp.errors import DomainError
from webapp.translations import lazy_gettext as _l


class FeedSubscribed(DomainError):
    """The city has the feed already."""

    message = _l("This city is subscribed to that feed already.")


class FeedBusy(DomainError):
    """A run waits or is under way, or the subscription is paused or gone."""

    message = _l("It runs already, will within a minute, or is paused.")
