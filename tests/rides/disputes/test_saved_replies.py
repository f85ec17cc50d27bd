"""Saved replies in the answer to a dispute."""

import re
from html import unescape

from flask import Flask

from tests.factories import RowReader, UserFactory
from tests.rides.disputes.steps import send_message, staff_dispute_path
from tests.visitor import Visitor
from webapp.db.keys import RowKey
from webapp.fleet.saved_replies.services import ReplyData, add_reply
from webapp.rides.disputes.models import Dispute


def test_a_saved_reply_fills_the_answer_and_keeps_refund_and_nonce(
    app: Flask,
    visitor: Visitor,
    staff: Visitor,
    ride: RowKey,
    make_user: UserFactory,
    row: RowReader,
) -> None:
    admin = make_user("root", roles=["admin"])
    for queue in ("disputes", "reports"):
        reply = ReplyData(queue, "en", queue, "Hello {first_name}, about your ride in {city}.")
        with app.app_context():
            add_reply(admin, queue, None, reply)
    send_message(visitor, ride)
    page = staff.get(staff_dispute_path(ride)).text
    ((reply_id, text),) = re.findall(r'data-text="([^"]*)" value="([^"]*)"', page)
    filled = unescape(text if "Hello" in text else reply_id)
    assert re.fullmatch(r"Hello \w+, about your ride in New York\.", filled)
    chosen = {"saved_reply": reply_id if "Hello" in text else text, "use_reply": "Use"}
    typed = {"text": "Dear rider,", "refund": "oops", "close": "y"}
    shown = staff.send(staff_dispute_path(ride), **chosen, **typed)
    assert shown.status_code == 200
    assert f"Dear rider,\n\n{filled}" in unescape(shown.text).replace("\r\n", "\n")
    assert 'value="oops"' in shown.text
    assert re.search(r"<input checked[^>]* name=\"close\"", shown.text)
    assert row(Dispute, ride).state == "open"


def test_the_language_of_the_browser_is_kept_with_a_dispute(
    visitor: Visitor, ride: RowKey, row: RowReader
) -> None:
    data = {"text": "Too long.", "nonce": "n", "csrf_token": visitor.token()}
    headers = {"Accept-Language": "de-AT,en;q=0.5"}
    visitor.open(f"/rides/{ride}/dispute", method="POST", data=data, headers=headers)
    assert row(Dispute, ride).language == "de"
