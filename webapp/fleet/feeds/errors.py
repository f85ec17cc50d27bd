"""Why a feed is not imported. Each message says what to do; nothing was changed."""

from webapp.errors import DomainError


class FeedRefused(DomainError):
    """The feed may not change the vehicles of the city."""

    status = 422

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message


class WrongPlace(FeedRefused):
    """Most vehicles of the feed are far from the city."""


class SystemTaken(FeedRefused):
    """Another feed publishes the system."""


class FeedOutdated(FeedRefused):
    """A newer copy of the feed was imported already."""


class FleetLoss(FeedRefused):
    """The import would take most of a fleet off the map."""
