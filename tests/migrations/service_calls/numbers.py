"""Calls of the services of numbers."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.migrations.sample_rows import NEW_YORK
from webapp.fleet.enums import FormFactor
from webapp.numbers.enums import Period
from webapp.numbers.old_days import delete_old_days
from webapp.numbers.places.queries import read_cells, read_flows
from webapp.numbers.places.services import replace_places, update_places
from webapp.numbers.queries import read_totals
from webapp.numbers.ranges import TimeRange
from webapp.numbers.refunds import read_refunds
from webapp.numbers.response_times.previous_release import copy_previous_release_rows
from webapp.numbers.response_times.queries import read_response_times
from webapp.numbers.response_times.sources import read_response_counts
from webapp.numbers.retention.queries import read_cohorts
from webapp.numbers.retention.services import replace_cohorts, update_cohorts
from webapp.numbers.rollup_writes import add_up_sums
from webapp.numbers.services import _read_sums, delete_old_hours, update_rollups
from webapp.numbers.totals import replace_totals
from webapp.numbers.unmet_demand.models import UnmetDemand
from webapp.numbers.unmet_demand.queries import read_unmet_demand
from webapp.numbers.unmet_demand.recording import write_half_hours
from webapp.numbers.unmet_demand.services import replace_unmet_demand, update_unmet_demand
from webapp.numbers.usage.enums import UsageStep
from webapp.numbers.usage.first_rides import recompute_first_rides
from webapp.numbers.usage.queries import read_usage
from webapp.numbers.usage.recording import write_counts

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
EDGES = [NOON, NOON + timedelta(hours=1)]
DAY = timedelta(days=1)
RANGE = TimeRange(Period.DAY, [NOON], [NOON + DAY], NOON + 2 * DAY)

NUMBERS: dict[str, Callable[[], Any]] = {
    "what is to be summed up": lambda: update_rollups(NEW_YORK),
    "the sums of an hour": lambda: _read_sums(NEW_YORK, EDGES, None),
    "write the sums of a day": lambda: add_up_sums(NEW_YORK, Period.DAY, Period.HOUR, NOON),
    "write the totals of a month": lambda: replace_totals(NEW_YORK, NOON, NOON + DAY, NOON),
    "the refunds of a day": lambda: read_refunds(NEW_YORK, EDGES),
    "the responses of a day": lambda: read_response_counts(NEW_YORK, EDGES),
    "the cohorts of a month": lambda: replace_cohorts(NEW_YORK, NOON),
    "the retention of a year": lambda: read_cohorts(NEW_YORK, [NOON], hides_few=True),
    "which cohorts are missing": lambda: update_cohorts(NEW_YORK),
    "the places of a month": lambda: replace_places(NEW_YORK, NOON, NOON + DAY),
    "which places are missing": lambda: update_places(NEW_YORK),
    "cells": lambda: read_cells(NEW_YORK, (NOON, NOON + DAY), "", hides_few=True),
    "flows": lambda: read_flows(NEW_YORK, (NOON, NOON + DAY), "", hides_few=True),
    "unmet demand": lambda: read_unmet_demand(
        NEW_YORK, (NOON, NOON + DAY), FormFactor.MOPED, hides_few=True
    ),
    "record unmet demand": lambda: write_half_hours({(NEW_YORK.name, NOON, "", 1): 1}),
    "the unmet demand of a month": lambda: replace_unmet_demand(NEW_YORK, NOON, NOON + DAY),
    "which unmet demand is missing": lambda: update_unmet_demand(NEW_YORK),
    "response times": lambda: read_response_times(NEW_YORK, RANGE, None, hides_few=True),
    "response times of the release before": lambda: copy_previous_release_rows(
        NEW_YORK, NOON, NOON + DAY
    ),
    "usage": lambda: read_usage(NEW_YORK, RANGE, hides_few=True),
    "count usage": lambda: write_counts({(NEW_YORK.name, NOON, UsageStep.SEARCH): 2}),
    "first rides": lambda: recompute_first_rides(NEW_YORK, NOON, NOON + DAY),
    "the sums of a range": lambda: read_totals(NEW_YORK, RANGE),
    "the sums of hours": lambda: read_totals(NEW_YORK, RANGE._replace(period=Period.HOUR)),
    "delete unmet demand of old days": lambda: delete_old_days(
        UnmetDemand, timedelta(days=800), NEW_YORK
    ),
    "delete old sums": lambda: delete_old_hours(NEW_YORK, timedelta(days=400)),
}
