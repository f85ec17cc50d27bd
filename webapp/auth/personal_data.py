"""What the personal data export contains about an account."""

from webapp.api.models import IdempotencyKey
from webapp.audit.models import AuditEvent
from webapp.audit.writing import list_account_subjects
from webapp.auth.models import (
    ApiToken,
    EmailLink,
    Identity,
    LoginSession,
    RoleGrant,
    SecondFactor,
    User,
)
from webapp.auth.oauth.models import OAuthGrant, OAuthTokenFamily
from webapp.auth.passkeys.models import Passkey
from webapp.db.keys import RowKey
from webapp.jobs.models import Job
from webapp.personal_data import Conditions, ExportSection, Row, rows_with_key
from webapp.regions.data_regions import list_data_regions
from webapp.translations import lazy_gettext as _l


def _audit_events_conditions(user_key: RowKey) -> list[Conditions]:
    """Return where the events are that the account caused or that happened to it, in all regions:
    an account that moves leaves its events behind."""
    regions = sorted({*list_data_regions(), user_key.region})
    is_actor = AuditEvent.actor_id == user_key.id
    is_other_actor = AuditEvent.actor_id.is_distinct_from(user_key.id)
    is_subject = AuditEvent.subject.in_(list_account_subjects(user_key))
    return [
        [AuditEvent.region == region, *part]
        for region in regions
        for part in ([is_actor], [is_subject, is_other_actor])
    ]


def _jobs_conditions(user_key: RowKey) -> list[Conditions]:
    """Return where jobs for the account wait: in the regions of its changes."""
    regions = sorted({*list_data_regions(), user_key.region})
    return [[Job.region == region, Job.account_id == user_key.id] for region in regions]


def _redact_audit_event(user_key: RowKey, row: Row) -> Row:
    """Remove the addresses of other people, and the keys of other accounts."""
    if row["actor_id"] != user_key.id:
        row["address"] = None
    subject = row["subject"] or ""
    if subject.startswith("account ") and subject not in list_account_subjects(user_key):
        row["subject"] = None
    return row


EXPORT_SECTIONS = [
    ExportSection(
        name="account",
        label=_l("Your account"),
        model=User,
        columns=(
            "region", "id", "username", "email", "first_name", "last_name", "city", "created_at",
            "email_confirmed_at", "language", "units", "time_zone", "old_enough_for",
            "old_enough_since", "disabled_at",
        ),
        conditions=rows_with_key(User),
        order=("id",),
    ),
    ExportSection(
        name="roles",
        label=_l("Your roles"),
        model=RoleGrant,
        columns=("role", "cities"),
        conditions=rows_with_key(RoleGrant, id="user_id"),
        order=("role",),
    ),
    ExportSection(
        name="sessions",
        label=_l("Your sign-ins"),
        model=LoginSession,
        columns=(
            "created_at", "last_seen_at", "authenticated_at", "ended_at", "remember",
            "second_factor", "agent", "address", "city",
        ),
        conditions=rows_with_key(LoginSession, id="user_id"),
        order=("created_at", "id"),
    ),
    ExportSection(
        name="tokens",
        label=_l("Your access tokens"),
        model=ApiToken,
        columns=("name", "scopes", "second_factor", "created_at", "expires_at", "last_used_at"),
        conditions=rows_with_key(ApiToken, id="user_id"),
        order=("created_at", "id"),
    ),
    ExportSection(
        name="program-requests",
        label=_l("What your programs did in the last 24 hours"),
        model=IdempotencyKey,
        columns=("operation", "status", "location", "body", "created_at"),
        conditions=rows_with_key(IdempotencyKey, id="user_id"),
        order=("created_at", "digest"),
    ),
    ExportSection(
        name="apps",
        label=_l("Apps with access to your account"),
        model=OAuthGrant,
        columns=("client_id", "scopes", "created_at", "last_used_on"),
        conditions=rows_with_key(OAuthGrant, id="user_id"),
        order=("client_id",),
    ),
    ExportSection(
        name="app-sign-ins",
        label=_l("Sign-ins of apps"),
        model=OAuthTokenFamily,
        columns=(
            "client_id", "scopes", "second_factor", "created_at", "code_used_at", "refreshed_at",
            "expires_at",
        ),
        conditions=rows_with_key(OAuthTokenFamily, id="user_id"),
        order=("created_at", "id"),
    ),
    ExportSection(
        name="identities",
        label=_l("Connected accounts"),
        model=Identity,
        columns=("issuer", "subject", "email", "created_at"),
        conditions=rows_with_key(Identity, id="user_id"),
        order=("id",),
    ),
    ExportSection(
        name="second-factor",
        label=_l("Two-factor authentication"),
        model=SecondFactor,
        columns=("confirmed_at",),
        conditions=rows_with_key(SecondFactor, id="user_id"),
        order=("user_id",),
    ),
    ExportSection(
        name="passkeys",
        label=_l("Your passkeys"),
        model=Passkey,
        columns=("name", "created_at", "last_used_at", "sign_count"),
        conditions=rows_with_key(Passkey, id="user_id"),
        order=("created_at", "id"),
    ),
    ExportSection(
        name="links",
        label=_l("Links we sent you"),
        model=EmailLink,
        columns=("purpose", "email", "created_at", "expires_at", "used_at"),
        conditions=rows_with_key(EmailLink, id="user_id"),
        order=("digest",),
    ),
    ExportSection(
        name="events",
        label=_l("Account activity"),
        model=AuditEvent,
        columns=("at", "kind", "subject", "address", "details"),
        conditions=_audit_events_conditions,
        order=("at", "id"),
        redact=_redact_audit_event,
        redact_columns=("actor_id",),
    ),
    ExportSection(
        name="jobs",
        label=_l("Messages to you that wait"),
        model=Job,
        columns=("kind", "created_at", "due_at"),
        conditions=_jobs_conditions,
        order=("id",),
    ),
]  # fmt: skip
