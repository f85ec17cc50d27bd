"""Rides: from unlocking a vehicle to leaving it; with reservations, disputes and trip import."""

from flask import Blueprint, Flask

from webapp.cli import add_commands
from webapp.hooks import StaffMenuEntry, VehicleLink, get_hooks
from webapp.rides import refusal_reasons
from webapp.rides.account_sections import ACCOUNT_SECTIONS
from webapp.rides.alerts import LONG_RIDES
from webapp.rides.api.disputes import bp as api_disputes_bp
from webapp.rides.api.earnings import bp as api_earnings_bp
from webapp.rides.api.paths import bp as api_paths_bp
from webapp.rides.api.ratings import bp as api_ratings_bp
from webapp.rides.api.reports import bp as api_ride_reports_bp
from webapp.rides.api.reservations import bp as api_reservation_bp
from webapp.rides.api.rides import bp as api_rides_bp
from webapp.rides.controllers.history import bp as history_bp
from webapp.rides.controllers.history import format_month
from webapp.rides.controllers.paths import bp as paths_bp
from webapp.rides.controllers.receipts import bp as receipts_bp
from webapp.rides.controllers.reminders import bp as reminders_bp
from webapp.rides.controllers.reports import bp as reports_bp
from webapp.rides.controllers.ride import bp as ride_bp
from webapp.rides.controllers.staff import bp as staff_bp
from webapp.rides.digests.kinds import DIGEST, DIGEST_PAGE, START_DIGESTS
from webapp.rides.disputes.alerts import OPEN_DISPUTES
from webapp.rides.disputes.controllers import bp as disputes_bp
from webapp.rides.disputes.labels import dispute_staff_state_label, dispute_state_label
from webapp.rides.disputes.personal_data import EXPORT_SECTIONS as DISPUTE_SECTIONS
from webapp.rides.earnings.account_sections import EARNINGS_SECTION
from webapp.rides.earnings.controllers.owner import bp as earnings_bp
from webapp.rides.earnings.controllers.staff import bp as staff_earnings_bp
from webapp.rides.earnings.labels import format_basis_points
from webapp.rides.earnings.ledger_checks import LEDGER_CHECKS as EARNING_CHECKS
from webapp.rides.earnings.personal_data import EXPORT_SECTIONS as EARNING_SECTIONS
from webapp.rides.earnings.services.account_deletion import (
    check_earnings_paid_out,
    close_earnings,
    close_earnings_in_slices,
)
from webapp.rides.earnings.services.shares import SHARE_MAIL
from webapp.rides.ledger_checks import LEDGER_CHECKS
from webapp.rides.metrics import rides_running_reader
from webapp.rides.payout_blockers import unfinished_use_condition
from webapp.rides.personal_data import EXPORT_SECTIONS
from webapp.rides.receipt_labels import describe_late_end, describe_staff_end
from webapp.rides.reminders.personal_data import EXPORT_SECTION as REMINDER_SECTION
from webapp.rides.reminders.services import delete_reminders
from webapp.rides.reminders.statements import REMINDER
from webapp.rides.reservations.controllers import bp as reservations_bp
from webapp.rides.reservations.personal_data import EXPORT_SECTION as RESERVATION_SECTION
from webapp.rides.reservations.services import find_reservation_refusal, free_reservation_minutes
from webapp.rides.reservations.statements import RESERVATION_EXPIRY
from webapp.rides.reservations.withdrawal import RESERVATION_WITHDRAWN, withdrawal_jobs_query
from webapp.rides.schedules import REMIND
from webapp.rides.search_source import SEARCH_SOURCE
from webapp.rides.services.account_deletion import anonymise_rides_in_slices, check_no_open_ride
from webapp.rides.services.end import end_open_ride
from webapp.rides.services.long_rides import LONG_RIDE
from webapp.rides.services.overdue import OVERDUE_RIDES
from webapp.rides.services.paths import delete_paths
from webapp.rides.services.receipts import RECEIPT, receipt_number
from webapp.rides.subject_names import RIDE_NAMES
from webapp.rides.vehicle_ride_columns import VEHICLE_RIDE_COLUMNS
from webapp.translations import lazy_gettext as _l
from webapp.web.metrics_page import gauge_readers
from webapp.web.roles import Permission

