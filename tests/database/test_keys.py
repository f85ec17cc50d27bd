"""The written form of a row's key."""

from uuid import UUID, uuid4

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.orm import DeclarativeBase, Mapped, aliased, mapped_column

from webapp.db.keys import RowKey, RowKeyConverter, key_condition

ID = UUID("0b9c5d2e-1f7a-4c3b-8d6e-2a4f6b8c0d1e")


def test_a_key_is_written_as_region_and_id() -> None:
    assert str(RowKey("us-east1", ID)) == f"us-east1.{ID}"


@given(st.from_regex(r"[A-Za-z0-9-]{1,32}", fullmatch=True), st.uuids())
def test_a_written_key_can_be_parsed_again(region: str, id_: UUID) -> None:
    assert RowKey.parse(str(RowKey(region, id_))) == (region, id_)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "us-east1",
        f".{ID}",
        str(ID),
        f"us-east1.{ID}0",
        f"us-east1.{ID.hex}",
        f"us-east1.{str(ID)[:-1]}z",
        f"{'x' * 33}.{ID}",
        f"us-east1.{{{str(ID)[:-2]}}}",
    ],
)
def test_invalid_text_is_not_a_key(text: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        RowKey.parse(text)


@given(st.text())
def test_any_text_is_a_key_or_a_value_error(text: str) -> None:
    try:
        RowKey.parse(text)
    except ValueError:
        return
    raise AssertionError(text)


def test_urls_contain_row_keys(app: Flask) -> None:
    converter = RowKeyConverter(app.url_map)
    assert converter.to_url(RowKey("us-east1", ID)) == f"us-east1.{ID}"
    assert converter.to_python(f"us-east1.{ID}") == ("us-east1", ID)


@pytest.mark.parametrize(
    "tail", [f"us-east1.{'-' * 36}", f"us-east1.{'0' * 36}", f"us east1.{ID}", "1"]
)
def test_a_url_with_an_invalid_key_is_not_found(app: Flask, tail: str) -> None:
    """A 404 of the router, before any page is asked."""
    assert not app.url_map.bind("localhost").test(f"/rides/{tail}", "GET")


def test_a_url_with_a_valid_key_matches_its_route(app: Flask) -> None:
    assert app.url_map.bind("localhost").test(f"/rides/us-east1.{uuid4()}", "GET")


class Base(DeclarativeBase):
    pass


class Bike(Base):
    __tablename__ = "bikes"
    region: Mapped[str] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    owner_region: Mapped[str]
    owner_id: Mapped[UUID]


SOURCES = {
    "mapped class": (Bike, "bikes"),
    "alias of a class": (aliased(Bike, name="other"), "other"),
    "table": (Bike.__table__, "bikes"),
    "alias of a table": (Bike.__table__.alias("other"), "other"),
    "CTE": (select(Bike.__table__).cte("changed"), "changed"),
}


@pytest.mark.parametrize("kind", SOURCES)
def test_the_condition_of_a_key_compares_region_and_id(kind: str) -> None:
    source, name = SOURCES[kind]
    condition = key_condition(source, RowKey("us-east1", ID)).compile()
    assert str(condition) == f"{name}.region = :region_1 AND {name}.id = :id_1"
    assert set(condition.params.values()) == {"us-east1", ID}


def test_the_condition_of_a_foreign_key_names_its_columns() -> None:
    condition = key_condition(Bike, RowKey("us-east1", ID), "owner_region", "owner_id")
    compared = "bikes.owner_region = :owner_region_1 AND bikes.owner_id = :owner_id_1"
    assert str(condition) == compared
