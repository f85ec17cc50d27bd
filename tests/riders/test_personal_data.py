"""The personal data export: complete, without data of others, and without secrets."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import ColumnElement, Table, insert, select

from tests.factories import UserFactory, VehicleFactory
from tests.riders.export_steps import export_csv, export_json, export_sections, section_names
from tests.visitor import Visitor
from webapp.audit.enums import AuditKind
from webapp.audit.models import AuditEvent
from webapp.audit.writing import audit_subject
from webapp.auth.models import EmailLink, Identity, RecoveryCode, SecondFactor, User
from webapp.auth.passkeys.models import Passkey
from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.extensions import db
from webapp.jobs.models import Job
from webapp.mail import mail_statement
from webapp.regions.data_regions import data_regions_cache
from webapp.riders.models import Profile
from webapp.riders.phones.models import PhoneNumber
from webapp.riders.services.account_deletion import delete_account
from webapp.rides.models import Ride

#: Tables with an account's key that are not in the copy, and why.
NOT_EXPORTED = {
    "wallet_balances": "the sums of the amounts of the ledger, which is exported",
    "recovery_codes": "only digests of codes",
    "owner_months": "the sums of the earnings, which are exported",
    "zone_versions": "the zones of a city; the events have what staff did",
    "open_rides": "the key of a ride, which is exported among the rides",
    "vehicle_import_rows": "a file that the person has, for SWEEP_AFTER_DAYS vehicle_imports",
    "data_export_parts": "this very copy, when it was made for an account with many rows",
}
#: Tables without an account's key that belong to rows with one.
PARTS_OF_OTHER_TABLES = {
    "notice_texts",
    "ride_paths",
    "ride_reminders",
    "report_photos",
    "task_parts",
    "task_photos",
    "vehicle_import_rows",
    "data_export_parts",
}
#: Columns that are not in the copy, and why; keys that only tie rows together are none of these.
COLUMNS_NOT_EXPORTED = {
    ("account_notes", "author_id"): "is about the colleague who wrote it",
    ("push_subscriptions", "ciphertext"): "lets others send messages to the device",
    ("follows", "notified_at"): "would tell which follows are of the same owner",
    ("users", "password_hash"): "gives access to the account",
    ("users", "deleted_at"): "from then on nobody can sign in and export anything",
    ("second_factors", "secret"): "gives access to the account",
    ("second_factors", "last_step"): "a counter that only the check of codes needs",
    ("phone_numbers", "code_digest"): "of a code that confirms the number",
    ("phone_numbers", "code_expires_at"): "of the same code",
    ("phone_numbers", "attempts"): "a counter that only the check of codes needs",
    ("passkeys", "credential_id"): "a random number, by which a browser finds its passkey",
    ("passkeys", "public_key"): "a random number, to verify signatures with",
    ("email_links", "digest"): "of a link that gives access to the account",
    ("api_tokens", "digest"): "of a token that gives access to the account",
    ("idempotency_keys", "digest"): "recognises a request that is sent again",
    ("idempotency_keys", "fingerprint"): "recognises a request that is sent again",
    **{
        ("oauth_token_families", column): "of a sign-in of an app, which gives access"
        for column in ("code_digest", "code_challenge", "refresh_digest", "previous_digest")
    },
    ("oauth_token_families", "redirect_uri"): "an address of the app",
    ("login_sessions", "device"): "the value of a cookie",
    ("events", "request_id"): "an id of the server's log",
    ("events", "city"): "where staff acted",
    **{
        ("jobs", column): "how workers share the work"
        for column in (
            "priority",
            "attempts",
            "worker",
            "last_error",
            "done_at",
            "failed_at",
            "request_id",
            "trace",
        )
    },
    **{
        ("data_exports", column): "how far the worker is"
        for column in ("worker", "changed_at", "file_count", "row_count", "part_count")
    },
    ("jobs", "payload"): "the mail, as it is sent",
    ("jobs", "account_id"): "the person's own key",
    ("vehicle_offers", "digest"): "of a link that gives a vehicle away",
    ("vehicle_imports", "file_hash"): "recognises a file that the person has",
    ("vehicles", "cell"): "lat and lon once more",
    ("vehicles", "words"): "brand, colour and address once more",
    ("vehicles", "search_words"): "the same without accents",
    ("vehicles", "public_id"): "a public id until the next ride",
    ("vehicles", "reserved_until"): "is about the rider who reserved it",
    ("vehicles", "reservation_id"): "is about the rider who reserved it",
    ("vehicles", "free_reserved_on"): "is about the riders who reserved it",
    ("vehicles", "free_reserved_min"): "is about the riders who reserved it",
    ("vehicles", "event_count"): "how many events it has",
    ("vehicles", "event_state"): "the state once more",
    ("vehicle_events", "action_id"): "recognises an action that is sent again",
    ("vehicle_events", "compacted_count"): "how many old events were deleted",
    ("vehicles", "state_changed_at"): "a time that only staff need",
    ("vehicles", "out_of_service_reason"): "what staff do, not about the owner",
    ("vehicles", "picked_up_at"): "what staff do, not about the owner",
    ("vehicles", "reported_at"): "what a feed says of the vehicle, not about the owner",
    ("vehicles", "observed_at"): "when staff or a feed looked at the vehicle",
    ("vehicle_events", "actor_region"): "the person's own key",
    ("vehicle_events", "actor_id"): "the person's own key",
    ("vehicle_events", "recorded_at"): "when it was noticed: at once, if a person did it",
    ("vehicle_events", "lat"): "is about the vehicle",
    ("vehicle_events", "lon"): "is about the vehicle",
    ("vehicle_events", "battery_percent"): "is about the vehicle",
    ("vehicle_events", "ride_id"): "is about the rider",
    ("vehicle_events", "cause"): "the person, as an owner or as staff",
    ("vehicles", "changed_at"): "a time that only maps need",
    ("vehicles", "counted_as"): "how the board counts it",
    ("vehicles", "counted_cell"): "where the map of staff counts it",
    ("rides", "rider_id"): "the person's own key",
    ("rider_blocks", "rider_id"): "is about the rider, if the person is the owner",
    ("rider_blocks", "ride_region"): "is about the rider",
    ("rider_blocks", "ride_id"): "is about the rider",
    ("follows", "rider_id"): "the person's own key",
    ("follows", "owner_id"): "is about the owner",
    ("follows", "cell"): "where the point is in the grid",
    ("ride_reminders", "job_id"): "how the mail finds it",
    ("wallet_entries", "rider_id"): "the person's own key",
    ("wallet_lines", "rider_id"): "the person's own key",
    ("wallet_lines", "in_balance"): "how the balance is stored",
    ("payments", "rider_id"): "the person's own key",
    ("owner_entries", "ride_id"): "is about the rider",
    ("owner_entries", "at"): "is about the rider: when the ride ended",
    ("reports", "reporter_id"): "the person's own key",
    ("reservations", "rider_id"): "the person's own key",
    ("saved_vehicles", "rider_id"): "the person's own key",
    ("saved_vehicles", "vehicle_id"): "the internal id; the page of favourites shows the vehicle",
    ("saved_places", "rider_id"): "the person's own key",
    ("reports", "vehicle_id"): "would let the reporter follow the vehicle",
    ("text_versions", "author_id"): "the person's own key",
    ("notices", "author_id"): "the person's own key",
    ("notice_comments", "rider_id"): "the person's own key",
    ("notice_comments", "flag_count"): "what others did",
    ("comment_flags", "rider_id"): "the person's own key",
    ("dispute_messages", "author_id"): "the person's own key, or that of staff",
    ("profile_photos", "photo_id"): "a part of its address",
    ("profile_photos", "large"): "a picture, on the profile",
    ("profile_photos", "small"): "a picture, on the profile",
    ("report_photos", "content"): "a picture, on the page of its report",
    ("task_photos", "content"): "a picture, on the page of its task",
    ("tasks", "last_change_id"): "how an act that is sent twice is found",
}
KEYS = {"region", "id", "author_region", "user_id", "owner_region", "owner_id", "rider_region", "actor_region", "actor_id", "reporter_region", "account_region", "assignee_region", "assignee_id", "creator_region", "creator_id"}  # fmt: skip


@pytest.fixture
def ada(make_user: UserFactory) -> User:
    return make_user("ada", roles={"owner": None, "fleet": ["paris"]})


@pytest.fixture
def add_rows_for(app: Flask, make_vehicle: VehicleFactory) -> Callable[[User], None]:
    """Give a person rows in each section, in several regions."""

    def add_rows(user: User) -> None:
        owner = {"region": user.region, "user_id": user.id}
        key, now = user.key, datetime.now(UTC)
        name = user.username
        make_vehicle(owner=user, brand=f"brand of {name}")
        ridden = make_vehicle("paris")
        rows: list[tuple[Any, dict[str, Any]]] = [
            (Profile, {**owner, "about": f"about {name}"}),
            (Identity, {**owner, "id": uuid4(), "issuer": "https://issuer.test", "subject": name,
                        "email": f"{name}@issuer.test"}),
            (SecondFactor, {**owner, "secret": f"secret of {name}", "confirmed_at": now}),
            (RecoveryCode, {**owner, "digest": f"digest of {name}"}),
            (PhoneNumber, {**owner, "number": f"+49 of {name}", "code_expires_at": now}),
            (Passkey, {**owner, "id": uuid4(), "credential_id": name, "public_key": b"",
                       "sign_count": 0, "name": f"phone of {name}"}),
            (Job, {"region": "europe-west1", "id": uuid4(), "kind": f"kind of {name}", "payload": {},
                   "priority": 1, "account_region": key.region, "account_id": key.id}),
            (EmailLink, {**owner, "digest": f"link of {name}", "purpose": "reset", "expires_at": now,
                         "email": f"{name}@link.test"}),
            (Ride, {"region": "europe-west1", "id": uuid4(), "city": "paris",
                    "vehicle_id": ridden.id, "rider_region": key.region, "rider_id": key.id,
                    "start_address": f"start of {name}", "ended_at": now + timedelta(hours=1)}),
        ]  # fmt: skip
        for region in ("us-east1", "europe-west1"):
            rows.append(
                (AuditEvent, event_row(region, key, audit_subject("account", key), f"by {name}"))
            )
        with app.app_context(), db.engines["write"].begin() as connection:
            for model, row in rows:
                connection.execute(insert(table(model)).values(row))

    return add_rows


def event_row(
    region: str, actor: RowKey | None, about: str | ColumnElement[str] | None, address: str
) -> dict[str, Any]:
    return {
        "region": region,
        "id": uuid4(),
        "kind": AuditKind.SIGNED_IN.value,
        "actor_region": actor.region if actor else None,
        "actor_id": actor.id if actor else None,
        "subject": about,
        "address": address,
        "details": {},
    }


# --- content --------------------------------------------------------------------------------


def test_the_json_file_has_every_section_from_all_regions(
    visitor: Visitor, app: Flask, ada: User, add_rows_for: Callable[[User], None]
) -> None:
    add_rows_for(ada)
    export = export_json(visitor.sign_in(ada))
    assert list(export) == section_names(app)
    assert [account["email"] for account in export["account"]] == ["ada@example.org"]
    assert export["profile"] == [
        {
            "about": "about ada",
            "shown_to_riders": True,
            "shows_last_active": False,
            "shows_ride_count": False,
        }
    ]
    assert export["roles"] == [
        {"role": "fleet", "cities": ["paris"]},
        {"role": "owner", "cities": None},
    ]
    assert [each["address"] for each in export["sessions"]] == ["127.0.0.1"]
    assert [each["subject"] for each in export["identities"]] == ["ada"]
    assert len(export["second-factor"]) == 1
    assert [each["email"] for each in export["links"]] == ["ada@link.test"]
    assert [each["brand"] for each in export["vehicles"]] == ["brand of ada"]
    assert [(each["region"], each["start_address"]) for each in export["rides"]] == [
        ("europe-west1", "start of ada")
    ]
    assert [each["address"] for each in export["events"]].count("by ada") == 2
    assert datetime.fromisoformat(export["account"][0]["created_at"]).tzinfo


@pytest.mark.slow
def test_each_section_comes_as_a_csv_file_with_the_same_rows(
    visitor: Visitor, app: Flask, ada: User, add_rows_for: Callable[[User], None]
) -> None:
    add_rows_for(ada)
    export = export_json(visitor.sign_in(ada))
    for kind in set(section_names(app)) - {"events"}:
        rows = export_csv(visitor, kind)
        assert [row.keys() for row in rows] == [row.keys() for row in export[kind]]
    assert [row["about"] for row in export_csv(visitor, "profile")] == ["about ada"]
    assert len(export_csv(visitor, "events")) > len(export["events"]), (
        "each copy is an event itself"
    )


def test_what_is_left_in_a_region_without_cities_is_exported_and_ends_with_the_account(
    visitor: Visitor, app: Flask, ada: User
) -> None:
    region, here = "asia-east1", audit_subject("account", ada.key)
    there = audit_subject("account", RowKey(region, ada.id))
    rows = [event_row(region, ada.key, here, "left"), event_row(region, None, there, "moved")]
    with app.app_context(), db.engines["write"].begin() as connection:
        connection.execute(insert(table(AuditEvent)).values(rows))
        mail = mail_statement("password_changed", ada.key, region=region)
        connection.execute(mail)
        data_regions_cache().clear()
    try:
        export = export_json(visitor.sign_in(ada))
        assert "left" in [each["address"] for each in export["events"]]
        assert there in [each["subject"] for each in export["events"]]
        assert len(export["jobs"]) == 1
        with app.app_context():
            delete_account(ada)
            addresses = select(AuditEvent.address).where(AuditEvent.region == region)
            assert db.session.scalars(addresses).all() == [None, None]
            assert db.session.scalars(select(Job.id).where(Job.region == region)).all() == []
    finally:
        with app.app_context():
            data_regions_cache().clear()


def test_the_export_has_no_data_of_other_people(
    visitor: Visitor,
    app: Flask,
    ada: User,
    make_user: UserFactory,
    add_rows_for: Callable[[User], None],
) -> None:
    bob = make_user("bob", first_name="Bobby")
    add_rows_for(ada)
    add_rows_for(bob)
    account_of_ada = audit_subject("account", ada.key)
    account_of_bob = audit_subject("account", bob.key)
    with app.app_context(), db.engines["write"].begin() as connection:
        for row in (
            event_row("us-east1", bob.key, account_of_ada, "192.0.2.66"),  # an admin changed it
            event_row(
                "us-east1", None, account_of_ada, "192.0.2.67"
            ),  # somebody guessed the password
            event_row("us-east1", ada.key, account_of_bob, "192.0.2.1"),  # Ada changed it
        ):
            connection.execute(insert(table(AuditEvent)).values(row))
    visitor.sign_in(ada)
    export_text = visitor.send("/users/me/data.json").text
    for word in ("bob", "Bobby", str(bob.id), "192.0.2.66", "192.0.2.67"):
        assert word not in export_text, word
    assert "192.0.2.1" in export_text
    assert len(json.loads(export_text)["events"]) == 2 + 3 + 1


def test_the_export_has_no_secrets(
    visitor: Visitor, ada: User, add_rows_for: Callable[[User], None]
) -> None:
    add_rows_for(ada)
    visitor.sign_in(ada)
    export_text = visitor.send("/users/me/data.json").text
    for secret in (
        ada.password_hash,
        "secret of",
        "digest of",
        "link of",
        str(ada.login_session.device),
    ):
        assert secret not in export_text


def tables_about_people() -> list[Table]:
    """Every table with an account's key, by a foreign key or by the name of its columns."""
    return [
        each
        for each in db.metadata.sorted_tables
        if each.name == "users"
        or {"user_id", "actor_id", "owner_id", "rider_id", "account_id"} & set(each.c.keys())
        or any(key.column.table.name == "users" for key in each.foreign_keys)
    ]


def test_every_table_about_people_is_exported_or_has_a_reason(app: Flask) -> None:
    about = {each.name for each in tables_about_people()} | PARTS_OF_OTHER_TABLES
    exported = {section.model.__tablename__ for section in export_sections(app)}
    assert exported | set(NOT_EXPORTED) == about
    assert not exported & set(NOT_EXPORTED)


def test_every_column_is_exported_or_has_a_reason(app: Flask) -> None:
    for section in export_sections(app):
        name, columns = section.model.__tablename__, set(table(section.model).c.keys())
        not_exported = {column for owner, column in COLUMNS_NOT_EXPORTED if owner == name}
        assert set(section.columns) <= columns
        assert not not_exported & set(section.columns)
        assert columns - KEYS - not_exported == set(section.columns) - KEYS, name


# --- files --------------------------------------------------------------------------------
