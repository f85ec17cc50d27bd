"""The fleet: finding vehicles, looking after them, and importing operators' feeds."""

from functools import partial
from typing import Any

from flask import Blueprint, Flask

from webapp.cli import add_commands
from webapp.db.cache import TimedCache
from webapp.fleet import personal_data, subject_names, template_globals
from webapp.fleet.alerts import controllers as alerts
from webapp.fleet.alerts import settings as alert_settings
from webapp.fleet.alerts.counters import VEHICLE_COUNTERS
from webapp.fleet.alerts.schedules import VEHICLE_ALERTS
from webapp.fleet.alerts.statements import delete_alerts_part
from webapp.fleet.api import cities as api_cities
from webapp.fleet.api import own_vehicles as api_own_vehicles
from webapp.fleet.api import staff_vehicles as api_staff_vehicles
from webapp.fleet.api import vehicles as api_vehicles
from webapp.fleet.board import controllers as board
from webapp.fleet.board import services as board_services
from webapp.fleet.board.schedules import CORRECT_VEHICLE_COUNTS, VEHICLE_COUNTS
from webapp.fleet.bulk_actions import controllers as bulk_actions
from webapp.fleet.bulk_actions import personal_data as bulk_actions_personal_data
from webapp.fleet.bulk_actions.account_deletion import anonymise_bulk_actions_in_slices
from webapp.fleet.bulk_actions.statements import BULK_ACTION
from webapp.fleet.controllers import owner, search, staff, vehicles
from webapp.fleet.favourites import api as api_saved
from webapp.fleet.favourites import controllers as favourites
from webapp.fleet.favourites import personal_data as favourites_personal_data
from webapp.fleet.favourites.account_deletion import delete_saved_vehicles_in_slices
from webapp.fleet.favourites.services.waiting import VEHICLE_FREE
from webapp.fleet.feed_subscriptions import controllers as feed_subscriptions
from webapp.fleet.feed_subscriptions.metrics import feeds_reader
from webapp.fleet.feed_subscriptions.schedules import FEEDS
from webapp.fleet.feed_subscriptions.statements import FEED_IMPORT
from webapp.fleet.feeds import models as _  # noqa: F401 - its table exists, whoever uses it
from webapp.fleet.gbfs_publishing import bodies as gbfs_bodies
from webapp.fleet.gbfs_publishing import controllers as gbfs_publishing
from webapp.fleet.live_map import api as api_changes
from webapp.fleet.live_map import changes as live_map_changes
from webapp.fleet.live_map import controllers as live_map
from webapp.fleet.live_map import services as live_map_services
from webapp.fleet.live_map import staff_controllers as staff_map
from webapp.fleet.notification_kinds import KINDS as NOTIFICATION_KINDS
from webapp.fleet.place_search import controllers as place_search
from webapp.fleet.place_search import services as place_search_services
from webapp.fleet.pricing import cache as plan_cache
from webapp.fleet.pricing import controllers as pricing
from webapp.fleet.pricing.api import bp as api_plans_bp
from webapp.fleet.queues import colleagues as queue_colleagues
from webapp.fleet.queues import controllers as queues
from webapp.fleet.reports import api as api_reports
from webapp.fleet.reports import personal_data as reports_personal_data
from webapp.fleet.reports import staff_api as api_staff_reports
from webapp.fleet.reports import tags as report_tags
from webapp.fleet.reports.account_deletion import anonymise_reports_in_slices
from webapp.fleet.reports.account_sections import ACCOUNT_SECTION as REPORTS_SECTION
from webapp.fleet.reports.alerts import OPEN_REPORTS
from webapp.fleet.reports.controllers import reporter as reports
from webapp.fleet.reports.controllers import staff as staff_reports
from webapp.fleet.reports.translatable_texts import TEXT_KINDS as REPORT_TEXT_KINDS
from webapp.fleet.saved_replies import controllers as saved_replies
from webapp.fleet.saved_replies import queries as saved_reply_queries
from webapp.fleet.services.ownership import OWNER_CHANGED
from webapp.fleet.services.remove import (
    check_vehicles_idle,
    remove_vehicles_in_slices,
    remove_vehicles_of_account,
)
from webapp.fleet.site_search import controllers as site_search
from webapp.fleet.staff_search import controllers as staff_search
from webapp.fleet.staff_search.sources import SEARCH_SOURCES
from webapp.fleet.tasks import api as api_staff_tasks
from webapp.fleet.tasks import personal_data as tasks_personal_data
from webapp.fleet.tasks.account_deletion import (
    anonymise_tasks_in_slices,
    release_tasks_of_account,
)
from webapp.fleet.tasks.controllers import planning as task_planning
from webapp.fleet.tasks.controllers import settings as task_settings
from webapp.fleet.tasks.controllers import work as tasks
from webapp.fleet.tasks.retirement import cancel_tasks_part
from webapp.fleet.tasks.schedules import TASK_RULES
from webapp.fleet.unlock_codes import controllers as unlock_codes
from webapp.fleet.vehicle_actions import controllers as vehicle_actions
from webapp.fleet.vehicle_events import personal_data as vehicle_events_personal_data
from webapp.fleet.vehicle_events.account_deletion import anonymise_events_in_slices
from webapp.fleet.vehicle_events.schedules import RECORD_VEHICLE_STATES
from webapp.fleet.vehicle_import import controllers as vehicle_import
from webapp.fleet.vehicle_import import personal_data as vehicle_import_personal_data
from webapp.fleet.vehicle_import import staff_controllers as staff_vehicle_import
from webapp.fleet.vehicle_import.account_deletion import delete_imports_in_slices
from webapp.fleet.vehicle_import.statements import VEHICLE_IMPORT
from webapp.fleet.vehicle_offers import controllers as vehicle_offers
from webapp.fleet.vehicle_offers import personal_data as vehicle_offers_personal_data
from webapp.fleet.vehicle_offers.account_deletion import (
    delete_received_offers,
    withdraw_made_offers,
    withdraw_made_offers_in_slices,
)
from webapp.fleet.vehicle_offers.labels import offer_state_label
from webapp.fleet.vehicle_offers.services.offers import OFFER_WITHDRAWN, withdraw_offers_part
from webapp.fleet.vehicle_types import settings as vehicle_type_settings
from webapp.fleet.vehicle_types.settings import NamedTypes
from webapp.fleet.zones import cache as zone_cache
from webapp.fleet.zones import controllers as zones
from webapp.fleet.zones import order_controllers as zone_order
from webapp.fleet.zones import staff_controllers as staff_zones
from webapp.fleet.zones.account_deletion import anonymise_versions_in_slices
from webapp.fleet.zones.api import bp as api_zones_bp
from webapp.hooks import Hooks, StaffMenuEntry, get_hooks
from webapp.jobs.kinds import JobKind
from webapp.translations import lazy_gettext as _l
from webapp.web.metrics_page import gauge_readers
from webapp.web.response_cache import response_cache
from webapp.web.roles import Permission

