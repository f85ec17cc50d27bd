"""Conditions that several queries of versions share."""

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import aliased

from webapp.texts.models import TextVersion


def has_begun_condition() -> ColumnElement[bool]:
    """Return the condition that a version began, and no later one replaces it from the same moment
    on."""
    return and_(TextVersion.effective_from <= func.now(), ~is_replaced_condition())


def is_replaced_condition() -> ColumnElement[bool]:
    """Return the condition that a later version of the text is from the same moment."""
    v, others = TextVersion, aliased(TextVersion)
    return (
        select(others.id)
        .where(
            others.kind == v.kind,
            others.city.is_not_distinct_from(v.city),
            others.language == v.language,
            others.effective_from == v.effective_from,
            others.version > v.version,
        )
        .exists()
    )


def is_called_off_condition() -> ColumnElement[bool]:
    """Return the condition that a version is a notice that was called off before it began."""
    return TextVersion.effective_until.is_not_distinct_from(TextVersion.effective_from)


def not_ended_condition() -> ColumnElement[bool]:
    """Return the condition that a version has not ended."""
    until = TextVersion.effective_until
    return or_(until.is_(None), until > func.now())
