"""Data retention: what is older than SWEEP_AFTER_DAYS is deleted, every night by workers."""

import logging
from collections.abc import Callable, Collection, Iterator
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby

from flask import current_app
from sqlalchemy import ColumnElement, and_, exists, func, select

from webapp.api.models import IdempotencyKey
from webapp.audit.models import AuditEvent
from webapp.auth.models import ApiToken, EmailLink, LoginSession
from webapp.auth.oauth.models import OAuthClient, OAuthGrant, OAuthTokenFamily
from webapp.auth.services.sessions import find_longest_session
from webapp.db.slices import SLICE, delete_slice_statement
from webapp.db.transactions import execute_write
from webapp.extensions import Base
from webapp.fleet.alerts.models import VehicleAlertMute
from webapp.fleet.bulk_actions.models import BulkAction, BulkActionVehicle
from webapp.fleet.feed_subscriptions.models import FeedRun
from webapp.fleet.feeds.removal import delete_missing_vehicles
from webapp.fleet.reports.photo_retention import delete_old_photos
from webapp.fleet.tasks.models import Task, TaskPhoto
from webapp.fleet.vehicle_events.compaction import compact_old_events
from webapp.fleet.vehicle_import.models import VehicleImport, VehicleImportRow
from webapp.fleet.vehicle_offers.models import VehicleOffer
from webapp.jobs.kinds import NoPayload, RunningJob
from webapp.jobs.models import Job
from webapp.notices.comments.retention import delete_old_comments
from webapp.numbers.old_days import DAY_MODELS, delete_old_days
from webapp.numbers.services import delete_old_hours
from webapp.regions.catalogue import catalogue
from webapp.regions.each_city import run_for_each_city
from webapp.riders.data_exports.models import PARTS_SLICE, DataExport, DataExportPart
from webapp.riders.notifications.models import Notification
from webapp.riders.notifications.push.models import PushSubscription
from webapp.riders.phones.models import PhoneNumber
from webapp.riders.services.account_deletion import ACCOUNT_DELETION
from webapp.rides.models import RidePath
from webapp.web.rate_limits import RateLimitCount

log = logging.getLogger(__name__)


def delete_old_rows(regions: Collection[str]) -> Iterator[tuple[str, int]]:
    """Delete what is old in some regions; yield the name of each table and how many rows went."""
    for table_name, rules in groupby(list_retention_rules(), lambda rule: rule[0].__tablename__):
        counts = [sum(_sweep(*rule, region)) for rule in rules for region in regions]
        yield table_name, sum(counts)
    days: dict[str, int] = current_app.config["SWEEP_AFTER_DAYS"]
    cities = [city for city in catalogue().all() if city.region in regions]
    yield "report_photos", delete_old_photos(cities, timedelta(days=days["photos"]))
    age = timedelta(days=days["vehicle_events"])
    yield "vehicle_events", sum(run_for_each_city(partial(compact_old_events, age=age), regions))
    age = timedelta(days=days["hourly_numbers"])
    yield "rollups", sum(run_for_each_city(partial(delete_old_hours, age=age), regions))
    for model in DAY_MODELS:
        name = model.__tablename__
        delete_days = partial(delete_old_days, model, timedelta(days=days[name]))
        yield name, sum(run_for_each_city(delete_days, regions))
    hidden_age = timedelta(days=days["hidden_comments"])
    delete_comments = partial(delete_old_comments, hidden_age, timedelta(days=days["comments"]))
    yield "notice_comments", sum(run_for_each_city(delete_comments, regions))
    yield "vehicles", delete_missing_vehicles(cities, timedelta(days=days["missing"]))


def sweep_region(_: NoPayload, job: RunningJob) -> None:
    """Delete what is old in the region of the job."""
    for table_name, number in delete_old_rows([job.key.region]):
        if number:
            log.info("%s: %d deleted", table_name, number)


#: A model, and the condition that a row of it is old.
RetentionRule = tuple[type[Base], ColumnElement[bool]]
#: Returns the time before which something is old, by its name in SWEEP_AFTER_DAYS.
Cutoff = Callable[[str], ColumnElement[datetime]]


def list_retention_rules() -> list[RetentionRule]:
    """Return the rules in the order in which they are applied. The ledger is kept
    (wallet/services/closing)."""
    days: dict[str, int] = current_app.config["SWEEP_AFTER_DAYS"]

    def cutoff(name: str) -> ColumnElement[datetime]:
        return func.now() - timedelta(days=days[name])

    return [
        *_list_account_rules(cutoff),
        *_list_fleet_rules(cutoff),
        *_list_rider_rules(cutoff),
        *_list_job_rules(cutoff),
    ]


