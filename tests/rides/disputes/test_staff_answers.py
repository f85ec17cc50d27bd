"""Staff read disputes, answer and refund; and what the pages cost."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, text

from tests.auth.steps import find_link, new_browser, read_audit_events, update_rows
from tests.explain import connect_to_fill_tables, explain_plan
from tests.factories import RowReader, UserFactory, VehicleFactory
from tests.form_steps import assert_form_reused
from tests.job_steps import forget_mails, read_mails
from tests.ledger_audit import check_ledger
from tests.rides.disputes.steps import (
    dispute_path,
    read_hidden_fields,
    read_messages,
    read_state,
    send_answer,
    send_message,
    staff_dispute_path,
)
from tests.rides.steps import MakeEndedRide
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.auth.services.role_grants import grant_role
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.regions.catalogue import catalogue
from webapp.riders.services.account_deletion import delete_account
from webapp.riders.wallet import ledger
from webapp.riders.wallet.models import WalletEntry
from webapp.rides.disputes import queries as dispute_queries
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.disputes.models import Dispute, DisputeMessage
from webapp.rides.models import Ride
from webapp.web.roles import Role

# --- the list and the page of staff ------------------------------------------------------------------------------


@pytest.mark.slow
def test_staff_see_the_oldest_dispute_first_and_only_their_cities(
    visitor: Visitor, ada: User, make_ended_ride: MakeEndedRide, staff: Visitor, app: Flask
) -> None:
    assert "Nothing to do" in staff.get("/fleet/disputes").text
    rides = [make_ended_ride(ada.key) for _ in range(7)]
    elsewhere = make_ended_ride(ada.key, "boston")
    for n, each in enumerate([*rides, elsewhere]):
        send_message(visitor, each)
        update_rows(app, Dispute, Dispute.ride_id == each.id,
               changed_at=Dispute.changed_at - timedelta(hours=n))  # fmt: skip
    shown_keys, after = [], "/fleet/disputes?city=new+york&state=open"
    while after:
        page = staff.get(after).text
        shown_keys += re.findall(r'href="/fleet/disputes/([^"?]+)"', page)
        next_link = re.search(r'rel="next" href="([^"]+)"', page)
        after = next_link[1].replace("&amp;", "&") if next_link else ""
    assert shown_keys == [str(each) for each in reversed(rides)]
    assert staff.get("/fleet/disputes?city=boston").status_code == 404
    assert "No such disputes" in staff.get("/fleet/disputes?state=closed").text
    assert 'href="/fleet/disputes"' in staff.get("/").text
    assert 'href="/fleet/disputes"' not in visitor.get("/").text


def test_staff_see_the_ride_and_only_the_first_name_of_its_rider(
    visitor: Visitor, ride: RowKey, staff: Visitor
) -> None:
    send_message(visitor, ride, "<b>Too much</b>")
    page = staff.get(staff_dispute_path(ride)).text
    for words in ("Dispute by Ada", "&lt;b&gt;Too much&lt;/b&gt;", "By the fountain", "$3.50",
                  "10 × $0.25 a started minute", "Up to $3.50"):  # fmt: skip
        assert words in page, words
    for secret in ("Lovelace", "ada@example.org"):
        assert secret not in page


def test_staff_of_another_city_see_no_dispute(
    visitor: Visitor, ride: RowKey, make_user: UserFactory, app: Flask
) -> None:
    send_message(visitor, ride)
    paul = new_browser(app).sign_in(make_user("paul", "paris", roles={"fleet": ["paris"]}))
    assert paul.get(staff_dispute_path(ride)).status_code == 404
    assert paul.send(staff_dispute_path(ride), text="Hm.").status_code == 404
    assert paul.get("/fleet/disputes?city=new+york").status_code == 404
    assert visitor.get(staff_dispute_path(ride)).status_code == 403


def test_a_ride_without_a_dispute_is_not_found_by_staff(ride: RowKey, staff: Visitor) -> None:
    assert staff.get(staff_dispute_path(ride)).status_code == 404


# --- answering -----------------------------------------------------------------------------


def test_an_answer_is_shown_mailed_and_in_the_audit_trail(
    visitor: Visitor, ride: RowKey, staff: Visitor, row: RowReader, app: Flask
) -> None:
    send_message(visitor, ride)
    forget_mails(app)
    assert send_answer(staff, ride, "We have looked <at> it.").location == staff_dispute_path(ride)
    assert read_state(row, ride) == ("answered", 0)
    page = visitor.get(dispute_path(ride)).text
    assert "We have looked &lt;at&gt; it." in page
    assert "<strong>MovR</strong>" in page
    assert "Answered" in page
    (mail,) = read_mails(app, "ada@example.org")
    assert "We have looked <at> it." in mail.body
    assert "We have looked &lt;at&gt; it." in mail.alternatives[0][0]
    assert "Hello Ada" in mail.body
    assert find_link(mail) == dispute_path(ride)
    assert "to your wallet." not in mail.body
    (event,) = read_audit_events(app, AuditKind.DISPUTE_ANSWERED)
    assert (event.subject, event.details) == (f"ride {ride}", {"state": "answered"})
    assert event.actor is not None


@pytest.mark.parametrize(
    ("refund", "kind"), [("", AuditKind.DISPUTE_ANSWERED), ("2.00", AuditKind.REFUNDED)]
)
def test_the_audit_event_of_an_answer_is_stored_where_the_dispute_is(
    visitor: Visitor, ride: RowKey, make_user: UserFactory, app: Flask, refund: str, kind: AuditKind
) -> None:
    send_message(visitor, ride)
    paul = new_browser(app).sign_in(make_user("paul", "paris", roles={"fleet": ["new york"]}))
    assert send_answer(paul, ride, refund=refund).status_code == 303
    (event,) = read_audit_events(app, kind)
    assert (event.region, event.actor_region) == (ride.region, "europe-west1")


def test_a_refund_is_in_the_dispute_the_mail_the_receipt_the_ledger_and_the_audit_trail(
    visitor: Visitor, ada: User, ride: RowKey, staff: Visitor, row: RowReader, app: Flask
) -> None:
    send_message(visitor, ride)
    forget_mails(app)
    assert send_answer(staff, ride, refund="2.00").status_code == 303
    assert read_state(row, ride) == ("answered", 200)
    assert read_messages(app)[-1] == ("Sorry.", True, 200)
    assert "$2.00 refunded" in visitor.get(dispute_path(ride)).text
    receipt = visitor.get(f"/rides/{ride}").text
    assert "-$2.00" in receipt
    assert "$1.50" in receipt
    (mail,) = read_mails(app)
    assert "ve refunded $2.00 to your wallet." in mail.body
    with app.app_context():
        assert ledger.read_balances(ada.key) == {"USD": -150}
        check_ledger(db.session.connection())
    (event,) = read_audit_events(app, AuditKind.REFUNDED)
    assert event.details == {"state": "answered", "amount": 200, "currency": "USD"}
    assert read_audit_events(app, AuditKind.DISPUTE_ANSWERED) == []
    assert "Up to $1.50" in staff.get(staff_dispute_path(ride)).text


def test_refunding_the_whole_price_refunds_the_whole_tax(
    visitor: Visitor, ada: User, ride: RowKey, staff: Visitor, row: RowReader, app: Flask
) -> None:
    send_message(visitor, ride)
    for amount in ("1.00", "0.01", "2.49"):
        assert send_answer(staff, ride, refund=amount).status_code == 303
    assert read_state(row, ride) == ("answered", 350)
    with app.app_context():
        assert ledger.read_balances(ada.key) == {"USD": 0}
        by_account = db.session.execute(
            text("SELECT account, sum(amount) FROM wallet_lines GROUP BY account")
        )
        assert {account: int(total) for account, total in by_account} == {
            "rider": 0, "revenue": 0, "tax": 0,
        }  # fmt: skip
        check_ledger(db.session.connection())
    assert 'name="refund"' not in staff.get(staff_dispute_path(ride)).text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("3.51", "You can refund at most $3.50."),
        ("-1", "Enter at least"),
        ("much", "Enter an amount like"),
        ("0.001", "The smallest unit is"),
    ],
)
def test_an_invalid_refund_is_refused_beside_its_field(
    visitor: Visitor, ride: RowKey, staff: Visitor, row: RowReader, app: Flask,
    amount: str, message: str,
) -> None:  # fmt: skip
    send_message(visitor, ride)
    refused = send_answer(staff, ride, "My words.", refund=amount)
    assert refused.status_code == 422
    assert message in refused.text
    assert "My words.</textarea>" in refused.text
    assert f'value="{amount}"' in refused.text
    assert read_state(row, ride) == ("open", 0)


def test_an_empty_refund_and_a_refund_of_zero_are_none(
    visitor: Visitor, ride: RowKey, staff: Visitor, row: RowReader
) -> None:
    send_message(visitor, ride)
    for amount in ("", "0", "0.00"):
        assert send_answer(staff, ride, refund=amount).status_code == 303
    assert read_state(row, ride) == ("answered", 0)


def test_a_free_ride_has_no_refund(
    visitor: Visitor, ada: User, make_ended_ride: MakeEndedRide, staff: Visitor, row: RowReader
) -> None:
    free = make_ended_ride(ada.key)
    send_message(visitor, free)
    assert 'name="refund"' not in staff.get(staff_dispute_path(free)).text
    assert send_answer(staff, free, refund="5").status_code == 303
    assert read_state(row, free) == ("answered", 0)


def test_the_same_answer_twice_refunds_once(
    visitor: Visitor, ride: RowKey, staff: Visitor, row: RowReader, app: Flask
) -> None:
    send_message(visitor, ride)
    hidden = read_hidden_fields(staff, ride)
    forget_mails(app)
    for _ in range(2):
        response = staff.send(staff_dispute_path(ride), **hidden, text="Sorry.", refund="1.00")
        assert response.status_code == 303
    assert read_state(row, ride) == ("answered", 100)
    assert (
        len(read_messages(app)),
        len(read_mails(app)),
        len(read_audit_events(app, AuditKind.REFUNDED)),
    ) == (2, 1, 1)


def test_the_same_form_with_another_refund_is_refused_and_pressed_again_refunds(
    visitor: Visitor, ride: RowKey, staff: Visitor, row: RowReader
) -> None:
    send_message(visitor, ride)
    hidden = read_hidden_fields(staff, ride)
    staff.send(staff_dispute_path(ride), **hidden, text="Sorry.", refund="0.30")
    for text_again, refund in (("Sorry.", "0.50"), ("Sorry!", "0.30")):
        again = staff.send(staff_dispute_path(ride), **hidden, text=text_again, refund=refund)
        assert_form_reused(again, refund)
    assert read_state(row, ride) == ("answered", 30)
    assert send_answer(staff, ride, "Sorry.", refund="0.50").status_code == 303
    assert read_state(row, ride) == ("answered", 80)


def test_no_refund_is_recorded_without_its_ledger_entry(
    visitor: Visitor, ride: RowKey, staff: Visitor, row: RowReader, app: Flask
) -> None:
    """An old form that is sent with what a new page has seen: it has been answered already."""
    send_message(visitor, ride)
    hidden = read_hidden_fields(staff, ride)
    staff.send(staff_dispute_path(ride), **hidden, text="Sorry.", refund="0.30")
    seen = read_hidden_fields(staff, ride)
    assert seen["nonce"] != hidden["nonce"]
    staff.send(
        staff_dispute_path(ride),
        nonce=hidden["nonce"],
        seen=seen["seen"],
        text="More.",
        refund="0.40",
    )
    assert read_state(row, ride) == ("answered", 30)
    with app.app_context(), db.engines["write"].connect() as connection:
        check_ledger(connection)


def test_an_answer_to_a_dispute_that_has_changed_is_refused(
    visitor: Visitor, ride: RowKey, staff: Visitor, row: RowReader, app: Flask
) -> None:
    send_message(visitor, ride)
    hidden = read_hidden_fields(staff, ride)
    send_message(visitor, ride, "It was found: forget it.")
    refused = staff.send(staff_dispute_path(ride), **hidden, text="Here you are.", refund="3.50")
    assert refused.status_code == 409
    for words in (
        "There are new messages since you opened this page, so yours was not sent. Read them and try again.",
        "It was found: forget it.",
        "Here you are.",
        "3.50",
    ):
        assert words in refused.text
    assert read_state(row, ride) == ("open", 0)
    for seen in ("", "nonsense", "2026-07-01"):
        stale = staff.send(
            staff_dispute_path(ride), **{**hidden, "seen": seen}, text="Here you are."
        )
        assert stale.status_code == 409


@pytest.mark.slow
def test_a_closed_dispute_can_be_read_and_only_staff_open_it_again(
    visitor: Visitor, ride: RowKey, staff: Visitor, row: RowReader, app: Flask
) -> None:
    send_message(visitor, ride)
    forget_mails(app)
    assert send_answer(staff, ride, "No.", close="y").status_code == 303
    assert read_state(row, ride) == ("closed", 0)
    assert "The dispute is now closed." in read_mails(app)[0].body
    page = visitor.get(dispute_path(ride)).text
    assert "This dispute is closed." in page
    assert 'name="text"' not in page
    refused = send_message(visitor, ride, "But!")
    assert refused.status_code == 409
    assert "But!</textarea>" in refused.text
    assert read_state(row, ride) == ("closed", 0)
    send_answer(staff, ride, "We were wrong.", refund="1")
    assert read_state(row, ride) == ("answered", 100)
    assert send_message(visitor, ride, "Thanks.").status_code == 303
    assert read_state(row, ride) == ("open", 100)


def test_staff_cannot_answer_about_their_own_ride(
    visitor: Visitor, ada: User, ride: RowKey, row: RowReader, app: Flask
) -> None:
    send_message(visitor, ride)
    with app.app_context():
        grant_role(ada.key, Role.FLEET)
    page = visitor.get(staff_dispute_path(ride)).text
    assert "This is your own ride." in page
    assert 'name="refund"' not in page
    refused = visitor.send(staff_dispute_path(ride), text="For me.", refund="3.50",
                           seen=row(Dispute, ride).changed_at.isoformat())  # fmt: skip
    assert refused.status_code == 409
    assert read_state(row, ride) == ("open", 0)


def test_the_dispute_of_a_deleted_account_stays_and_can_be_closed(
    visitor: Visitor,
    ada: User,
    make_ended_ride: MakeEndedRide,
    staff: Visitor,
    row: RowReader,
    app: Flask,
) -> None:
    free = make_ended_ride(ada.key)
    send_message(visitor, free, "I leave.")
    with app.app_context():
        delete_account(db.session.get(User, tuple(ada.key)))  # type: ignore[arg-type]
    forget_mails(app)
    page = staff.get(staff_dispute_path(free)).text
    assert "The rider has deleted the account, so you can neither refund nor reply." in page
    assert "I leave." in page
    assert "Ada" not in page
    assert send_answer(staff, free, "Left.", close="y").status_code == 303
    assert read_state(row, free) == ("closed", 0)
    assert read_mails(app) == []
    with app.app_context():
        authors = db.session.scalars(select(DisputeMessage.author_id)).all()
    assert None in authors


def test_a_deleted_account_gets_no_refund(
    visitor: Visitor, ride: RowKey, staff: Visitor, row: RowReader, app: Flask
) -> None:
    send_message(visitor, ride)
    update_rows(app, Ride, rider_region=None, rider_id=None)
    assert send_answer(staff, ride, refund="1").status_code == 303
    assert read_state(row, ride) == ("answered", 0)
    with app.app_context():
        assert db.session.scalars(select(WalletEntry.kind)).all() == ["ride"]


# --- what it costs -------------------------------------------------------------------------


def test_pages_are_two_round_trips_and_writing_three(
    visitor: Visitor, ride: RowKey, staff: Visitor, round_trips: Callable[[], int]
) -> None:
    form = {"csrf_token": visitor.token(), "text": "Look.", "nonce": "1"}
    round_trips()
    assert visitor.post(dispute_path(ride), data=form).status_code == 303
    assert round_trips() == 3
    for browser, page in (
        (visitor, dispute_path(ride)),
        (staff, staff_dispute_path(ride)),
        (staff, "/fleet/disputes"),
    ):
        assert browser.get(page).status_code == 200
        assert round_trips() == 2


@pytest.mark.slow
@pytest.mark.postgresql_plans
def test_the_queue_reads_one_page_of_the_index_however_long_it_is(
    ada: User, make_vehicle: VehicleFactory, server: Any, app: Flask
) -> None:
    make_vehicle()
    with app.app_context(), connect_to_fill_tables() as connection:
        connection.execute(text(
            """INSERT INTO rides (region, id, city, vehicle_id, rider_region, rider_id, started_at,
               ended_at)
               SELECT v.region, gen_random_uuid(), v.city, v.id, u.region, u.id, now(), now()
               FROM generate_series(1, 2500) n, vehicles v, users u"""
        ))  # fmt: skip
        connection.execute(text(
            """INSERT INTO disputes (region, ride_id, city, state, refunded, changed_at)
               SELECT region, id, city, 'open', 0, now() - random() * interval '9 days' FROM rides"""
        ))  # fmt: skip
        connection.execute(text("ANALYZE rides"))
        connection.execute(text("ANALYZE disputes"))
    with app.app_context():
        city = catalogue().find("new york")
        assert city
        for state in (DisputeState.OPEN, DisputeState.CLOSED):
            middle = (datetime.now(UTC) - timedelta(days=4), uuid4())
            plan = explain_plan(partial(dispute_queries.list_disputes, city, state, middle))
            assert "ix_disputes_queue" in plan.indexes
            assert plan.most_rows <= 6