#: The blueprint of this module; those of its features are nested in it.
bp = Blueprint("fleet", __name__)
#: A blueprint for each file with routes. Endpoints are ``fleet.search.home``, ``fleet.owner.add``.
BLUEPRINTS = (
    search.bp,
    place_search.bp,
    live_map.bp,
    gbfs_publishing.bp,
    vehicles.bp,
    owner.bp,
    vehicle_import.bp,
    staff_vehicle_import.bp,
    vehicle_offers.bp,
    board.bp,
    alerts.bp,
    staff.bp,
    staff_map.bp,
    vehicle_actions.bp,
    staff_search.bp,
    site_search.bp,
    bulk_actions.bp,
    unlock_codes.bp,
    pricing.bp,
    zones.bp,
    staff_zones.bp,
    zone_order.bp,
    feed_subscriptions.bp,
    favourites.bp,
    reports.bp,
    staff_reports.bp,
    queues.bp,
    saved_replies.bp,
    tasks.bp,
    task_planning.bp,
    task_settings.bp,
    api_changes.bp,
    api_cities.bp,
    api_own_vehicles.bp,
    api_staff_reports.bp,
    api_staff_tasks.bp,
    api_staff_vehicles.bp,
    api_vehicles.bp,
    api_plans_bp,
    api_zones_bp,
    api_saved.bp,
    api_reports.bp,
)
COMMANDS = {
    "fleet": "webapp.fleet.cli:commands",
    "zones": "webapp.fleet.zones.cli:commands",
    "plans": "webapp.fleet.pricing.cli:commands",
}
JOB_HANDLERS: dict[JobKind[Any], str] = {
    OWNER_CHANGED: "webapp.fleet.jobs:tell_owner",
    VEHICLE_FREE: "webapp.fleet.favourites.jobs:send_free_vehicle_mail",
    OFFER_WITHDRAWN: "webapp.fleet.vehicle_offers.jobs:send_withdrawal_mail",
    FEED_IMPORT: "webapp.fleet.feed_subscriptions.jobs:import_subscribed_feed",
    VEHICLE_IMPORT: "webapp.fleet.vehicle_import.jobs:add_vehicles",
    BULK_ACTION: "webapp.fleet.bulk_actions.jobs:do_bulk_action",
}
SCHEDULES = {
    FEEDS: "webapp.fleet.feed_subscriptions.jobs:enqueue_due_feeds",
    RECORD_VEHICLE_STATES: "webapp.fleet.vehicle_events.jobs:record_states",
    VEHICLE_ALERTS: "webapp.fleet.alerts.jobs:find_alerts",
    VEHICLE_COUNTS: "webapp.fleet.board.jobs:count_region",
    CORRECT_VEHICLE_COUNTS: "webapp.fleet.board.jobs:correct_region",
    TASK_RULES: "webapp.fleet.tasks.jobs:apply_rules",
}
#: What has caches or functions for templates of its own.
EXTENSIONS = (
    template_globals, live_map_services, place_search_services, live_map_changes, gbfs_bodies,
    board_services, queue_colleagues, report_tags, alert_settings, saved_reply_queries,
    vehicle_type_settings, plan_cache, zone_cache,
)  # fmt: skip
STAFF_MENU = (
    StaffMenuEntry(_l("Board"), "fleet.board.index", Permission.VIEW_BOARD, 5),
    StaffMenuEntry(_l("Vehicles"), "fleet.staff.index", Permission.VIEW_VEHICLES, 10),
    StaffMenuEntry(_l("Tasks"), "fleet.tasks.index", Permission.WORK_ON_TASKS, 15),
    StaffMenuEntry(_l("Reports"), "fleet.staff_reports.queue", Permission.ANSWER_REPORTS, 30),
    StaffMenuEntry(_l("Prices"), "fleet.pricing.index", Permission.CHANGE_PRICES, 60),
    StaffMenuEntry(_l("Zones"), "fleet.staff_zones.index", Permission.CHANGE_ZONES, 70),
    StaffMenuEntry(_l("Feeds"), "fleet.feeds.index", Permission.MANAGE_FEEDS, 75),
)

