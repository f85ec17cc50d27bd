"""The kinds of texts."""

from enum import StrEnum


class TextKind(StrEnum):
    """What a text is. The values are stored and stand in addresses."""

    TERMS = "terms"
    PRIVACY = "privacy"
    HELP = "help"
    #: Short, and shown to people of a city between two times. The release before publishes them;
    #: now ``webapp/notices`` does.
    NOTICE = "notice"


class AlertType(StrEnum):
    """What programs are told that a notice is: those types of GBFS alerts that do not speak of
    stations."""

    SYSTEM_CLOSURE = "system_closure"
    OTHER = "other"


#: The texts with a page of their own; MovR comes with a default of each.
PAGE_KINDS = (TextKind.TERMS, TextKind.PRIVACY, TextKind.HELP)
