"""A call of each service and query whose statements are kept in tests/golden."""

from collections.abc import Callable
from typing import Any

from tests.migrations.service_calls.accounts import ACCOUNTS
from tests.migrations.service_calls.alerts import ALERTS
from tests.migrations.service_calls.cities import CITIES
from tests.migrations.service_calls.earnings import EARNINGS
from tests.migrations.service_calls.exports import EXPORTS
from tests.migrations.service_calls.feeds import FEEDS
from tests.migrations.service_calls.fleet import FLEET
from tests.migrations.service_calls.jobs import JOBS
from tests.migrations.service_calls.notices import NOTICES
from tests.migrations.service_calls.notifications import NOTIFICATIONS
from tests.migrations.service_calls.numbers import NUMBERS
from tests.migrations.service_calls.oauth import OAUTH
from tests.migrations.service_calls.personal_data import PERSONAL_DATA
from tests.migrations.service_calls.queues import QUEUES
from tests.migrations.service_calls.rides import RIDES
from tests.migrations.service_calls.staff import STAFF
from tests.migrations.service_calls.tasks import TASKS
from tests.migrations.service_calls.texts import TEXTS
from tests.migrations.service_calls.vehicle_offers import VEHICLE_OFFERS
from tests.migrations.service_calls.wallet import WALLET

SERVICES: dict[str, Callable[[], Any]] = {
    **WALLET,
    **RIDES,
    **EARNINGS,
    **VEHICLE_OFFERS,
    **FLEET,
    **ALERTS,
    **QUEUES,
    **FEEDS,
    **TASKS,
    **STAFF,
    **ACCOUNTS,
    **OAUTH,
    **PERSONAL_DATA,
    **JOBS,
    **NOTIFICATIONS,
    **NUMBERS,
    **EXPORTS,
    **TEXTS,
    **NOTICES,
    **CITIES,
}
