"""Hooks: how an upper module takes part in what a lower module does.

Modules import downwards only: ops > rides > fleet > riders > auth. Where a lower module needs
something of the upper ones, such as the vehicles of an account that is deleted, it asks a hook.
An upper module adds to the hooks of the application in its ``create_module``::

    hooks = get_hooks(app)
    hooks.on_account_deletion.append(remove_vehicles_of_owner)
    hooks.export_sections.extend(EXPORT_SECTIONS)

The modules are assembled from auth up to rides; entries are used in the order of this assembly.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from flask import Flask, current_app
from flask_babel import LazyString
from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Select,
    String,
    Uuid,
    cast,
    false,
    literal,
    null,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import InstrumentedAttribute, Session

from webapp.account_sections import AccountSection
from webapp.db.inserts import Insert
from webapp.db.keys import RowKey
from webapp.jobs.kinds import JobHandler, JobKind, JobRegistration, RunningJob
from webapp.jobs.schedules import Schedule
from webapp.mail import Values
from webapp.notification_kinds import NotificationKind
from webapp.personal_data import ExportSection
from webapp.regions.geography import Point
from webapp.regions.models import City
from webapp.staff_search import SearchSource
from webapp.translatable_texts import TranslatableKind
from webapp.web.roles import Permission

#: Is called with the session of the transaction and the key of the account.
AccountHook = Callable[[Session, RowKey], None]
#: Is called with the key of a rider and returns a condition for any statement.
RiderCondition = Callable[[RowKey], ColumnElement[bool]]


#: Is called with the key of a rider and a city and returns a condition for any statement.
RiderCityCondition = Callable[[RowKey, City], ColumnElement[bool]]


#: A key as in the subjects of audit events, and a JSON list of what a name consists of (Any: JSON).
SubjectNamesQuery = Select[tuple[str, Any]]


class SubjectNames(NamedTuple):
    """How the subjects of audit events that are of one kind are named, such as vehicles."""

    #: Is called with keys as they stand in the subjects, and returns the query for those rows.
    query: Callable[[Collection[str]], SubjectNamesQuery]
    #: Is called with the values of that list, and returns what people call the row.
    describe: Callable[..., str]


class StaffMenuEntry(NamedTuple):
    """A link in the menu of staff."""

    label: LazyString
    endpoint: str
    #: Who sees the link: what the page itself ``requires``.
    permission: Permission
    #: Links are shown in the order of their positions.
    position: int
    #: Whether the viewer must have it in all cities, not only in some.
    in_all_cities: bool = False


class VehicleSearch(NamedTuple):
    """Somebody looks for vehicles of a city."""

    city: City
    has_results: bool
    #: GBFS form factor of the vehicles; '': of any type.
    form_factor: str
    #: Around which somebody looks for any available vehicle of the type, near enough to walk there.
    #: None: the search was another one.
    point: Point | None
    #: How far the nearest one is from the point, metres. None: none is in the circle.
    nearest_m: int | None


class VehicleLink(NamedTuple):
    """A link on the page of a vehicle for staff."""

    label: LazyString
    #: Of a page with the argument ``vehicle_key``.
    endpoint: str
    #: Who sees the link: what the page itself ``requires``, in the city of the vehicle.
    permission: Permission


class RegistrationTerms(NamedTuple):
    """What somebody agrees to by creating an account."""

    #: Is called with the home city, and returns which terms hold there for the reader; None: none.
    find_id: Callable[[City], UUID | None]
    #: Is called with the key of the account and these terms, and returns the part of the statement
    #: that records the agreement.
    agreement_cte: Callable[[RowKey, UUID], CTE]


class StatusLevel(StrEnum):
    """How something is: all is well; somebody should look; it does not work."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


class StatusLine(NamedTuple):
    """One thing on the status page of admins."""

    name: str
    level: StatusLevel
    #: How it is, in a few words.
    word: str
    #: What to do; '' when there is nothing.
    advice: str = ""


class StatusSection(NamedTuple):
    """A part of the status page."""

    title: LazyString
    #: Returns the lines. It may send one statement.
    check: Callable[[], list[StatusLine]]


