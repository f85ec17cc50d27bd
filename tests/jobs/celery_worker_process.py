"""The Celery application of a worker of its own, with the handler of worker_process.py."""

from tests.jobs import celery_process
from tests.jobs.worker_process import create_app
from webapp.ops.celery.application import make_celery
from webapp.ops.celery.worker import configure_worker

assert celery_process.cli, "it changes what is run here"
_application = create_app()
celery = make_celery(_application)
configure_worker(celery, _application)
