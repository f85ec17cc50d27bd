"""The rules of a multi-region schema, held over every table that there is and will be."""

from typing import Any

import pytest
from sqlalchemy import Column, DateTime, Index, PrimaryKeyConstraint, Table, UniqueConstraint
from sqlalchemy_cockroachdb.psycopg2 import CockroachDBDialect_psycopg2

# For their tables; they bring the others'.
import webapp.fleet.bulk_actions.models
import webapp.fleet.favourites.models
import webapp.fleet.feed_subscriptions.models
import webapp.fleet.reports.models
import webapp.fleet.tasks.models
import webapp.fleet.vehicle_import.models
import webapp.fleet.vehicle_offers.models
import webapp.fleet.zones.models
import webapp.riders.digests.models
import webapp.riders.models
import webapp.riders.notifications.models
import webapp.riders.notifications.push.models
import webapp.riders.wallet.models
import webapp.rides.disputes.models
import webapp.rides.earnings.models
import webapp.rides.reminders.models
import webapp.rides.reservations.models  # noqa: F401
from webapp.db.types import GLOBAL, REGIONAL_BY_ROW, CockroachRegion
from webapp.extensions import Base, db

#: Unique in the world: each insert asks every region, which is rare enough for these.
GLOBALLY_UNIQUE = {
    "uq_users_username",
    "uq_users_email",
    "uq_identities_issuer",
    "uq_passkeys_credential_id",
}
#: Small tables that every region reads with each ride, and few people write.
GLOBAL_TABLES = {
    "alert_settings", "cities", "city_zone_rules", "imported_feeds", "notice_texts", "notices", "oauth_clients",
    "oauth_signing_keys",
    "own_task_kinds", "pricing_plans", "push_keys", "saved_replies", "task_rules", "text_versions", "vehicle_types", "write_lock",
    "zones",
}  # fmt: skip
#: Indexes that do not lead with ``region``; they stand inside CREATE TABLE (see test_offline.py).
#: What belongs to an account is found in all regions: the key of the account leads.
LEAD_WITH_ANOTHER_REGION = {
    "ix_vehicles_owner": "owner_region",
    "ix_vehicle_events_actor": "actor_region",
    "ix_tasks_assignee": "assignee_region",
    "ix_tasks_creator": "creator_region",
    "ix_bulk_actions_creator": "creator_region",
    "ix_vehicle_imports_owner": "owner_region",
    "ix_vehicle_offers_owner": "owner_region",
    "ix_revenue_shares_owner": "owner_region",
    "ix_rider_blocks_owner": "owner_region",
    "ix_rides_rider": "rider_region",
    "ix_follows_rider": "rider_region",
    "ix_reports_reporter": "reporter_region",
    "ix_reservations_vehicle": "vehicle_region",
    "ix_saved_vehicles_rider": "rider_region",
    "ix_dispute_messages_author": "author_region",
    "ix_notice_comments_rider": "rider_region",
    "ix_comment_flags_rider": "rider_region",
    "ix_account_notes_author": "author_region",
    "ix_zone_versions_author": "author_region",
    # A GIN index on PostgreSQL has no plain columns.
    "ix_vehicles_words": "words",
}
#: These do not lead with ``region`` on PostgreSQL; on CockroachDB they do (webapp/db/ddl.py).
LEAD_ON_COCKROACH = {
    "ix_users_username_trigrams", "ix_users_first_name_trigrams", "ix_users_last_name_trigrams",
    "ix_users_email_trigrams", "ix_vehicles_address_words", "ix_vehicles_search_words",
}  # fmt: skip

COCKROACH = CockroachDBDialect_psycopg2()
TABLES = list(Base.metadata.sorted_tables)
REGIONAL = [table for table in TABLES if table.name not in GLOBAL_TABLES]
each_table = pytest.mark.parametrize("table", TABLES, ids=str)
each_regional = pytest.mark.parametrize("table", REGIONAL, ids=str)


def is_region(column: Column[Any]) -> bool:
    return column.type.compile(COCKROACH) == CockroachRegion().get_col_spec()


