"""How gunicorn serves MovR. It finds this file by itself; its command line wins over it."""

import gc
import os
import shutil
import sys
import tempfile
from pathlib import Path

from flask.cli import load_dotenv
from flask.helpers import get_load_dotenv
from gunicorn.arbiter import Arbiter
from gunicorn.workers.base import Worker

ROOT = Path(__file__).resolve().parent
#: The share of processor time that a container has, as Linux tells it: microseconds of a period.
CGROUP_CPU_MAX = Path("/sys/fs/cgroup/cpu.max")


def count_cores(cpu_max: Path = CGROUP_CPU_MAX) -> int:
    """Return how many cores this process may use: those of the machine, or fewer in a container
    with a limit."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    try:
        quota_us, period_us = cpu_max.read_text().split()
        return max(1, min(cores or 1, int(quota_us) // int(period_us)))
    except (OSError, ValueError):  # not Linux, or "max": no limit
        return cores or 1


def is_reloading() -> bool:
    """Tell whether changed code is loaded again, for development."""
    options = [*sys.argv, *os.environ.get("GUNICORN_CMD_ARGS", "").split()]
    return "--reload" in options


# The settings of .env, as `flask` reads them: variables of the environment win.
if get_load_dotenv():
    load_dotenv(ROOT / ".env", load_defaults=False)

# NumPy, which Shapely imports, would start a thread for each core. Nothing here uses them.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

#: Where the workers count for /metrics. Commands with the same variable count there, too.
METRICS_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
is_metrics_folder_ours = METRICS_FOLDER not in os.environ
if is_metrics_folder_ours:
    os.environ[METRICS_FOLDER] = tempfile.mkdtemp(prefix="movr-metrics-")

worker_class = "gunicorn_worker.BufferingWorker"
#: A thread runs Python only while no other thread of its process does: so one worker per core.
#: WEB_CONCURRENCY says another number.
workers = int(os.environ.get("WEB_CONCURRENCY") or count_cores())
if workers < 1:
    raise SystemExit("WEB_CONCURRENCY must be at least 1: without workers nobody is answered.")
#: With the two threads for uploads, as many as connections in the pool (DATABASE_POOL_SIZE).
threads = 8
#: The application is loaded once, by the master process. Workers are forks of it: they share its
#: memory and start at once. New code needs a new master process (SIGTERM, not SIGHUP).
preload_app = not is_reloading()
#: How long an idle connection stays open; a proxy in front must close it earlier.
keepalive = 5
#: After SIGTERM a worker accepts connections for DRAIN_S more (config.py) and has this long in all.
#: The database's deadlines end every request sooner.
graceful_timeout = 20
#: Nobody uses it, and it wants a home folder to write to.
control_socket_disable = True
#: Whose word about a visitor is believed is for TRUSTED_PROXIES to say (webapp/web/middleware.py).
forwarded_allow_ips = ""


def when_ready(server: Arbiter) -> None:
    """Before the first worker is forked: load what all of them need."""
    if not server.cfg.preload_app:
        return
    from webapp.fragment_cache import compile_templates
    from webapp.translations.catalogues import load_translations
    from webapp.web.assets.static_files import asset_store

    asset_store().assets()
    compile_templates(server.app.wsgi())
    for language in server.app.wsgi().config["LANGUAGES"]:
        load_translations(language)
    gc.collect()
    gc.freeze()  # so that the garbage collector of a worker writes to no page that it shares


def post_worker_init(worker: Worker) -> None:
    """Before this worker takes its first request. Connections are opened here: none may be shared
    with the master process or another worker."""
    from flask import Flask

    if not isinstance(worker.wsgi, Flask):  # --reload, and the code cannot be loaded just now
        return

    from webapp.db import engines
    from webapp.db.write_buffer import start_flushing
    from webapp.web import health
    from webapp.web.assets.static_files import asset_store

    engines.warm_up(worker.wsgi)
    start_flushing(worker.wsgi)
    asset_store().assets()
    health.readiness(worker.wsgi).is_stopping = lambda: not worker.alive


def worker_exit(_: Arbiter, worker: Worker) -> None:
    """In a worker that has finished its last request: what it has counted is written."""
    from flask import Flask

    if isinstance(getattr(worker, "wsgi", None), Flask):
        from webapp.db.write_buffer import flush_write_buffers

        flush_write_buffers(worker.wsgi)


def child_exit(server: Arbiter, worker: Worker) -> None:
    """A worker has ended: what it had at that moment, such as connections, no longer counts."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server: Arbiter) -> None:
    if is_metrics_folder_ours:
        shutil.rmtree(os.environ[METRICS_FOLDER], ignore_errors=True)
