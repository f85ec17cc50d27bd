"""Jobs: how many a worker runs in a second, how long they wait, and what riders notice of it.

Workers are processes of their own, with four threads. The mail server is a thread of this process.
"""

import random
import signal
import smtplib
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from threading import Thread
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import Engine, make_url

from bench.support.application import open_application
from bench.support.job_worker import NOOP
from bench.support.jobs import (
    BARE_QUEUE,
    REGION,
    count_open,
    delete_jobs,
    fill,
    open_admin,
    send_bare_messages,
    start_celery,
    start_worker,
    stop_celery,
    stop_worker,
)
from bench.support.report import Section
from bench.support.requests import Browser
from bench.support.small_city import POSITION, populate
from bench.support.timing import Call, elapsed_ms, measure_processor_ms
from bench.support.yardsticks import UPDATE_1, update_1
from tests.application.smtp_server import smtp_server
from tests.redis_server import RedisServer, find_redis
from tests.waiting import wait_until
from webapp import mail
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.jobs.queue import bind_claim, claim_statement
from webapp.jobs.writing import job_statement
from webapp.ops.jobs.worker import Worker

JOBS, QUICK_JOBS = 1_500, 20
MAILS, QUICK_MAILS = 400, 10
DELAYS, QUICK_DELAYS = 60, 2
WAITING, QUICK_WAITING = 10_000, 100
TURNS, QUICK_TURNS = 40, 2


@dataclass(frozen=True)
class JobFigure:
    """A figure, and another one of the same run beside it."""

    subject: str
    yardstick: str
    value: str
    yardstick_value: str
    ratio: str = ""

    def cells(self) -> Mapping[str, object]:
        return {
            "what": self.subject,
            "beside": self.yardstick,
            "measured": self.value,
            "yardstick": self.yardstick_value,
            "ratio": self.ratio,
        }


def measure(quick: bool) -> Section:
    """Return the figures of throughput, delay, claims and of riders beside a busy worker."""
    figures = [
        *measure_throughput(QUICK_JOBS if quick else JOBS),
        measure_mails(QUICK_MAILS if quick else MAILS),
        measure_delay(QUICK_DELAYS if quick else DELAYS),
        *measure_celery(quick),
        *measure_claims(QUICK_WAITING if quick else WAITING, quick),
        *measure_riders(quick),
    ]
    text_ = (
        "A worker is a process with four threads, that of Celery has four processes, with a Redis"
        " and `flask work` beside it; this process has the mail server and the riders."
        " All jobs are of one region. The delay is from commit to start of the handler, at"
        " a worker that looks for jobs every second. Riders are measured in turns, while the worker"
        " works on 10,000 jobs and while it is halted."
    )
    return Section("Jobs", text_, figures)


# --- throughput ----------------------------------------------------------------------------


def measure_throughput(number: int) -> list[JobFigure]:
    """Return how many jobs that do nothing one and two workers run in a second."""
    rates = []
    for workers in (1, 2):
        with open_application() as app, open_admin(app) as admin:
            populate(app, quick=True)
            delete_jobs(admin)
            fill(admin, number)
            rates.append(number / _time_until_empty(app, admin, workers))
    one, two = (f"{rate:.0f} a second" for rate in rates)
    return [
        JobFigure("jobs that do nothing, one worker", "", one, ""),
        JobFigure(
            "jobs that do nothing, two workers", "one worker", two, one, _ratio(rates[1], rates[0])
        ),
    ]


def measure_mails(number: int) -> JobFigure:
    """Return how many mails a worker sends in a second to a mail server of this process."""
    with smtp_server() as smtp, open_application() as app, open_admin(app) as admin:
        populate(app, quick=True)
        delete_jobs(admin)
        recipient = mail.Recipient("ada@example.org", "Ada")
        with app.app_context():
            for _ in range(number):
                execute_write(mail.mail_statement("password_changed", recipient, region=REGION))
        url = f"smtp://127.0.0.1:{smtp.port}"
        rate = number / _time_until_empty(app, admin, workers=1, MAIL_URL=url)
        with app.app_context():
            alone_ms = median(elapsed_ms(lambda: _send_alone(smtp.port)) for _ in range(20))
    return JobFigure(
        "mails into a local mail server, one worker",
        "the conversation with the server alone",
        f"{rate:.0f} a second",
        f"{alone_ms:.1f} ms",
    )


