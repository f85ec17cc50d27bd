"""A run of a subscription: read the feed if it has changed, import it, and record what came of it.

Vehicles are written by ``import_feed``, which may be interrupted and repeated.
"""

import logging
import random
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import func, select

from webapp.db.transactions import execute_write, is_database_outage
from webapp.extensions import db
from webapp.fleet.feed_subscriptions.access import (
    decrypt_access,
    decrypt_versions,
    encrypt_versions,
)
from webapp.fleet.feed_subscriptions.enums import GOOD_RESULTS, RunResult
from webapp.fleet.feed_subscriptions.models import (
    MAX_PROBLEM_LENGTH,
    FeedRun,
    FeedSubscription,
    find_effective_period_s,
)
from webapp.fleet.feed_subscriptions.statements import finish_run_statement
from webapp.fleet.feeds.default_types import find_default_type
from webapp.fleet.feeds.errors import FeedRefused
from webapp.fleet.feeds.services import FeedImport, import_feed
from webapp.fleet.gbfs.documents import FeedUnreadable, FileGone, NotGbfs
from webapp.fleet.gbfs.feed import read_feed
from webapp.fleet.gbfs.http_files import AddressNotPublic, FileVersion, HttpFiles
from webapp.fleet.gbfs.vehicle_types import replace_unstorable
from webapp.fleet.gbfs.vehicles import FeedVehicle
from webapp.observability.error_reports import report_error
from webapp.observability.metrics import FEED_RUNS
from webapp.regions.models import City

log = logging.getLogger(__name__)

#: A feed is read whole at least so often: vehicles that were in use at the last import are brought
#: up to date, and a server that always says "not changed" is not believed for ever.
READ_EVERY = timedelta(hours=1)
#: The largest file of a subscribed feed, bytes: a worker has several feeds in its memory at once.
#: 25 MB are some 50,000 vehicles.
MAX_SUBSCRIBED_BYTES = 25_000_000
#: The longest pause after runs that failed; a feed with a longer period keeps that.
MAX_PAUSE_S = 3600


#: What staff read about a defect. Its error is reported to operators.
DEFECT = "An error of MovR stopped the run. It has been reported, and the next run tries again."


class CityMoves(Exception):
    """The city moves to another region: nothing is imported until that has ended."""


class RunOptions(NamedTuple):
    """What a person decides about one run; see ``import_feed``."""

    force: bool = False
    take_over: bool = False
    #: Whether a person asked for it: the feed is read whole, and the import is an audit event.
    by_hand: bool = False


BY_SCHEDULE = RunOptions()


class RunOutcome(NamedTuple):
    """What came of a run."""

    result: RunResult
    #: Why it was not good; '' if it was.
    problem: str = ""
    feed_import: FeedImport | None = None
    versions: list[FileVersion] | None = None


def run_subscription(
    subscription: FeedSubscription, run_id: UUID, options: RunOptions = BY_SCHEDULE
) -> RunOutcome:
    """Run a subscription whose lease the run has; return what came of it.

    Raises the errors of a database that does not answer; then the run may be repeated.
    """
    started_at = time.monotonic()
    outcome = _try_run(subscription, options)
    elapsed_s = time.monotonic() - started_at
    run = _make_run(subscription, run_id, outcome, elapsed_s)
    changes = _make_changes(subscription, outcome, elapsed_s)
    if execute_write(finish_run_statement(subscription.key, run, changes), idempotent=True):
        FEED_RUNS.labels(outcome.result).inc()
    else:
        log.warning("a run of a feed was too slow, or its subscription was removed meanwhile")
    return outcome


def _try_run(subscription: FeedSubscription, options: RunOptions) -> RunOutcome:
    try:
        return _read_and_import(subscription, options)
    except FeedRefused as refusal:
        return RunOutcome(RunResult.REFUSED, _explain_refusal(subscription, refusal))
    except (FileGone, NotGbfs) as error:
        return RunOutcome(RunResult.UNUSABLE, str(error.message))
    except CityMoves:
        return RunOutcome(RunResult.FAILED, "The city is moving to another region.")
    except AddressNotPublic as error:  # staff of a city do not read addresses of the network
        log.warning("%s", error.message)
        return RunOutcome(RunResult.FAILED, error.message_for_staff)
    except FeedUnreadable as error:
        return RunOutcome(RunResult.FAILED, str(error.message))
    except Exception as error:
        if is_database_outage(error):
            raise
        report_error(error)
        return RunOutcome(RunResult.FAILED, DEFECT)


def _explain_refusal(subscription: FeedSubscription, refusal: FeedRefused) -> str:
    """Return why an import was refused, and the command that accepts it, which is never cut off."""
    advice = refusal.advise(f"flask fleet feeds run {subscription.key}")
    return f"{str(refusal.message)[: MAX_PROBLEM_LENGTH - len(advice) - 1]} {advice}".strip()


