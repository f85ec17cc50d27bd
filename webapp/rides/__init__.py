"""Rides: from unlocking a vehicle to leaving it; with reservations, disputes and trip import."""

from typing import Any

from flask import Blueprint, Flask

from webapp.cli import add_commands
from webapp.hooks import Hooks, StaffMenuEntry, VehicleLink, get_hooks
from webapp.jobs.kinds import JobKind
from webapp.rides import refusal_reasons
from webapp.rides.account_sections import ACCOUNT_SECTIONS
from webapp.rides.alerts import LONG_RIDES
from webapp.rides.api.paths import bp as api_paths_bp
from webapp.rides.api.ratings import bp as api_ratings_bp
from webapp.rides.api.reports import bp as api_ride_reports_bp
from webapp.rides.api.rides import bp as api_rides_bp
from webapp.rides.blocks.account_sections import BLOCKS_SECTION
from webapp.rides.blocks.conditions import block_reason_column
from webapp.rides.blocks.controllers import bp as blocks_bp
from webapp.rides.blocks.personal_data import EXPORT_SECTION as BLOCK_SECTION
from webapp.rides.controllers.history import bp as history_bp
from webapp.rides.controllers.history import format_month
from webapp.rides.controllers.paths import bp as paths_bp
from webapp.rides.controllers.receipts import bp as receipts_bp
from webapp.rides.controllers.remarks import bp as remarks_bp
from webapp.rides.controllers.reminders import bp as reminders_bp
from webapp.rides.controllers.reports import bp as reports_bp
from webapp.rides.controllers.ride import bp as ride_bp
from webapp.rides.controllers.staff import bp as staff_bp
from webapp.rides.digests.kinds import DIGEST, DIGEST_PAGE, START_DIGESTS
from webapp.rides.disputes.alerts import OPEN_DISPUTES
from webapp.rides.disputes.api import bp as api_disputes_bp
from webapp.rides.disputes.controllers import bp as disputes_bp
from webapp.rides.disputes.labels import dispute_staff_state_label, dispute_state_label
from webapp.rides.disputes.personal_data import EXPORT_SECTIONS as DISPUTE_SECTIONS
from webapp.rides.earnings.account_sections import EARNINGS_SECTION
from webapp.rides.earnings.api import bp as api_earnings_bp
from webapp.rides.earnings.controllers.owner import bp as earnings_bp
from webapp.rides.earnings.controllers.staff import bp as staff_earnings_bp
from webapp.rides.earnings.labels import format_basis_points
from webapp.rides.earnings.ledger_checks import LEDGER_CHECKS as EARNING_CHECKS
from webapp.rides.earnings.notification_kinds import KINDS as EARNING_KINDS
from webapp.rides.earnings.personal_data import EXPORT_SECTIONS as EARNING_SECTIONS
from webapp.rides.earnings.services.account_deletion import (
    check_earnings_paid_out,
    close_earnings,
    close_earnings_in_slices,
)
from webapp.rides.earnings.services.shares import SHARE_MAIL
from webapp.rides.following.api import bp as api_following_bp
from webapp.rides.following.controllers import bp as following_bp
from webapp.rides.following.notification_kinds import KINDS as FOLLOWING_KINDS
from webapp.rides.following.personal_data import EXPORT_SECTION as FOLLOW_SECTION
from webapp.rides.following.personal_data import delete_follows_of_owner_in_slices
from webapp.rides.following.schedules import NOTIFY_FOLLOWER, NOTIFY_FOLLOWERS
from webapp.rides.ledger_checks import LEDGER_CHECKS
from webapp.rides.metrics import rides_running_reader
from webapp.rides.notification_kinds import KINDS as NOTIFICATION_KINDS
from webapp.rides.past_rides import has_ridden_condition
from webapp.rides.payout_blockers import unfinished_use_condition
from webapp.rides.personal_data import EXPORT_SECTIONS
from webapp.rides.receipt_labels import describe_late_end, describe_staff_end
from webapp.rides.reminders.api import bp as api_reminders_bp
from webapp.rides.reminders.notification_kinds import KINDS as REMINDER_KINDS
from webapp.rides.reminders.personal_data import EXPORT_SECTION as REMINDER_SECTION
from webapp.rides.reminders.services import delete_reminders
from webapp.rides.reminders.statements import REMINDER
from webapp.rides.reservations.api import bp as api_reservation_bp
from webapp.rides.reservations.controllers import bp as reservations_bp
from webapp.rides.reservations.job_kinds import (
    RESERVATION_ENDING,
    RESERVATION_EXPIRY,
    RESERVATION_WITHDRAWN,
)
from webapp.rides.reservations.notification_kinds import KINDS as RESERVATION_KINDS
from webapp.rides.reservations.personal_data import EXPORT_SECTION as RESERVATION_SECTION
from webapp.rides.reservations.services import find_reservation_refusal, free_reservation_minutes
from webapp.rides.reservations.withdrawal import withdrawal_jobs_query
from webapp.rides.rider_ride_count import rider_ride_count_column
from webapp.rides.schedules import REMIND
from webapp.rides.search_source import SEARCH_SOURCE
from webapp.rides.services.account_deletion import anonymise_rides_in_slices, check_no_open_ride
from webapp.rides.services.end import end_open_ride
from webapp.rides.services.long_rides import LONG_RIDE
from webapp.rides.services.overdue import OVERDUE_RIDES
from webapp.rides.services.paths import delete_paths
from webapp.rides.services.receipts import RECEIPT, receipt_number
from webapp.rides.subject_names import RIDE_NAMES
from webapp.rides.translatable_texts import TEXT_KINDS
from webapp.rides.vehicle_ride_columns import VEHICLE_RIDE_COLUMNS
from webapp.translations import lazy_gettext as _l
from webapp.web.metrics_page import gauge_readers
from webapp.web.roles import Permission

