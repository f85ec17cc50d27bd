"""Disputes: riders write about a ride, staff answer and refund."""

import re
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from tests.auth.steps import find_link, new_browser, read_audit_events, read_mails, update_rows
from tests.explain import explain_plan
from tests.factories import PlanFactory, RowReader, UserFactory, VehicleFactory
from tests.ledger_audit import check_ledger
from tests.rides.steps import PRICE, MakeEndedRide, age_ride
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.auth.models import User
from webapp.auth.services.roles import grant_role
from webapp.db.keys import RowKey
from webapp.extensions import db
from webapp.regions.catalogue import catalogue
from webapp.riders.services.account_deletion import delete_account
from webapp.riders.wallet import ledger
from webapp.riders.wallet.models import WalletEntry
from webapp.rides.disputes import queries as lists
from webapp.rides.disputes.enums import DisputeState
from webapp.rides.disputes.models import Dispute, DisputeMessage
from webapp.rides.models import Ride
from webapp.web.roles import Role


@pytest.fixture
def ada(make_user: UserFactory, visitor: Visitor) -> User:
    user: User = make_user("ada")
    visitor.sign_in(user)
    return user


@pytest.fixture
def ride(ada: User, make_ended_ride: MakeEndedRide, make_plan: PlanFactory) -> RowKey:
    """A ride of Ada's in New York that cost $3.50, 58 cents of it tax."""
    make_plan(**PRICE)
    return make_ended_ride(ada.key)


@pytest.fixture
def staff(app: Flask, make_user: UserFactory) -> Visitor:
    return new_browser(app).sign_in(make_user("sue", roles={"fleet": ["new york"]}))


def path(ride: RowKey) -> str:
    return f"/rides/{ride}/dispute"


def desk(ride: RowKey) -> str:
    return f"/fleet/disputes/{ride}"


def write(
    visitor: Visitor, ride: RowKey, words: str = "It never unlocked.", nonce: str = ""
) -> Any:
    return visitor.send(path(ride), text=words, nonce=nonce or words)


def answer(staff: Visitor, ride: RowKey, words: str = "Sorry.", **fields: str) -> Any:
    """Answer in the form that the page has now."""
    page = staff.get(desk(ride)).text
    hidden = dict(re.findall(r'name="(nonce|seen)" type="hidden" value="([^"]*)"', page))
    return staff.send(desk(ride), **{**hidden, "text": words, **fields})


def messages(app: Flask) -> list[tuple[str, bool, int]]:
    with app.app_context():
        found = db.session.scalars(select(DisputeMessage).order_by(DisputeMessage.at)).all()
    return [(each.text, each.by_staff, each.refund) for each in found]


def state(row: RowReader, ride: RowKey) -> tuple[str, int]:
    found = row(Dispute, ride)
    return found.state, found.refunded


# --- asking --------------------------------------------------------------------------------


def test_a_message_opens_a_dispute_that_its_rider_can_read(
    visitor: Visitor, ada: User, ride: RowKey, row: RowReader, app: Flask
) -> None:
    assert "Tell us what happened." in visitor.get(path(ride)).text
    sent = write(visitor, ride, " It never unlocked.\r\nReally. ")
    assert sent.location == path(ride)
    assert state(row, ride) == ("open", 0)
    assert row(Dispute, ride).city == "new york"
    page = visitor.get(path(ride)).text
    assert "It never unlocked.\nReally." in page
    assert "<strong>You</strong>" in page
    assert "We are looking at it" in page
    assert "Messages about this ride" in visitor.get(f"/rides/{ride}").text
    (event,) = read_audit_events(app, AuditKind.DISPUTE_OPENED)
    assert (event.actor, event.subject, event.details) == (ada.key, f"ride {ride}", {})


def test_the_same_form_twice_is_one_message_and_a_new_form_is_another(
    visitor: Visitor, ride: RowKey, app: Flask
) -> None:
    for nonce in ("a", "a", "b"):
        assert write(visitor, ride, "Look.", nonce).status_code == 303
    assert len(messages(app)) == 2
    assert len(read_audit_events(app, AuditKind.DISPUTE_OPENED)) == 2


