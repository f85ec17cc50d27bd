"""The list of users: by city, role and state, and found by a part of a name or an address."""

import re
from datetime import UTC, datetime

import pytest
from flask import Flask

from tests.auth.steps import account_path, new_browser, read_audit_events
from tests.explain import connect_to_fill_tables, explain_plan, vacuum
from tests.factories import UserFactory, find_city
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.riders.queries import UserFilter, list_users
from webapp.web.roles import Role

USERS = "/admin/users"


@pytest.fixture
def staff(app: Flask, make_user: UserFactory) -> Visitor:
    """Support of Paris and Boston, who lives in Paris."""
    me = make_user("me", "paris", roles={"support": ["paris", "boston"]})
    return new_browser(app).sign_in(me)


def find_names(staff: Visitor, query: str) -> list[str]:
    page = staff.get(f"{USERS}?{query}").text
    return re.findall(r'data-label="Username">(\w+)<', page)


@pytest.fixture
def people(make_user: UserFactory) -> dict[str, User]:
    return {
        "ada": make_user("ada", "paris", last_name="Byron"),
        "adam": make_user("adam", "boston", last_name="Smith"),
        "mel": make_user("mel", "paris", roles={"mechanic": ["boston"]}, last_name="Ott"),
        "gone": make_user("gone", "paris", disabled_at=datetime.now(UTC), last_name="Away"),
        "tom": make_user("tom", "new york", last_name="Byron"),
    }


@pytest.mark.usefixtures("people")
@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {"me", "ada", "mel", "gone"}),
        ("city=boston", {"adam"}),
        ("city=", {"me", "ada", "mel", "gone", "adam"}),
        ("city=paris&role=mechanic", {"mel"}),
        ("city=&role=support", {"me"}),
        ("city=boston&role=mechanic", set()),
        ("state=closed", {"gone"}),
        ("state=open", {"me", "ada", "mel"}),
        ("name=byron", {"ada"}),
        ("name=ADA", {"ada", "adam"}),
        ("name=ada@example.org", {"ada"}),
        ("name=tom", set()),
        ("name=ada&city=boston", {"adam"}),
        ("name=away&state=open", set()),
        ("name=ott&role=mechanic", {"mel"}),
        ("name=zzz%", set()),
    ],
)
def test_staff_find_the_users_of_their_cities(
    staff: Visitor, query: str, expected: set[str]
) -> None:
    assert set(find_names(staff, query)) == expected


def test_each_name_leads_to_its_account(staff: Visitor, people: dict[str, User]) -> None:
    page = staff.get(f"{USERS}?name=mel").text
    assert account_path(people["mel"]) in page
    assert "Mechanic" in page
    assert staff.get("/users?name=mel").status_code == 200, "the address of former releases"


@pytest.mark.parametrize("query", ["name=ad", "role=king", "state=lost"])
def test_a_filter_that_means_nothing_is_refused_beside_its_field(
    staff: Visitor, query: str
) -> None:
    response = staff.get(f"{USERS}?{query}")
    assert response.status_code == 422
    assert "field-error" in response.text


def test_searches_are_counted_and_recorded_without_what_was_typed(
    app: Flask, staff: Visitor, people: dict[str, User], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "LIMIT_PERSON_SEARCHES", (1, 3600))
    assert find_names(staff, "name=byron") == ["ada"]
    (event,) = read_audit_events(app, AuditKind.PERSONS_SEARCHED)
    assert event.details == {}
    page = staff.get(f"{USERS}?name=byron").text
    assert "You have searched often" in page
    assert account_path(people["ada"]) not in page


def test_the_list_has_pages_over_all_cities(
    app: Flask, staff: Visitor, make_user: UserFactory
) -> None:
    size = app.config["PAGE_SIZE"]
    for n in range(size):
        make_user(f"user{n}", ("paris", "boston")[n % 2])
    url, seen = f"{USERS}?city=", []
    while url:
        page = staff.get(url).text
        seen += re.findall(r'data-label="Username">(\w+)<', page)
        link = re.search(r'rel="next" href="([^"]+)"', page)
        url = link[1].replace("&amp;", "&") if link else ""
    assert len(seen) == len(set(seen)) == size + 1


@pytest.mark.slow
@pytest.mark.postgresql_plans
@pytest.mark.parametrize(
    "filter_values", [{}, {"is_closed": True}, {"is_closed": False}, {"role": Role.FLEET}]
)
def test_a_list_reads_few_of_many_users(
    app_context: None, make_user: UserFactory, filter_values: dict[str, object]
) -> None:
    make_user("fleur", roles=["fleet"])
    with connect_to_fill_tables() as connection:
        connection.exec_driver_sql(
            "INSERT INTO users (region, id, city, username, email, first_name, last_name,"
            " password_hash, created_at) SELECT 'us-east1', gen_random_uuid(), 'new york',"
            " 'o' || n, 'o' || n, 'O', 'O', '', now() - n * interval '1 minute'"
            " FROM generate_series(1, 5000) AS n"
        )
        connection.exec_driver_sql(
            "UPDATE users SET disabled_at = now() WHERE username IN ('o4000', 'o4500')"
        )
    vacuum("users", "grants")
    cities = [find_city("new york"), find_city("boston")]
    users_filter = UserFilter(cities, **filter_values)  # type: ignore[arg-type]
    plan = explain_plan(lambda: list_users(users_filter, None))
    assert plan.table_rows < 300, plan.rows_read