CONTROLLERS = (
    ride_bp,
    reminders_bp,
    receipts_bp,
    history_bp,
    paths_bp,
    reports_bp,
    staff_bp,
    reservations_bp,
    disputes_bp,
    earnings_bp,
    staff_earnings_bp,
    api_earnings_bp,
    api_rides_bp,
    api_paths_bp,
    api_ratings_bp,
    api_disputes_bp,
    api_reservation_bp,
    api_ride_reports_bp,
)


def create_module(app: Flask) -> None:
    """Add pages, commands and hooks of rides to ``app``."""
    bp = Blueprint("rides", __name__)
    for child in CONTROLLERS:
        bp.register_blueprint(child)
    app.register_blueprint(bp)
    add_commands(app, {"rides": "webapp.rides.cli:commands"})

    app.add_template_filter(format_basis_points)
    app.add_template_filter(receipt_number)
    app.add_template_filter(format_month)
    app.add_template_filter(describe_staff_end)
    app.add_template_filter(describe_late_end)
    app.add_template_filter(dispute_state_label)
    app.add_template_filter(dispute_staff_state_label)
    app.add_template_global(find_reservation_refusal)
    app.add_template_global(free_reservation_minutes)

    refusal_reasons.init_app(app)
    gauge_readers(app).append(rides_running_reader())
    hooks = get_hooks(app)
    hooks.on_account_closing.append(end_open_ride)
    hooks.deletion_checks.insert(0, check_no_open_ride)
    hooks.deletion_checks.append(check_earnings_paid_out)
    hooks.on_account_deletion.extend((delete_paths, delete_reminders, close_earnings))
    hooks.deletion_slices.extend((anonymise_rides_in_slices, close_earnings_in_slices))
    hooks.export_sections.extend(
        (
            *EXPORT_SECTIONS,
            REMINDER_SECTION,
            RESERVATION_SECTION,
            *DISPUTE_SECTIONS,
            *EARNING_SECTIONS,
        )
    )
    hooks.add_schedule(REMIND, "webapp.rides.jobs:remind")
    hooks.add_job_handler(RESERVATION_EXPIRY, "webapp.rides.reservations.jobs:tell_waiting_riders")
    hooks.add_job_handler(
        RESERVATION_WITHDRAWN, "webapp.rides.reservations.jobs:settle_withdrawn_reservation"
    )
    hooks.withdrawal_jobs.append(withdrawal_jobs_query)
    hooks.add_job_handler(RECEIPT, "webapp.rides.jobs:send_receipt")
    hooks.add_job_handler(SHARE_MAIL, "webapp.rides.earnings.jobs:send_share_mail")
    hooks.add_job_handler(LONG_RIDE, "webapp.rides.jobs:send_long_ride_mail")
    hooks.add_schedule(START_DIGESTS, "webapp.rides.digests.jobs:start_digests")
    hooks.add_job_handler(DIGEST_PAGE, "webapp.rides.digests.jobs:write_digests")
    hooks.add_job_handler(DIGEST, "webapp.rides.digests.jobs:send_digest")
    hooks.add_job_handler(REMINDER, "webapp.rides.reminders.jobs:send_reminder")
    hooks.add_job_handler(OVERDUE_RIDES, "webapp.rides.jobs:tell_staff_of_overdue_rides")
    hooks.payout_blockers.append(unfinished_use_condition)
    hooks.vehicle_ride_columns = VEHICLE_RIDE_COLUMNS
    hooks.ledger_checks.extend((*LEDGER_CHECKS, *EARNING_CHECKS))
    hooks.subject_names["ride"] = RIDE_NAMES
    hooks.vehicle_links.extend(
        (
            VehicleLink(_l("Rides"), "rides.staff.vehicle_rides", Permission.VIEW_RIDES),
            VehicleLink(
                _l("Costs and parts"), "rides.staff.vehicle_costs", Permission.VIEW_VEHICLE_COSTS
            ),
        )
    )
    hooks.alert_counters.extend((LONG_RIDES, OPEN_DISPUTES))
    hooks.search_sources.append(SEARCH_SOURCE)
    hooks.account_sections.extend((*ACCOUNT_SECTIONS, EARNINGS_SECTION))
    hooks.staff_menu.extend(
        (
            StaffMenuEntry(_l("Rides now"), "rides.staff.index", Permission.VIEW_RIDES, 20),
            StaffMenuEntry(
                _l("Owners"), "rides.staff_earnings.index", Permission.VIEW_EARNINGS, 55
            ),
            StaffMenuEntry(_l("Disputes"), "rides.disputes.queue", Permission.ANSWER_DISPUTES, 40),
        )
    )
