"""What people read for each permission, by area: the matrix of roles and docs/security.md."""

from typing import NamedTuple

from flask_babel import LazyString

from webapp.translations import lazy_gettext as _l
from webapp.web.roles import Permission


class PermissionArea(NamedTuple):
    """Permissions that are about one thing."""

    label: LazyString
    permissions: dict[Permission, LazyString]


#: Each permission is in one of them; a test names one that is missing.
PERMISSION_AREAS = (
    PermissionArea(
        _l("Board and numbers"),
        {
            Permission.VIEW_BOARD: _l(
                "See the board of a city: how many vehicles are in which state, and alerts"
            ),
            Permission.MANAGE_ALERTS: _l("Say from when on alerts of a city count, and mute them"),
            Permission.VIEW_NUMBERS: _l("See counts and sums, without persons"),
            Permission.VIEW_VEHICLE_COSTS: _l("See what a vehicle has earned and cost"),
        },
    ),
    PermissionArea(
        _l("Vehicles and tasks"),
        {
            Permission.VIEW_VEHICLES: _l(
                "See vehicles in any state, their codes, labels and reports"
            ),
            Permission.CHANGE_VEHICLES: _l(
                "Act on vehicles: out of service and back, pick up, deploy, move, swap the battery"
            ),
            Permission.MANAGE_VEHICLES: _l(
                "Add vehicles of the operator; change what a vehicle is and whose: edit, new code,"
                " other owner, retire"
            ),
            Permission.WORK_ON_TASKS: _l("Take tasks and do them"),
            Permission.PLAN_TASKS: _l("Make tasks and assign them"),
            Permission.MANAGE_FEEDS: _l("See, run, pause and resume feed subscriptions"),
        },
    ),
    PermissionArea(
        _l("Riders and rides"),
        {
            Permission.VIEW_RIDERS: _l(
                "See who a rider, an owner or a reporter is, and find accounts by name or e-mail"
            ),
            Permission.VIEW_RIDES: _l("See running rides and their riders"),
            Permission.END_RIDES: _l("End a ride for its rider"),
            Permission.ANSWER_REPORTS: _l("Read and answer reports"),
            Permission.ANSWER_DISPUTES: _l("Read and answer disputes, and refund"),
            Permission.MANAGE_QUEUES: _l(
                "Change the service targets and saved replies of reports and disputes"
            ),
            Permission.MODERATE_PROFILES: _l(
                "Remove the photos of profiles, hide remarks about vehicles, and show them again"
            ),
            Permission.MODERATE_COMMENTS: _l("Hide and show comments of riders on notices"),
            Permission.GIVE_CREDIT: _l("Give credit to riders"),
        },
    ),
    PermissionArea(
        _l("Prices, zones, texts, money and files"),
        {
            Permission.CHANGE_PRICES: _l("See and publish pricing plans"),
            Permission.CHANGE_ZONES: _l("See, draw, change and remove zones"),
            Permission.CHANGE_TEXTS: _l(
                "See and publish texts: terms of service, privacy policy and help"
            ),
            Permission.CHANGE_NOTICES: _l("Write, publish and end notices"),
            Permission.EXPORT_DATA: _l(
                "Take out lists as files; what is in them follows from the other permissions"
            ),
            Permission.VIEW_EARNINGS: _l(
                "See the revenue shares of owners, and what they have earned"
            ),
            Permission.SET_SHARES: _l("Set the revenue shares of owners"),
            Permission.PAY_OWNERS: _l("Record what was paid out to owners"),
            Permission.VIEW_LEDGER: _l("Take out the ledger entries of riders"),
        },
    ),
    PermissionArea(
        _l("Accounts and the system"),
        {
            Permission.MANAGE_ACCOUNTS: _l(
                "See an account with its sessions and events, close it, grant and revoke roles"
            ),
            Permission.VIEW_AUDIT_TRAIL: _l(
                "Read and export the audit trail; with a role for some cities, what staff did in"
                " these"
            ),
            Permission.VIEW_STATUS: _l("See the status page and how long the database takes"),
            Permission.MANAGE_CITIES: _l(
                "Open, change and close cities, and switch their features"
            ),
            Permission.MANAGE_VEHICLE_TYPES: _l("Add vehicle types, and set what holds for each"),
            Permission.MANAGE_APPS: _l(
                "Register, change and remove apps that ask people for access to their accounts"
            ),
            Permission.MANAGE_JOBS: _l("See, retry and discard jobs"),
            Permission.VIEW_TABLES: _l("Look at the rows of all tables, without secrets"),
        },
    ),
)
