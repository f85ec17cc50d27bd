"""The search is one statement, and reads no table from end to end."""

import pytest
from sqlalchemy import text

from tests.explain import connect_to_fill_tables, explain_plan, vacuum
from tests.factories import UserFactory, fill_caches
from tests.fleet.large_fleet import insert_large_fleet
from webapp.fleet.staff_search import services

USERS = text(
    "INSERT INTO users (region, id, city, username, email, first_name, last_name, password_hash)"
    " SELECT 'us-east1', gen_random_uuid(), 'new york', 'u' || left(md5(CAST(n AS text)), 20), md5('e' || n),"
    " md5('f' || n), md5('l' || n), '' FROM generate_series(1, 20000) n"
)
RIDES = text(
    "INSERT INTO rides (region, id, city, vehicle_id, started_at, ended_at)"
    " SELECT region, gen_random_uuid(), city, id, now() - interval '1 day', now() FROM vehicles"
)
REPORTS = text(
    "INSERT INTO reports (region, id, city, vehicle_id, kind, critical, note, state, answer)"
    " SELECT region, gen_random_uuid(), city, id, 'damage', false, '', 'resolved', '' FROM vehicles"
)
TRIGRAMS = {
    f"ix_users_{name}_trigrams" for name in ("username", "first_name", "last_name", "email")
}


@pytest.mark.slow
@pytest.mark.postgresql_plans
@pytest.mark.usefixtures("app_context")
def test_the_search_of_a_large_city_uses_its_indexes(
    make_user: UserFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of 20,000 vehicles and 20,000 riders."""
    insert_large_fleet(
        brand="CASE WHEN n % 500 = 5 THEN 'Pegasus' ELSE 'Okai' END",
        state="CASE WHEN n % 20 = 3 THEN 'on_trip' ELSE 'available' END",
    )
    with connect_to_fill_tables() as connection:
        connection.execute(USERS)
        connection.execute(RIDES)
        connection.execute(REPORTS)
    vacuum("users", "rides", "reports")
    monkeypatch.setattr(services, "record_search_for_persons", id)
    staff = make_user("nora", roles={"fleet": ["new york"]})
    fill_caches()  # else the first search reads the vehicle types
    for term, indexes, most_rows in (
        ("pegasus", {"ix_vehicles_search_words", *TRIGRAMS}, 500),
        ("hopper grace", {"ix_vehicles_search_words", *TRIGRAMS}, 500),
        ("ACDE2233HX", {"uq_vehicles_region_code", *TRIGRAMS}, 500),
        ("3f9a01bc", {"pk_rides", "pk_reports", *TRIGRAMS}, 2_000),
    ):
        plan = explain_plan(lambda term=term: services.search(staff, term))  # type: ignore[misc]
        assert plan.indexes >= indexes, (term, plan.indexes)
        assert not plan.read_whole & {"vehicles", "users", "rides", "reports"}, term
        assert plan.most_rows <= most_rows, (term, plan.rows_read)
