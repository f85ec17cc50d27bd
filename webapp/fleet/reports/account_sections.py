"""What staff see on the page of an account: its newest reports."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, String, cast, func, select

from webapp.account_sections import AccountSection, SectionRow
from webapp.db.keys import RowKey, key_condition
from webapp.db.types import table
from webapp.fleet.reports.labels import report_kind_label, report_staff_state_label
from webapp.fleet.reports.models import Report
from webapp.regions.catalogue import catalogue, find_city_label
from webapp.regions.models import City
from webapp.templating import local_time
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission


def _reports_query(user_key: RowKey, cities: Collection[str] | None) -> Select[tuple[Any]]:
    reports = table(Report)
    r = reports.c
    key = cast(r.region, String) + "." + cast(r.id, String)
    query = (
        select(func.jsonb_build_array(r.created_at, r.city, r.kind, r.state, key))
        .where(key_condition(reports, user_key, "reporter_region", "reporter_id"))
        .order_by(r.created_at.desc(), r.id.desc())
    )
    return query if cities is None else query.where(r.city.in_(sorted(cities)))


def _describe_report(
    _home: City | None, created_at: str, city_name: str, kind: str, state: str, key: str
) -> SectionRow:
    filed_at = local_time(datetime.fromisoformat(created_at), catalogue().find(city_name))
    return SectionRow(
        report_kind_label(kind),
        filed_at + f" · {find_city_label(city_name)} · {report_staff_state_label(state)}",
        "fleet.staff_reports.show",
        {"report_key": RowKey.parse(key)},
    )


ACCOUNT_SECTION = AccountSection(
    "reports", _l("Reports"), Permission.ANSWER_REPORTS, _reports_query, _describe_report, 40
)