def _read_and_import(subscription: FeedSubscription, options: RunOptions) -> RunOutcome:
    city = _find_city(subscription)
    access = decrypt_access(subscription.id, subscription.access)
    if access is None:
        problem = "Its URL cannot be decrypted: does SECRET_KEY_FALLBACKS lack a key?"
        return RunOutcome(RunResult.FAILED, problem)
    fetcher = access.make_fetcher(allows_private=subscription.allows_private)
    files = HttpFiles(fetcher, MAX_SUBSCRIBED_BYTES)
    if not options.by_hand and _is_unchanged(subscription, files):
        return RunOutcome(RunResult.UNCHANGED)
    vehicle_type = find_default_type(subscription.default_type)
    feed = read_feed(access.url, files, vehicle_type)
    feed_import = import_feed(
        city,
        feed,
        force=options.force,
        take_over=options.take_over,
        is_audited=options.by_hand,
        progress=partial(_check_each_time, subscription),
    )
    return RunOutcome(RunResult.IMPORTED, feed_import=feed_import, versions=files.versions)


def _check_each_time(
    subscription: FeedSubscription, batches: Sequence[Sequence[FeedVehicle]]
) -> Iterator[Sequence[FeedVehicle]]:
    """Go through the batches of an import, as long as the city does not move."""
    for batch in batches:
        _find_city(subscription)
        yield batch


def _find_city(subscription: FeedSubscription) -> City:
    """Return the city as the database has it now. Raises CityMoves if it is, or was, in another
    region than its subscriptions: vehicles would be added there that are here still."""
    city = db.session.scalar(
        select(City).where(City.name == subscription.city).execution_options(populate_existing=True)
    )
    if city is None or city.region != subscription.region:
        raise CityMoves
    return city


def _is_unchanged(subscription: FeedSubscription, files: HttpFiles) -> bool:
    """Tell whether the files of the feed are those of the last import."""
    is_good = subscription.last_result in GOOD_RESULTS
    if not is_good or not subscription.read_at:
        return False
    if datetime.now(UTC) - subscription.read_at > READ_EVERY:
        return False
    versions = decrypt_versions(subscription.id, subscription.versions)
    return bool(versions) and not files.have_changed(versions)


def _make_run(
    subscription: FeedSubscription, run_id: UUID, outcome: RunOutcome, elapsed_s: float
) -> FeedRun:
    run = FeedRun(
        region=subscription.region,
        id=run_id,
        subscription_id=subscription.id,
        duration_ms=round(elapsed_s * 1000),
        result=outcome.result.value,
        problem=_shorten(outcome.problem),
    )
    if feed_import := outcome.feed_import:
        run.new_count = feed_import.vehicles.new
        run.updated_count = feed_import.vehicles.updated
        run.missing_count = feed_import.missing
        run.skipped_count = sum(map(len, feed_import.feed.skipped.values()))
    return run


def _make_changes(
    subscription: FeedSubscription, outcome: RunOutcome, elapsed_s: float
) -> dict[str, Any]:
    """Return the new values of the subscription. Any: their types differ."""
    is_good = outcome.result in GOOD_RESULTS
    changes: dict[str, Any] = {
        "last_run_at": func.now(),
        "last_result": outcome.result.value,
        "problem": _shorten(outcome.problem),
        "failures": 0 if is_good else subscription.failures + 1,
    }
    ttl_s = subscription.ttl_s
    if is_good:
        changes["last_success_at"] = func.now()
    if feed_import := outcome.feed_import:
        ttl_s = feed_import.feed.ttl_s
        changes |= {
            "ttl_s": ttl_s,
            "system": feed_import.feed.system,
            "vehicle_count": len(feed_import.feed.vehicles),
            "read_at": func.now(),
            "versions": encrypt_versions(subscription.id, outcome.versions or []),
        }
    delay_s = find_effective_period_s(subscription.period_s, ttl_s)
    if not is_good:
        is_final = outcome.result is RunResult.UNUSABLE
        delay_s = round(pause_s(delay_s, changes["failures"], is_final=is_final))
    changes["due_at"] = func.now() + timedelta(seconds=max(0.0, delay_s - elapsed_s))
    return changes


def pause_s(period_s: int, failures: int, *, is_final: bool = False) -> float:
    """Return the seconds from the start of a run that was not good to the next: the period, then
    twice as long each time up to an hour, with jitter.

    is_final: only a change of the feed's operator can help: an hour at once.
    """
    longest = max(period_s, MAX_PAUSE_S)
    pause = longest if is_final else min(longest, period_s * 2 ** min(failures - 1, 30))
    return pause * random.uniform(1, 1.25)  # noqa: S311 - not a secret


def _shorten(problem: str) -> str:
    return replace_unstorable(problem)[:MAX_PROBLEM_LENGTH]
