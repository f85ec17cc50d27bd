"""Riders: profiles, the personal data export, account deletion, and the wallet."""

from flask import Blueprint, Flask

from webapp.cli import add_commands
from webapp.hooks import StaffMenuEntry, get_hooks
from webapp.riders.api import bp as api_bp
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
from webapp.riders.personal_data import EXPORT_SECTION
from webapp.riders.profile_api import bp as profile_api_bp
from webapp.riders.schedules import RESUME_DELETIONS
from webapp.riders.search_source import SEARCH_SOURCE
from webapp.riders.services.account_deletion import ACCOUNT_DELETION
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
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission


def create_module(app: Flask) -> None:
    """Add the pages, commands and hooks of this module to ``app``."""
    wallet_bp = Blueprint("wallet", __name__, url_prefix="/wallet")
    wallet_bp.register_blueprint(overview_bp)
    wallet_bp.register_blueprint(top_ups_bp)
    wallet_bp.register_blueprint(payouts_bp)
    wallet_bp.register_blueprint(credits_bp)
    provider.init_app(app, wallet_bp)

    bp = Blueprint("riders", __name__)
    bp.register_blueprint(profile_bp)
    bp.register_blueprint(digests_bp)
    bp.register_blueprint(personal_data_bp)
    bp.register_blueprint(data_exports_bp)
    bp.register_blueprint(account_deletion_bp)
    bp.register_blueprint(staff_bp)
    bp.register_blueprint(wallet_bp)
    bp.register_blueprint(api_bp)
    bp.register_blueprint(profile_api_bp)
    bp.register_blueprint(wallet_api_bp)
    app.register_blueprint(bp)

    add_commands(app, {"wallet": "webapp.riders.wallet.cli:commands"})

    hooks = get_hooks(app)
    hooks.export_sections.extend(
        (EXPORT_SECTION, DIGEST_SECTION, DATA_EXPORT_SECTION, *WALLET_SECTIONS)
    )
    hooks.add_job_handler(DATA_EXPORT, "webapp.riders.data_exports.jobs:write_data_export")
    hooks.deletion_checks.append(check_wallet_closable)
    hooks.on_account_deletion.append(close_wallet)
    hooks.deletion_slices.extend((close_wallet_in_slices, delete_data_export))
    hooks.add_job_handler(ACCOUNT_DELETION, "webapp.riders.jobs:finish_account_deletion")
    hooks.add_schedule(RESUME_DELETIONS, "webapp.riders.jobs:resume_deletions")
    hooks.ledger_checks.extend(LEDGER_CHECKS)
    hooks.add_schedule(SETTLE, "webapp.riders.wallet.jobs:settle_payments")
    hooks.add_schedule(CHECK_LEDGER, "webapp.riders.wallet.jobs:find_ledger_errors")
    hooks.search_sources.append(SEARCH_SOURCE)
    hooks.account_sections.append(WALLET_SECTION)
    hooks.staff_menu.append(
        StaffMenuEntry(_l("Users"), "riders.staff.index", Permission.VIEW_RIDERS, 50)
    )
