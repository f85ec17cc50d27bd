"""Writing zones: a file at once, and one at a time by those who look after a city.

What a zone's id stands for never changes its shape: whoever keeps zones in memory relies on it.
"""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

import shapely
from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from webapp.audit.enums import AuditKind
from webapp.audit.writing import as_cte, audit_event_statement
from webapp.db.transactions import finding_out, run_transaction
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.fleet.zones.enums import ZoneKind
from webapp.fleet.zones.models import Zone
from webapp.fleet.zones.rules import FORBIDDING, STRICTNESS, zones
from webapp.fleet.zones.zone_files import Sheet
from webapp.regions.models import City

#: Ids of zones are made from this and from all that a file tells of them.
NAMESPACE = UUID("6a2c8f5e-54f0-4f0e-9a51-1f2f7c3d9b10")
#: Kinds that forbid more come first, each with room for the zones of many files.
BAND = 1_000_000


@dataclass(frozen=True)
class Wish:
    """What an operator says about the zones of a file, besides the file itself.

    name: of those that the file does not name. fee: of those where rides do not end, minor units.
    replace: the city's other zones of the same kinds go.
    """

    name: str = ""
    fee: int | None = None
    replace: bool = True


@dataclass(frozen=True)
class Tally:
    """What became of a city's zones."""

    new: int
    known: int
    removed: int


# --- a file ------------------------------------------------------------------------------------


def import_zones(city: City, sheet: Sheet, wish: Wish) -> Tally:
    """Take the zones of a file into a city, all or none. The same file again changes nothing."""
    rows = rows_of(city, sheet, wish)
    tally = run_transaction(lambda session: _write(session, city, rows, wish), idempotent=True)
    zones().forget()
    return tally


def _write(session: Session, city: City, rows: list[dict[str, Any]], wish: Wish) -> Tally:
    removed = len(session.scalars(_others(city, rows)).all()) if wish.replace else 0
    zones_ = table(Zone)
    added = insert(zones_).values(rows).on_conflict_do_nothing().returning(zones_.c.id)
    new = len(session.scalars(added).all())
    tally = Tally(new, len(rows) - new, removed)
    _tell(session, city, tally)
    return tally


def _others(city: City, rows: list[dict[str, Any]]) -> Any:
    """Return the statement that removes the city's other zones of the same kinds."""
    of = table(Zone).c
    same_kinds = of.kind.in_(sorted({row["kind"] for row in rows}))
    is_other = of.id.not_in([row["id"] for row in rows])
    return delete(table(Zone)).where(of.city == city.name, same_kinds, is_other).returning(of.id)


def rows_of(city: City, sheet: Sheet, wish: Wish) -> list[dict[str, Any]]:
    """Return the rows of a file's zones, with ids that follow from all that is in them."""
    rows = []
    for index, position in enumerate(_positions(sheet)):
        drawing = sheet.drawings[index]
        row = {
            "city": city.name,
            "kind": drawing.kind.value,
            "name": drawing.name or wish.name,
            "position": position,
            "coordinates": shapely.geometry.mapping(drawing.area)["coordinates"],
            "fee": wish.fee if drawing.kind in FORBIDDING else None,
            "max_speed_kph": drawing.max_speed_kph,
        }
        told = json.dumps([sheet.source, index, row], sort_keys=True)
        rows.append({"id": uuid5(NAMESPACE, told), **row})
    return rows


def _positions(sheet: Sheet) -> list[int]:
    """Return the zones' positions: what forbids more comes first, and in a kind the earlier one.

    Where the file's own order decides, one that lies on an earlier zone comes after that.
    """
    found: list[int] = []
    for index, drawing in enumerate(sheet.drawings):
        position = STRICTNESS.index(drawing.kind) * BAND + index
        if sheet.in_order:
            below = zip(sheet.drawings[:index], found, strict=True)
            under = [at for other, at in below if other.area.intersects(drawing.area)]
            position = max([position, *(at + 1 for at in under)])
        found.append(position)
    return found


# --- zones that are there ----------------------------------------------------------------------


def change_zone(city: City, id_: UUID, **columns: Any) -> None:
    """Change the name, the fee or the speed of a city's zone; raises NotFound."""
    if not _act(city, id_, update(table(Zone)).values(columns), "changed"):
        raise NotFound


def remove_zone(city: City, id_: UUID) -> None:
    """Remove a city's zone. Twice is fine; raises NotFound for another city's."""
    if not _act(city, id_, delete(table(Zone)), "removed"):
        with finding_out():
            if db.session.scalar(select(Zone.id).where(Zone.id == id_, Zone.city != city.name)):
                raise NotFound


def _act(city: City, id_: UUID, statement: Any, what: str) -> bool:
    rows = table(Zone).c
    acted = statement.where(rows.city == city.name, rows.id == id_).returning(rows.id).cte("acted")
    audit_event = audit_event_statement(
        AuditKind.ZONE_CHANGED, subject=f"city {city.name}", after=acted, zone=str(id_), what=what
    )
    both = select(acted.c.id).add_cte(as_cte(audit_event))
    done = run_transaction(
        lambda session: session.execute(both).first() is not None,
        idempotent=True,
        one_statement=True,
    )
    zones().forget()
    return done


def remove_zones(city: City, kind: ZoneKind | None = None) -> int:
    """Remove a city's zones of one kind, or all of them; return how many."""
    rows = table(Zone).c
    gone = delete(table(Zone)).where(rows.city == city.name).returning(rows.id)
    statement = gone.where(rows.kind == kind.value) if kind else gone

    def work(session: Session) -> int:
        removed = len(session.scalars(statement).all())
        _tell(session, city, Tally(0, 0, removed))
        return removed

    removed = run_transaction(work, idempotent=True)
    zones().forget()
    return removed


def _tell(session: Session, city: City, tally: Tally) -> None:
    if tally.new or tally.removed:
        about = f"city {city.name}"
        audit_event = audit_event_statement(
            AuditKind.ZONES_IMPORTED, subject=about, new=tally.new, removed=tally.removed
        )
        session.execute(audit_event)