def _list_account_rules(cutoff: Cutoff) -> list[RetentionRule]:
    return [
        (RateLimitCount, RateLimitCount.until < cutoff("throttles")),
        (EmailLink, EmailLink.expires_at < cutoff("links")),
        (ApiToken, ApiToken.expires_at < cutoff("links")),
        (IdempotencyKey, IdempotencyKey.created_at < cutoff("idempotency_keys")),
        (OAuthTokenFamily, OAuthTokenFamily.expires_at < cutoff("links")),
        # Their families go with them. Apps that were removed have no access any more.
        (OAuthGrant, _is_of_removed_app_condition()),
        # Those that ended are kept for a while: by them a browser is known, and no mail is sent.
        (LoginSession, LoginSession.last_seen_at < cutoff("sessions")),
        # No session is older than that, so theirs has ended. Until then nothing is sent to them.
        (PushSubscription, PushSubscription.created_at < func.now() - find_longest_session()),
        (AuditEvent, AuditEvent.at < cutoff("events")),
    ]


def _list_fleet_rules(cutoff: Cutoff) -> list[RetentionRule]:
    return [
        (FeedRun, FeedRun.ended_at < cutoff("feed_runs")),
        # The photos go first: those of many tasks together may be too many for one statement.
        (TaskPhoto, _is_of_old_task_condition(cutoff("photos"))),
        (Task, Task.closed_at < cutoff("tasks")),
        # Their vehicles go first, for the same reason.
        (BulkActionVehicle, _is_of_old_bulk_action_condition(cutoff("bulk_actions"))),
        (BulkAction, BulkAction.created_at < cutoff("bulk_actions")),
        (VehicleImportRow, _is_of_old_import_condition(cutoff("vehicle_imports"))),
        (VehicleImport, VehicleImport.created_at < cutoff("vehicle_imports")),
        (VehicleOffer, VehicleOffer.expires_at < cutoff("vehicle_offers")),
        (VehicleAlertMute, VehicleAlertMute.until < func.now()),
    ]


def _list_rider_rules(cutoff: Cutoff) -> list[RetentionRule]:
    return [
        (RidePath, RidePath.changed_at < cutoff("paths")),
        (Notification, Notification.created_at < cutoff("notifications")),
        (PhoneNumber, _is_unconfirmed_condition(cutoff("unconfirmed_phones"))),
        # The parts go first: all parts of an archive together may be too many for one statement.
        (DataExportPart, _is_of_expired_export_condition()),
        (DataExport, DataExport.expires_at < func.now()),
    ]


def _list_job_rules(cutoff: Cutoff) -> list[RetentionRule]:
    return [
        (Job, Job.done_at < cutoff("jobs")),
        # By then nobody decides about them any more; but rows of an account must not stay unseen.
        (Job, and_(Job.failed_at < cutoff("failed_jobs"), Job.kind != ACCOUNT_DELETION.name)),
    ]


def _is_of_removed_app_condition() -> ColumnElement[bool]:
    is_removed = select(OAuthClient.id).where(OAuthClient.removed_at.is_not(None))
    return OAuthGrant.client_id.in_(is_removed)


def _is_unconfirmed_condition(cutoff: ColumnElement[datetime]) -> ColumnElement[bool]:
    return and_(PhoneNumber.confirmed_at.is_(None), PhoneNumber.created_at < cutoff)


def _is_of_expired_export_condition() -> ColumnElement[bool]:
    return exists().where(
        DataExport.region == DataExportPart.region,
        DataExport.id == DataExportPart.export_id,
        DataExport.expires_at < func.now(),
    )


def _is_of_old_task_condition(cutoff: ColumnElement[datetime]) -> ColumnElement[bool]:
    return exists().where(
        Task.region == TaskPhoto.region, Task.id == TaskPhoto.task_id, Task.closed_at < cutoff
    )


def _is_of_old_bulk_action_condition(cutoff: ColumnElement[datetime]) -> ColumnElement[bool]:
    return exists().where(
        BulkAction.region == BulkActionVehicle.region,
        BulkAction.id == BulkActionVehicle.bulk_action_id,
        BulkAction.created_at < cutoff,
    )


def _is_of_old_import_condition(cutoff: ColumnElement[datetime]) -> ColumnElement[bool]:
    return exists().where(
        VehicleImport.region == VehicleImportRow.region,
        VehicleImport.id == VehicleImportRow.import_id,
        VehicleImport.created_at < cutoff,
    )


def _sweep(model: type[Base], is_old: ColumnElement[bool], region: str) -> Iterator[int]:
    """Delete batch by batch; yield how many each one deleted. An index finds them.

    Jobs are deleted as workers write them: as SERIALIZABLE the statement would read index pages
    that busy workers write to, and fail each time.
    """
    size = PARTS_SLICE if model in (DataExportPart, TaskPhoto) else SLICE
    statement = delete_slice_statement(model, region, is_old, size=size)
    while number := len(execute_write(statement, idempotent=True, read_committed=model is Job)):
        yield number