def _send_alone(port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as smtp:
        smtp.sendmail("a@example.org", ["b@example.org"], "Subject: A\r\n\r\nB\r\n")


def _time_until_empty(app: Flask, admin: Engine, workers: int, **settings: object) -> float:
    """Return for how many seconds workers run until nothing is due. Their start does not count."""
    processes = [start_worker(app, **settings) for _ in range(workers)]
    total = count_open(admin)
    try:
        wait_until(lambda: count_open(admin) < total)
        began, first = time.perf_counter(), count_open(admin)
        wait_until(lambda: count_open(admin) == 0)
        seconds = time.perf_counter() - began
    finally:
        for process in processes:
            stop_worker(process)
    return seconds * total / max(first, 1)


# --- Celery --------------------------------------------------------------------------------


def measure_celery(quick: bool) -> list[JobFigure]:
    """Return how many jobs a Celery worker runs in a second, and how long they wait. Without a
    Redis, a figure says so."""
    if not find_redis():
        return [JobFigure("jobs by Celery", "", "no redis-server is installed", "")]
    with TemporaryDirectory() as folder, open_application() as app, open_admin(app) as admin:
        redis, starts = RedisServer(Path(folder)), Path(folder, "starts")
        starts.touch()
        populate(app, quick=True)
        delete_jobs(admin)
        dispatcher = start_worker(app, CELERY_BROKER_URL=redis.url, WORK_POLL_S=1)
        worker = start_celery(app, redis, starts)
        try:
            with app.app_context():
                _time_of_start(starts, add_job().id)  # both processes have started
                throughput = _measure_celery_throughput(
                    admin, redis, worker, QUICK_JOBS if quick else JOBS
                )
                delay = _measure_celery_delay(app, starts, QUICK_DELAYS if quick else DELAYS)
        finally:
            stop_worker(dispatcher)
            stop_celery(worker)
            redis.kill()
    return [throughput, delay]


def _measure_celery_throughput(
    admin: Engine, redis: RedisServer, worker: "subprocess.Popen[bytes]", number: int
) -> JobFigure:
    worker.send_signal(signal.SIGSTOP)
    fill(admin, number)
    rate = number / _time_celery(worker, lambda: count_open(admin, NOOP.name))
    worker.send_signal(signal.SIGSTOP)
    send_bare_messages(redis, number)
    bare_rate = number / _time_celery(worker, lambda: redis.count(BARE_QUEUE))
    return JobFigure(
        "jobs that do nothing, dispatched to Celery",
        "tasks of Celery alone: no rows",
        f"{rate:.0f} a second",
        f"{bare_rate:.0f} a second",
        _ratio(rate, bare_rate),
    )


def _time_celery(worker: "subprocess.Popen[bytes]", count: Callable[[], int]) -> float:
    """Return for how many seconds a Celery worker, which is halted, runs until nothing is left."""
    began = time.perf_counter()
    worker.send_signal(signal.SIGCONT)
    wait_until(lambda: count() == 0)
    return time.perf_counter() - began


def _measure_celery_delay(app: Flask, starts: Path, number: int) -> JobFigure:
    delays = list(_measure_celery_delays(starts, number))
    p50, p95 = median(delays), quantiles(delays, n=20)[-1]
    return JobFigure(
        "delay of a job that is dispatched to Celery, p50 and p95",
        "WORK_POLL_S",
        f"{p50:.0f} and {p95:.0f} ms",
        f"{app.config['WORK_POLL_S'] * 1000:.0f} ms",
    )


def _measure_celery_delays(starts: Path, number: int) -> Iterator[float]:
    for _ in range(number):
        time.sleep(random.uniform(0, 1))  # noqa: S311 - no secret
        key = add_job()
        committed_at = time.perf_counter()
        yield (_time_of_start(starts, key.id) - committed_at) * 1000


def _time_of_start(starts: Path, job_id: UUID) -> float:
    """Wait until a job has started, and return when."""

    def read() -> dict[str, str]:
        return dict(line.split() for line in starts.read_text().splitlines() if " " in line)

    wait_until(lambda: str(job_id) in read())
    return float(read()[str(job_id)])


# --- delay and claims ----------------------------------------------------------------------


def measure_delay(number: int) -> JobFigure:
    """Return how long a job waits at an idle worker."""
    started: dict[object, float] = {}
    with open_application() as app:
        populate(app, quick=True)
        app.extensions["movr"].add_job_handler(
            NOOP, lambda _, job: started.update({job.key.id: time.perf_counter()})
        )
        delays = list(_measure_delays(app, started, number))
    p50, p95 = median(delays), quantiles(delays, n=20)[-1]
    return JobFigure(
        "delay of a job, p50 and p95",
        "WORK_POLL_S",
        f"{p50:.0f} and {p95:.0f} ms",
        f"{app.config['WORK_POLL_S'] * 1000:.0f} ms",
    )


def _measure_delays(app: Flask, started: dict[object, float], number: int) -> Iterator[float]:
    """Yield the delay of each job, milliseconds: written at random moments, one at a time."""
    worker = Worker(app, lambda: [REGION], threads=4)
    thread = Thread(target=worker.run)
    thread.start()
    try:
        for _ in range(number):
            time.sleep(random.uniform(0, 1))  # noqa: S311 - no secret
            with app.app_context():
                key = add_job()
            committed_at = time.perf_counter()
            wait_until(lambda key=key: key.id in started)  # type: ignore[misc]
            yield (started[key.id] - committed_at) * 1000
    finally:
        worker.stop()
        thread.join()


def measure_claims(waiting: int, quick: bool) -> list[JobFigure]:
    """Return the processor time of a claim that finds nothing, and of one that finds a job."""
    with open_application() as app, open_admin(app) as admin:
        populate(app, quick=True)
        delete_jobs(admin)
        with app.app_context(), update_1(make_url(app.config["DATABASE_URL"])) as update:
            calls: dict[str, Call] = {"a claim, nothing is due": claim, UPDATE_1: update}
            times = measure_processor_ms(calls, quick)
            fill(admin, waiting, days=1)
            name = f"a claim, nothing is due, {waiting:,} wait"
            times |= {name: measure_processor_ms({name: claim}, quick)[name]}
            fill(admin, 1_000)
            taken = measure_processor_ms({"a claim of one job of 1,000": claim}, quick)
    update_ms = times.pop(UPDATE_1)
    return [
        JobFigure(
            subject,
            f"{UPDATE_1}, without SQLAlchemy",
            f"{ms:.2f} ms CPU",
            f"{update_ms:.2f} ms CPU",
            _ratio(ms, update_ms),
        )
        for subject, ms in (times | taken).items()
    ]


def claim() -> None:
    """Take a job, if one is due."""
    values = bind_claim(REGION, uuid4().hex, [NOOP.name], timedelta(seconds=60), limit=1)
    execute_write(claim_statement(), values, read_committed=True)


def add_job() -> RowKey:
    job_id = uuid4()
    execute_write(job_statement(NOOP, NOOP.payload_type(), region=REGION, job_id=job_id))
    return RowKey(REGION, job_id)


# --- riders --------------------------------------------------------------------------------


def measure_riders(quick: bool) -> list[JobFigure]:
    """Return how long riders wait while a worker works on many jobs, and while it is halted."""
    turns = QUICK_TURNS if quick else TURNS
    with open_application() as app, open_admin(app) as admin:
        rider, vehicle_keys = populate(app, quick)
        delete_jobs(admin)
        fill(admin, QUICK_WAITING if quick else WAITING)
        browser = Browser(app, rider)
        calls: dict[str, Callable[[], float]] = {
            "free vehicles, a rider": lambda: elapsed_ms(browser.get("/vehicles")),
            "starting and ending a ride": lambda: ride_ms(browser, vehicle_keys),
        }
        busy: dict[str, list[float]] = {name: [] for name in calls}
        halted: dict[str, list[float]] = {name: [] for name in calls}
        worker = start_worker(app)
        try:
            wait_until(lambda: count_open(admin) < (QUICK_WAITING if quick else WAITING))
            for _ in range(turns):
                for number, times in ((signal.SIGSTOP, halted), (signal.SIGCONT, busy)):
                    worker.send_signal(number)
                    for name, call in calls.items():
                        times[name].append(call())
        finally:
            stop_worker(worker)
    return [
        JobFigure(
            f"{name}, beside a busy worker",
            "the worker is halted",
            f"{median(busy[name]):.1f} ms",
            f"{median(halted[name]):.1f} ms",
            _ratio(median(busy[name]), median(halted[name])),
        )
        for name in calls
    ]


def ride_ms(browser: Browser, vehicle_keys: list[RowKey]) -> float:
    """Start and end a ride; return for how many milliseconds the rider waited."""
    start = browser.post(f"/rides/start/{vehicle_keys.pop()}")
    waited_ms = elapsed_ms(start)
    path = start.headers["Location"].replace("/rides/", "/rides/end/")
    end = browser.post(path, address="By the fountain", lat=POSITION.lat, lon=POSITION.lon)
    return waited_ms + elapsed_ms(end)


def _ratio(value: float, yardstick: float) -> str:
    return f"{value / yardstick:.2f}"
