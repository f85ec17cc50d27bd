"""The personal data export: everything MovR stores about a person, for that person.

The sections of other modules come from ``Hooks.export_sections``.
"""

from collections.abc import Iterator

from flask_babel import lazy_gettext as _l

from webapp.audit.enums import AuditKind
from webapp.audit.models import AuditEvent
from webapp.audit.writing import account_subjects, audit_event_statement, audit_subject
from webapp.auth.models import EmailLink, Identity, LoginSession, RoleGrant, SecondFactor, User
from webapp.db.keys import RowKey
from webapp.db.transactions import execute_write
from webapp.errors import NotFound
from webapp.hooks import get_hooks
from webapp.personal_data import Conditions, ExportSection, Row, rows_with_key
from webapp.regions.catalogue import catalogue
from webapp.riders.models import Profile

# --- the sections of auth and riders ----------------------------------------------------------


def _audit_events_conditions(user_key: RowKey) -> list[Conditions]:
    """Return where the events are that the account caused or that happened to it, in all regions:
    an account that moves leaves its events behind."""
    regions = sorted({city.region for city in catalogue().all()} | {user_key.region})
    is_actor = AuditEvent.actor_id == user_key.id
    is_other_actor = AuditEvent.actor_id.is_distinct_from(user_key.id)
    is_subject = AuditEvent.subject.in_(account_subjects(user_key))
    return [
        [AuditEvent.region == region, *part]
        for region in regions
        for part in ([is_actor], [is_subject, is_other_actor])
    ]


def _redact_audit_event(user_key: RowKey, row: Row) -> Row:
    """Remove the addresses of other people, and the keys of other accounts."""
    if row["actor_id"] != user_key.id:
        row["address"] = None
    subject = row["subject"] or ""
    if subject.startswith("account ") and subject not in account_subjects(user_key):
        row["subject"] = None
    return row


EXPORT_SECTIONS = [
    ExportSection(
        name="account",
        label=_l("Your account"),
        model=User,
        columns=(
            "region", "id", "username", "email", "first_name", "last_name", "city", "created_at",
            "email_confirmed_at", "disabled_at",
        ),
        conditions=rows_with_key(User),
        order=("id",),
    ),
    ExportSection(
        name="profile",
        label=_l("Your profile"),
        model=Profile,
        columns=("about",),
        conditions=rows_with_key(Profile, id="user_id"),
        order=("user_id",),
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
        label=_l("Where you were signed in"),
        model=LoginSession,
        columns=(
            "created_at", "last_seen_at", "authenticated_at", "ended_at", "remember",
            "second_factor", "agent", "address", "city",
        ),
        conditions=rows_with_key(LoginSession, id="user_id"),
        order=("created_at", "id"),
    ),
    ExportSection(
        name="identities",
        label=_l("Other sign-ins that open your account"),
        model=Identity,
        columns=("issuer", "subject", "email", "created_at"),
        conditions=rows_with_key(Identity, id="user_id"),
        order=("id",),
    ),
    ExportSection(
        name="second-factor",
        label=_l("Your second factor"),
        model=SecondFactor,
        columns=("confirmed_at",),
        conditions=rows_with_key(SecondFactor, id="user_id"),
        order=("user_id",),
    ),
    ExportSection(
        name="links",
        label=_l("Links that we sent you"),
        model=EmailLink,
        columns=("purpose", "email", "created_at", "expires_at", "used_at"),
        conditions=rows_with_key(EmailLink, id="user_id"),
        order=("digest",),
    ),
    ExportSection(
        name="events",
        label=_l("What you did, and what was done to your account"),
        model=AuditEvent,
        columns=("at", "kind", "subject", "address", "details"),
        conditions=_audit_events_conditions,
        order=("at", "id"),
        redact=_redact_audit_event,
        redact_columns=("actor_id",),
    ),
]  # fmt: skip


# --- the export --------------------------------------------------------------------------------


def read_export(user_key: RowKey) -> dict[str, Iterator[Row]]:
    """Return the rows of all sections by name; each is read when it is iterated."""
    return {section.name: section.rows(user_key) for section in get_hooks().export_sections}


def find_section(name: str) -> ExportSection:
    """Return the section of that name; raises NotFound."""
    for section in get_hooks().export_sections:
        if section.name == name:
            return section
    raise NotFound


def record_export(user_key: RowKey, what: str) -> None:
    """Write to the audit trail that a person takes a copy of a section, or of ``everything``."""
    subject = audit_subject("account", user_key)
    audit_event = audit_event_statement(
        AuditKind.DATA_EXPORTED, actor=user_key, subject=subject, what=what
    )
    execute_write(audit_event, idempotent=True)