def test_the_form_of_one_ride_writes_nothing_about_another(
    visitor: Visitor, ada: User, make_ended_ride: MakeEndedRide, app: Flask
) -> None:
    for each in (make_ended_ride(ada.key), make_ended_ride(ada.key)):
        write(visitor, each, "Look.", "the same")
    assert len(messages(app)) == 2


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("", "Please fill this in."),
        ("  \r\n ", "Please fill this in."),
        ("x" * 2001, "2000 characters at most"),
        ("a\x00b", "cannot be shown"),
    ],
)
def test_an_invalid_message_is_refused_beside_the_field(
    visitor: Visitor, ride: RowKey, app: Flask, words: str, message: str
) -> None:
    refused = visitor.send(path(ride), text=words, nonce="1")
    assert (refused.status_code, messages(app)) == (422, [])
    assert message in refused.text


@pytest.mark.parametrize(("days", "status"), [(29.9, 303), (30.1, 409)])
def test_a_ride_can_be_disputed_for_thirty_days(
    visitor: Visitor, ride: RowKey, app: Flask, days: float, status: int
) -> None:
    age_ride(app, ride, days)
    assert ("looked at" in visitor.get(f"/rides/{ride}").text) is (status == 303)
    assert ("30 days" in visitor.get(path(ride)).text) is (status == 409)
    refused = write(visitor, ride, "My words.")
    assert refused.status_code == status
    assert len(messages(app)) == (status == 303)
    if status == 409:
        assert "30 days" in refused.text
        assert "My words." in refused.text, "what was typed is kept"


def test_after_thirty_days_a_dispute_can_still_be_read(
    visitor: Visitor, ride: RowKey, app: Flask
) -> None:
    write(visitor, ride)
    age_ride(app, ride, 31)
    assert "It never unlocked." in visitor.get(path(ride)).text
    assert f'href="{path(ride)}"' in visitor.get(f"/rides/{ride}").text


def test_an_open_ride_cannot_be_disputed(
    visitor: Visitor, ada: User, make_vehicle: VehicleFactory, app: Flask
) -> None:
    page = visitor.send(f"/rides/start/{make_vehicle().public_key}").location
    assert visitor.get(f"{page}/dispute").location == page
    assert visitor.send(f"{page}/dispute", text="Hm.", nonce="1").location == page
    assert messages(app) == []


def test_anothers_ride_is_not_found(
    visitor: Visitor, ride: RowKey, make_user: UserFactory, app: Flask
) -> None:
    eve = new_browser(app).sign_in(make_user("eve"))
    assert eve.get(path(ride)).status_code == 404
    assert write(eve, ride).status_code == 404
    write(visitor, ride)
    assert eve.get(path(ride)).status_code == 404
    assert write(eve, ride, "Me too.").status_code == 404
    assert len(messages(app)) == 1


def test_a_ride_whose_city_has_moved_is_disputed_from_an_old_page(
    visitor: Visitor, ride: RowKey, app: Flask
) -> None:
    assert write(visitor, RowKey("us-west1", ride.id)).status_code == 303
    assert len(messages(app)) == 1


def test_a_rider_writes_at_most_ten_messages_a_day(
    visitor: Visitor, ride: RowKey, app: Flask
) -> None:
    for n in range(10):
        assert write(visitor, ride, f"Number {n}").status_code == 303
    refused = write(visitor, ride, "Number 10")
    assert refused.status_code == 429
    assert "Too many tries" in refused.text
    assert "Number 10</textarea>" in refused.text
    assert len(messages(app)) == 10


# --- the desk ------------------------------------------------------------------------------


def test_staff_see_the_oldest_dispute_first_and_only_their_cities(
    visitor: Visitor, ada: User, make_ended_ride: MakeEndedRide, staff: Visitor, app: Flask
) -> None:
    assert "Nothing waits for you here" in staff.get("/fleet/disputes").text
    rides = [make_ended_ride(ada.key) for _ in range(7)]
    elsewhere = make_ended_ride(ada.key, "boston")
    for n, each in enumerate([*rides, elsewhere]):
        write(visitor, each)
        update_rows(app, Dispute, Dispute.ride_id == each.id,
               changed_at=Dispute.changed_at - timedelta(hours=n))  # fmt: skip
    shown, after = [], "/fleet/disputes?city=new+york&state=open"
    while after:
        page = staff.get(after).text
        shown += re.findall(r'href="/fleet/disputes/([^"?]+)"', page)
        found = re.search(r'rel="next" href="([^"]+)"', page)
        after = found[1].replace("&amp;", "&") if found else ""
    assert shown == [str(each) for each in reversed(rides)]
    assert staff.get("/fleet/disputes?city=boston").status_code == 404
    assert staff.get("/fleet/disputes?state=nonsense").status_code == 404
    assert "No dispute in this state" in staff.get("/fleet/disputes?state=closed").text
    assert 'href="/fleet/disputes"' in staff.get("/").text
    assert 'href="/fleet/disputes"' not in visitor.get("/").text


