"""Every mail with its values, and steps of the tests of mail."""

from email import message_from_bytes, policy
from typing import Any

from flask import current_app

from tests.job_steps import run_jobs
from webapp import mail
from webapp.db.transactions import execute_write
from webapp.ops.jobs.running import JobOutcome

LINK = "http://localhost/account/confirm?a=1&token=s3cret-t0ken"
#: Every template and what it is given besides the name.
MAILS: dict[str, dict[str, str]] = {
    "confirm_email": {"link": LINK},
    "reset_password": {"link": LINK},
    "password_changed": {},
    "new_device": {
        "device": "Firefox on Linux",
        "place": "New York",
        "when": "4 Mar 2027, 09:12",
        "link": LINK,
    },
    "wrong_second_factor": {
        "device": "Firefox on Linux",
        "place": "New York",
        "when": "4 Mar 2027, 09:12",
        "link": LINK,
    },
    "change_email_old": {"address": "new@example.org", "link": LINK},
    "change_email_new": {"link": LINK},
    "email_changed": {"address": "new@example.org"},
    "address_taken": {"link": LINK, "reset_link": "http://localhost/reset"},
    "account_deleted": {},
    "second_factor_on": {},
    "second_factor_off": {},
    "recovery_codes_made": {"number_of_codes": "10"},
    "api_token_created": {"token": "Home server", "link": LINK},
    "app_access_given": {"app": "Trip planner", "link": LINK},
    "identity_linked": {"provider": "Example"},
    "passkey_added": {"passkey_name": "My phone"},
    "passkey_removed": {"passkey_name": "My phone"},
    "scheduled_export": {
        "table": "Rides",
        "city": "New York",
        "first_day": "2026-11-23",
        "last_day": "2026-11-29",
        "link": LINK,
    },
    "data_export_failed": {"link": LINK},
    "data_export_ready": {"link": LINK},
    "reservation_withdrawn": {"vehicle": "Okai scooter", "refund": "$1.00", "link": LINK},
    "vehicle_received": {"vehicle": "Okai scooter", "link": LINK},
    "vehicle_given_away": {"vehicle": "Okai scooter"},
    "saved_vehicle_free": {"vehicle": "Okai scooter", "link": LINK},
    "long_ride": {
        "vehicle": "Okai scooter",
        "duration": "2 h 05 min",
        "price": "$32.50",
        "link": LINK,
    },
    "reminder_time": {
        "time": "17:00",
        "vehicle": "Okai scooter",
        "duration": "16 min",
        "price": "$5.00",
        "link": LINK,
    },
    "reminder_price": {
        "vehicle": "Okai scooter",
        "duration": "16 min",
        "price": "$5.00",
        "link": LINK,
    },
    "digest_rider": {
        "first_day": "23 November",
        "last_day": "29 November",
        "rides": "12",
        "rides_before": "9",
        "amount": "$31.50",
        "amount_before": "$20.00",
        "distance": "14 km",
        "distance_before": "8 km",
        "link": LINK,
        "unsubscribe_link": LINK + "2",
    },
    "digest_owner": {
        "first_day": "23 November",
        "last_day": "29 November",
        "rides": "12",
        "rides_before": "9",
        "amount": "$31.50",
        "amount_before": "$20.00",
        "reports": "3",
        "link": LINK,
        "unsubscribe_link": LINK + "2",
    },
    "rides_overdue": {"city": "New York", "number": "2", "duration": "72 h", "link": LINK},
    "owner_payout_reversed": {
        "amount": "$10.50",
        "reference": "MovR 2026-07",
        "reason": "Account closed",
        "link": LINK,
    },
    "vehicle_offered": {"owner": "Olga", "link": LINK},
    "vehicle_offer_withdrawn": {"owner": "Olga"},
    "vehicle_offer_declined": {"address": "omar@example.org", "link": LINK},
    "revenue_share": {
        "city": "New York",
        "share": "25%",
        "share_before": "20%",
        "moment": "1 Aug 2026, 00:00",
        "why": "Contract 8",
        "link": LINK,
    },
    "owner_paid": {"amount": "$10.50", "reference": "MovR 2026-07", "link": LINK},
    "credit_given": {"amount": "$5.00", "note": "Sorry", "link": LINK},
    "credit_taken": {"amount": "$5.00", "note": "A mistake", "link": LINK},
    "report_answered": {"link": LINK},
    "rider_blocked": {"reason": "Left it in the rain", "link": LINK},
    "photo_removed": {"why": "Shows somebody else", "link": LINK},
    "comment_hidden": {"link": LINK},
    "server_error": {
        "error": "KeyError",
        "place": "webapp/rides/queries.py:12 find_ride",
        "where": "/rides",
        "server_region": "us-east1",
        "request_id": "2b1f0b0e-0000-4000-8000-000000000000",
        "traceback": "Traceback (most recent call last): KeyError",
    },
}


def send(
    template: str = "password_changed",
    to: str = "ada@example.org",
    name: str = "Ada",
    **values: str,
) -> list[JobOutcome]:
    """Write a mail, and run its job once; return what became of it."""
    notice = mail.mail_statement(
        template,
        mail.Recipient(to, name),
        kind=mail.MAIL,
        region=None,
        after=None,
        job_id=None,
        **{**MAILS[template], **values},
    )
    execute_write(notice)
    return run_jobs(current_app._get_current_object())  # type: ignore[attr-defined]


def parts(letter: Any) -> tuple[str, str]:
    """Return the text and the HTML of a mail, as they arrive."""
    arrived: Any = message_from_bytes(letter.message().as_bytes(), policy=policy.default)
    both = (arrived.get_body(["plain"]), arrived.get_body(["html"]))
    return both[0].get_content(), both[1].get_content()
