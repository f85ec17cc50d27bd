"""How fast staff act and answer: the targets, and what they reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask import current_app
from sqlalchemy import ColumnElement, Interval, Select, Subquery, cast, func, null, select
from sqlalchemy.orm import InstrumentedAttribute

from webapp.regions.models import City

#: For how long back the times are measured.
PERIOD = timedelta(days=30)


@dataclass(frozen=True)
class ServiceTime:
    """Within how long half of what was filed, and nine of ten, had something. What still waits
    counts with its time so far, so that leaving something unanswered makes no time shorter. None:
    nothing was filed."""

    median: timedelta | None
    percentile_90: timedelta | None


@dataclass(frozen=True)
class ServiceTimes:
    """How fast staff have been in the last ``PERIOD``."""

    first_action: ServiceTime
    answer: ServiceTime

    @classmethod
    def from_columns(cls, columns: Sequence[timedelta | None]) -> "ServiceTimes":
        """Return the times in the columns of ``service_times_subquery``."""
        return cls(ServiceTime(*columns[:2]), ServiceTime(*columns[2:]))


class ServiceTargets(NamedTuple):
    """Within how long staff do something about what was filed, and answer it."""

    first_action: timedelta
    answer: timedelta


def default_targets() -> ServiceTargets:
    """Return the targets of cities that have set none."""
    return ServiceTargets._make(
        timedelta(seconds=target) for target in current_app.config["SERVICE_TARGETS_S"]
    )


def service_targets(city: City) -> ServiceTargets:
    """Return the targets of a city: its own, else the default ones."""
    own_s = (city.first_action_target_s, city.answer_target_s)
    return ServiceTargets._make(
        default if target_s is None else timedelta(seconds=target_s)
        for target_s, default in zip(own_s, default_targets(), strict=True)
    )


def service_times_subquery(
    rows: Any, filed_at: InstrumentedAttribute[datetime], *conditions: ColumnElement[bool]
) -> Subquery:
    """Return the one row with the fields of ServiceTimes, one after the other.

    rows: a model with ``first_action_at`` and ``answered_at`` (Any: one of several).
    conditions: which of its rows.
    """
    query: Select[Any] = select(
        *(
            func.percentile_cont(fraction)
            .within_group(func.coalesce(until, func.now()) - filed_at)
            .label(f"{name}_{number}")
            for name, until in (
                # Some were answered before the first action was stored.
                ("first_action", func.coalesce(rows.first_action_at, rows.answered_at)),
                ("answer", rows.answered_at),
            )
            for number, fraction in ((50, 0.5), (90, 0.9))
        )
    )
    return query.where(*conditions, filed_at > func.now() - PERIOD).subquery("service_times")


def no_service_times_subquery() -> Subquery:
    """Return the same row with NULL, for pages that do not show the times."""
    names = ("first_action_50", "first_action_90", "answer_50", "answer_90")
    return select(*(cast(null(), Interval).label(name) for name in names)).subquery("service_times")
