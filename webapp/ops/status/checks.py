"""The checks of the status page. Each returns lines: a level, a word, and what to do."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import Executable, Row, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

import config
from webapp.auth.models import User
from webapp.db.compatibility import Revisions, read_revisions, read_schema_state
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.feed_subscriptions.enums import FeedHealth
from webapp.fleet.feed_subscriptions.health import HEALTH_LEVELS
from webapp.fleet.feed_subscriptions.labels import HEALTH_LABELS
from webapp.fleet.feed_subscriptions.queries import feed_facts_query, read_feed_facts
from webapp.hooks import StatusLevel, StatusLine, StatusSection, get_hooks
from webapp.observability.runs import find_last_call
from webapp.ops.jobs.queries import KindCounts, counts_query, find_earliest
from webapp.ops.region_probe import RegionAnswer, RegionProbe
from webapp.regions.catalogue import find_city_label
from webapp.regions.data_regions import list_data_regions
from webapp.templating import format_duration
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l
from webapp.translations import ngettext

#: Jobs that are due for longer: workers do not keep up, or there is none.
LATE_JOB, VERY_LATE_JOB = timedelta(minutes=1), timedelta(minutes=10)
#: Feeds that are not up to date and have a line each.
MAX_FEED_LINES = 8
#: A region that takes longer is slow, milliseconds; a far one takes a hundred or two.
SLOW_REGION_MS = 400
GREEN, AMBER, RED = StatusLevel.GREEN, StatusLevel.AMBER, StatusLevel.RED
#: When this process has loaded its code.
STARTED_AT = datetime.now(UTC)


def run_checks() -> list[tuple[str, list[StatusLine]]]:
    """Return the sections of the page: title and lines. The regions are asked meanwhile."""
    probe = RegionProbe({region: region_statements(region) for region in list_data_regions()})
    checked = [(str(section.title), _run(section.check)) for section in get_hooks().status_sections]
    answers = probe.read()
    kinds = read_counts(answers)
    return [
        *checked,
        (_("Mail"), [describe_mails(kinds)]),
        (_("Jobs"), describe_jobs(kinds)),
        (_("Feed subscriptions"), describe_feeds(answers)),
        (_("Regions"), describe_regions(answers)),
    ]


def region_statements(region: str) -> list[Executable]:
    """Return what a region is asked; its answers are in the same order."""
    return [row_statement(region), counts_query(region), feed_facts_query(region)]


def _run(check: Callable[[], list[StatusLine]]) -> list[StatusLine]:
    """Return the lines of a check. One that gets no answer must not take the page with it."""
    try:
        return check()
    except (DBAPIError, PoolTimeout) as error:
        advice = _("Look at the nodes of the database, and at the log of this server.")
        return [StatusLine(type(error).__name__, RED, _("the database does not answer"), advice)]


# --- this release -----------------------------------------------------------------------------


def check_release() -> list[StatusLine]:
    """Tell what this server runs, and whether the schema of the database suits it."""
    release = current_app.config["RELEASE"]
    uptime = format_duration(datetime.now(UTC) - STARTED_AT)
    advice = "" if release else _("RELEASE can name it, such as the commit.")
    words = release or _("without a name")
    version = StatusLine(
        _("Version"), GREEN, _("%(name)s, running for %(time)s", name=words, time=uptime), advice
    )
    return [version, _check_schema()]


def _check_schema() -> StatusLine:
    state = read_schema_state(db.session.connection(), _read_revisions())
    name, numbers = _("Migrations"), {"database": state.revision, "code": _read_revisions().head}
    if state.is_head:
        return StatusLine(name, GREEN, _("at %(database)s, as the code", **numbers))
    words = _("the database is at %(database)s, the code at %(code)s", **numbers)
    if state.is_usable:
        return StatusLine(name, AMBER, words, _("The release is older, and works. Deploy the new."))
    return StatusLine(name, RED, words, _("Run flask db upgrade."))


@cache
def _read_revisions() -> Revisions:
    return read_revisions(config.ROOT / "migrations")


# --- this process -----------------------------------------------------------------------------


def check_pools() -> list[StatusLine]:
    """Tell how many connections of each engine this process has lent."""
    return [_check_pool(name or "read", engine.pool) for name, engine in db.engines.items()]


def _check_pool(name: str, pool: object) -> StatusLine:
    if not isinstance(pool, QueuePool):
        return StatusLine(name, GREEN, _("no pool"))
    in_use, size = max(0, pool.checkedout()), pool.size()
    words = _("%(used)s of %(size)s in use", used=in_use, size=size)
    if in_use < size:
        return StatusLine(name, GREEN, words)
    return StatusLine(
        name, AMBER, words, _("Look for slow statements in the log, or raise DATABASE_POOL_SIZE.")
    )


# --- what is outside of the database ----------------------------------------------------------


def check_backup() -> list[StatusLine]:
    """Tell how old the last backup is: BACKUP_FILE is touched by whatever makes it."""
    name, file = _("Last backup"), current_app.config["BACKUP_FILE"]
    if not file:
        advice = _("Let BACKUP_FILE name a file that your backup touches when it is done.")
        return [StatusLine(name, AMBER, _("MovR is not told"), advice)]
    advice = _("Look at the backup and its schedule; then try to restore the last good one.")
    try:
        made_at = datetime.fromtimestamp(Path(file).stat().st_mtime, UTC)
    except OSError:
        return [StatusLine(name, RED, _("there is none yet"), advice)]
    age = datetime.now(UTC) - made_at
    words = _("%(time)s ago", time=format_duration(age))
    if age.total_seconds() <= current_app.config["BACKUP_MAX_AGE_S"]:
        return [StatusLine(name, GREEN, words)]
    return [StatusLine(name, RED, words, advice)]


def check_services() -> list[StatusLine]:
    """Tell how the last call of this process to each service went. No call is made for the page."""
    if not current_app.config["PAYMENT_PROVIDER"]:
        advice = _("Riders cannot pay in: set PAYMENT_PROVIDER.")
        return [StatusLine(_("Payments"), AMBER, _("no provider"), advice)]
    advice = _("Look at its own status page. flask wallet settle makes up for it.")
    return [_check_service(_("Payments"), "payments", advice)]


def _check_service(name: str, provider: str, advice: str) -> StatusLine:
    call = find_last_call(provider)
    if call is None:
        return StatusLine(name, GREEN, _("not called by this process yet"))
    ago = format_duration(datetime.now(UTC) - call.at)
    if call.is_failed:
        return StatusLine(name, RED, _("the last call failed %(time)s ago", time=ago), advice)
    return StatusLine(name, GREEN, _("answered %(time)s ago", time=ago))


# --- mail -------------------------------------------------------------------------------------


def describe_mails(kinds: list[KindCounts]) -> StatusLine:
    """Tell whether the mail server takes mails. Workers send them, so the page knows it by the
    mails that wait for another attempt."""
    name, oldest = _("Mail server"), find_earliest(kind.oldest_unsent_at for kind in kinds)
    if oldest is None:
        return StatusLine(name, GREEN, _("no mail waits for another attempt"))
    since = datetime.now(UTC) - oldest
    words = ngettext(
        "%(num)d mail waits, written %(time)s ago",
        "%(num)d mails wait, the first written %(time)s ago",
        sum(kind.unsent for kind in kinds),
        time=format_duration(since),
    )
    advice = _("Workers try again. Look at the mail server; the page of jobs has the errors.")
    return StatusLine(name, RED if since > VERY_LATE_JOB else AMBER, words, advice)


# --- jobs -------------------------------------------------------------------------------------


def read_counts(answers: dict[str, RegionAnswer | None]) -> list[KindCounts]:
    """Return the counts of jobs of the regions that answered."""
    return [
        KindCounts._make(row) for answer in answers.values() if answer for row in answer.results[1]
    ]


def describe_jobs(kinds: list[KindCounts]) -> list[StatusLine]:
    """Tell whether workers keep up, and whether jobs have failed."""
    return [_describe_waiting(kinds), _describe_failed(sum(kind.failed for kind in kinds))]


def _describe_waiting(kinds: list[KindCounts]) -> StatusLine:
    name = _("Waiting")
    due_since = find_earliest(kind.oldest_due_at for kind in kinds)
    if due_since is None:
        return StatusLine(name, GREEN, _("no job is due"))
    late = datetime.now(UTC) - due_since
    words = _("the oldest has been due for %(time)s", time=format_duration(late))
    if late < LATE_JOB:
        return StatusLine(name, GREEN, words)
    advice = _("Is a worker of that region running? flask jobs list shows what waits.")
    return StatusLine(name, RED if late > VERY_LATE_JOB else AMBER, words, advice)


def _describe_failed(failed: int) -> StatusLine:
    if not failed:
        return StatusLine(_("Failed"), GREEN, _("none"))
    advice = _("Look at the page of jobs: retry them, or discard them.")
    return StatusLine(_("Failed"), AMBER, str(failed), advice)


# --- feed subscriptions -----------------------------------------------------------------------


def describe_feeds(answers: dict[str, RegionAnswer | None]) -> list[StatusLine]:
    """Tell whether feeds are up to date, in the regions that answered: how many need nobody, and
    some of the others, the worst first."""
    feeds = [row for answer in answers.values() if answer for row in answer.results[2]]
    if not feeds:
        return [StatusLine(_("All"), GREEN, _("there are none"))]
    lines = [line for line in map(_describe_feed, feeds) if line.level != GREEN]
    lines.sort(key=lambda line: (line.level != RED, line.name))
    words = _count_good_feeds(Counter(read_feed_facts(feed).health for feed in feeds))
    if len(lines) > MAX_FEED_LINES:
        words.append(ngettext("%(num)d needs a look", "%(num)d need a look", len(lines)))
        advice = _("flask fleet feeds list shows all of them.")
        summary = StatusLine(_("All"), lines[0].level, ", ".join(words), advice)
        return [summary, *lines[:MAX_FEED_LINES]]
    return [StatusLine(_("All"), GREEN, ", ".join(words)), *lines] if words else lines


def _count_good_feeds(counts: Counter[FeedHealth]) -> list[str]:
    """Return how many feeds are in each state about which there is nothing to do."""
    good, new, paused = FeedHealth.UP_TO_DATE, FeedHealth.NEW, FeedHealth.PAUSED
    texts = {
        good: ngettext("%(num)d is up to date", "%(num)d are up to date", counts[good]),
        new: ngettext(
            "%(num)d waits for its first run", "%(num)d wait for their first run", counts[new]
        ),
        paused: ngettext("%(num)d is paused", "%(num)d are paused", counts[paused]),
    }
    return [text for health, text in texts.items() if counts[health]]


def _describe_feed(feed: Row[Any]) -> StatusLine:
    health = read_feed_facts(feed).health
    level = HEALTH_LEVELS[health] or GREEN
    name = f"{feed.source}, {find_city_label(feed.city)}"
    advice = _("Look at its page, or flask fleet feeds list.")
    return StatusLine(name, level, str(feed.problem or HEALTH_LABELS[health]), advice)


# --- regions ----------------------------------------------------------------------------------


def row_statement(region: str) -> Executable:
    """Return a statement that only the replicas of a region can answer."""
    accounts = table(User).c
    return select(accounts.id).where(accounts.region == region).limit(1)


def describe_regions(answers: dict[str, RegionAnswer | None]) -> list[StatusLine]:
    """Return a line for each region; None: it did not answer in time."""
    return [
        _describe_region(region, answer.ms if answer else None)
        for region, answer in sorted(answers.items())
    ]


def _describe_region(region: str, ms: float | None) -> StatusLine:
    if ms is None:
        advice = _("Its riders cannot ride. Look at its nodes in the console of the database.")
        return StatusLine(region, RED, _("no answer"), advice)
    words = _("answers in %(ms)s ms", ms=max(1, round(ms)))
    if ms > SLOW_REGION_MS:
        return StatusLine(region, AMBER, words, _("Look at the load of its nodes and the network."))
    return StatusLine(region, GREEN, words)


#: The sections that every application has, besides that of the regions.
STATUS_SECTIONS = (
    StatusSection(_l("This release"), check_release),
    StatusSection(_l("Connections to the database"), check_pools),
    StatusSection(_l("Backup"), check_backup),
    StatusSection(_l("Other services"), check_services),
)
