"""How gunicorn serves MovR. It finds this file by itself; its command line wins over it."""

from gunicorn.workers.base import Worker

worker_class = "gthread"
threads = 8
#: After SIGTERM: no new connections, and this long for the requests that are being answered.
#: The database's deadlines end every one of them sooner.
graceful_timeout = 10
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

    engines.warm_up(worker.wsgi)
    health.readiness(worker.wsgi).is_stopping = lambda: not worker.alive