class LedgerCheck(NamedTuple):
    """A query that must have no rows; ``flask wallet audit`` runs it over all regions."""

    #: What is wrong with the rows it finds, in plural: ``entries that do not balance``.
    problem: str
    #: Selects the region and the id of what is wrong.
    query: Select[Any]


class AlertUnit(StrEnum):
    """Of the threshold from which on an alert counts something."""

    PERCENT = "percent"
    HOURS = "hours"
    DAYS = "days"
    RIDES = "rides"
    RESERVATIONS = "reservations"
    METRES = "metres"


class AlertCounter(NamedTuple):
    """An alert on the board of a city: a number, and the list of what it counts."""

    #: Names it in the settings of cities; never renamed.
    kind: str
    label: LazyString
    #: Who sees the number with its link: what the list ``requires``. Who has VIEW_NUMBERS sees the
    #: number alone.
    permission: Permission
    #: Is called with the city and the threshold, and returns the query for the number. It is part
    #: of the statement of the board.
    count_query: Callable[[City, int], Select[tuple[int]]]
    #: The list, and its parameters for a city and the threshold. It has as many rows.
    endpoint: str
    list_args: Callable[[City, int], dict[str, str]]
    #: The threshold where a city has set none; 0 without a unit: all are counted.
    default_threshold: int = 0
    unit: AlertUnit | None = None
    #: Whether the number is not about one city: only who has the permission in all cities sees it.
    in_all_cities: bool = False


#: The numbers of rides or reservations in a row that alerts count from, and count up to.
MIN_IN_A_ROW, MAX_IN_A_ROW = 2, 10


class ShortRide(NamedTuple):
    """How long and how far the rides are at most that count as short."""

    duration: timedelta
    distance_m: int


def _count_no_rides(_: FromClause, __: ShortRide) -> ColumnElement[int]:
    return literal(0)


def _never(_: RowKey, __: City) -> ColumnElement[bool]:
    return false()


class VehicleRideColumns(NamedTuple):
    """Columns about the vehicle of a query over ``vehicles``: scalar subqueries that correlate."""

    #: How many rides the vehicle had.
    ride_count: ColumnElement[int] = literal(0)
    #: The id of the account that rides the vehicle; NULL when it is not ridden.
    rider_id: ColumnElement[UUID] = cast(null(), Uuid())
    #: What riders said of it, as fleet/vehicle_scores.py reads it. Any: JSON.
    score: ColumnElement[Any] = cast(null(), JSONB())
    #: Where its last rider left it, in that rider's words; NULL: none. For staff only.
    last_end_address: ColumnElement[str] = cast(null(), String())
    #: Returns how many of the last rides of a vehicle in a row were short, up to
    #: ``MAX_IN_A_ROW``. Is called with vehicles: ``region``, ``id``, and ``back_on_street_at``,
    #: before which rides do not count (NULL: all do).
    count_short_rides: Callable[[FromClause, ShortRide], ColumnElement[int]] = _count_no_rides


class StatementPart(NamedTuple):
    """What a hook adds to a statement that changes vehicles."""

    cte: CTE
    #: With ``after``: a statement writes all its audit events in one part.
    audit_event: Insert | None = None
    #: Jobs that follow; a statement inserts all its jobs in one part. Any: the columns of a job.
    jobs: Select[Any] | None = None