for blueprint in BLUEPRINTS:
    bp.register_blueprint(blueprint)


def create_module(app: Flask) -> None:
    """Add the pages, commands and template functions of this module to ``app``."""
    app.register_blueprint(bp)
    add_commands(app, COMMANDS)
    app.add_template_filter(offer_state_label)
    for extension in EXTENSIONS:
        extension.init_app(app)
    response_cache(app).versions.append(partial(_cache_generations, app))
    gauge_readers(app).append(feeds_reader())
    hooks = get_hooks(app)
    for kind, handler in JOB_HANDLERS.items():
        hooks.add_job_handler(kind, handler)
    for schedule, handler in SCHEDULES.items():
        hooks.add_schedule(schedule, handler)
    _add_account_hooks(hooks)
    hooks.retirement_parts.extend((cancel_tasks_part, delete_alerts_part, withdraw_offers_part))
    hooks.transfer_parts.append(withdraw_offers_part)
    hooks.add_notification_kinds(*NOTIFICATION_KINDS)
    hooks.add_translatable_kinds(*REPORT_TEXT_KINDS)
    hooks.subject_names.update(subject_names.SUBJECT_NAMES)
    hooks.alert_counters.extend((*VEHICLE_COUNTERS, OPEN_REPORTS))
    hooks.search_sources.extend(SEARCH_SOURCES)
    hooks.staff_menu.extend(STAFF_MENU)


def _add_account_hooks(hooks: Hooks) -> None:
    """Add what the fleet has of a person: sections of pages and files, and deleting them."""
    hooks.account_sections.append(REPORTS_SECTION)
    hooks.export_sections.extend(
        (
            personal_data.EXPORT_SECTION,
            *reports_personal_data.EXPORT_SECTIONS,
            *tasks_personal_data.EXPORT_SECTIONS,
            *favourites_personal_data.EXPORT_SECTIONS,
            vehicle_events_personal_data.EXPORT_SECTION,
            bulk_actions_personal_data.EXPORT_SECTION,
            vehicle_import_personal_data.EXPORT_SECTION,
            *vehicle_offers_personal_data.EXPORT_SECTIONS,
        )
    )
    hooks.deletion_checks.append(check_vehicles_idle)
    hooks.on_account_deletion.extend(
        (
            withdraw_made_offers,
            remove_vehicles_of_account,
            release_tasks_of_account,
            delete_received_offers,
        )
    )
    # Vehicles leave the street before anything else is deleted, and their offers before them.
    hooks.deletion_slices[:0] = (withdraw_made_offers_in_slices, remove_vehicles_in_slices)
    hooks.deletion_slices.extend(
        (
            anonymise_reports_in_slices,
            anonymise_events_in_slices,
            anonymise_tasks_in_slices,
            anonymise_bulk_actions_in_slices,
            anonymise_versions_in_slices,
            delete_imports_in_slices,
            delete_saved_vehicles_in_slices,
        )
    )


def _cache_generations(app: Flask) -> tuple[int, ...]:
    """Return what changes when this process has written a city, plan, zone or vehicle type."""
    caches = [app.extensions[name].cache for name in ("movr_cities", "movr_plans", "movr_zones")]
    types: TimedCache[None, NamedTypes] = app.extensions["movr_vehicle_types"]
    return tuple([cache.generation for cache in (*caches, types)])
