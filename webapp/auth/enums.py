"""The purposes of links in e-mails."""

from enum import StrEnum


class EmailLinkPurpose(StrEnum):
    """What opening a link in an e-mail does."""

    CONFIRM = "confirm"
    RESET = "reset"
    #: A change of address is confirmed at the old and the new one: the two are sent together.
    CHANGE_OLD = "change_old"
    CHANGE_NEW = "change_new"