@dataclass
class Hooks:
    """The hooks of one application. Each says who calls it, when, and in which transaction."""

    #: The sections of a person's data export. Read by riders/personal_data.py for the page "Your
    #: data" and its files, outside of any transaction.
    export_sections: list[ExportSection] = field(default_factory=list)

    #: What people agree to by registering. ``find_id`` is called by ``check_terms``
    #: (auth/registration_terms.py), ``agreement_cte`` by ``register``
    #: (auth/services/registration.py): it is part of the statement that creates the account. None:
    #: nothing.
    registration_terms: RegistrationTerms | None = None

    #: Called by ``close_account`` (auth/services/staff_accounts.py) when staff close an account,
    #: in the transaction that closes it and before the account changes. Finishes what the person
    #: can no longer finish, such as an open ride. May run again when the transaction is retried.
    on_account_closing: list[AccountHook] = field(default_factory=list)

    #: Called by ``delete_account`` (riders/services/account_deletion.py), in the transaction that
    #: deletes or ends the account, first. Raise a DomainError that keeps the account.
    deletion_checks: list[AccountHook] = field(default_factory=list)

    #: Called in the transaction that deletes the account and before its row goes: by
    #: ``delete_account``; for an account with many rows by its job, after ``deletion_slices``.
    #: Removes or anonymises the rows that no foreign key deletes. May raise a DomainError, which
    #: keeps the account. May run again on a retry.
    on_account_deletion: list[AccountHook] = field(default_factory=list)

    #: Called by the job of an account with many rows that has ended, outside of any transaction, at
    #: least once, in this order. Does what ``on_account_deletion`` and the foreign keys do, in
    #: short statements (webapp/db/slices.py).
    deletion_slices: list[Callable[[RowKey], None]] = field(default_factory=list)

    #: Conditions under which no money is paid out to a rider. Part of the statement that records a
    #: payout (riders/wallet/services/payouts.py).
    payout_blockers: list[RiderCondition] = field(default_factory=list)

    #: Returns how many rides a rider has ended, counted up to a limit. A column of the query of a
    #: profile (riders/queries.py), outside of any transaction. None: it is not known.
    rider_ride_count: Callable[[RowKey, int], ColumnElement[int]] | None = None

    #: Returns why the owner of the vehicle does not let a rider ride it; NULL: the owner does. A
    #: column of the query of the page of a vehicle (fleet/favourites/queries.py).
    vehicle_block_reason: Callable[[RowKey], ColumnElement[str]] | None = None

    #: The condition that a rider has ridden in a city. Part of the statements that add a comment on
    #: a notice, and a flag (notices/comments/services.py).
    has_ridden_condition: RiderCityCondition = _never

    #: What rides know about a vehicle. Selected by the pages of a vehicle in their own
    #: query, outside of any transaction: fleet/queries/details.py, fleet/unlock_codes/services.py.
    vehicle_ride_columns: VehicleRideColumns = field(default_factory=VehicleRideColumns)

    #: Parts of each statement that takes vehicles out of the fleet for good; they end what hangs on
    #: these, such as open tasks. Called with the part that has their ``region`` and ``id``, by
    #: ``make_retirement_parts`` (fleet/services/retirement.py).
    retirement_parts: list[Callable[[CTE], StatementPart]] = field(default_factory=list)

    #: Parts of the statement by which staff give a vehicle to another owner; they end what the
    #: former one has begun. Called in the same way, by ``transfer_statement``
    #: (fleet/vehicle_actions/transfer.py).
    transfer_parts: list[Callable[[CTE], StatementPart]] = field(default_factory=list)

    #: Jobs for vehicles that are withdrawn from riders who have reserved them: out of service, or
    #: off the street. Called by ``vehicle_events_cte`` (fleet/vehicle_events/writing.py) with the
    #: part that has of each its ``region`` and ``id``, and of the reservation ``reservation_id``
    #: (NULL: not known) and ``reserved_until``. Returns ``jobs_from_rows_query``.
    #: The statement inserts all of them at once, because CockroachDB lets it change a table once:
    #: for the same reason a statement that withdraws vehicles writes no other jobs.
    withdrawal_jobs: list[Callable[[CTE], Select[Any]]] = field(default_factory=list)

    #: What the ledger must satisfy. Run by ``flask wallet audit`` (riders/wallet/cli.py), each in
    #: a statement of its own on the maintenance engine.
    ledger_checks: list[LedgerCheck] = field(default_factory=list)

    #: The names of the subjects of audit events, by kind: ``account``, ``vehicle``, ... Read by
    #: ``find_subject_names`` (auth/subject_names.py) for the pages that list events, all in one
    #: statement.
    subject_names: dict[str, SubjectNames] = field(default_factory=dict)

    #: Called by the search (fleet/controllers/search.py) with its first page, outside of any
    #: transaction. Every rider waits for it: it must not use the database.
    on_vehicle_search: list[Callable[[VehicleSearch], None]] = field(default_factory=list)

    #: Called by ``register`` (auth/services/registration.py) after the account was written, outside
    #: of any transaction, with its home city. It must not use the database.
    on_registration: list[Callable[[City], None]] = field(default_factory=list)

    #: Sections of the status page of admins. Run by ``run_checks`` (ops/status/checks.py), outside
    #: of any transaction; a section whose statement fails is shown as red.
    status_sections: list[StatusSection] = field(default_factory=list)

    #: What runs the jobs of each kind, by its name. Called by workers (webapp/ops/jobs/running.py),
    #: outside of any transaction, at least once for each job.
    job_kinds: dict[str, JobRegistration] = field(default_factory=dict)

    #: Jobs that are due again and again. Workers write them (webapp/ops/jobs/scheduler.py).
    schedules: list[Schedule] = field(default_factory=list)

    #: The alerts of the board (fleet/board/services.py), in this order. Their queries are parts of
    #: its one statement, outside of any transaction.
    alert_counters: list[AlertCounter] = field(default_factory=list)

    #: The links of the menu of staff. Read by ``staff_menu`` (webapp/templating.py) for the header
    #: of every page; no statement is sent.
    staff_menu: list[StaffMenuEntry] = field(default_factory=list)

    #: The links of the page of a vehicle for staff, in this order. Read by ``render_details``
    #: (fleet/controllers/vehicle_details.py); no statement is sent.
    vehicle_links: list[VehicleLink] = field(default_factory=list)

    #: What staff find by the search. Asked by ``search`` (fleet/staff_search/services.py), all in
    #: one statement, outside of any transaction.
    search_sources: list[SearchSource] = field(default_factory=list)

    #: The texts that people can have translated, by the name of their kind. Read by
    #: webapp/machine_translation outside of any transaction; each reads its text in one statement.
    translatable_kinds: dict[str, TranslatableKind] = field(default_factory=dict)

    #: What staff see of an account. Read by ``find_account_details`` (auth/queries.py), all in its
    #: one statement, outside of any transaction.
    account_sections: list[AccountSection] = field(default_factory=list)

    #: The kinds of notifications, by name. Read by the job that writes one and by the page that
    #: shows it (riders/notifications); no statement is sent.
    notification_kinds: dict[str, NotificationKind] = field(default_factory=dict)

    #: Called by ``send_mail`` (auth/jobs.py) before it sends a mail for an account, outside of any
    #: transaction, at least once, with the name of the template. Writes the notification that
    #: belongs to the mail, and tells whether the account wants the mail. None: all are sent.
    on_account_mail: Callable[[RunningJob, str, Values], bool] | None = None

    #: Deferred attributes of accounts that every page shows of its viewer. Read by ``_load_user``
    #: (auth/login_manager.py) with the account, in the same statement. (Any: of any type)
    viewer_attributes: list[InstrumentedAttribute[Any]] = field(default_factory=list)

    def add_notification_kinds(self, *kinds: NotificationKind) -> None:
        """Let people get notifications of these kinds."""
        self.notification_kinds.update({kind.name: kind for kind in kinds})

    def add_translatable_kinds(self, *kinds: TranslatableKind) -> None:
        """Let people have these texts translated."""
        self.translatable_kinds.update({kind.name: kind for kind in kinds})

    def add_schedule(self, schedule: Schedule, handler: str) -> None:
        """Let workers run a job again and again. handler: as in JobRegistration."""
        self.schedules.append(schedule)
        self.add_job_handler(schedule.kind, handler)

    def add_job_handler(self, kind: JobKind[Any], handler: str | JobHandler[Any]) -> None:
        """Let workers run the jobs of a kind. handler: as in JobRegistration."""
        self.job_kinds[kind.name] = JobRegistration(kind, handler)


def init_app(app: Flask) -> None:
    app.extensions["movr"] = Hooks()


def get_hooks(app: Flask | None = None) -> Hooks:
    """Return the hooks of an application, by default of the current one."""
    hooks: Hooks = (app or current_app).extensions["movr"]
    return hooks
