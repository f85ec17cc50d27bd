"""gunicorn with MovR: processor time of a start, memory of a worker, and requests per second.

Beside each figure stands a bare Flask application in the same gunicorn.
"""

import http.client
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from sqlalchemy.engine import URL

import config
from bench.support.application import close_application, make_bench_app, open_database
from bench.support.report import Section
from bench.support.small_city import populate
from tests.ports import find_free_port
from tests.waiting import wait_until

BARE_FLASK = """from flask import Flask
app = Flask(__name__)
@app.get("/vehicles")
@app.get("/health/ready")
def page():
    return "x" * 31_000
"""
CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
PAGE = "/vehicles"
#: Workers, threads of each, clients; and whether workers are forks of a loaded application.
SETUPS = [
    (1, 8, 8, False), (1, 8, 8, True), (1, 2, 8, True), (1, 4, 8, True), (1, 16, 8, True),
    (2, 4, 8, True), (2, 8, 8, True), (2, 8, 64, True), (4, 8, 64, True),
]  # fmt: skip
SECONDS, QUICK_SECONDS = 5.0, 0.2


@dataclass(frozen=True)
class ServerRun:
    """One setup of the server under a number of clients."""

    application: str
    setup: str
    start_cpu_s: float
    worker_cpu_s: float
    worker_mb: float
    total_mb: float
    requests_per_s: float
    p50_ms: float
    p95_ms: float

    def cells(self) -> Mapping[str, object]:
        return {
            "application": self.application,
            "workers x threads, clients": self.setup,
            "start, CPU s": f"{self.start_cpu_s:.2f}",
            "start of a worker, CPU s": f"{self.worker_cpu_s:.2f}",
            "MB of a worker": f"{self.worker_mb:.0f}",
            "MB in all": f"{self.total_mb:.0f}",
            "requests/s": f"{self.requests_per_s:.0f}",
            "p50, ms": f"{self.p50_ms:.0f}",
            "p95, ms": f"{self.p95_ms:.0f}",
        }


def measure(quick: bool) -> Section:
    """Return a row for each setup, and for bare Flask in the usual one."""
    seconds = QUICK_SECONDS if quick else SECONDS
    with open_database() as database:
        app = make_bench_app(database)
        populate(app, quick=True)
        close_application(app)
        rows = []
        for workers, threads, clients, preload in SETUPS[1:2] if quick else SETUPS:
            with serve("main:app", database, workers, threads, preload) as server:
                name = "MovR" if preload else "MovR, each worker by itself"
                rows.append(server.measure(name, clients, seconds))
        with serve("bare:app", database, 1, 8, True) as server:
            rows.append(server.measure("bare Flask", 8, seconds))
    text = (
        f"`GET {PAGE}` without a session, {seconds:g} s for each row; clients run on the same"
        " machine. Memory is PSS after the requests: what processes share is divided among them."
    )
    return Section("Server", text, rows)


@dataclass(frozen=True)
class RunningServer:
    process: "subprocess.Popen[bytes]"
    port: int
    setup: str
    worker_count: int

    def measure(self, application: str, client_count: int, seconds: float) -> ServerRun:
        """Send requests for some seconds, and return how many were answered, and what it took."""
        master, workers = self.process.pid, self._wait_for_workers()
        start_s = processor_s(master) + sum(map(processor_s, workers))
        worker_s = max(map(processor_s, workers))
        begin = time.perf_counter()
        deadline = begin + seconds
        with ThreadPoolExecutor(client_count) as clients:
            futures = [clients.submit(self._send_until, deadline) for _ in range(client_count)]
            times_ms = [each for future in futures for each in future.result()]
        elapsed_s = time.perf_counter() - begin
        sizes = [memory_mb(worker) for worker in workers]
        percentiles = quantiles(times_ms, n=20, method="inclusive")
        return ServerRun(
            application, f"{self.setup}, {client_count}", start_s, worker_s, max(sizes),
            memory_mb(master) + sum(sizes), len(times_ms) / elapsed_s, percentiles[9],
            percentiles[18],
        )  # fmt: skip

    def _wait_for_workers(self) -> list[int]:
        wait_until(lambda: self._is_ready() and len(self._workers()) == self.worker_count)
        return self._workers()

    def _workers(self) -> list[int]:
        pid = self.process.pid
        return [*map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]

    def _is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError("gunicorn has ended; its reason stands above.")
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request("GET", "/health/ready")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def _send_until(self, deadline: float) -> Sequence[float]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        times_ms: list[float] = []
        while not times_ms or time.perf_counter() < deadline:
            begin = time.perf_counter()
            connection.request("GET", PAGE)
            response = connection.getresponse()
            response.read()
            if response.status != 200:
                raise RuntimeError(f"{PAGE} answered {response.status}")
            times_ms.append((time.perf_counter() - begin) * 1000)
        connection.close()
        return times_ms


@contextmanager
def serve(
    application: str, database: URL, workers: int, threads: int, preload: bool
) -> Iterator[RunningServer]:
    """Run gunicorn with our settings, but for these."""
    port = find_free_port()
    with tempfile.TemporaryDirectory(prefix="movr-bench-") as folder:
        Path(folder, "bare.py").write_text(BARE_FLASK)
        settings = Path(folder, "gunicorn.conf.py")
        changes = f"preload_app = {preload}\nworkers = {workers}\nthreads = {threads}\n"
        if application != "main:app":
            changes += "del when_ready, post_worker_init\n"
        settings.write_text((config.ROOT / "gunicorn.conf.py").read_text() + changes)
        options = ["--config", str(settings), "--bind", f"127.0.0.1:{port}", "--pythonpath", folder]
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-m", "gunicorn", *options, "--log-level", "error", application],
            cwd=config.ROOT,
            env={
                **os.environ,
                "MOVR_ENV": "test",
                "DATABASE_URL": database.render_as_string(hide_password=False),
            },
        )
        try:
            yield RunningServer(process, port, f"{workers} x {threads}", workers)
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(60)
            finally:
                process.kill()
                process.wait()


def processor_s(pid: int) -> float:
    """Return the processor time of a process so far, seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS  # utime, stime


def memory_mb(pid: int) -> float:
    """Return the proportional set size of a process, MB."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("This system has no smaps_rollup.")
