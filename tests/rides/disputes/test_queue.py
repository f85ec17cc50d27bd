"""The queue of disputes: who looks after what, filters, and what is overdue."""

from datetime import timedelta

import pytest
from flask import Flask

from tests.auth.steps import age_rows, read_audit_events
from tests.factories import RowReader, UserFactory
from tests.rides.disputes.steps import read_hidden_fields, send_answer, send_message
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.db.keys import RowKey
from webapp.rides.disputes.models import Dispute
from webapp.rides.services.account_deletion import anonymise_rides_in_slices

QUEUE = "/fleet/disputes"


@pytest.fixture
def dispute(visitor: Visitor, ride: RowKey) -> RowKey:
    """A dispute that waits for staff; the key of its ride."""
    send_message(visitor, ride)
    return ride


@pytest.fixture
def tom(make_user: UserFactory) -> User:
    return make_user("tom", roles={"support": ["new york"]})


def test_staff_assign_a_dispute_and_it_keeps_its_place_in_the_queue(
    app: Flask, staff: Visitor, tom: User, dispute: RowKey, row: RowReader
) -> None:
    before = row(Dispute, dispute)
    page = f"{QUEUE}/{dispute}"
    hidden = read_hidden_fields(staff, dispute)
    assert staff.send(f"{page}/assign", seen="", username="tom").location == page
    assert "assigned to Tom L." in staff.get(page).text
    after = row(Dispute, dispute)
    assert (after.assignee_key, after.changed_at) == (tom.key, before.changed_at)
    assert after.first_action_at is not None
    assert len(read_audit_events(app, AuditKind.DISPUTE_ASSIGNED)) == 1
    answer = staff.send(page, **hidden, text="Sorry.")
    assert answer.status_code == 303, "a page that was open before can still answer"


def test_who_was_slower_and_who_names_no_colleague_are_told(
    staff: Visitor, tom: User, make_user: UserFactory, dispute: RowKey, row: RowReader
) -> None:
    make_user("max", roles={"mechanic": ["new york"]})
    page = f"{QUEUE}/{dispute}/assign"
    assert "Assigned to nobody" in staff.get(page).text
    wrong = staff.send(page, seen="", username="max")
    assert wrong.status_code == 422
    assert "no colleague with this username" in wrong.text
    assert staff.send(page, seen="", username="tom").status_code == 303
    assert staff.send(page, seen="", username="sue").status_code == 409
    assert staff.send(page, seen=str(tom.key), username="").status_code == 303
    assert row(Dispute, dispute).assignee_key is None
    send_answer(staff, dispute, close="y")
    assert staff.send(page, seen="", username="tom").status_code == 409


def test_disputes_are_filtered_and_overdue_ones_marked(
    app: Flask, staff: Visitor, tom: User, dispute: RowKey
) -> None:
    link = f'href="{QUEUE}/{dispute}"'
    staff.send(f"{QUEUE}/{dispute}/assign", seen="", username="tom")
    for query, is_listed in [
        ("", True),
        ("assignee=me", False),
        (f"assignee={tom.key}", True),
        ("assignee=nobody", False),
        ("age=1", False),
    ]:
        assert (link in staff.get(f"{QUEUE}?{query}").text) == is_listed, query
    assert "overdue" not in staff.get(QUEUE).text.split("<table")[1]
    assert link not in staff.get(f"{QUEUE}?overdue=yes").text
    age_rows(app, Dispute, "changed_at", timedelta(hours=25))
    assert "overdue" in staff.get(f"{QUEUE}?age=1").text.split("<table")[1]
    assert link in staff.get(f"{QUEUE}?overdue=yes").text
    assert link not in staff.get(f"{QUEUE}?overdue=yes&state=closed").text


def test_a_rider_who_writes_again_while_waiting_keeps_the_place_in_the_queue(
    app: Flask, visitor: Visitor, staff: Visitor, dispute: RowKey, row: RowReader
) -> None:
    age_rows(app, Dispute, "changed_at", timedelta(hours=25))
    since = row(Dispute, dispute).changed_at
    seen = read_hidden_fields(staff, dispute)["seen"]
    send_message(visitor, dispute, "Is anybody there?")
    assert row(Dispute, dispute).changed_at == since
    assert "overdue" in staff.get(QUEUE).text.split("<table")[1]
    response = staff.send(f"{QUEUE}/{dispute}", text="Yes.", seen=seen)
    assert response.status_code == 409, "the last message was not on the page"
    send_answer(staff, dispute)
    send_message(visitor, dispute, "Thanks, but no.")
    assert row(Dispute, dispute).changed_at > since + timedelta(hours=24), "it waits anew"


def test_the_queue_says_how_fast_staff_have_answered(
    app: Flask, staff: Visitor, dispute: RowKey, row: RowReader
) -> None:
    age_rows(app, Dispute, "opened_at", timedelta(hours=2))
    send_answer(staff, dispute)
    answered_at = row(Dispute, dispute).answered_at
    assert answered_at is not None
    assert "<td>24 h</td><td>2 h</td><td>2 h</td>" in staff.get(QUEUE).text
    send_answer(staff, dispute, "Sorry again.")
    assert row(Dispute, dispute).answered_at == answered_at


def test_a_deleted_colleague_looks_after_nothing(
    app: Flask, staff: Visitor, tom: User, dispute: RowKey, row: RowReader
) -> None:
    staff.send(f"{QUEUE}/{dispute}/assign", seen="", username="tom")
    with app.app_context():
        anonymise_rides_in_slices(tom.key)
    assert row(Dispute, dispute).assignee_key is None
