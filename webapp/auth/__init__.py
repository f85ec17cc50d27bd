"""Accounts: registering, signing in, sessions, second factor, OpenID Connect, roles."""

from flask import Blueprint, Flask

from webapp.auth import devices, labels, login_manager
from webapp.auth.change_labels import describe_changes
from webapp.auth.controllers import (
    account,
    api_tokens,
    audit_trail,
    email_change,
    email_confirmation,
    identities,
    language,
    login,
    oidc,
    password_reset,
    reauthentication,
    registration,
    roles,
    second_factor,
    staff_accounts,
)
from webapp.auth.notes.account_deletion import anonymise_notes_in_slices
from webapp.auth.notes.controllers import bp as notes_bp
from webapp.auth.notes.personal_data import EXPORT_SECTION as NOTES_SECTION
from webapp.auth.notes.queries import ACCOUNT_SECTION as NOTES_OF_ACCOUNT
from webapp.auth.oauth.controllers import apps as oauth_apps
from webapp.auth.oauth.controllers import authorize as oauth_authorize
from webapp.auth.oauth.controllers import clients as oauth_clients
from webapp.auth.oauth.controllers import metadata as oauth_metadata
from webapp.auth.oauth.controllers import tokens as oauth_tokens
from webapp.auth.oauth.jobs import ROTATE_KEYS
from webapp.auth.oauth.services import signing_keys
from webapp.auth.oidc import providers
from webapp.auth.passkeys import controllers as passkeys
from webapp.auth.personal_data import EXPORT_SECTIONS
from webapp.auth.proof_of_work import make_challenge
from webapp.auth.services.account_deletion import delete_account_rows_in_slices
from webapp.auth.services.last_admin import check_other_admin
from webapp.auth.services.password_reset import RESET_MAIL
from webapp.auth.subject_names import ACCOUNT_NAMES
from webapp.cli import add_commands
from webapp.hooks import StaffMenuEntry, get_hooks
from webapp.jobs.writing import delete_account_jobs
from webapp.mail import MAIL
from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission

#: Each controllers file has its own, nested in the blueprint ``auth``.
BLUEPRINTS = (
    registration.bp,
    login.bp,
    second_factor.bp,
    passkeys.bp,
    reauthentication.bp,
    oidc.bp,
    password_reset.bp,
    email_confirmation.bp,
    account.bp,
    email_change.bp,
    identities.bp,
    language.bp,
    api_tokens.bp,
    staff_accounts.bp,
    roles.bp,
    notes_bp,
    audit_trail.bp,
    oauth_authorize.bp,
    oauth_tokens.bp,
    oauth_metadata.bp,
    oauth_apps.bp,
    oauth_clients.bp,
)
COMMANDS = {
    "create-user": "webapp.auth.cli:create_user",
    "create-admin": "webapp.auth.cli:create_admin",
    "grant": "webapp.auth.cli:grant",
    "revoke": "webapp.auth.cli:revoke",
    "reset-second-factor": "webapp.auth.cli:reset_second_factor",
    "rotate-oauth-keys": "webapp.auth.oauth.cli:rotate_oauth_keys",
    "list-users": "webapp.auth.cli:list_users",
}
STAFF_MENU = (
    StaffMenuEntry(_l("Events"), "auth.audit_trail.index", Permission.VIEW_AUDIT_TRAIL, 80),
    StaffMenuEntry(_l("Roles"), "auth.roles.index", Permission.MANAGE_ACCOUNTS, 81),
    StaffMenuEntry(
        _l("Apps"), "auth.oauth_clients.index", Permission.MANAGE_APPS, 86, in_all_cities=True
    ),
)


def create_module(app: Flask) -> None:
    """Add the pages, commands, template filters and hooks of accounts to ``app``."""
    login_manager.init_app(app)
    devices.init_app(app)
    providers.init_app(app)
    signing_keys.init_app(app)
    app.add_template_global(make_challenge, "proof_of_work_challenge")
    app.add_template_filter(describe_changes)
    app.add_template_filter(labels.device_label)
    app.add_template_filter(labels.place_label)
    app.add_template_filter(labels.scope_label)

    bp = Blueprint("auth", __name__)
    for feature in BLUEPRINTS:
        bp.register_blueprint(feature)
    app.register_blueprint(bp)

    hooks = get_hooks(app)
    hooks.export_sections.extend((*EXPORT_SECTIONS, NOTES_SECTION))
    hooks.account_sections.append(NOTES_OF_ACCOUNT)
    hooks.subject_names["account"] = ACCOUNT_NAMES
    hooks.deletion_checks.append(check_other_admin)
    hooks.on_account_deletion.append(delete_account_jobs)
    hooks.deletion_slices.extend((delete_account_rows_in_slices, anonymise_notes_in_slices))
    hooks.add_job_handler(MAIL, "webapp.auth.jobs:send_mail")
    hooks.add_schedule(ROTATE_KEYS, "webapp.auth.oauth.jobs:rotate_keys")
    hooks.add_job_handler(RESET_MAIL, "webapp.auth.jobs:send_reset_mail")
    hooks.staff_menu.extend(STAFF_MENU)
    add_commands(app, COMMANDS)
