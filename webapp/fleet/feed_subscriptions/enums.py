"""Results of runs, and the health of a subscription."""

from enum import StrEnum


class RunResult(StrEnum):
    """What came of a run."""

    IMPORTED = "imported"
    #: The feed is as it was: no vehicle was read or written.
    UNCHANGED = "unchanged"
    #: The feed could not be read; the next run may be able to.
    FAILED = "failed"
    #: The feed was read, and its import is probably a mistake: a person decides (FeedRefused).
    REFUSED = "refused"
    #: The feed is gone (HTTP 410), or what stands there is no GBFS.
    UNUSABLE = "unusable"


#: Results after which the vehicles are as the feed says.
GOOD_RESULTS = (RunResult.IMPORTED, RunResult.UNCHANGED)


class FeedHealth(StrEnum):
    """How a subscription is."""

    UP_TO_DATE = "up_to_date"
    #: It was added, and its first run comes.
    NEW = "new"
    #: The last runs failed, and the vehicles are not old yet.
    FAILING = "failing"
    #: The vehicles are old: for long no run was good.
    BROKEN = "broken"
    PAUSED = "paused"
