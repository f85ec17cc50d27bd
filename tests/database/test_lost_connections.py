"""run_transaction when a connection is lost: before, during and after COMMIT."""

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from tests.database.conftest import KillSession, ReadNotes
from tests.database.notes import INSERT_ONCE, PID, fail_with, insert, insert_once
from tests.database_proxy import DatabaseProxy
from webapp.db.transactions import AmbiguousCommit, run_transaction


def test_a_session_killed_before_commit_is_run_again_and_takes_effect_once(
    app_in_context: Flask, read_notes: ReadNotes, kill_session: KillSession
) -> None:
    pids = []

    def work(session: Session) -> None:
        insert()(session)
        pids.append(session.scalar(PID))
        if len(pids) == 1:
            kill_session(pids[0])
        session.execute(text("SELECT 1"))

    run_transaction(work)
    assert read_notes() == [(1, 0)]
    assert len(set(pids)) == 2


@pytest.mark.parametrize("beginning", ["BEGIN", "INSERT"])
@pytest.mark.parametrize("lose", ["drop_result_of", "drop_query"])
def test_a_connection_lost_before_commit_is_retried(
    proxied_app: Flask, proxy: DatabaseProxy, read_notes: ReadNotes, lose: str, beginning: str
) -> None:
    getattr(proxy, lose)(beginning)
    run_transaction(insert())
    assert read_notes() == [(1, 0)]
    assert proxy.pending_cut is None


@pytest.mark.parametrize(("lose", "done"), [("drop_result_of", [(1, 0)]), ("drop_query", [])])
def test_a_connection_lost_during_commit_is_an_ambiguous_commit(
    proxied_app: Flask,
    proxy: DatabaseProxy,
    read_notes: ReadNotes,
    lose: str,
    done: list[tuple[int, int]] | list[object],
) -> None:
    """Whether it was committed is unknown, so it is not retried."""
    getattr(proxy, lose)("COMMIT")
    with pytest.raises(AmbiguousCommit) as caught:
        run_transaction(insert())
    assert isinstance(caught.value.__cause__, DBAPIError)
    assert read_notes() == done
    assert proxy.queries.count("COMMIT") == 1


@pytest.mark.parametrize("lose", ["drop_result_of", "drop_query"])
def test_idempotent_work_survives_a_connection_lost_during_commit(
    proxied_app: Flask, proxy: DatabaseProxy, read_notes: ReadNotes, lose: str
) -> None:
    getattr(proxy, lose)("COMMIT")
    run_transaction(insert_once(), idempotent=True)
    assert read_notes() == [(1, 0)]
    assert proxy.queries.count("COMMIT") == 2


@pytest.mark.parametrize(("lose", "done"), [("drop_result_of", [(1, 0)]), ("drop_query", [])])
def test_a_lone_statement_is_its_own_commit(
    proxied_app: Flask,
    proxy: DatabaseProxy,
    read_notes: ReadNotes,
    lose: str,
    done: list[tuple[int, int]] | list[object],
) -> None:
    getattr(proxy, lose)("INSERT")
    with pytest.raises(AmbiguousCommit):
        run_transaction(insert(), one_statement=True)
    assert read_notes() == done


@pytest.mark.parametrize("lose", ["drop_result_of", "drop_query"])
def test_an_idempotent_lone_statement_survives_a_lost_connection(
    proxied_app: Flask, proxy: DatabaseProxy, read_notes: ReadNotes, lose: str
) -> None:
    getattr(proxy, lose)("INSERT")
    run_transaction(insert_once(), idempotent=True, one_statement=True)
    assert read_notes() == [(1, 0)]
    assert len(proxy.queries) == 2


def test_a_commit_of_unknown_result_is_ambiguous_unless_repeating_is_safe(
    app_in_context: Flask, read_notes: ReadNotes
) -> None:
    """40003 is the SQLSTATE of CockroachDB for a transaction of unknown result."""
    runs = []

    def work(session: Session) -> None:
        runs.append(1)
        session.execute(fail_with("40003") if len(runs) == 1 else INSERT_ONCE, {"id": 1, "n": 0})

    with pytest.raises(AmbiguousCommit):
        run_transaction(work, one_statement=True)
    runs.clear()
    run_transaction(work, one_statement=True, idempotent=True)
    assert read_notes() == [(1, 0)]
