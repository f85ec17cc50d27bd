"""The Celery application of ``celery -A webapp.ops.celery worker``: it runs the jobs that
``flask work`` dispatches. The environment or ``.env`` has the settings, as for every other process.

The application is made before Celery forks its processes, and connects to nothing until then
(docs/decisions/0016-workers-are-forks-of-the-loaded-application.md).
"""

from webapp import create_app
from webapp.ops.celery.application import make_celery
from webapp.ops.celery.worker import configure_worker
from webapp.settings.dotenv import read_dotenv

read_dotenv()
_application = create_app()
#: Celery looks for this name, in the module ``celery`` of a package.
celery = make_celery(_application)
configure_worker(celery, _application)
