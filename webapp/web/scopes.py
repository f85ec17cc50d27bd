"""Scopes: what a program may do with an access token of an account (RFC 6749, section 3.3).

A scope gives nothing that the account itself may not do. Views are marked with the scope that they
need (``requires_scope`` in webapp/web/access.py).
"""

from collections.abc import Mapping
from enum import StrEnum

from webapp.web.roles import Permission


class Scope(StrEnum):
    """The values stand in tokens and documents: they never change."""

    #: The account: name, home city, roles, what runs now.
    ACCOUNT_READ = "account:read"
    #: Change the profile, what is saved, and which mails come.
    ACCOUNT_WRITE = "account:write"
    #: Saved vehicles and places, such as home.
    SAVED_READ = "saved:read"
    #: Rides, their paths and receipts, the reservation, disputes.
    RIDES_READ = "rides:read"
    #: Reserve vehicles, start, pause and end rides, rate and dispute them.
    RIDES_WRITE = "rides:write"
    #: Balances and entries of the wallet.
    WALLET_READ = "wallet:read"
    #: Start top-ups, which are paid at the payment provider.
    WALLET_WRITE = "wallet:write"
    #: Reports about vehicles and their answers.
    REPORTS_READ = "reports:read"
    #: Report vehicles.
    REPORTS_WRITE = "reports:write"
    #: Comment on notices, and flag comments.
    COMMENTS_WRITE = "comments:write"
    #: The account's vehicles as an owner, with the reports about them.
    VEHICLES_READ = "vehicles:read"
    #: Add vehicles of the account, change them, and take them out of the fleet.
    VEHICLES_WRITE = "vehicles:write"
    #: What the account earns as an owner, and its payouts.
    EARNINGS_READ = "earnings:read"
    #: As staff: vehicles, tasks and reports of the account's cities.
    FLEET_READ = "fleet:read"
    #: As staff: act on vehicles, do tasks and answer reports of the account's cities.
    FLEET_WRITE = "fleet:write"


#: Scopes for the work of staff: each is of use to who has one of these permissions. All others are
#: of use to every account.
STAFF_SCOPES: Mapping[Scope, frozenset[Permission]] = {
    Scope.FLEET_READ: frozenset(
        {
            Permission.ANSWER_REPORTS,
            Permission.VIEW_NUMBERS,
            Permission.VIEW_VEHICLES,
            Permission.WORK_ON_TASKS,
        }
    ),
    Scope.FLEET_WRITE: frozenset(
        {Permission.ANSWER_REPORTS, Permission.CHANGE_VEHICLES, Permission.WORK_ON_TASKS}
    ),
}
