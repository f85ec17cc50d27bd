"""Inserts are compiled once, and each execution writes its own values."""

from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import select

from tests.factories import UserFactory
from webapp.db.inserts import Insert, insert
from webapp.db.transactions import execute_write
from webapp.db.types import table
from webapp.extensions import db
from webapp.riders.models import Profile


def upsert_statement(user_id: UUID, about: str, again: str) -> Insert:
    profiles = table(Profile)
    row = {"region": "us-east1", "user_id": user_id, "about": about}
    return (
        insert(profiles)
        .values(row)
        .on_conflict_do_update(
            index_elements=["region", "user_id"],
            set_={"about": again},
            where=profiles.c.about != again,
        )
    )


def test_a_statement_that_was_compiled_writes_the_values_of_each_execution(
    app: Flask, make_user: UserFactory
) -> None:
    ada, bob = make_user("ada"), make_user("bob")
    with app.app_context():
        for user in (ada, bob):
            execute_write(upsert_statement(user.id, f"{user.username} 1", f"{user.username} 2"))
        execute_write(upsert_statement(ada.id, "x", "ada 3"))
        rows = db.session.execute(select(Profile.user_id, Profile.about)).all()
    assert {tuple(row) for row in rows} == {(ada.id, "ada 3"), (bob.id, "bob 1")}


def test_statements_that_differ_only_in_values_have_one_cache_key() -> None:
    first = upsert_statement(uuid4(), "a", "b")._generate_cache_key()
    assert first is not None
    assert first == upsert_statement(uuid4(), "c", "d")._generate_cache_key()


def test_statements_that_differ_in_what_they_do_on_a_conflict_have_different_cache_keys() -> None:
    plain = insert(table(Profile)).values(region="us-east1")
    statements = [
        plain,
        plain.on_conflict_do_nothing(),
        plain.on_conflict_do_nothing(index_elements=["region"]),
        plain.on_conflict_do_nothing(index_elements=["region", "user_id"]),
        plain.on_conflict_do_update(index_elements=["region"], set_={"about": "a"}),
        plain.on_conflict_do_update(index_elements=["region"], set_={"region": "a"}),
        plain.on_conflict_do_update(
            index_elements=["region"], set_={"about": "a"}, where=table(Profile).c.about == "b"
        ),
    ]
    keys = [key.key for each in statements if (key := each._generate_cache_key())]
    assert len(set(keys)) == len(statements)
