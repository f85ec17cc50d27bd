"""Service targets: a city's own, and the queues that go by them."""

from datetime import timedelta

import pytest
from flask import Flask

from tests.auth.steps import age_rows, new_browser, read_audit_events
from tests.factories import UserFactory, VehicleFactory, find_city
from tests.fleet.reports.steps import FileReport
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.db.keys import RowKey
from webapp.fleet.queues.service_times import service_targets
from webapp.fleet.reports.models import Report

HOUR = timedelta(hours=1)
TARGETS = "/fleet/queues/new%20york/targets"


@pytest.fixture
def manager(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("fay", roles={"fleet": ["new york"]}))


@pytest.fixture
def report(
    app: Flask, make_user: UserFactory, make_vehicle: VehicleFactory, file_report: FileReport
) -> RowKey:
    """A report that has waited for three hours."""
    key = file_report(make_user("ada"), make_vehicle())
    age_rows(app, Report, "created_at", 3 * HOUR)
    return key


def test_a_city_has_the_usual_targets_until_it_sets_its_own(app: Flask, manager: Visitor) -> None:
    with app.app_context():
        assert service_targets(find_city("new york")) == (2 * HOUR, 24 * HOUR)
    page = manager.get("/fleet/queues?city=new+york").text
    assert "Leave it empty for 2 h." in page
    assert "Leave it empty for 24 h." in page
    for _twice in range(2):
        assert manager.send(TARGETS, first_action="4", answer="").status_code == 303
    with app.app_context():
        assert service_targets(find_city("new york")) == (4 * HOUR, 24 * HOUR)
        assert service_targets(find_city("paris")) == (2 * HOUR, 24 * HOUR)
    (event,) = read_audit_events(app, AuditKind.SERVICE_TARGETS_CHANGED)
    assert event.details["after"] == {"first_action_target_s": 4 * 3600, "answer_target_s": None}
    assert 'value="4"' in manager.get("/fleet/queues?city=new+york").text


@pytest.mark.parametrize(
    ("first_action", "answer", "message"),
    [
        ("0", "", "from 1 to 720"),
        ("", "721", "from 1 to 720"),
        ("soon", "", "Enter a whole number"),
        ("9" * 30, "", "from 1 to 720"),
        ("8", "4", "An answer can&#39;t come before the first action."),
        ("48", "", "An answer can&#39;t come before the first action."),
        ("", "1", "An answer can&#39;t come before the first action."),
    ],
)
def test_wrong_targets_are_refused_beside_their_field(
    app: Flask, manager: Visitor, first_action: str, answer: str, message: str
) -> None:
    response = manager.send(TARGETS, first_action=first_action, answer=answer)
    assert response.status_code == 422
    assert message in response.text
    assert f'value="{first_action}"' in response.text
    assert not read_audit_events(app, AuditKind.SERVICE_TARGETS_CHANGED)


def test_a_queue_marks_and_filters_what_is_late_by_the_targets_of_the_city(
    manager: Visitor, report: RowKey
) -> None:
    queue, link = "/fleet/reports?city=new+york", f'href="/fleet/reports/{report}"'
    page = manager.get(f"{queue}&overdue=yes").text
    assert link in page
    assert "overdue" in page.split("<table")[1]
    assert "<td>2 h</td>" in page
    manager.send(TARGETS, first_action="4", answer="")
    page = manager.get(queue).text
    assert link in page
    assert "overdue" not in page.split("<table")[1]
    assert "<td>4 h</td>" in page
    assert link not in manager.get(f"{queue}&overdue=yes").text
    assert link not in manager.get(f"{queue}&state=resolved&overdue=yes").text


def test_only_who_manages_the_city_sets_its_targets(app: Flask, make_user: UserFactory) -> None:
    for name, roles, status in (
        ("pia", {"fleet": ["paris"]}, 404),
        ("sue", {"support": ["new york"]}, 403),
        ("ann", {"admin": ["new york"]}, 303),
    ):
        browser = new_browser(app).sign_in(make_user(name, roles=roles))
        assert browser.send(TARGETS, first_action="1", answer="").status_code == status
