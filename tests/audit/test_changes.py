"""What the events of changed settings say: the values before and after, who and why; and the words
in which people read them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

import pytest
from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.orm import joinedload

from tests.auth.steps import read_audit_events
from tests.factories import UserFactory, VehicleFactory, find_city
from webapp.audit import writing
from webapp.audit.changes import RecordedChange
from webapp.audit.enums import SETTING_KINDS, AuditKind
from webapp.audit.models import AuditEvent
from webapp.audit.writing import anonymise_person_statements, audit_event_statement
from webapp.auth.change_labels import VALUE_LABELS, describe_changes
from webapp.auth.models import User
from webapp.auth.oauth.services.clients import (
    ClientSettings,
    add_client,
    change_client,
    remove_client,
)
from webapp.auth.services import staff_accounts, staff_role_grants
from webapp.db.transactions import run_transaction
from webapp.extensions import db
from webapp.fleet.alerts.counters import VEHICLE_COUNTERS
from webapp.fleet.alerts.enums import AlertKind
from webapp.fleet.alerts.settings import UNCHANGED, Mute, change_alert, mute_vehicle_alert
from webapp.fleet.feed_subscriptions import services as feeds
from webapp.fleet.feed_subscriptions.services import NewSubscription
from webapp.fleet.models import Vehicle
from webapp.fleet.pricing.plan_terms import PlanTerms
from webapp.fleet.pricing.services import publish_plan
from webapp.fleet.queues.services import CityTargets, change_service_targets
from webapp.fleet.saved_replies.queries import find_reply
from webapp.fleet.saved_replies.services import (
    ReplyData,
    add_reply,
    change_reply,
    remove_reply,
)
from webapp.fleet.tasks.rules import RuleSettings
from webapp.fleet.tasks.services import settings as task_settings
from webapp.fleet.vehicle_types.settings import TypeSettings
from webapp.fleet.zones.edits import ZoneEdit, change_zone
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.zone_data import ZoneData
from webapp.notices import services as notices
from webapp.notices.models import Notice
from webapp.notices.published_notices import NoticeWords
from webapp.notices.services import NoticeSettings
from webapp.ops.cities.closing import archive_city, close_city, reopen_city
from webapp.ops.cities.features import switch_features
from webapp.ops.cities.services import CityData, change_city, open_city
from webapp.ops.vehicle_types.services import add_vehicle_type, change_vehicle_type
from webapp.regions.catalogue import first_region
from webapp.regions.models import City
from webapp.rides.earnings.services.shares import ShareTerms, set_share
from webapp.texts.enums import TextKind
from webapp.texts.services import Draft, TextKey, publish_version
from webapp.web.roles import Role

LYON = CityData("Lyon", "Europe/Paris", 45.76, 4.84)
SORRY = ReplyData("reports", "en", "Sorry", "We are sorry.")
FEED = NewSubscription(uuid4(), "a.example/gbfs.json", "d", "sealed", 300)
MUTE = Mute(timedelta(hours=24), "snow")
APP_ID = UUID(int=1)
PLANNER = ClientSettings("Planner", ["https://app.example/cb"], ["rides:read"])
RULE = RuleSettings(True, 60, 20, "swap_battery")


class Staff:
    """Boss, who changes things, and the things."""

    def __init__(self, app: Flask, boss: User, ada: User, bike: Vehicle) -> None:
        self.app, self.boss, self.ada, self.bike = app, boss, ada, bike

    @property
    def city(self) -> City:
        return find_city()

    def make_zone(self) -> UUID:
        zone_id = uuid4()
        values = {"city": self.city.name, "kind": "no_parking", "name": "Park", "fee": 500}
        with db.engines["write"].begin() as connection:
            connection.execute(insert(Zone).values(id=zone_id, coordinates=[], **values))
        return zone_id


@pytest.fixture
def staff(
    app: Flask,
    make_user: UserFactory,
    make_vehicle: VehicleFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Staff:
    boss = make_user("boss", roles=["admin"])
    monkeypatch.setattr(writing, "find_signed_in_account", lambda: boss.key)
    ada = make_user("ada")
    return Staff(app, boss, ada, make_vehicle(owner=ada))


def open_lyon(_: Staff) -> None:
    open_city("europe-west1", "EUR", LYON)


def rename_lyon(staff: Staff) -> None:
    open_lyon(staff)
    change_city(find_city("lyon"), LYON, CityData("Lyon (Rhône)", "Europe/Paris", 45.76, 4.84))


def close_new_york(staff: Staff) -> None:
    close_city(staff.city, None, "contract ended")


def reopen_new_york(staff: Staff) -> None:
    close_new_york(staff)
    reopen_city(staff.city, "a new contract")


def archive_new_york(staff: Staff) -> None:
    close_new_york(staff)
    archive_city(staff.city, "all done")


def switch_off_pauses(staff: Staff) -> None:
    switch_features(staff.city, [], ["pauses"], "too many")


def add_moped(_: Staff) -> None:
    add_vehicle_type(("moped", "electric"), TypeSettings("Moped"), "new")


def rename_moped(staff: Staff) -> None:
    add_moped(staff)
    old, new = TypeSettings("Moped"), TypeSettings("Moped", min_battery_percent=20)
    change_vehicle_type("moped", ("moped", "electric"), old, new, "too slow")


def add_app(_: Staff) -> None:
    add_client(APP_ID, PLANNER, is_confidential=False, why="new")


def rename_app(staff: Staff) -> None:
    add_app(staff)
    change_client(APP_ID, PLANNER, PLANNER._replace(name="Trips"), "renamed")


def remove_app(staff: Staff) -> None:
    add_app(staff)
    remove_client(APP_ID, PLANNER, "ended")


def change_targets(staff: Staff) -> None:
    change_service_targets(staff.city, CityTargets(), CityTargets(3600))


def change_threshold_of_alert(staff: Staff) -> None:
    counter = next(each for each in VEHICLE_COUNTERS if each.kind == AlertKind.BATTERY_LOW)
    change_alert(staff.city, counter, UNCHANGED, 20, None)
    change_alert(staff.city, counter, UNCHANGED._replace(threshold=20), 30, None)


def mute_alert(staff: Staff) -> None:
    mute_vehicle_alert(staff.bike, AlertKind.IDLE, MUTE)


def change_rule(staff: Staff) -> None:
    task_settings.save_rule(staff.city, AlertKind.BATTERY_LOW, RULE, RULE)
    is_off = RULE._replace(is_on=False)
    task_settings.save_rule(staff.city, AlertKind.BATTERY_LOW, RULE, is_off)


def add_kind(staff: Staff) -> None:
    task_settings.add_custom_kind(staff.city, "Wash")


def remove_kind(staff: Staff) -> None:
    add_kind(staff)
    task_settings.remove_custom_kind(staff.city, "Wash")


def write_notice(staff: Staff) -> Notice:
    settings, words = NoticeSettings(), NoticeWords("en", "Marathon", "Be early.")
    id_ = notices.add_notice(staff.boss, "n", staff.city.name, settings, words, "soon")
    query = select(Notice).options(joinedload(Notice.texts)).where(Notice.id == id_)
    return db.session.scalars(query).unique().one()


def pin_notice(staff: Staff) -> None:
    notice = write_notice(staff)
    words = NoticeWords("en", "Marathon", "Be early.")
    pinned = replace(NoticeSettings.of(notice), is_pinned=True)
    notices.change_notice(staff.boss, notice, words, pinned, words, "soon")


def publish_draft(staff: Staff) -> None:
    notices.publish_notice(staff.boss, write_notice(staff), "soon")


def remove_notice(staff: Staff) -> None:
    notices.remove_draft(staff.boss, write_notice(staff), "soon")


def add_saved_reply(staff: Staff) -> UUID:
    add_reply(staff.boss, "n", staff.city.name, SORRY)
    return uuid5(staff.boss.id, "n")


def change_saved_reply(staff: Staff) -> None:
    reply = find_reply(staff.boss, add_saved_reply(staff))
    change_reply(staff.boss, reply, ReplyData("reports", "en", "Sorry", "Oh."))


def remove_saved_reply(staff: Staff) -> None:
    remove_reply(staff.boss, add_saved_reply(staff))


def publish_second_plan(staff: Staff) -> None:
    publish_plan(staff.city, PlanTerms("Pay as you go", unlock_fee=100), 0)
    publish_plan(staff.city, PlanTerms("Pay as you go", unlock_fee=150), 1)


def set_revenue_share(staff: Staff) -> None:
    terms = ShareTerms(3_000, datetime.now(UTC).date(), "Contract")
    set_share(staff.boss, staff.city, "ada", terms, "n")


def change_fee_of_zone(staff: Staff) -> None:
    values = {"kind": "no_parking", "name": "Park", "position": 0, "coordinates": []}
    zone = Zone(id=staff.make_zone(), fee=500, **values)
    data = ZoneData.of(zone)._replace(fee=700)
    change_zone(ZoneEdit(staff.boss.key, staff.city), zone, data)


def subscribe(staff: Staff) -> None:
    feeds.add_subscription(staff.city, FEED)


def remove_feed(staff: Staff) -> None:
    feeds.remove_subscription(feeds.add_subscription(staff.city, FEED))


def pause_feed(staff: Staff) -> None:
    feeds.pause_subscription(feeds.add_subscription(staff.city, FEED))


def resume_feed(staff: Staff) -> None:
    feed_key = feeds.add_subscription(staff.city, FEED)
    feeds.pause_subscription(feed_key)
    feeds.resume_subscription(feed_key)


def grant_second_city(staff: Staff) -> None:
    staff_role_grants.grant_role(staff.boss, staff.ada.key, Role.OWNER, "new york")
    staff_role_grants.grant_role(staff.boss, staff.ada.key, Role.OWNER, "paris", "moved")


def revoke_role(staff: Staff) -> None:
    staff_role_grants.grant_role(staff.boss, staff.ada.key, Role.OWNER, "new york")
    staff_role_grants.revoke_role(staff.boss, staff.ada.key, Role.OWNER, "left")


def publish_terms(staff: Staff) -> None:
    key = TextKey(TextKind.TERMS, staff.city.name, "en")
    publish_version(staff.boss, key, Draft("Be kind."), 0, "we open")


def disable(staff: Staff) -> None:
    staff_accounts.close_account(staff.boss, staff.ada.key, "two accounts")


def enable(staff: Staff) -> None:
    disable(staff)
    staff_accounts.reopen_account(staff.boss, staff.ada.key, "was a mistake")


#: By kind: a change, and what the event has to show of it: label, before, after; and why.
CHANGES: dict[AuditKind, tuple[Callable[[Staff], Any], tuple[str, str, str], str]] = {
    AuditKind.CITY_OPENED: (open_lyon, ("Time zone", "", "Europe/Paris"), ""),
    AuditKind.CITY_CHANGED: (rename_lyon, ("Name", "Lyon", "Lyon (Rhône)"), ""),
    AuditKind.CITY_CLOSED: (close_new_york, ("Closed from", "none", ""), "contract ended"),
    AuditKind.CITY_REOPENED: (reopen_new_york, ("Closed from", "", "none"), "a new contract"),
    AuditKind.CITY_ARCHIVED: (archive_new_york, ("Archived at", "none", ""), "all done"),
    AuditKind.CITY_FEATURES_CHANGED: (
        switch_off_pauses, ("Switched off", "none", "pauses"), "too many"
    ),
    AuditKind.TEXT_PUBLISHED: (publish_terms, ("Version", "", "1"), "we open"),
    AuditKind.NOTICE_ADDED: (write_notice, ("Title", "", "Marathon"), "soon"),
    AuditKind.NOTICE_CHANGED: (pin_notice, ("Pinned", "no", "yes"), "soon"),
    AuditKind.NOTICE_PUBLISHED: (publish_draft, ("Published", "", ""), "soon"),
    AuditKind.NOTICE_REMOVED: (remove_notice, ("Title", "Marathon", ""), "soon"),
    AuditKind.VEHICLE_TYPE_ADDED: (add_moped, ("Form factor", "", "moped"), "new"),
    AuditKind.VEHICLE_TYPE_CHANGED: (
        rename_moped, ("Minimum battery to start a ride, percent", "none", "20"), "too slow"
    ),
    AuditKind.APP_ADDED: (add_app, ("Redirect addresses", "", "https://app.example/cb"), "new"),
    AuditKind.APP_CHANGED: (rename_app, ("Name", "Planner", "Trips"), "renamed"),
    AuditKind.APP_REMOVED: (remove_app, ("What it may ask for", "rides:read", ""), "ended"),
    AuditKind.SERVICE_TARGETS_CHANGED: (
        change_targets, ("First action within", "none", "60 minutes"), ""
    ),
    AuditKind.ALERT_CHANGED: (change_threshold_of_alert, ("Threshold", "20", "30"), ""),
    AuditKind.VEHICLE_ALERT_MUTED: (mute_alert, ("Muted until", "", ""), "snow"),
    AuditKind.TASK_RULE_CHANGED: (change_rule, ("On", "yes", "no"), ""),
    AuditKind.TASK_KIND_ADDED: (add_kind, ("Name", "", "Wash"), ""),
    AuditKind.TASK_KIND_REMOVED: (remove_kind, ("Name", "Wash", ""), ""),
    AuditKind.SAVED_REPLY_ADDED: (add_saved_reply, ("Title", "", "Sorry"), ""),
    AuditKind.SAVED_REPLY_CHANGED: (change_saved_reply, ("Text", "We are sorry.", "Oh."), ""),
    AuditKind.SAVED_REPLY_REMOVED: (remove_saved_reply, ("Title", "Sorry", ""), ""),
    AuditKind.PLAN_PUBLISHED: (publish_second_plan, ("Unlock fee", "$1.00", "$1.50"), ""),
    AuditKind.REVENUE_SHARE_SET: (
        set_revenue_share, ("Share of the price without tax", "0%", "30%"), "Contract"
    ),
    AuditKind.ZONE_CHANGED: (change_fee_of_zone, ("Fee", "$5.00", "$7.00"), ""),
    AuditKind.FEED_SUBSCRIBED: (subscribe, ("Every", "", "5 minutes"), ""),
    AuditKind.FEED_REMOVED: (remove_feed, ("Address", "a.example/gbfs.json", ""), ""),
    AuditKind.FEED_PAUSED: (pause_feed, ("Paused", "no", "yes"), ""),
    AuditKind.FEED_RESUMED: (resume_feed, ("Paused", "yes", "no"), ""),
    AuditKind.ROLE_GRANTED: (
        grant_second_city, ("Where", "New York", "New York, Paris"), "moved"
    ),
    AuditKind.ROLE_REVOKED: (revoke_role, ("Where", "New York", ""), "left"),
    AuditKind.ACCOUNT_CLOSED: (disable, ("Open", "yes", "no"), "two accounts"),
    AuditKind.ACCOUNT_REOPENED: (enable, ("Open", "no", "yes"), "was a mistake"),
}  # fmt: skip

WITH_A_TIME = {
    AuditKind.VEHICLE_ALERT_MUTED,
    AuditKind.CITY_CLOSED,
    AuditKind.CITY_REOPENED,
    AuditKind.CITY_ARCHIVED,
    AuditKind.NOTICE_PUBLISHED,
}


def read_last(app: Flask, kind: AuditKind) -> AuditEvent:
    return read_audit_events(app, kind)[-1]


def test_every_kind_that_changes_settings_is_tried_here() -> None:
    assert set(CHANGES) == SETTING_KINDS


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_shows_before_and_after_who_and_why(staff: Staff, kind: AuditKind) -> None:
    change, (label, before, after), why = CHANGES[kind]
    with staff.app.test_request_context():
        change(staff)
        event = read_last(staff.app, kind)
        shown = {each.label: each for each in describe_changes(event)}
    assert event.actor == staff.boss.key
    assert event.details.get("why", "") == why
    if kind in WITH_A_TIME:
        assert shown[label].before != shown[label].after
    else:
        assert (shown[label].before, shown[label].after) == (before, after)
    with staff.app.app_context():
        city = find_city(event.city) if event.city else None
        assert event.region == (city.region if city else first_region())


@pytest.mark.parametrize("kind", CHANGES)
def test_every_value_has_a_label(staff: Staff, kind: AuditKind) -> None:
    with staff.app.test_request_context():
        CHANGES[kind][0](staff)
    details = read_last(staff.app, kind).details
    assert {*(details["before"] or ()), *(details["after"] or ())} <= set(VALUE_LABELS)


def test_events_of_settings_have_values_and_others_have_none(app: Flask) -> None:
    with app.app_context():
        with pytest.raises(TypeError):
            audit_event_statement(AuditKind.CITY_CHANGED)
        with pytest.raises(TypeError):
            audit_event_statement(AuditKind.SIGNED_IN, change=RecordedChange(None, {}))


def test_the_deletion_of_an_account_removes_why_from_events_about_it(staff: Staff) -> None:
    with staff.app.test_request_context():
        disable(staff)

        def work(session: Any) -> None:
            for statement in anonymise_person_statements(staff.ada.key):
                session.execute(statement)

        run_transaction(work)
    details = read_last(staff.app, AuditKind.ACCOUNT_CLOSED).details
    assert details == {"before": {"is_open": True}, "after": {"is_open": False}}