CONTROLLERS = (
    ride_bp,
    reminders_bp,
    receipts_bp,
    remarks_bp,
    history_bp,
    paths_bp,
    reports_bp,
    staff_bp,
    reservations_bp,
    disputes_bp,
    blocks_bp,
    following_bp,
    earnings_bp,
    staff_earnings_bp,
    api_earnings_bp,
    api_rides_bp,
    api_paths_bp,
    api_ratings_bp,
    api_reminders_bp,
    api_disputes_bp,
    api_reservation_bp,
    api_ride_reports_bp,
    api_following_bp,
)


JOB_HANDLERS: dict[JobKind[Any], str] = {
    RECEIPT: "webapp.rides.jobs:send_receipt",
    LONG_RIDE: "webapp.rides.jobs:send_long_ride_mail",
    OVERDUE_RIDES: "webapp.rides.jobs:tell_staff_of_overdue_rides",
    REMINDER: "webapp.rides.reminders.jobs:send_reminder",
    RESERVATION_EXPIRY: "webapp.rides.reservations.jobs:tell_waiting_riders",
    RESERVATION_ENDING: "webapp.rides.reservations.jobs:notify_of_reservation_end",
    RESERVATION_WITHDRAWN: "webapp.rides.reservations.jobs:settle_withdrawn_reservation",
    SHARE_MAIL: "webapp.rides.earnings.jobs:send_share_mail",
    DIGEST_PAGE: "webapp.rides.digests.jobs:write_digests",
    DIGEST: "webapp.rides.digests.jobs:send_digest",
    NOTIFY_FOLLOWER: "webapp.rides.following.jobs:notify_follower",
}
SCHEDULES = {
    REMIND: "webapp.rides.jobs:remind",
    START_DIGESTS: "webapp.rides.digests.jobs:start_digests",
    NOTIFY_FOLLOWERS: "webapp.rides.following.jobs:notify_followers",
}
TEMPLATE_FILTERS = (
    format_basis_points, receipt_number, format_month, describe_staff_end, describe_late_end,
    dispute_state_label, dispute_staff_state_label,
)  # fmt: skip
STAFF_MENU = (
    StaffMenuEntry(_l("Rides now"), "rides.staff.index", Permission.VIEW_RIDES, 20),
    StaffMenuEntry(_l("Disputes"), "rides.disputes.queue", Permission.ANSWER_DISPUTES, 40),
    StaffMenuEntry(_l("Owners"), "rides.staff_earnings.index", Permission.VIEW_EARNINGS, 55),
)
VEHICLE_LINKS = (
    VehicleLink(_l("Rides"), "rides.staff.vehicle_rides", Permission.VIEW_RIDES),
    VehicleLink(_l("Costs and parts"), "rides.staff.vehicle_costs", Permission.VIEW_VEHICLE_COSTS),
)


