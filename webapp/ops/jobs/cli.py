"""``flask jobs``: what waits, runs and failed; what becomes of it; and schedules that run now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import click
from flask.cli import AppGroup
from rich.console import Console
from rich.table import Table
from werkzeug.exceptions import NotFound

from webapp.cli import report_errors, show_text
from webapp.db.keys import RowKey
from webapp.db.paging import Cursor, read_time_cursor
from webapp.hooks import get_hooks
from webapp.ops.jobs.enums import JobState
from webapp.ops.jobs.queries import JobFilter, JobsOverview, KindCounts, find_job, read_overview
from webapp.ops.jobs.scheduler import find_site_region, list_schedules_of_region
from webapp.ops.jobs.services import (
    JobDecision,
    decide_failed_jobs,
    decide_jobs,
    is_of_kind_condition,
    is_unsent_condition,
    run_schedule,
)
from webapp.regions.data_regions import list_data_regions

commands = AppGroup("jobs", help="What waits, runs and failed; run, retry and discard.")

#: What a list without rows says of jobs.
NO_JOB = {
    JobState.FAILED: "has failed",
    JobState.WAITING: "waits",
    JobState.RUNNING: "runs",
    JobState.DONE: "is done",
}

#: Mails of a region that one command retries.
MAX_UNSENT = 1_000_000

_Region = click.option("--region", help="Only this region; by default all.")


@commands.command("list")
@click.option("--state", type=click.Choice([state.value for state in JobState]), default="failed",
              show_default=True, help="Which jobs to list.")  # fmt: skip
@click.option("--kind", default="", help="Only jobs of this kind, such as mail.")
@_Region
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@click.option("--after", default="", help="Where the page before ended; it says so.")
@report_errors
def list_jobs(state: str, kind: str, region: str | None, limit: int, after: str) -> None:
    """Print how many jobs of each kind there are, and a list of them.

    Those that wait or run come in the order in which they are due; others, the newest first.
    """
    _check_kind(kind)
    job_filter = JobFilter(_list_regions(region), JobState(state), kind)
    overview = read_overview(job_filter, _read_cursor(after), limit)
    _print_overview(overview, job_filter)


def _print_overview(overview: JobsOverview, job_filter: JobFilter) -> None:
    for silent in overview.silent_regions:
        click.echo(f"{silent} did not answer: its jobs are missing here.", err=True)
    if not overview.counts:
        click.echo("No job waits, runs or failed.")
    else:
        _print_counts(overview.counts)
    if overview.is_count_limited:
        click.echo("There are more: not all are counted.")
    if overview.page.rows:
        _print_jobs(overview, job_filter.state)
    else:
        of_kind = f" of the kind {job_filter.kind}" if job_filter.kind else ""
        click.echo(f"No job{of_kind} {NO_JOB[job_filter.state]}.")
    if overview.page.after:
        click.echo(f"There are more: --after {overview.page.after}")


def _print_counts(counts: Sequence[KindCounts]) -> None:
    table = Table("kind", "waiting", "running", "failed", "oldest due")
    for each in counts:
        numbers = (str(each.waiting), str(each.running), str(each.failed))
        table.add_row(show_text(each.kind), *numbers, _show_time(each.oldest_due_at))
    Console(width=160).print(table)


def _print_jobs(overview: JobsOverview, state: JobState) -> None:
    names = {JobState.WAITING: "due", JobState.RUNNING: "until"}
    table = Table("job", "kind", names.get(state, state), "created", "attempts", "last error")
    table.columns[0].no_wrap = True
    for job in overview.page.rows:
        kind = f"{job.kind} {job.template or ''}".strip()
        times = (_show_time(job.listed_at), _show_time(job.created_at))
        error = show_text(job.last_error or "")
        table.add_row(str(job.key), show_text(kind), *times, str(job.attempts), error)
    Console(width=200).print(table)


@commands.command("show")
@click.argument("job")
@report_errors
def show_job(job: str) -> None:
    """Print the job with the key JOB, but not its contents: they may be secret."""
    found = find_job(_read_key(job))
    if found is None:
        raise click.ClickException(f"There is no job {job}.")
    facts: dict[str, Any] = {
        "job": found.key,
        "kind": found.kind,
        "template": found.template,
        "state": found.state,
        "created": _show_time(found.created_at),
        "due": _show_time(found.due_at if found.state is JobState.WAITING else None),
        "failed": _show_time(found.failed_at),
        "done": _show_time(found.done_at),
        "attempts": found.attempts,
        "last error": found.last_error,
        "worker": found.worker,
        "request": found.request_id,
    }  # Any: values of several types
    for name, value in facts.items():
        if value not in (None, ""):
            click.echo(f"{name + ':':12}{show_text(value)}")


@commands.command("run")
@click.argument("name")
@_Region
@report_errors
def run(name: str, region: str | None) -> None:
    """Run the schedule NAME now, in each of its regions, such as remind or sweep.

    It writes the jobs; workers run them.
    """
    schedules = {schedule.kind.name: schedule for schedule in get_hooks().schedules}
    if name not in schedules:
        raise click.ClickException(
            f"There is no schedule {show_text(name)!r}; there are {', '.join(sorted(schedules))}."
        )
    schedule = schedules[name]
    regions = [each for each in _list_regions(region) if schedule in list_schedules_of_region(each)]
    if not regions:
        raise click.ClickException(f"{name} runs in {find_site_region()}, once for the site.")
    for each in regions:
        click.echo(f"{name} is due now: {run_schedule(schedule, each)}")
    click.echo("'flask jobs show' and the key tell what becomes of it.")


# --- decisions --------------------------------------------------------------------------------


@commands.command("retry")
@click.argument("jobs", nargs=-1)
@click.option("--kind", default="", help="All failed jobs of this kind.")
@click.option(
    "--unsent",
    is_flag=True,
    help="All failed mails that the mail server did not take.",
)
@_Region
@click.option("--yes", is_flag=True, help="Do not ask.")
@report_errors
def retry(jobs: Sequence[str], kind: str, unsent: bool, region: str | None, yes: bool) -> None:
    """Run JOBS (keys, as the list prints them) again, now, with all attempts before them."""
    if not unsent:
        _decide(JobDecision.RETRY, jobs, kind, region, yes)
    elif jobs or kind:
        raise click.UsageError("--unsent chooses the jobs: name neither keys nor a kind.")
    else:
        _retry_unsent(_list_regions(region), yes)


def _retry_unsent(regions: Sequence[str], is_sure: bool) -> None:
    if not is_sure:
        click.confirm("Retry all failed mails that the mail server did not take?", abort=True)
    retried = (
        decide_failed_jobs(JobDecision.RETRY, region, is_unsent_condition(), MAX_UNSENT)
        for region in regions
    )
    click.echo(f"{sum(retried)} retried.")


@commands.command("discard")
@click.argument("jobs", nargs=-1)
@click.option("--kind", default="", help="All failed jobs of this kind.")
@_Region
@click.option("--yes", is_flag=True, help="Do not ask.")
@report_errors
def discard(jobs: Sequence[str], kind: str, region: str | None, yes: bool) -> None:
    """End JOBS (keys, as the list prints them) without running them."""
    _decide(JobDecision.DISCARD, jobs, kind, region, yes)


def _decide(
    decision: JobDecision, jobs: Sequence[str], kind: str, region: str | None, is_sure: bool
) -> None:
    if bool(jobs) == bool(kind):
        raise click.UsageError("Name jobs by their keys, or a kind with --kind.")
    if kind:
        count = _decide_kind(decision, kind, region, is_sure)
    else:
        keys = [_read_key(job) for job in jobs]
        if region:
            raise click.UsageError("--region goes with --kind; keys name their region.")
        if decision is JobDecision.DISCARD and not is_sure:
            click.confirm(f"Discard {len(keys)}?", abort=True)
        count = decide_jobs(decision, keys)
        if count < len(set(keys)):
            click.echo("The others run, are done, or do not exist.", err=True)
    click.echo(f"{count} retried." if decision is JobDecision.RETRY else f"{count} discarded.")


def _decide_kind(decision: JobDecision, kind: str, region: str | None, is_sure: bool) -> int:
    _check_kind(kind)
    regions = _list_regions(region)
    overview = read_overview(JobFilter(regions, JobState.FAILED, kind), None, 1)
    if overview.silent_regions:
        raise click.ClickException(
            f"No answer from {', '.join(overview.silent_regions)}: name another with --region."
        )
    failed = sum(counts.failed for counts in overview.counts if counts.kind == kind)
    if failed and not is_sure:
        at_least = "at least " if overview.is_count_limited else ""
        verb = decision.value.capitalize()
        click.confirm(f"{verb} {at_least}{failed} failed jobs of the kind {kind}?", abort=True)
    chosen = is_of_kind_condition(kind)
    return sum(decide_failed_jobs(decision, each, chosen, failed) for each in regions)


# --- arguments --------------------------------------------------------------------------------


def _check_kind(kind: str) -> None:
    kinds = sorted(get_hooks().job_kinds)
    if kind and kind not in kinds:
        raise click.ClickException(
            f"There is no kind {show_text(kind)!r}; there are {', '.join(kinds)}."
        )


def _list_regions(region: str | None) -> list[str]:
    """Return the regions to read; raises ClickException."""
    regions = list_data_regions()
    if region and region not in regions:
        raise click.ClickException(
            f"There is no region {show_text(region)!r}; there are {', '.join(regions)}."
        )
    return [region] if region else regions


def _read_key(text: str) -> RowKey:
    try:
        return RowKey.parse(text)
    except ValueError:
        raise click.ClickException(
            f"{show_text(text)!r} is no key of a job; 'flask jobs list' prints them."
        ) from None


def _read_cursor(text: str) -> Cursor | None:
    try:
        return read_time_cursor(text)
    except NotFound:
        raise click.ClickException("--after must be what the page before has printed.") from None


def _show_time(moment: datetime | None) -> str:
    return f"{moment:%Y-%m-%d %H:%M:%S %Z}" if moment else ""
