"""The alert about open disputes on the board of a city."""

from sqlalchemy import Select, func, select

from webapp.db.types import table
from webapp.hooks import AlertCounter
from webapp.regions.models import City
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.disputes.models import Dispute
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission


def _disputes_query(city: City, _threshold: int) -> Select[tuple[int]]:
    disputes = table(Dispute).c
    in_city = disputes.region == city.region, disputes.city == city.name
    return select(func.count()).where(*in_city, disputes.state == DisputeState.OPEN.value)


OPEN_DISPUTES = AlertCounter(
    "disputes",
    _l("Open disputes"),
    Permission.ANSWER_DISPUTES,
    _disputes_query,
    "rides.disputes.queue",
    lambda city, _: {"city": city.name, "state": DisputeState.OPEN.value},
)