def test_staff_see_the_ride_and_only_the_first_name_of_its_rider(
    visitor: Visitor, ride: RowKey, staff: Visitor
) -> None:
    write(visitor, ride, "<b>Too much</b>")
    page = staff.get(desk(ride)).text
    for words in ("About a ride of Ada", "&lt;b&gt;Too much&lt;/b&gt;", "By the fountain", "$3.50",
                  "10 × $0.25 a minute", "Up to $3.50"):  # fmt: skip
        assert words in page, words
    for secret in ("Lovelace", "ada@example.org"):
        assert secret not in page


def test_staff_of_another_city_see_no_dispute(
    visitor: Visitor, ride: RowKey, make_user: UserFactory, app: Flask
) -> None:
    write(visitor, ride)
    paul = new_browser(app).sign_in(make_user("paul", "paris", roles={"fleet": ["paris"]}))
    assert paul.get(desk(ride)).status_code == 404
    assert paul.send(desk(ride), text="Hm.").status_code == 404
    assert paul.get("/fleet/disputes?city=new+york").status_code == 404
    assert visitor.get(desk(ride)).status_code == 403


def test_a_ride_without_a_dispute_is_not_found_by_staff(ride: RowKey, staff: Visitor) -> None:
    assert staff.get(desk(ride)).status_code == 404


# --- answering -----------------------------------------------------------------------------


def test_an_answer_is_shown_mailed_and_in_the_audit_trail(
    visitor: Visitor, ride: RowKey, staff: Visitor, row: RowReader, app: Flask
) -> None:
    write(visitor, ride)
    app.extensions["mailman"].outbox.clear()
    assert answer(staff, ride, "We have looked <at> it.").location == desk(ride)
    assert state(row, ride) == ("answered", 0)
    page = visitor.get(path(ride)).text
    assert "We have looked &lt;at&gt; it." in page
    assert "<strong>MovR</strong>" in page
    assert "We have answered" in page
    (letter,) = read_mails(app, "ada@example.org")
    assert "We have looked <at> it." in letter.body
    assert "We have looked &lt;at&gt; it." in letter.alternatives[0][0]
    assert "Hello Ada" in letter.body
    assert find_link(letter) == path(ride)
    assert "back into your wallet" not in letter.body
    (event,) = read_audit_events(app, AuditKind.DISPUTE_ANSWERED)
    assert (event.subject, event.details) == (f"ride {ride}", {"state": "answered"})
    assert event.actor is not None


def test_a_refund_is_in_the_dispute_the_mail_the_receipt_the_ledger_and_the_audit_trail(
    visitor: Visitor, ada: User, ride: RowKey, staff: Visitor, row: RowReader, app: Flask
) -> None:
    write(visitor, ride)
    app.extensions["mailman"].outbox.clear()
    assert answer(staff, ride, refund="2.00").status_code == 303
    assert state(row, ride) == ("answered", 200)
    assert messages(app)[-1] == ("Sorry.", True, 200)
    assert "$2.00 given back" in visitor.get(path(ride)).text
    receipt = visitor.get(f"/rides/{ride}").text
    assert "-$2.00" in receipt
    assert "$1.50" in receipt
    (letter,) = read_mails(app)
    assert "We have put $2.00 back into your wallet." in letter.body
    with app.app_context():
        assert ledger.read_balances(ada.key) == {"USD": -150}
        check_ledger(db.session.connection())
    (event,) = read_audit_events(app, AuditKind.REFUNDED)
    assert event.details == {"state": "answered", "amount": 200, "currency": "USD"}
    assert read_audit_events(app, AuditKind.DISPUTE_ANSWERED) == []
    assert "Up to $1.50" in staff.get(desk(ride)).text


