"""The kinds of jobs that send digests, and when they begin. webapp/rides/digests/jobs.py runs
them."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from webapp.jobs.kinds import JobKind, NoPayload, Priority, count_attempts
from webapp.jobs.schedules import Schedule
from webapp.mail import PATIENCE
from webapp.riders.digests.enums import Digest


@dataclass(frozen=True)
class DigestPage:
    """Some accounts of a region."""

    #: The Monday on which the mails are sent.
    monday: date
    #: The last account of the page before.
    after: UUID


@dataclass(frozen=True)
class DigestMail:
    """A digest for the account of the job."""

    monday: date
    digest: Digest
    #: IANA name of that of the account's home city: in it the week begins and ends.
    time_zone: str


#: Monday has begun or begins within twelve hours in every city.
START_DIGESTS = Schedule.weekly(
    JobKind("digests", NoPayload, Priority.LOW),
    weekday=0,
    hour=0,
    makes_up_for_failures=False,  # each run is about another week
)
#: Writes the mails of a page, and the job of the next page.
DIGEST_PAGE = JobKind("digest_page", DigestPage, Priority.LOW)
DIGEST = JobKind("digest", DigestMail, Priority.LOW, max_attempts=count_attempts(PATIENCE))
