"""What support sees of a phone number on the page of an account: enough to recognise it."""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Select, func, select

from webapp.account_sections import AccountSection, SectionRow
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.regions.models import City
from webapp.riders.phones.models import PhoneNumber
from webapp.riders.phones.numbers import mask_number
from webapp.translations import lazy_gettext as _l
from webapp.translations import pgettext
from webapp.web.roles import Permission


def _section_query(user_key: RowKey, cities: Collection[str] | None) -> Select[tuple[Any]]:
    """The page of the account has checked that its home city is one of the viewer's."""
    phones = table(PhoneNumber)
    row = func.jsonb_build_array(
        phones.c.created_at, phones.c.number, phones.c.confirmed_at.is_not(None)
    )
    return select(row).where(key_condition(phones, user_key, id="user_id"))


def _describe(city: City | None, created_at: str, number: str, is_confirmed: bool) -> SectionRow:
    if is_confirmed:
        return SectionRow(mask_number(number), pgettext("phone number", "confirmed"))
    return SectionRow(mask_number(number), pgettext("phone number", "not confirmed"))


ACCOUNT_SECTION = AccountSection(
    "phone", _l("Phone number"), Permission.VIEW_RIDERS, _section_query, _describe, position=3
)
