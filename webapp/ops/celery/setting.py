"""What CELERY_BROKER_URL needs of every process, and the status of the broker. Celery itself is
imported only where it is used."""

from importlib.util import find_spec

from flask import Flask, current_app
from werkzeug.utils import import_string

import config
from webapp.hooks import StatusLevel, StatusLine, StatusSection, get_hooks
from webapp.ops.celery.dispatcher import Broker, BrokerUnavailable
from webapp.translations import gettext as _
from webapp.translations import lazy_gettext as _l


def init_app(app: Flask) -> None:
    """Add the broker to the status page. Raises ConfigurationError without the packages."""
    if not find_spec("celery"):
        message = "CELERY_BROKER_URL needs more packages: install requirements-celery.txt."
        raise config.ConfigurationError(message)
    get_hooks(app).status_sections.append(StatusSection(_l("Celery"), check_broker))


def make_broker(app: Flask) -> Broker:
    """Return a connection to the broker."""
    broker: Broker = import_string("webapp.ops.celery.broker:CeleryBroker")(app)
    return broker


def check_broker() -> list[StatusLine]:
    """Tell whether the broker answers, and how many jobs wait in it."""
    broker = make_broker(current_app._get_current_object())  # type: ignore[attr-defined]
    try:
        waiting = sum(broker.count_waiting().values())
    except BrokerUnavailable as error:
        advice = _("Jobs wait meanwhile. Look at the broker that CELERY_BROKER_URL names.")
        words = _("no answer: %(error)s", error=error)
        return [StatusLine(_("Broker"), StatusLevel.RED, words, advice)]
    finally:
        broker.close()
    return [
        StatusLine(_("Broker"), StatusLevel.GREEN, _("%(count)s jobs wait in it", count=waiting))
    ]
