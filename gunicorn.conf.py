"""How gunicorn serves MovR. It finds this file by itself; its command line wins over it."""

import os

from gunicorn.workers.base import Worker

worker_class = "gunicorn_worker.BufferingWorker"
#: One per core of the machine; GUNICORN_CMD_ARGS="--workers 2" says another number.
workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
#: With the two threads for uploads, as many as connections in the pool (DATABASE_POOL_SIZE).
threads = 8
#: How long an idle connection stays open; a proxy in front must close it earlier.
keepalive = 5
#: After SIGTERM a worker accepts connections for DRAIN_S more (config.py) and has this long in all.
#: The database's deadlines end every request sooner.
graceful_timeout = 20
#: Nobody uses it, and it wants a home folder to write to.
control_socket_disable = True
#: Whose word about a visitor is believed is for TRUSTED_PROXIES to say (webapp/web/middleware.py).
forwarded_allow_ips = ""


def post_worker_init(worker: Worker) -> None:
    """Before this worker takes its first request."""
    from flask import Flask

    if not isinstance(worker.wsgi, Flask):  # --reload, and the code cannot be loaded just now
        return

    from webapp.db import engines
    from webapp.web import health
    from webapp.web.assets.static_files import asset_store

    engines.warm_up(worker.wsgi)
    asset_store().assets()
    health.readiness(worker.wsgi).is_stopping = lambda: not worker.alive
