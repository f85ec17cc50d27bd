"""Riders: profiles, the personal data export, account deletion, and the wallet."""

from typing import Any

from flask import Blueprint, Flask

from webapp import sms
from webapp.auth.models import User
from webapp.cli import add_commands
from webapp.hooks import Hooks, StaffMenuEntry, get_hooks
from webapp.jobs.kinds import JobKind
from webapp.riders.ages.controllers import bp as ages_bp
from webapp.riders.api import bp as api_bp
from webapp.riders.coarse_facts import describe_ride_count
from webapp.riders.controllers.account_deletion import bp as account_deletion_bp
from webapp.riders.controllers.personal_data import bp as personal_data_bp
from webapp.riders.controllers.profile import bp as profile_bp
from webapp.riders.controllers.staff import bp as staff_bp
from webapp.riders.data_exports.controllers import bp as data_exports_bp
from webapp.riders.data_exports.personal_data import EXPORT_SECTION as DATA_EXPORT_SECTION
from webapp.riders.data_exports.services import delete_data_export
from webapp.riders.data_exports.statements import DATA_EXPORT
from webapp.riders.digests.controllers import bp as digests_bp
from webapp.riders.digests.personal_data import EXPORT_SECTION as DIGEST_SECTION
from webapp.riders.notifications.account_deletion import delete_notifications_in_slices
from webapp.riders.notifications.api import bp as notifications_api_bp
from webapp.riders.notifications.controllers import bp as notifications_bp
from webapp.riders.notifications.delivery import notify_of_mail
from webapp.riders.notifications.job_kinds import NOTIFICATION
from webapp.riders.notifications.kinds import KINDS as NOTIFICATION_KINDS
from webapp.riders.notifications.labels import count_unread, describe_notification
from webapp.riders.notifications.personal_data import EXPORT_SECTIONS as NOTIFICATION_SECTIONS
from webapp.riders.notifications.push import vapid
from webapp.riders.notifications.push.controllers import bp as push_bp
from webapp.riders.notifications.push.job_kinds import PUSH
from webapp.riders.notifications.push.personal_data import EXPORT_SECTION as PUSH_SECTION
from webapp.riders.personal_data import EXPORT_SECTION
from webapp.riders.phones.account_sections import ACCOUNT_SECTION as PHONE_SECTION
from webapp.riders.phones.controllers import bp as phones_bp
from webapp.riders.phones.numbers import format_number
from webapp.riders.phones.personal_data import EXPORT_SECTION as PHONE_DATA_SECTION
from webapp.riders.photos.api import bp as photo_api_bp
from webapp.riders.photos.controllers import bp as photos_bp
from webapp.riders.photos.personal_data import EXPORT_SECTION as PHOTO_SECTION
from webapp.riders.profile_api import bp as profile_api_bp
from webapp.riders.schedules import RESUME_DELETIONS
from webapp.riders.search_source import SEARCH_SOURCE
from webapp.riders.services.account_deletion import ACCOUNT_DELETION
from webapp.riders.translatable_texts import TEXT_KINDS
from webapp.riders.wallet import provider
from webapp.riders.wallet.account_sections import ACCOUNT_SECTION as WALLET_SECTION
from webapp.riders.wallet.api import bp as wallet_api_bp
from webapp.riders.wallet.controllers.credits import bp as credits_bp
from webapp.riders.wallet.controllers.overview import bp as overview_bp
from webapp.riders.wallet.controllers.payouts import bp as payouts_bp
from webapp.riders.wallet.controllers.top_ups import bp as top_ups_bp
from webapp.riders.wallet.ledger_checks import LEDGER_CHECKS
from webapp.riders.wallet.personal_data import EXPORT_SECTIONS as WALLET_SECTIONS
from webapp.riders.wallet.schedules import CHECK_LEDGER, SETTLE
from webapp.riders.wallet.services.closing import (
    check_wallet_closable,
    close_wallet,
    close_wallet_in_slices,
)
from webapp.sms import SMS
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission

