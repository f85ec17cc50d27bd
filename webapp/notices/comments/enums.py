"""The states of comments."""

from enum import StrEnum


class CommentState(StrEnum):
    """Who sees a comment. The values are stored."""

    SHOWN = "shown"
    #: Enough riders have flagged it: nobody but its author sees it until staff have looked.
    FLAGGED = "flagged"
    #: Staff have hidden it; its author sees it, with the reason.
    HIDDEN = "hidden"
    #: Staff have looked at it and show it: further flags do not hide it.
    APPROVED = "approved"


#: The states in which everybody sees a comment.
VISIBLE_STATES = (CommentState.SHOWN, CommentState.APPROVED)
