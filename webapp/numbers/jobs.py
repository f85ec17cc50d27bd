"""The jobs of numbers."""

from datetime import UTC, datetime

from webapp.db.transactions import execute_write
from webapp.jobs.kinds import NoPayload, RunningJob
from webapp.jobs.writing import job_statement
from webapp.numbers.places.services import update_places
from webapp.numbers.retention.services import update_cohorts
from webapp.numbers.schedules import UPDATE_MONTHLY_NUMBERS
from webapp.numbers.services import update_rollups
from webapp.numbers.unmet_demand.services import update_unmet_demand
from webapp.numbers.usage.first_rides import update_first_rides
from webapp.regions.each_city import run_for_each_city
from webapp.regions.models import City


def update_region(_: NoPayload, job: RunningJob) -> None:
    """Bring the rollups of the cities of a region up to date."""
    are_first = run_for_each_city(update_rollups, [job.key.region])
    if any(are_first):  # until now there was nothing that the daily job could count
        kind = UPDATE_MONTHLY_NUMBERS.kind
        months_job = job_statement(kind, NoPayload(), region=job.key.region)
        execute_write(months_job, idempotent=True)


def update_months(_: NoPayload, job: RunningJob) -> None:
    """Count what is counted by month, of the cities of a region."""
    run_for_each_city(_update_months_of_city, [job.key.region])


def _update_months_of_city(city: City) -> None:
    # These follow what update_rollups has written: until when, and whether the city is moving.
    update_cohorts(city)
    update_places(city)
    update_unmet_demand(city)
    update_first_rides(city, datetime.now(UTC))
