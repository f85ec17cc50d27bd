"""Reading versions of texts, for staff."""

from collections.abc import Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from webapp.auth.models import User, joined_account_condition
from webapp.db.paging import Cursor, Page, make_page, page_size
from webapp.db.types import table
from webapp.errors import NotFound
from webapp.extensions import db
from webapp.texts.access import may_change_texts_of
from webapp.texts.conditions import is_replaced_condition, not_ended_condition
from webapp.texts.models import TextVersion
from webapp.texts.published_texts import current_texts_query
from webapp.texts.services import TextKey, text_condition

#: What lists of versions show: all but the text.
LISTED_COLUMNS = (
    "id", "kind", "city", "language", "version", "summary", "requires_agreement", "effective_from",
    "effective_until", "published_at", "why",
)  # fmt: skip


class VersionDetails(NamedTuple):
    """A version with what its page shows beside it."""

    version: TextVersion
    #: The text of the version before; None: it is the first one.
    previous_text: str | None
    #: The number of the last version of the text.
    last_version: int
    #: Who published it; None: nobody knows any more.
    first_name: str | None
    last_name: str | None

    @property
    def author(self) -> str:
        return f"{self.first_name} {(self.last_name or '')[:1]}." if self.first_name else ""


def list_texts_of_city(city_name: str | None) -> Sequence[Row[Any]]:
    """Return the versions of a city, or of all cities (None), that hold now or begin later, by kind
    and language. Columns: LISTED_COLUMNS, and ``is_current``."""
    v = TextVersion
    is_current = v.id.in_(current_texts_query().with_only_columns(v.id))
    begins_later = and_(
        v.effective_from > func.now(), ~is_replaced_condition(), not_ended_condition()
    )
    query = (
        select(*(getattr(v, name) for name in LISTED_COLUMNS), is_current.label("is_current"))
        .where(v.city.is_not_distinct_from(city_name), or_(is_current, begins_later))
        .order_by(v.kind, v.language, v.effective_from)
    )
    return db.session.execute(query).all()


def list_versions(key: TextKey, after: Cursor | None) -> Page[Row[Any]]:
    """Return a page of the versions of a text, newest first. Columns: LISTED_COLUMNS, and
    ``first_name`` and ``last_name`` of who published it."""
    rows = db.session.execute(versions_query(key, after)).all()
    return make_page(rows, lambda row: (row.version, row.id))


def versions_query(key: TextKey, after: Cursor | None) -> Select[Any]:  # Any: several columns
    """Return the query of ``list_versions``."""
    v = table(TextVersion).c
    query = (
        select(*(v[name] for name in LISTED_COLUMNS), User.first_name, User.last_name)
        .outerjoin(User, _is_author_condition())
        .where(text_condition(key))
        .order_by(v.version.desc())
        .limit(page_size() + 1)
    )
    return query.where(v.version < after[0]) if after else query


def find_last_version(key: TextKey) -> TextVersion | None:
    """Return the last version of a text; None: it has none."""
    query = select(TextVersion).where(text_condition(key))
    return db.session.scalar(query.order_by(TextVersion.version.desc()).limit(1))


def find_version(version_id: UUID) -> VersionDetails:
    """Return a version of a text that the viewer may change; raises NotFound. One statement."""
    row = db.session.execute(version_query(version_id)).one_or_none()
    if row is None or not may_change_texts_of(row[0].city):
        raise NotFound
    return VersionDetails(*row)


def version_query(version_id: UUID) -> Select[Any]:  # Any: columns of VersionDetails
    """Return the query of ``find_version``."""
    v, others = TextVersion, aliased(TextVersion)
    is_same_text = and_(
        others.kind == v.kind,
        others.city.is_not_distinct_from(v.city),
        others.language == v.language,
    )
    previous = select(others.text).where(is_same_text, others.version == v.version - 1)
    last = select(func.max(others.version)).where(is_same_text)
    return (
        select(
            v,
            previous.scalar_subquery(),
            last.scalar_subquery(),
            User.first_name,
            User.last_name,
        )
        .outerjoin(User, _is_author_condition())
        .where(v.id == version_id)
    )


def _is_author_condition() -> Any:  # Any: a condition of the ORM
    return joined_account_condition(TextVersion.author_region, TextVersion.author_id)
