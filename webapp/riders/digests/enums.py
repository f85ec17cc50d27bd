"""The words of digests."""

from enum import StrEnum


class Digest(StrEnum):
    """A weekly mail. The values are columns of DigestChoice, and part of links in mails."""

    #: The rides of the account.
    RIDER = "rider"
    #: The rides of the account's vehicles, and reports about these.
    OWNER = "owner"