def test_refunding_the_whole_price_refunds_the_whole_tax(
    visitor: Visitor, ada: User, ride: RowKey, staff: Visitor, row: RowReader, app: Flask
) -> None:
    write(visitor, ride)
    for amount in ("1.00", "0.01", "2.49"):
        assert answer(staff, ride, refund=amount).status_code == 303
    assert state(row, ride) == ("answered", 350)
    with app.app_context():
        assert ledger.read_balances(ada.key) == {"USD": 0}
        by_account = db.session.execute(
            text("SELECT account, sum(amount) FROM wallet_lines GROUP BY account")
        )
        assert {account: int(total) for account, total in by_account} == {
            "rider": 0, "revenue": 0, "tax": 0,
        }  # fmt: skip
        check_ledger(db.session.connection())
    assert 'name="refund"' not in staff.get(desk(ride)).text


@pytest.mark.parametrize(
    ("amount", "message"),
    [
        ("3.51", "That is more than is left of the price: $3.50 at most."),
        ("-1", "That is too little"),
        ("much", "That is no amount"),
        ("0.001", "The smallest amount is"),
    ],
)
def test_an_invalid_refund_is_refused_beside_its_field(
    visitor: Visitor, ride: RowKey, staff: Visitor, row: RowReader, app: Flask,
    amount: str, message: str,
) -> None:  # fmt: skip
    write(visitor, ride)
    refused = answer(staff, ride, "My words.", refund=amount)
    assert refused.status_code == 422
    assert message in refused.text
    assert "My words.</textarea>" in refused.text
    assert f'value="{amount}"' in refused.text
    assert state(row, ride) == ("open", 0)


def test_an_empty_refund_and_a_refund_of_zero_are_none(
    visitor: Visitor, ride: RowKey, staff: Visitor, row: RowReader
) -> None:
    write(visitor, ride)
    for amount in ("", "0", "0.00"):
        assert answer(staff, ride, refund=amount).status_code == 303
    assert state(row, ride) == ("answered", 0)


def test_a_free_ride_has_no_refund(
    visitor: Visitor, ada: User, make_ended_ride: MakeEndedRide, staff: Visitor, row: RowReader
) -> None:
    free = make_ended_ride(ada.key)
    write(visitor, free)
    assert 'name="refund"' not in staff.get(desk(free)).text
    assert answer(staff, free, refund="5").status_code == 303
    assert state(row, free) == ("answered", 0)


def test_the_same_answer_twice_refunds_once(
    visitor: Visitor, ride: RowKey, staff: Visitor, row: RowReader, app: Flask
) -> None:
    write(visitor, ride)
    page = staff.get(desk(ride)).text
    hidden = dict(re.findall(r'name="(nonce|seen)" type="hidden" value="([^"]*)"', page))
    app.extensions["mailman"].outbox.clear()
    for _ in range(2):
        sent = staff.send(desk(ride), **hidden, text="Sorry.", refund="1.00")
        assert sent.status_code == 303
    assert state(row, ride) == ("answered", 100)
    assert (
        len(messages(app)),
        len(read_mails(app)),
        len(read_audit_events(app, AuditKind.REFUNDED)),
    ) == (2, 1, 1)


def test_no_refund_is_recorded_without_its_ledger_entry(
    visitor: Visitor, ride: RowKey, staff: Visitor, row: RowReader, app: Flask
) -> None:
    """An old form that is sent with what a new page has seen: it has been answered already."""
    write(visitor, ride)
    page = staff.get(desk(ride)).text
    hidden = dict(re.findall(r'name="(nonce|seen)" type="hidden" value="([^"]*)"', page))
    staff.send(desk(ride), **hidden, text="Sorry.", refund="0.30")
    again = staff.get(desk(ride)).text
    seen = dict(re.findall(r'name="(nonce|seen)" type="hidden" value="([^"]*)"', again))
    assert seen["nonce"] != hidden["nonce"]
    staff.send(desk(ride), nonce=hidden["nonce"], seen=seen["seen"], text="More.", refund="0.40")
    assert state(row, ride) == ("answered", 30)
    with app.app_context(), db.engines["write"].connect() as connection:
        check_ledger(connection)


def test_an_answer_to_a_dispute_that_has_changed_is_refused(
    visitor: Visitor, ride: RowKey, staff: Visitor, row: RowReader, app: Flask
) -> None:
    write(visitor, ride)
    page = staff.get(desk(ride)).text
    hidden = dict(re.findall(r'name="(nonce|seen)" type="hidden" value="([^"]*)"', page))
    write(visitor, ride, "It was found: forget it.")
    refused = staff.send(desk(ride), **hidden, text="Here you are.", refund="3.50")
    assert refused.status_code == 409
    for words in (
        "Something was written since",
        "It was found: forget it.",
        "Here you are.",
        "3.50",
    ):
        assert words in refused.text
    assert state(row, ride) == ("open", 0)
    for seen in ("", "nonsense", "2026-07-01"):
        stale = staff.send(desk(ride), **{**hidden, "seen": seen}, text="Here you are.")
        assert stale.status_code == 409


