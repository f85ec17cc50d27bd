"""Roles, the permissions of each (NIST RBAC), and nothing else decides who may do what.

An account has roles, everywhere or in some cities (``RoleGrant``). Views are marked with the
permission that they need (webapp/web/access.py); queries and services ask the account:
``staff.has_permission(Permission.VIEW_VEHICLES, city_name)``.
"""

from collections.abc import Mapping
from enum import StrEnum


class Role(StrEnum):
    """What an account is. ``rider`` is everyone and is not stored."""

    RIDER = "rider"
    OWNER = "owner"
    #: Answers riders.
    SUPPORT = "support"
    #: Looks after the vehicles on the street; sees no persons.
    MECHANIC = "mechanic"
    #: Sees numbers; neither persons nor single vehicles.
    ANALYST = "analyst"
    #: The manager of a city's fleet.
    FLEET = "fleet"
    ADMIN = "admin"


class Permission(StrEnum):
    """What staff may do, in the cities of their role. docs/security.md lists who has which."""

    #: The board of a city: how many vehicles are in which state, and alerts.
    VIEW_BOARD = "view_board"
    #: Vehicles in any state, with their codes, labels and reports.
    VIEW_VEHICLES = "view_vehicles"
    #: Act on vehicles: out of service and back, pick up, deploy, move, swap the battery.
    CHANGE_VEHICLES = "change_vehicles"
    #: Add vehicles of the operator; change what a vehicle is and whose: edit, new code, other
    #: owner, retire.
    MANAGE_VEHICLES = "manage_vehicles"
    #: Take tasks, and do them.
    WORK_ON_TASKS = "work_on_tasks"
    #: Make tasks, and assign them to others.
    PLAN_TASKS = "plan_tasks"
    #: Who a rider, an owner or a reporter is: name, username, e-mail address. Without it a page
    #: shows no person.
    VIEW_RIDERS = "view_riders"
    #: Rides with their riders. Who has it has VIEW_RIDERS, too.
    VIEW_RIDES = "view_rides"
    #: End a ride for its rider.
    END_RIDES = "end_rides"
    #: The reports about vehicles, and their answers.
    ANSWER_REPORTS = "answer_reports"
    #: Disputes with their riders, answers and refunds. Who has it has VIEW_RIDERS, too.
    ANSWER_DISPUTES = "answer_disputes"
    #: From when on alerts of a city count, and mute them.
    MANAGE_ALERTS = "manage_alerts"
    #: Saved replies and service targets of the queues of reports and disputes.
    MANAGE_QUEUES = "manage_queues"
    #: Remove what riders show to others: the photo of a profile, remarks about vehicles. Who has it
    #: has VIEW_RIDERS, too.
    MODERATE_PROFILES = "moderate_profiles"
    #: Counts and sums: no row of a person.
    VIEW_NUMBERS = "view_numbers"
    #: What single vehicles have earned and cost.
    VIEW_VEHICLE_COSTS = "view_vehicle_costs"
    #: The revenue shares of owners, and what they have earned. Who has it has VIEW_RIDERS, too.
    VIEW_EARNINGS = "view_earnings"
    #: Set the revenue shares of owners.
    SET_SHARES = "set_shares"
    #: Record what was paid out to owners.
    PAY_OWNERS = "pay_owners"
    #: Take out lists as files. What is in them follows from the other permissions.
    EXPORT_DATA = "export_data"
    #: The ledger entries of riders, as files.
    VIEW_LEDGER = "view_ledger"
    #: Feed subscriptions: see, run, pause and resume them.
    MANAGE_FEEDS = "manage_feeds"
    #: Pricing plans: see and publish them.
    CHANGE_PRICES = "change_prices"
    #: Terms, privacy and help: see and publish them.
    CHANGE_TEXTS = "change_texts"
    #: Notices: write, publish and end them.
    CHANGE_NOTICES = "change_notices"
    #: Comments of riders on notices: hide and show them. Who writes one is seen by its short name.
    MODERATE_COMMENTS = "moderate_comments"
    #: Zones: see, draw, change and remove them.
    CHANGE_ZONES = "change_zones"
    #: Accounts with their sessions and events: close them, grant and revoke roles.
    MANAGE_ACCOUNTS = "manage_accounts"
    #: Give credit to riders.
    GIVE_CREDIT = "give_credit"
    #: The audit trail.
    VIEW_AUDIT_TRAIL = "view_audit_trail"
    #: The state of servers and databases, and how long they take.
    VIEW_STATUS = "view_status"
    #: Cities: open and change them.
    MANAGE_CITIES = "manage_cities"
    #: Types of vehicles: add them, and what is set for each.
    MANAGE_VEHICLE_TYPES = "manage_vehicle_types"
    #: Apps that may ask people for access to their accounts: register, change and remove them.
    MANAGE_APPS = "manage_apps"
    #: Jobs that wait or failed: see, retry and discard them.
    MANAGE_JOBS = "manage_jobs"
    #: The rows of all tables of the database.
    VIEW_TABLES = "view_tables"


_SUPPORT = frozenset(
    {
        Permission.VIEW_BOARD,
        Permission.VIEW_VEHICLES,
        Permission.VIEW_RIDERS,
        Permission.VIEW_RIDES,
        Permission.END_RIDES,
        Permission.ANSWER_REPORTS,
        Permission.ANSWER_DISPUTES,
        Permission.MODERATE_PROFILES,
        Permission.MODERATE_COMMENTS,
    }
)
_MECHANIC = frozenset(
    {
        Permission.VIEW_BOARD,
        Permission.VIEW_VEHICLES,
        Permission.CHANGE_VEHICLES,
        Permission.WORK_ON_TASKS,
        Permission.ANSWER_REPORTS,
        Permission.EXPORT_DATA,
    }
)
_ANALYST = frozenset({Permission.VIEW_BOARD, Permission.VIEW_NUMBERS})

#: What each role may do.
PERMISSIONS: Mapping[str, frozenset[Permission]] = {
    Role.RIDER: frozenset(),
    Role.OWNER: frozenset(),
    Role.SUPPORT: _SUPPORT,
    Role.MECHANIC: _MECHANIC,
    Role.ANALYST: _ANALYST,
    Role.FLEET: _SUPPORT
    | _MECHANIC
    | _ANALYST
    | {
        Permission.MANAGE_VEHICLES,
        Permission.MANAGE_ALERTS,
        Permission.MANAGE_QUEUES,
        Permission.CHANGE_NOTICES,
        Permission.VIEW_VEHICLE_COSTS,
        Permission.VIEW_EARNINGS,
        Permission.PLAN_TASKS,
        Permission.MANAGE_FEEDS,
    },
    Role.ADMIN: frozenset(Permission),
}


def list_roles_with(permission: Permission) -> list[Role]:
    """Return the roles that have a permission."""
    return [role for role in Role if permission in PERMISSIONS[role]]


#: Permissions about all cities together: their pages open only where the role holds everywhere.
IN_ALL_CITIES = frozenset(
    {
        Permission.VIEW_STATUS,
        Permission.MANAGE_CITIES,
        Permission.MANAGE_VEHICLE_TYPES,
        Permission.MANAGE_APPS,
        Permission.MANAGE_JOBS,
        Permission.VIEW_TABLES,
    }
)

#: Roles that can be granted: all but that of everyone.
GRANTABLE_ROLES = tuple(role for role in Role if role is not Role.RIDER)
#: Roles that see or change what is not their own. They need a second factor.
STAFF = tuple(role for role in Role if PERMISSIONS[role])
