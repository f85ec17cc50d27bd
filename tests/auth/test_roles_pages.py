"""The pages of roles: what each may do, and who has it."""

import re
from collections.abc import Callable

import pytest
from flask import Flask

from tests.auth.steps import account_path
from tests.explain import connect_to_fill_tables, explain_plan, vacuum
from tests.factories import UserFactory
from tests.visitor import Visitor
from webapp.auth.models import User
from webapp.auth.permission_labels import PERMISSION_AREAS
from webapp.auth.staff import read_role_holders
from webapp.web.roles import PERMISSIONS, STAFF, Role

PEOPLE = "/admin/roles/people"
OpenBrowser = Callable[[User], Visitor]


def test_the_matrix_says_what_the_rule_says(open_browser: OpenBrowser, admin_user: User) -> None:
    page = open_browser(admin_user).get("/admin/roles").text
    rows = re.findall(r'<th scope="row">(.+?)(?: <span.+?)?</th>\s*(.+?)\s*</tr>', page)
    marks = {
        label: [">yes<" in cell for cell in cells.split("</td>")[:-1]] for label, cells in rows
    }
    assert marks == {
        label: [permission in PERMISSIONS[role] for role in STAFF]
        for area in PERMISSION_AREAS
        for permission, label in area.permissions.items()
    }


def test_admins_see_who_has_which_role_and_get_to_the_account(
    open_browser: OpenBrowser, admin_user: User, make_user: UserFactory
) -> None:
    ada = make_user("ada", city="paris", roles={"fleet": ["paris", "boston"]})
    make_user("olga", roles=["owner"])
    admin = open_browser(admin_user)
    page = admin.get(PEOPLE).text
    assert "Ada Lovelace" in page
    assert "Paris, Boston" in page
    assert f"{account_path(ada)}#roles" in page
    assert f"{account_path(admin_user)}#roles" not in page, "nobody changes their own roles"
    assert "Olga" not in page, "owners are no staff"
    assert "Ada" not in admin.get(f"{PEOPLE}?role=support").text
    assert "Ada" in admin.get(f"{PEOPLE}?role=fleet&city=boston").text
    assert "Ada" not in admin.get(f"{PEOPLE}?city=new+york").text
    assert admin.get(f"{PEOPLE}?city=nowhere").status_code == 404


def test_an_admin_of_some_cities_sees_roles_of_these_and_short_names_of_other_homes(
    open_browser: OpenBrowser, paris_admin: User, make_user: UserFactory
) -> None:
    make_user("bob", city="boston", roles={"fleet": ["boston"]})
    guest = make_user("gina", city="boston", roles={"mechanic": ["paris", "boston"]})
    admin = open_browser(paris_admin)
    page = admin.get(PEOPLE).text
    assert "Bob" not in page
    assert "Gina L." in page
    assert "Gina Lovelace" not in page
    assert account_path(guest) not in page
    assert re.search(r'data-label="Where">Paris</td>', page)
    assert admin.get(f"{PEOPLE}?city=boston").status_code == 404


def test_the_list_has_pages(
    app: Flask, open_browser: OpenBrowser, admin_user: User, make_user: UserFactory
) -> None:
    for n in range(app.config["PAGE_SIZE"] + 1):
        make_user(f"staff{n}", roles=["support", "mechanic"])
    admin, url, seen = open_browser(admin_user), f"{PEOPLE}?role=mechanic", []
    while url:
        page = admin.get(url).text
        seen += re.findall(r"Staff\d+", page.replace("visually-hidden", ""))
        link = re.search(r'rel="next" href="([^"]+)"', page)
        url = link[1].replace("&amp;", "&") if link else ""
    assert len(set(seen)) == app.config["PAGE_SIZE"] + 1
    assert admin.get(f"{PEOPLE}?after=king~1").status_code == 404


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_the_list_reads_the_roles_of_staff_and_not_those_of_owners(
    app_context: None, make_user: UserFactory
) -> None:
    make_user("ada", roles={"fleet": ["paris"]})
    with connect_to_fill_tables() as connection:
        connection.exec_driver_sql(
            "INSERT INTO users (region, id, city, username, email, first_name, last_name,"
            " password_hash) SELECT 'us-east1', gen_random_uuid(), 'new york', 'o' || n,"
            " 'o' || n, 'O', 'O', '' FROM generate_series(1, 5000) AS n"
        )
        connection.exec_driver_sql(
            "INSERT INTO grants (region, user_id, role) SELECT region, id, 'owner' FROM users"
            " WHERE username <> 'ada'"
        )
    vacuum("users", "grants")
    plan = explain_plan(lambda: read_role_holders(Role.FLEET, {"paris"}, None))
    assert plan.table_rows < 20, plan.rows_read
