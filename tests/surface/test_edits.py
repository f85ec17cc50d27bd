"""Of two people who edit the same thing, the later one is told what the other has changed. An owner
with two devices is two people.

Each page with an ``EditForm`` is here; a test names one that is missing.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import URL, func, insert, update

from tests.auth.oauth.steps import insert_client
from tests.auth.steps import new_browser
from tests.databases import dispose_engines, make_app
from tests.factories import UserFactory, VehicleFactory
from tests.fleet.saved_replies.steps import insert_saved_reply
from tests.fleet.zones.zone_files import square
from tests.notices.steps import insert_notice
from tests.surface.site import PageForm, parse_forms
from tests.threads import run_in_threads
from tests.visitor import Visitor
from webapp import create_app  # noqa: F401 - all forms are defined
from webapp.auth.models import User
from webapp.auth.oauth.client_forms import ClientForm
from webapp.db.transactions import execute_write
from webapp.edits import EditForm
from webapp.fleet.alerts.forms import AlertForm
from webapp.fleet.alerts.models import AlertSetting
from webapp.fleet.alerts.settings import settings_cache
from webapp.fleet.forms import VehicleEditForm
from webapp.fleet.pricing.cache import plan_cache
from webapp.fleet.pricing.forms import PlanForm
from webapp.fleet.queues.forms import TargetsForm
from webapp.fleet.saved_replies.forms import SavedReplyForm
from webapp.fleet.tasks.forms.settings import RuleForm
from webapp.fleet.vehicle_actions.forms import PropertiesForm
from webapp.fleet.zones.forms import ZoneForm
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.order_forms import MoveZoneForm
from webapp.notices.forms import NoticeForm
from webapp.ops.cities.closing_forms import FeaturesForm
from webapp.ops.cities.forms import CityForm
from webapp.ops.vehicle_types.forms import VehicleTypeForm


class EditPage(NamedTuple):
    """A page on which something is edited, two fields of it, and values for them."""

    form: type[EditForm]
    #: The last part of the address that the form is sent to; of several forms of a page.
    action: str
    #: What the first one changes.
    field: str
    value: str
    #: What the second one changes, and does not lose.
    other_field: str
    other_value: str
    #: What both send, too.
    others: Mapping[str, str] = {}


PAGES = {
    "city": EditPage(CityForm, "paris", "label", "Paname", "lat", "48.5"),
    "city features": EditPage(FeaturesForm, "features", "rides", "off", "pauses", "off"),
    "alert": EditPage(AlertForm, "", "threshold", "30", "mute_h", "24", {"reason": "snow"}),
    "own vehicle": EditPage(VehicleEditForm, "", "brand", "Segway", "address", "Pier 7"),
    "plan": EditPage(PlanForm, "", "unlock_fee", "1.50", "rate_1", "0.35", {"publish": "y"}),
    "targets": EditPage(TargetsForm, "targets", "first_action", "3", "answer", "30"),
    "task rule": EditPage(RuleForm, "idle", "idle-hours", "50", "idle-kind", "repair"),
    "vehicle type": EditPage(VehicleTypeForm, "", "label", "Pedelec", "top_speed_kph", "25"),
    "app": EditPage(ClientForm, "", "name", "Planner", "redirect_uris", "https://b.example/"),
    "vehicle": EditPage(PropertiesForm, "", "brand", "Segway", "color", "red"),
    "zone": EditPage(ZoneForm, "", "fee", "7.00", "name", "Central Park"),
    "place of a zone": EditPage(MoveZoneForm, "", "place", "1", "why", "Works"),
    "notice": EditPage(NoticeForm, "language=en", "title", "Storm", "text", "Stay inside."),
    "saved reply": EditPage(SavedReplyForm, "", "title", "Thank you", "text", "Bye"),
}


def insert_zone(app: Flask) -> UUID:
    values = {"city": "new york", "kind": "no_parking", "name": "Park", "fee": 500}
    statement = insert(Zone).values(coordinates=[square()], **values).returning(Zone.id)
    with app.app_context():
        zone_id: UUID = execute_write(statement)[0].id
    return zone_id


def insert_last_zone(app: Flask) -> UUID:
    return max(insert_zone(app), insert_zone(app))  # at one position, the id decides


@pytest.fixture
def admin(make_user: UserFactory) -> User:
    return make_user(roles=["admin"])


@pytest.fixture
def find_page(app: Flask, make_vehicle: VehicleFactory, admin: User) -> Callable[[str], str]:
    def find(name: str) -> str:
        return {
            "alert": lambda: "/fleet/alerts/new%20york/idle",
            "city": lambda: "/admin/cities/paris",
            "own vehicle": lambda: f"/vehicles/{make_vehicle(owner=admin).key}/edit",
            "city features": lambda: "/admin/cities/paris/features",
            "plan": lambda: "/fleet/plans/new?city=new+york&type=",
            "saved reply": lambda: f"/fleet/saved-replies/{insert_saved_reply(app, 'new york')}",
            "notice": lambda: f"/fleet/notices/{insert_notice(app)}/edit?language=en",
            "targets": lambda: "/fleet/queues?city=new+york",
            "task rule": lambda: "/fleet/tasks/rules?city=new+york",
            "vehicle type": lambda: "/admin/vehicle-types/e-bike",
            "app": lambda: f"/admin/apps/{insert_client(app)}",
            "vehicle": lambda: f"/fleet/vehicles/{make_vehicle().key}/actions/edit",
            "zone": lambda: f"/fleet/zones/new%20york/{insert_zone(app)}/edit",
            "place of a zone": lambda: f"/fleet/zones/new%20york/{insert_last_zone(app)}/move",
        }[name]()

    return find


@pytest.fixture
def admins(app: Flask, admin: User) -> tuple[Visitor, Visitor]:
    first, second = (new_browser(app).sign_in(admin) for _ in range(2))
    return first, second


def read_form(html: str, path: str, page: EditPage) -> PageForm:
    forms = parse_forms(html, path)
    return next(
        each for each in forms if page.field in each.fields and each.action.endswith(page.action)
    )


def send(browser: Visitor, form: PageForm, **values: str) -> Any:
    return browser.post(form.action, data=form.fields | values)


@pytest.mark.parametrize("name", PAGES)
def test_the_later_of_two_is_told_and_loses_nothing(
    name: str, find_page: Callable[[str], str], admins: tuple[Visitor, Visitor]
) -> None:
    page, path = PAGES[name], find_page(name)
    (first, second), field, other_field = admins, page.field, page.other_field
    opened = [read_form(each.get(path).text, path, page) for each in admins]
    for form in opened:
        form.fields.update(page.others)
    assert send(first, opened[0], **{field: page.value}).status_code == 303
    assert send(first, opened[0], **{field: page.value}).status_code == 303  # a second press
    response = send(second, opened[1], **{other_field: page.other_value})
    assert response.status_code == 409
    assert "Somebody else has changed this since you opened it" in response.text
    assert f"Somebody else has changed this. Now it is: {page.value}" in response.text
    form = read_form(response.text, path, page)
    assert form.fields[other_field] == page.other_value
    assert form.fields[field] == page.value  # where nothing was typed
    # It is saved again with what both have changed, and then the form of the first one is old.
    values = {other_field: page.other_value, field: form.fields[field], **page.others}
    assert send(second, form, **values).status_code == 303
    assert send(first, opened[0], **{other_field: "0"}).status_code in (409, 422)
    shown = read_form(first.get(path).text, path, page)
    assert shown.fields[field] == page.value


@pytest.fixture(scope="module")
def other_process(database: URL) -> Iterator[Flask]:
    """Another process, which always reads the database."""
    ages = dict.fromkeys(("CITIES_MAX_AGE_S", "PLANS_MAX_AGE_S", "ZONES_MAX_AGE_S"), 1e-9)
    app = make_app(database, **ages)
    app.test_client_class = Visitor
    yield app
    dispose_engines(app)


@pytest.mark.parametrize("name", PAGES)
def test_what_is_typed_is_saved_though_a_cache_has_it_from_before(
    name: str,
    find_page: Callable[[str], str],
    app: Flask,
    other_process: Flask,
    admin: User,
) -> None:
    page, path = PAGES[name], find_page(name)
    here, there = (new_browser(process).sign_in(admin) for process in (app, other_process))
    form = read_form(here.get(path).text, path, page)  # fills the cache, but for plans
    with app.app_context():
        plan_cache().load()
    seen = next(each for each in form.fields if each.endswith("seen"))
    values = {"publish": "y"} if name == "plan" else {}
    old = form.fields[page.field]
    opened = read_form(there.get(path).text, path, page)
    assert send(there, opened, **{page.field: page.value}, **values).status_code == 303
    # A page that shows the new value is sent back with the old one, to the process with the cache.
    opened = read_form(there.get(path).text, path, page)
    assert opened.fields[page.field] == page.value
    values |= {page.field: old, seen: opened.fields[seen]}
    assert send(here, form, **values).status_code == 303
    assert read_form(there.get(path).text, path, page).fields[page.field] == old


@pytest.mark.parametrize("process", ["the same", "another"])
def test_an_alert_is_muted_once_by_a_form_that_is_sent_twice(
    process: str,
    find_page: Callable[[str], str],
    app: Flask,
    other_process: Flask,
    make_user: UserFactory,
) -> None:
    page, path, admin = PAGES["alert"], find_page("alert"), make_user(roles=["admin"])
    here, there = (new_browser(each).sign_in(admin) for each in (app, other_process))
    form = read_form(here.get(path).text, path, page)
    opened = {here: form, there: read_form(there.get(path).text, path, page)}
    mute = {"mute_h": "24", "reason": "snow"}
    first = here if process == "the same" else there
    assert send(first, opened[first], **mute).status_code == 303
    muted = read_form(there.get(path).text, path, page)
    assert muted.fields["mute_h"] == "keep"
    assert send(here, form, **mute).status_code == 303
    again = read_form(there.get(path).text, path, page)
    assert again.fields["seen"] == muted.fields["seen"]
    # Who has seen the mute begins it anew; a page from before it with another one is told.
    assert send(there, again, **mute).status_code == 303
    anew = read_form(there.get(path).text, path, page)
    assert anew.fields["seen"] != muted.fields["seen"]
    assert send(here, form, mute_h="24", reason="ice").status_code == 409
    assert send(here, form, mute_h="12", reason="snow").status_code == 409


@pytest.mark.parametrize("process", ["the same", "another"])
def test_a_mute_that_is_kept_may_have_ended_meanwhile(
    process: str, find_page: Callable[[str], str], app: Flask, other_process: Flask, admin: User
) -> None:
    page, path = PAGES["alert"], find_page("alert")
    here, there = (new_browser(each).sign_in(admin) for each in (app, other_process))
    form = read_form(here.get(path).text, path, page)
    assert send(here, form, mute_h="24", reason="snow").status_code == 303
    sender = here if process == "the same" else there
    muted = read_form(sender.get(path).text, path, page)
    assert muted.fields["mute_h"] == "keep"
    with app.app_context():
        execute_write(update(AlertSetting).values(muted_until=func.now()))
        if process == "the same":
            settings_cache().clear()
    assert send(sender, muted, threshold="12").status_code == 303
    shown = read_form(there.get(path).text, path, page)
    assert (shown.fields["threshold"], shown.fields["mute_h"]) == ("12", "")
    # What is wrong beside it is told, and the rest stays.
    response = send(sender, muted, threshold="many")
    assert response.status_code == 422
    assert read_form(response.text, path, page).fields["mute_h"] == "keep"


def test_of_several_who_save_at_once_one_does(
    app: Flask, make_user: UserFactory, find_page: Callable[[str], str]
) -> None:
    page, path = PAGES["city"], find_page("city")
    browsers = [new_browser(app).sign_in(make_user(roles=["admin"])) for _ in range(4)]
    forms = [read_form(each.get(path).text, path, page) for each in browsers]
    results = run_in_threads(
        *(
            lambda browser=browser, form=form: send(browser, form, label=uuid4().hex).status_code
            for browser, form in zip(browsers, forms, strict=True)
        )
    )
    assert sorted(results) == [303, 409, 409, 409]


def test_each_form_that_edits_is_tried() -> None:
    def list_subclasses(form: type[EditForm]) -> set[type[EditForm]]:
        below = set(form.__subclasses__())
        return below.union(*(list_subclasses(each) for each in below))

    tried = {page.form for page in PAGES.values()}
    missing = {
        form
        for form in list_subclasses(EditForm)
        if form not in tried and not any(issubclass(form, each) for each in tried)
    }
    assert not missing