def test_a_closed_dispute_can_be_read_and_only_staff_open_it_again(
    visitor: Visitor, ride: RowKey, staff: Visitor, row: RowReader, app: Flask
) -> None:
    write(visitor, ride)
    app.extensions["mailman"].outbox.clear()
    assert answer(staff, ride, "No.", close="y").status_code == 303
    assert state(row, ride) == ("closed", 0)
    assert "With this we have closed it." in read_mails(app)[0].body
    page = visitor.get(path(ride)).text
    assert "our last word" in page
    assert 'name="text"' not in page
    refused = write(visitor, ride, "But!")
    assert refused.status_code == 409
    assert "But!</textarea>" in refused.text
    assert state(row, ride) == ("closed", 0)
    answer(staff, ride, "We were wrong.", refund="1")
    assert state(row, ride) == ("answered", 100)
    assert write(visitor, ride, "Thanks.").status_code == 303
    assert state(row, ride) == ("open", 100)


def test_staff_cannot_answer_about_their_own_ride(
    visitor: Visitor, ada: User, ride: RowKey, row: RowReader, app: Flask
) -> None:
    write(visitor, ride)
    with app.app_context():
        grant_role(ada.key, Role.FLEET)
    page = visitor.get(desk(ride)).text
    assert "This is your own ride." in page
    assert 'name="refund"' not in page
    refused = visitor.send(desk(ride), text="For me.", refund="3.50",
                           seen=row(Dispute, ride).changed_at.isoformat())  # fmt: skip
    assert refused.status_code == 409
    assert state(row, ride) == ("open", 0)


def test_the_dispute_of_a_deleted_account_stays_and_can_be_closed(
    visitor: Visitor,
    ada: User,
    make_ended_ride: MakeEndedRide,
    staff: Visitor,
    row: RowReader,
    app: Flask,
) -> None:
    free = make_ended_ride(ada.key)
    write(visitor, free, "I leave.")
    with app.app_context():
        delete_account(db.session.get(User, tuple(ada.key)))  # type: ignore[arg-type]
    app.extensions["mailman"].outbox.clear()
    page = staff.get(desk(free)).text
    assert "The rider has left MovR" in page
    assert "I leave." in page
    assert "Ada" not in page
    assert answer(staff, free, "Left.", close="y").status_code == 303
    assert state(row, free) == ("closed", 0)
    assert read_mails(app) == []
    with app.app_context():
        authors = db.session.scalars(select(DisputeMessage.author_id)).all()
    assert None in authors


def test_a_deleted_account_gets_no_refund(
    visitor: Visitor, ride: RowKey, staff: Visitor, row: RowReader, app: Flask
) -> None:
    write(visitor, ride)
    update_rows(app, Ride, rider_region=None, rider_id=None)
    assert answer(staff, ride, refund="1").status_code == 303
    assert state(row, ride) == ("answered", 0)
    with app.app_context():
        assert db.session.scalars(select(WalletEntry.kind)).all() == ["ride"]


# --- what it costs -------------------------------------------------------------------------


def test_pages_are_two_round_trips_and_writing_three(
    visitor: Visitor, ride: RowKey, staff: Visitor, round_trips: Callable[[], int]
) -> None:
    form = {"csrf_token": visitor.token(), "text": "Look.", "nonce": "1"}
    round_trips()
    assert visitor.post(path(ride), data=form).status_code == 303
    assert round_trips() == 3
    for who, page in ((visitor, path(ride)), (staff, desk(ride)), (staff, "/fleet/disputes")):
        assert who.get(page).status_code == 200
        assert round_trips() == 2


def test_the_queue_reads_one_page_of_the_index_however_long_it_is(
    ada: User, make_vehicle: VehicleFactory, server: Any, app: Flask
) -> None:
    if server.get_backend_name() != "postgresql":
        pytest.skip("reads PostgreSQL's plans")
    make_vehicle()
    with app.app_context(), db.engines["write"].begin() as connection:
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
            plan = explain_plan(partial(lists.list_disputes, city, state, None))
            assert "ix_disputes_queue" in plan.indexes
            assert "Sort" not in plan.nodes
            assert plan.most_rows <= 6
