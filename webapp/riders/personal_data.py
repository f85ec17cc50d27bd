"""Everything MovR holds about a person, for that person: read in batches, however much it is.

Each module says what it holds. Modules know riders, and riders knows no module: hence a list.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, select, tuple_

from webapp.audit.enums import AuditKind
from webapp.audit.models import AuditEvent
from webapp.audit.writing import account_subjects, audit_event_statement, audit_subject
from webapp.auth.models import EmailLink, Identity, LoginSession, RoleGrant, SecondFactor, User
from webapp.db.keys import RowKey
from webapp.db.transactions import run_transaction
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import Base, db
from webapp.regions.catalogue import catalogue
from webapp.riders.models import Profile

#: How many rows are read at once.
BATCH = 500

Row = dict[str, Any]
Conditions = list[ColumnElement[bool]]


def _as_it_is(person: RowKey, row: Row) -> Row:
    return row


@dataclass(frozen=True)
class Holding:
    """One kind of rows that tell about a person."""

    #: Its name in the file of everything, and the name of its own file.
    name: str
    label: Any
    model: type[Base]
    #: What the person gets: no secret, nothing that opens anything.
    columns: tuple[str, ...]
    #: Where a person's rows are; each part is read by itself, in this order.
    where: Callable[[RowKey], list[Conditions]]
    order: tuple[str, ...]
    #: Takes out what is somebody else's; sees the columns ``looks_at``, too.
    tell: Callable[[RowKey, Row], Row] = _as_it_is
    looks_at: tuple[str, ...] = ()

    def rows(self, person: RowKey) -> Iterator[Row]:
        """Give all rows about a person; one statement for each ``BATCH`` of them."""
        for conditions in self.where(person):
            for row in self._read(conditions):
                told = self.tell(person, row)
                yield {name: told[name] for name in self.columns}

    def _read(self, conditions: Conditions) -> Iterator[Row]:
        columns = table(self.model).c
        names = dict.fromkeys((*self.columns, *self.order, *self.looks_at))
        read = [columns[name] for name in names]
        order = [columns[name] for name in self.order]
        part = select(*read).where(*conditions).order_by(*order).limit(BATCH)
        rows = db.session.execute(part).mappings().all()
        yield from map(dict, rows)
        while len(rows) == BATCH:
            last = tuple(rows[-1][name] for name in self.order)
            rows = db.session.execute(part.where(tuple_(*order) > last)).mappings().all()
            yield from map(dict, rows)


# --- what auth and riders hold -----------------------------------------------------------------


def _account(person: RowKey) -> list[Conditions]:
    return [[User.region == person.region, User.id == person.id]]


def of_user(model: Any) -> Callable[[RowKey], list[Conditions]]:
    """Return where the rows of a model are that has ``user_id``."""
    return lambda person: [[model.region == person.region, model.user_id == person.id]]


def _told(person: RowKey) -> list[Conditions]:
    """What the person did, and what was done to the account: in each region, wherever they were."""
    regions = sorted({city.region for city in catalogue().all()} | {person.region})
    by, by_others = (
        AuditEvent.actor_id == person.id,
        AuditEvent.actor_id.is_distinct_from(person.id),
    )
    about = AuditEvent.subject.in_(account_subjects(person))
    return [
        [AuditEvent.region == region, *part]
        for region in regions
        for part in ([by], [about, by_others])
    ]


def _without_others(person: RowKey, row: Row) -> Row:
    """Leave out where others were who did something to the account, and whose account it was that
    the person did something to."""
    if row["actor_id"] != person.id:
        row["address"] = None
    whom = row["subject"] or ""
    if whom.startswith("account ") and whom not in account_subjects(person):
        row["subject"] = None
    return row


holdings = [
    Holding(
        "account",
        _l("Your account"),
        User,
        (
            "region", "id", "username", "email", "first_name", "last_name", "city", "created_at",
            "email_confirmed_at", "disabled_at",
        ),
        _account,
        ("id",),
    ),
    Holding("profile", _l("Your profile"), Profile, ("about",), of_user(Profile), ("user_id",)),
    Holding(
        "roles",
        _l("Your roles"),
        RoleGrant,
        ("role", "cities"),
        of_user(RoleGrant),
        ("role",),
    ),
    Holding(
        "sessions",
        _l("Where you were signed in"),
        LoginSession,
        (
            "created_at", "last_seen_at", "authenticated_at", "ended_at", "remember",
            "second_factor", "agent", "address", "city",
        ),
        of_user(LoginSession),
        ("created_at", "id"),
    ),
    Holding(
        "identities",
        _l("Other sign-ins that open your account"),
        Identity,
        ("issuer", "subject", "email", "created_at"),
        of_user(Identity),
        ("id",),
    ),
    Holding(
        "second-factor",
        _l("Your second factor"),
        SecondFactor,
        ("confirmed_at",),
        of_user(SecondFactor),
        ("user_id",),
    ),
    Holding(
        "links",
        _l("Links that we sent you"),
        EmailLink,
        ("purpose", "email", "created_at", "expires_at", "used_at"),
        of_user(EmailLink),
        ("digest",),
    ),
    Holding(
        "events",
        _l("What you did, and what was done to your account"),
        AuditEvent,
        ("at", "kind", "subject", "address", "details"),
        _told,
        ("at", "id"),
        _without_others,
        ("actor_id",),
    ),
]  # fmt: skip


# --- taking it along ---------------------------------------------------------------------------


def everything(person: RowKey) -> dict[str, Iterator[Row]]:
    """Return all that is held about a person, by kind; nothing is read before it is asked for."""
    return {holding.name: holding.rows(person) for holding in holdings}


def holding_named(name: str) -> Holding:
    """Return what is held under that name; raises NotFound."""
    for holding in holdings:
        if holding.name == name:
            return holding
    raise NotFound


def note(person: RowKey, what: str) -> None:
    """Write down that a person takes a copy."""
    about = audit_subject("account", person)
    audit_event = audit_event_statement(
        AuditKind.DATA_EXPORTED, actor=person, subject=about, what=what
    )
    run_transaction(lambda s: s.execute(audit_event), one_statement=True, idempotent=True)