def create_module(app: Flask) -> None:
    """Add pages, commands and hooks of rides to ``app``."""
    bp = Blueprint("rides", __name__)
    for child in CONTROLLERS:
        bp.register_blueprint(child)
    app.register_blueprint(bp)
    add_commands(app, {"rides": "webapp.rides.cli:commands"})
    for template_filter in TEMPLATE_FILTERS:
        app.add_template_filter(template_filter)
    app.add_template_global(find_reservation_refusal)
    app.add_template_global(free_reservation_minutes)
    refusal_reasons.init_app(app)
    gauge_readers(app).append(rides_running_reader())
    hooks = get_hooks(app)
    _add_jobs(hooks)
    _add_account_hooks(hooks)
    _add_vehicle_hooks(hooks)
    hooks.add_translatable_kinds(*TEXT_KINDS)
    hooks.add_notification_kinds(
        *NOTIFICATION_KINDS,
        *REMINDER_KINDS.values(),
        *RESERVATION_KINDS,
        *EARNING_KINDS,
        *FOLLOWING_KINDS,
    )
    hooks.ledger_checks.extend((*LEDGER_CHECKS, *EARNING_CHECKS))
    hooks.subject_names["ride"] = RIDE_NAMES
    hooks.alert_counters.extend((LONG_RIDES, OPEN_DISPUTES))
    hooks.search_sources.append(SEARCH_SOURCE)
    hooks.staff_menu.extend(STAFF_MENU)


def _add_jobs(hooks: Hooks) -> None:
    for kind, handler in JOB_HANDLERS.items():
        hooks.add_job_handler(kind, handler)
    for schedule, handler in SCHEDULES.items():
        hooks.add_schedule(schedule, handler)


def _add_account_hooks(hooks: Hooks) -> None:
    """Add what rides have of a person: sections of pages and files, and deleting them."""
    hooks.rider_ride_count = rider_ride_count_column
    hooks.has_ridden_condition = has_ridden_condition
    hooks.payout_blockers.append(unfinished_use_condition)
    hooks.account_sections.extend((*ACCOUNT_SECTIONS, EARNINGS_SECTION, BLOCKS_SECTION))
    hooks.on_account_closing.append(end_open_ride)
    hooks.deletion_checks.insert(0, check_no_open_ride)
    hooks.deletion_checks.append(check_earnings_paid_out)
    hooks.on_account_deletion.extend((delete_paths, delete_reminders, close_earnings))
    hooks.deletion_slices.extend(
        (anonymise_rides_in_slices, close_earnings_in_slices, delete_follows_of_owner_in_slices)
    )
    hooks.export_sections.extend(
        (
            *EXPORT_SECTIONS,
            REMINDER_SECTION,
            RESERVATION_SECTION,
            *DISPUTE_SECTIONS,
            *EARNING_SECTIONS,
            BLOCK_SECTION,
            FOLLOW_SECTION,
        )
    )


def _add_vehicle_hooks(hooks: Hooks) -> None:
    """Add what pages and statements of the fleet need of rides."""
    hooks.vehicle_block_reason = block_reason_column
    hooks.vehicle_ride_columns = VEHICLE_RIDE_COLUMNS
    hooks.withdrawal_jobs.append(withdrawal_jobs_query)
    hooks.vehicle_links.extend(VEHICLE_LINKS)
