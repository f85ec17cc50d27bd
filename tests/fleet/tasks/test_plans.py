"""The lists of tasks read few rows, however many tasks there are."""

import pytest
from sqlalchemy import case, func, insert, literal, select, text, update

from tests.explain import connect_to_fill_tables, explain_plan, vacuum
from tests.factories import VehicleFactory
from webapp.auth.models import User
from webapp.db.types import table
from webapp.fleet.models import Vehicle
from webapp.fleet.tasks.models import Task
from webapp.fleet.tasks.queries.lists import KindFilter, list_tasks
from webapp.fleet.tasks.queries.plan import get_task_plan
from webapp.regions.catalogue import city_or_404

pytestmark = [pytest.mark.postgresql_plans, pytest.mark.usefixtures("app_context")]

TASKS, OPEN_SHARE = 20_000, 0.05
OWNERS = (
    "INSERT INTO users (region, id, city, username, email, first_name, last_name, password_hash)"
    " SELECT 'us-east1', gen_random_uuid(), 'new york', 'owner' || n, 'owner' || n, 'O', 'N', ''"
    " FROM generate_series(1, 20000) n",
    "INSERT INTO grants (region, user_id, role) SELECT region, id, 'owner' FROM users"
    " WHERE username LIKE 'owner%'",
)


@pytest.fixture
def many_tasks(app_context: None, make_vehicle: VehicleFactory) -> None:
    """Tasks that are done, and some that are open, each about a vehicle of its own."""
    vehicle = make_vehicle()
    tasks, vehicles = table(Task), table(Vehicle).c
    copied = [vehicles[name] for name in ("region", "city", "form_factor", "propulsion_type")]
    ids = func.generate_series(1, TASKS)
    with connect_to_fill_tables() as connection:
        names = [
            "region",
            "city",
            "form_factor",
            "propulsion_type",
            "id",
            "brand",
            "color",
            "state",
        ]
        source = select(
            *copied, func.gen_random_uuid(), literal("B"), literal("c"), literal("available")
        ).select_from(table(Vehicle).join(select(ids.label("n")).subquery(), literal(True)))
        query = source.where(vehicles.id == vehicle.id)
        connection.execute(insert(table(Vehicle)).from_select(names, query))
        state = case((func.random() < OPEN_SHARE, "open"), else_="done")
        rows = select(
            vehicles.region, vehicles.city, vehicles.id, func.gen_random_uuid(),
            literal("inspect"), literal("rule"), state,
        )  # fmt: skip
        names = ["region", "city", "vehicle_id", "id", "kind", "source", "state"]
        connection.execute(insert(tasks).from_select(names, rows))
    vacuum("tasks", "vehicles")


@pytest.fixture
def many_owners(app_context: None) -> None:
    """Accounts with the role of owners, more than there are staff."""
    with connect_to_fill_tables() as connection:
        for statement in OWNERS:
            connection.execute(text(statement))
    vacuum("users", "grants")


@pytest.mark.usefixtures("many_tasks")
def test_the_list_of_a_mechanic_reads_few_rows_by_indexes(max_: User) -> None:
    city, any_kind = city_or_404("new york"), KindFilter()
    plan = explain_plan(lambda: list_tasks(city, max_.key, None, any_kind))
    assert "tasks" not in plan.read_whole
    assert plan.indexes & {"ix_tasks_free", "ix_tasks_city"}, "both have them in their order"
    assert plan.table_rows < 300
    near = explain_plan(lambda: list_tasks(city, max_.key, city.centre, any_kind))
    assert "tasks" not in near.read_whole


@pytest.mark.usefixtures("many_tasks")
def test_the_page_of_planners_reads_only_tasks_that_are_open() -> None:
    city = city_or_404("new york")
    plan = explain_plan(lambda: get_task_plan(city, KindFilter()))
    assert "tasks" not in plan.read_whole
    assert plan.indexes & {"ix_tasks_city", "ix_tasks_mine"}


@pytest.mark.usefixtures("many_tasks")
def test_free_tasks_are_read_without_those_that_are_assigned(max_: User, mia: User) -> None:
    assign = (  # those that are done, too: somebody has done them
        update(table(Task))
        .where(func.random() < 0.98)
        .values(assignee_region=mia.region, assignee_id=mia.id)
    )
    with connect_to_fill_tables() as connection:
        connection.execute(assign)
    vacuum("tasks")
    city = city_or_404("new york")
    plan = explain_plan(lambda: list_tasks(city, max_.key, None, KindFilter()))
    assert plan.indexes & {"ix_tasks_free", "ix_tasks_mine"}, (plan.indexes, plan.rows_read)
    assert "ix_tasks_city" not in plan.indexes, plan.rows_read
    assert plan.table_rows < 300, plan.rows_read


@pytest.mark.usefixtures("many_owners", "max_")
def test_who_works_in_a_city_is_read_without_owners() -> None:
    city = city_or_404("new york")
    plan = explain_plan(lambda: get_task_plan(city, KindFilter()))
    assert "ix_grants_staff" in plan.indexes
    assert not plan.read_whole & {"grants", "users"}
    assert plan.table_rows < 100, plan.rows_read