BLUEPRINTS = (
    profile_bp,
    photos_bp,
    ages_bp,
    phones_bp,
    digests_bp,
    notifications_bp,
    push_bp,
    notifications_api_bp,
    personal_data_bp,
    data_exports_bp,
    account_deletion_bp,
    staff_bp,
    api_bp,
    profile_api_bp,
    photo_api_bp,
    wallet_api_bp,
)
WALLET_BLUEPRINTS = (overview_bp, top_ups_bp, payouts_bp, credits_bp)
COMMANDS = {
    "wallet": "webapp.riders.wallet.cli:commands",
    "push-key": "webapp.riders.notifications.push.cli:push_key",
}
JOB_HANDLERS: dict[JobKind[Any], str] = {
    PUSH: "webapp.riders.notifications.push.jobs:send_push",
    NOTIFICATION: "webapp.riders.notifications.jobs:write_notification",
    DATA_EXPORT: "webapp.riders.data_exports.jobs:write_data_export",
    ACCOUNT_DELETION: "webapp.riders.jobs:finish_account_deletion",
    SMS: "webapp.riders.phones.jobs:send_sms",
}
SCHEDULES = {
    RESUME_DELETIONS: "webapp.riders.jobs:resume_deletions",
    SETTLE: "webapp.riders.wallet.jobs:settle_payments",
    CHECK_LEDGER: "webapp.riders.wallet.jobs:find_ledger_errors",
}
#: In the order of the export.
EXPORT_SECTIONS = (
    EXPORT_SECTION,
    PHOTO_SECTION,
    DIGEST_SECTION,
    *NOTIFICATION_SECTIONS,
    PUSH_SECTION,
    DATA_EXPORT_SECTION,
    *WALLET_SECTIONS,
    PHONE_DATA_SECTION,
)


def create_module(app: Flask) -> None:
    """Add the pages, commands and hooks of this module to ``app``."""
    sms.init_app(app)
    vapid.init_app(app)
    app.register_blueprint(_make_blueprint(app))
    app.add_template_filter(format_number, "phone_number")
    app.add_template_filter(describe_ride_count, "ride_count_label")
    app.add_template_filter(describe_notification)
    app.add_template_filter(count_unread)
    add_commands(app, COMMANDS)

    hooks = get_hooks(app)
    _add_jobs(hooks)
    _add_account_hooks(hooks)
    hooks.add_notification_kinds(*NOTIFICATION_KINDS)
    hooks.on_account_mail = notify_of_mail
    hooks.ledger_checks.extend(LEDGER_CHECKS)
    hooks.add_translatable_kinds(*TEXT_KINDS)
    hooks.search_sources.append(SEARCH_SOURCE)
    hooks.staff_menu.append(
        StaffMenuEntry(_l("Users"), "riders.staff.index", Permission.VIEW_RIDERS, 50)
    )


def _make_blueprint(app: Flask) -> Blueprint:
    wallet_bp = Blueprint("wallet", __name__, url_prefix="/wallet")
    for feature in WALLET_BLUEPRINTS:
        wallet_bp.register_blueprint(feature)
    provider.init_app(app, wallet_bp)
    bp = Blueprint("riders", __name__)
    for feature in (*BLUEPRINTS, wallet_bp):
        bp.register_blueprint(feature)
    return bp


def _add_jobs(hooks: Hooks) -> None:
    for kind, handler in JOB_HANDLERS.items():
        hooks.add_job_handler(kind, handler)
    for schedule, handler in SCHEDULES.items():
        hooks.add_schedule(schedule, handler)


def _add_account_hooks(hooks: Hooks) -> None:
    """Add what belongs to an account: loaded with it, shown, exported and deleted."""
    hooks.viewer_attributes.append(User.unread_notifications)
    hooks.account_sections.extend((WALLET_SECTION, PHONE_SECTION))
    hooks.export_sections.extend(EXPORT_SECTIONS)
    hooks.deletion_checks.append(check_wallet_closable)
    hooks.on_account_deletion.append(close_wallet)
    hooks.deletion_slices.extend(
        (close_wallet_in_slices, delete_data_export, delete_notifications_in_slices)
    )
