"""What staff see on the page of an account: the owners who have blocked the rider."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, cast, exists, func, select

from webapp.account_sections import AccountSection, SectionRow
from webapp.auth.models import User
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.regions.models import City
from webapp.rides.blocks.models import RiderBlock
from webapp.templating import local_time
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission


def _blocks_query(user_key: RowKey, cities: Collection[str] | None) -> Select[tuple[Any]]:
    blocks, users = table(RiderBlock), table(User)
    b = blocks.c
    key = cast(b.region, String) + "." + cast(b.id, String)
    query = (
        select(func.jsonb_build_array(b.created_at, b.reason, key))
        .where(key_condition(blocks, user_key, id="rider_id"))
        .order_by(b.created_at.desc(), b.id.desc())
    )
    if cities is None:
        return query
    is_of_staff = key_condition(users, user_key) & users.c.city.in_(sorted(cities))
    return query.where(exists().where(is_of_staff))


def _describe_block(city: City | None, created_at: str, reason: str, key: str) -> SectionRow:
    since = local_time(datetime.fromisoformat(created_at), city)
    url_args = {"block_key": RowKey.parse(key)}
    return SectionRow(reason, since, "rides.blocks.end_as_staff", url_args)


BLOCKS_SECTION = AccountSection(
    "blocks",
    _l("Blocked by owners"),
    Permission.ANSWER_DISPUTES,
    _blocks_query,
    _describe_block,
    45,
)
