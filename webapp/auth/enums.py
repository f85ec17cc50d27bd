"""The purposes of links in e-mails."""

from enum import StrEnum


class Purpose(StrEnum):
    """What a link in a mail is for."""

    CONFIRM = "confirm"
    RESET = "reset"
    #: A change of address is confirmed at both: these two are sent together.
    CHANGE_OLD = "change_old"
    CHANGE_NEW = "change_new"
