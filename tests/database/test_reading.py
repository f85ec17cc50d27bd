"""Reading: ``db.session`` costs one round trip for each statement, and cannot write."""

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import Engine, Executable, delete, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from tests.database_proxy import DatabaseProxy
from tests.factories import UserFactory
from webapp.auth.models import RoleGrant, User
from webapp.db.errors import sqlstate
from webapp.db.reads import ReadOnlySession
from webapp.extensions import db

GRANT = {"region": "us-east1", "user_id": "0b9c5d2e-0000-4000-8000-000000000000", "role": "admin"}
READ_ONLY = "25006"


def test_a_new_row_is_refused(app_in_context: Flask) -> None:
    db.session.add(RoleGrant(**GRANT))
    with pytest.raises(ReadOnlySession, match="run_transaction"):
        db.session.flush()


def test_a_new_row_is_refused_at_commit_too(app_in_context: Flask) -> None:
    db.session.add(RoleGrant(**GRANT))
    with pytest.raises(ReadOnlySession):
        db.session.commit()


def test_a_changed_row_is_refused(app_in_context: Flask, make_user: UserFactory) -> None:
    user = db.session.get(User, make_user("ada").key)
    assert user
    user.first_name = "Augusta"
    with pytest.raises(ReadOnlySession):
        db.session.flush()


def test_a_deleted_row_is_refused(app_in_context: Flask, make_user: UserFactory) -> None:
    db.session.delete(db.session.get(User, make_user("ada").key))
    with pytest.raises(ReadOnlySession):
        db.session.flush()


@pytest.mark.parametrize(
    "statement",
    [insert(RoleGrant).values(GRANT), update(User).values(first_name="x"), delete(User)],
    ids=["insert", "update", "delete"],
)
def test_statements_that_write_are_refused_before_they_are_sent(
    app_in_context: Flask, round_trips: Callable[[], int], statement: Executable
) -> None:
    with pytest.raises(ReadOnlySession):
        db.session.execute(statement)
    assert round_trips() == 0


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE users SET first_name = 'x'",
        "DELETE FROM users",
        "WITH gone AS (DELETE FROM users RETURNING id) SELECT count(*) FROM gone",
        "CREATE TABLE mine (id integer)",
        "TRUNCATE grants",
    ],
)
def test_text_that_writes_is_refused_by_the_server(
    app_in_context: Flask, make_user: UserFactory, sql: str
) -> None:
    key = make_user("ada").key
    with pytest.raises(DBAPIError) as caught:
        db.session.execute(text(sql))
    assert sqlstate(caught.value) == READ_ONLY
    user = db.session.get(User, key, populate_existing=True)
    assert user
    assert user.first_name == "Ada"


def test_a_select_that_writes_in_a_cte_is_refused_by_the_server(
    app_in_context: Flask, make_user: UserFactory
) -> None:
    make_user("ada")
    deleted = delete(User).returning(User.id).cte("gone")
    with pytest.raises(DBAPIError) as caught:
        db.session.execute(select(deleted.c.id))
    assert sqlstate(caught.value) == READ_ONLY


def test_the_connection_of_the_reading_engine_cannot_write_either(app_in_context: Flask) -> None:
    with pytest.raises(DBAPIError) as caught, db.engine.begin() as connection:
        connection.execute(insert(RoleGrant).values(GRANT))
    assert sqlstate(caught.value) == READ_ONLY


def test_a_query_is_one_round_trip_and_leaves_no_transaction_open(
    proxied_app: Flask, proxy: DatabaseProxy, admin: Engine
) -> None:
    pid = db.session.scalar(text("SELECT pg_backend_pid()"))
    assert proxy.queries == ["SELECT pg_backend_pid()"]
    state = text("SELECT state FROM pg_stat_activity WHERE pid = :pid")
    with admin.connect() as connection:
        assert connection.scalar(state, {"pid": pid}) == "idle"


def test_closing_the_session_costs_no_round_trip(proxied_app: Flask, proxy: DatabaseProxy) -> None:
    db.session.scalar(text("SELECT 1"))
    db.session.rollback()
    db.session.remove()
    db.session.scalar(text("SELECT 2"))
    assert proxy.queries == ["SELECT 1", "SELECT 2"]


def test_each_query_sees_earlier_commits(app_in_context: Flask, make_user: UserFactory) -> None:
    first = db.session.scalar(select(User.username))
    make_user("ada")
    assert (first, db.session.scalar(select(User.username))) == (None, "ada")


def test_both_engines_set_the_statement_timeout_on_the_server(app_in_context: Flask) -> None:
    """A client that hung up must not leave its statement running."""
    limit = text("SELECT setting::integer FROM pg_settings WHERE name = 'statement_timeout'")
    for engine in (db.engine, db.engines["write"]):
        with engine.connect() as connection:
            on_server = connection.scalar(limit)
            assert 0 < on_server < app_in_context.config["DATABASE_ANSWER_TIMEOUT_MS"]
