"""Many rows by COPY."""

from uuid import uuid4

import pytest
from flask import Flask
from psycopg2 import extensions as pg
from sqlalchemy import select

from webapp.auth.models import RoleGrant, User
from webapp.db.copying import copy_rows, open_copy_engine
from webapp.extensions import db

TEXT = "a tab\t, a line\nand\ra \\ and \\N, 'quotes', \"more\" and ü"


def make_row(username: str) -> dict[str, object]:
    return {
        "region": "us-east1",
        "id": uuid4(),
        "city": "new york",
        "username": username,
        "email": f"{username}@example.org",
        "first_name": TEXT,
        "last_name": "",
        "password_hash": "",
        "disabled_at": None,
    }


def test_texts_arrays_and_null_arrive_as_they_are(app: Flask) -> None:
    row = make_row("ada")
    grant = {"region": row["region"], "user_id": row["id"], "role": "fleet"}
    cities = ["new york", 'a "b", {c} \\']
    with app.app_context():
        with (
            open_copy_engine(app.config["SQLALCHEMY_DATABASE_URI"]) as engine,
            engine.begin() as connection,
        ):
            copy_rows(connection, User, [row, make_row("ben")])
            copy_rows(connection, RoleGrant, [{**grant, "cities": cities}])
            copy_rows(connection, RoleGrant, [])
        user = db.session.scalars(select(User).where(User.username == "ada")).unique().one()
        assert (user.first_name, user.last_name, user.disabled_at) == (TEXT, "", None)
        assert user.role_grants[0].cities == cities


def test_answers_are_awaited_as_before_after_a_failure(app: Flask) -> None:
    wait = pg.get_wait_callback()
    assert wait
    with (
        pytest.raises(pg.QueryCanceledError),
        open_copy_engine(app.config["SQLALCHEMY_DATABASE_URI"]),
    ):
        raise pg.QueryCanceledError
    assert pg.get_wait_callback() is wait