def test_the_rules_cover_all_tables() -> None:
    assert Base.metadata is db.metadata
    names = {table.name for table in TABLES}
    assert {"cities", "users", "grants", "profiles", "vehicles", "rides", "open_rides"} <= names


@each_table
def test_every_table_declares_its_locality(table: Table) -> None:
    expected = GLOBAL if table.name in GLOBAL_TABLES else REGIONAL_BY_ROW
    assert table.info["locality"] == expected["locality"]


@each_regional
def test_the_region_leads_the_primary_key(table: Table) -> None:
    assert table.primary_key.columns.keys()[0] == "region"
    assert len(table.primary_key.columns) >= 2


#: Columns that say where somebody lived, also when the database has no such region any more.
OUTLIVES_REGIONS = {"events.actor_region", "jobs.account_region"}


@each_table
def test_a_column_that_names_a_region_has_the_databases_type_and_no_other_has(table: Table) -> None:
    for column in table.columns:
        if str(column) not in OUTLIVES_REGIONS:
            assert is_region(column) == column.name.endswith("region"), column


@each_regional
def test_the_region_is_not_null(table: Table) -> None:
    assert table.c.region.nullable is False


@each_regional
def test_unique_keys_lead_with_the_region(table: Table) -> None:
    unique: list[UniqueConstraint | Index] = [
        c for c in table.constraints if isinstance(c, UniqueConstraint)
    ]
    unique += [index for index in table.indexes if index.unique]
    for rule in unique:
        if rule.name not in GLOBALLY_UNIQUE:
            assert rule.columns.keys()[0] == "region", rule.name


@each_regional
def test_foreign_keys_to_regional_tables_carry_the_region(table: Table) -> None:
    for key in table.foreign_key_constraints:
        if key.referred_table.name in GLOBAL_TABLES:
            continue
        own, theirs = key.columns[0], key.elements[0].column
        assert is_region(own), key.name
        assert theirs.name == "region", key.name


@each_regional
def test_foreign_keys_to_users_cascade_on_update(table: Table) -> None:
    for key in table.foreign_key_constraints:
        if key.referred_table.name == "users":
            assert key.onupdate == "CASCADE", key.name


@each_table
def test_a_cascade_finds_its_rows_by_an_index(table: Table) -> None:
    """Else moving an account or a vehicle to another region reads the whole table."""
    indexes = [list(index.columns.keys()) for index in table.indexes]
    indexes += [
        list(key.columns.keys())
        for key in table.constraints
        if isinstance(key, UniqueConstraint | PrimaryKeyConstraint)
    ]
    for foreign_key in table.foreign_key_constraints:
        columns = set(foreign_key.column_keys)
        if foreign_key.onupdate == "CASCADE":
            assert any(
                columns == set(index[: len(columns)])
                or columns | {"region"} == set(index[: len(columns | {"region"})])
                for index in indexes
            ), foreign_key.name


@each_regional
def test_indexes_lead_with_a_region(table: Table) -> None:
    for index in table.indexes:
        if index.name in LEAD_ON_COCKROACH:
            continue
        expected = LEAD_WITH_ANOTHER_REGION.get(str(index.name), "region")
        assert index.columns.keys()[0] == expected, index.name


def test_every_listed_exception_exists() -> None:
    indexes = {index.name for table in TABLES for index in table.indexes}
    unique = indexes | {c.name for table in TABLES for c in table.constraints}
    assert set(LEAD_WITH_ANOTHER_REGION) <= indexes
    assert unique >= GLOBALLY_UNIQUE


@each_table
def test_every_constraint_has_a_name_that_migrations_can_use(table: Table) -> None:
    for constraint in table.constraints:
        assert constraint.name, constraint


@each_regional
def test_ids_have_no_server_default(table: Table) -> None:
    """A key with a default on both sides makes one INSERT for each row of a batch."""
    for column in table.primary_key.columns:
        assert column.server_default is None, column


@each_table
def test_times_have_a_time_zone(table: Table) -> None:
    for column in table.columns:
        if column.name.endswith("_at"):
            assert isinstance(column.type, DateTime), column
            assert column.type.timezone is True, column
