"""Why a feed is not imported; nothing was changed."""

from webapp.errors import DomainError


class FeedRefused(DomainError):
    """The feed may not change the vehicles of the city."""

    status = 422
    #: The option of commands with which a person accepts the import; '': none accepts it.
    option = "--force"

    def __init__(self, message: str) -> None:
        super().__init__()
        self.message = message

    def advise(self, command: str) -> str:
        """Return the whole command that accepts the import; '' if none does."""
        if not self.option:
            return ""
        return f"If the feed is right, an operator accepts it once: {command} {self.option}"


class WrongPlace(FeedRefused):
    """Most vehicles of the feed are far from the city."""


class CoordinatesExchanged(FeedRefused):
    """Latitude and longitude are exchanged."""

    option = ""


class SystemTaken(FeedRefused):
    """Another feed publishes the system."""

    option = "--take-over"


class FeedOutdated(FeedRefused):
    """A newer copy of the feed was imported already."""


class FleetLoss(FeedRefused):
    """The import would take most of a fleet off the map."""
