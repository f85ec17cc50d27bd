"""What a vehicle has earned and cost, by month."""

import re
from functools import partial

import pytest
from flask import Flask
from sqlalchemy import text

from tests.auth.steps import new_browser
from tests.explain import connect_to_fill_tables, explain_plan, vacuum
from tests.factories import UserFactory, VehicleFactory
from tests.rides.vehicle_costs import add_ride, add_task, find_today, month_ago
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.models import Vehicle
from webapp.rides.history import subtract_months
from webapp.rides.vehicle_costs import VehicleCosts, get_vehicle_costs


@pytest.fixture
def vehicle(make_vehicle: VehicleFactory) -> Vehicle:
    return make_vehicle()


@pytest.fixture
def manager(make_user: UserFactory) -> User:
    return make_user("fay", roles={"fleet": ["new york"]})


def read_costs(app: Flask, staff: User, vehicle_key: RowKey) -> VehicleCosts:
    with app.app_context():
        return get_vehicle_costs(db.session.merge(staff, load=False), vehicle_key)


def test_months_and_total_are_what_was_ridden_refunded_and_done(
    app: Flask, manager: User, vehicle: Vehicle, make_vehicle: VehicleFactory
) -> None:
    with app.app_context():
        add_ride(vehicle, month_ago(1), 500, refunded=200)
        add_ride(vehicle, month_ago(1), 700)
        add_ride(vehicle, month_ago(3), None)
        add_ride(vehicle, month_ago(12), 9000)
        add_ride(vehicle, month_ago(1), 9000, city="boston")
        add_ride(make_vehicle(), month_ago(1), 9000)
        add_task(vehicle, month_ago(1), 30)
        add_task(vehicle, month_ago(1), None)
        add_task(vehicle, month_ago(12), 90)
        add_task(vehicle, month_ago(1), 90, state="cancelled")
    costs = read_costs(app, manager, vehicle.key)
    assert len(costs.months) == 12
    month = costs.months[subtract_months(find_today(), 1)]
    assert (month.rides, month.revenue, month.refunds) == (2, {"USD": 1200}, {"USD": 200})
    assert (month.tasks, month.minutes, month.parts) == (2, 30, 6)
    assert month.part_costs == {"USD": 900}
    assert month.net == {"USD": 100}
    assert costs.months[subtract_months(find_today(), 3)].rides == 1
    assert (costs.total.rides, costs.total.net) == (3, {"USD": 100})
    assert [(name, part.parts) for name, part in costs.most_used_parts] == [
        ("Bell", 4),
        ("Brake pad", 2),
    ]


def test_a_month_begins_by_the_clocks_of_the_city(
    app: Flask, manager: User, vehicle: Vehicle
) -> None:
    first = month_ago(1).replace(day=1, hour=1)
    with app.app_context():
        add_ride(vehicle, first, 100)
    costs = read_costs(app, manager, vehicle.key)
    months_with_rides = [month for month, row in costs.months.items() if row.rides]
    assert months_with_rides == [subtract_months(first.date(), 1)], "still evening in New York"


def test_the_page_of_a_vehicle_leads_to_its_costs(
    app: Flask, manager: User, vehicle: Vehicle
) -> None:
    with app.app_context():
        add_ride(vehicle, month_ago(1), 1200, refunded=200)
        add_task(vehicle, month_ago(1), 30)
    browser = new_browser(app).sign_in(manager)
    page = f"/fleet/vehicles/{vehicle.key}"
    assert f'href="{page}/costs"' in browser.get(page).text
    costs = browser.get(f"{page}/costs").text
    for amount in ("$12.00", "$2.00", "$4.50", "$5.50"):
        assert costs.count(amount) >= 2, amount  # the month and the total
    assert "Brake pad" in costs
    assert "Their prices with tax." in costs


def test_a_vehicle_without_rides_and_tasks_has_empty_months(
    app: Flask, manager: User, vehicle: Vehicle
) -> None:
    page = new_browser(app).sign_in(manager).get(f"/fleet/vehicles/{vehicle.key}/costs")
    assert page.status_code == 200
    assert len(re.findall(r"<tr>", page.text)) == 1 + 1 + 12
    assert "Parts used" not in page.text


def test_costs_are_for_managers_of_the_city(
    app: Flask, make_user: UserFactory, vehicle: Vehicle
) -> None:
    page = f"/fleet/vehicles/{vehicle.key}"
    for number, (roles, status) in enumerate(
        [
            ({"analyst": ["new york"]}, 403),
            ({"mechanic": ["new york"]}, 403),
            ({"support": ["new york"]}, 403),
            ({"fleet": ["paris"]}, 404),
            ({"fleet": ["paris"], "support": ["new york"]}, 404),
            ({"admin": ["new york"]}, 200),
        ]
    ):
        browser = new_browser(app).sign_in(make_user(f"staff{number}", roles=roles))
        assert browser.get(f"{page}/costs").status_code == status, roles
        if status != 200:
            assert "/costs" not in browser.get(page).text


def test_an_unknown_vehicle_is_not_found(app: Flask, manager: User, vehicle: Vehicle) -> None:
    with pytest.raises(NotFound):
        read_costs(app, manager, vehicle.key._replace(id=manager.id))


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_costs_read_only_what_belongs_to_the_vehicle(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory
) -> None:
    rides = text(
        """INSERT INTO rides (region, id, city, vehicle_id, started_at, ended_at, price, currency)
           SELECT v.region, gen_random_uuid(), v.city, v.id, now() - n * interval '1 hour',
                  now() - n * interval '1 hour', 100, 'USD'
           FROM vehicles v, generate_series(1, CASE v.id WHEN :vehicle THEN 40 ELSE 400 END) n"""
    )
    tasks = text(
        """INSERT INTO tasks (region, id, city, vehicle_id, kind, source, state, closed_at, minutes)
           SELECT v.region, gen_random_uuid(), v.city, v.id, 'repair', 'staff', 'done', now(), 5
           FROM vehicles v, generate_series(1, CASE v.id WHEN :vehicle THEN 10 ELSE 200 END) n"""
    )
    parts = text(
        """INSERT INTO task_parts (region, task_id, number, name, count, currency)
           SELECT region, id, 1, 'Bell', 1, 'USD' FROM tasks"""
    )
    disputes = text(
        """INSERT INTO disputes (region, ride_id, city, state, refunded)
           SELECT region, id, city, 'answered', 10 FROM rides"""
    )
    with app.app_context():
        vehicle = [make_vehicle() for _ in range(40)][-1]
        admin = make_user("abe", roles=["admin"])
        with connect_to_fill_tables() as connection:
            for statement in (rides, tasks, parts, disputes):
                values = {"vehicle": vehicle.id} if statement in (rides, tasks) else {}
                connection.execute(statement, values)
        vacuum("vehicles", "rides", "tasks", "task_parts", "disputes")
        plan = explain_plan(partial(get_vehicle_costs, admin, vehicle.key))
        assert {"ix_rides_vehicle_started", "ix_tasks_vehicle"} <= plan.indexes
        assert not plan.read_whole & {"rides", "tasks", "task_parts", "disputes"}
        scans = {node: rows for node, rows in plan.rows_read.items() if "Scan" in node}
        assert max(scans.values()) <= 40, "no more than the rides of the vehicle"
