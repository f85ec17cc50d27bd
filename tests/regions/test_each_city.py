"""A city whose work fails does not stop that of the others."""

from collections.abc import Callable
from types import ModuleType
from uuid import uuid4

import pytest
from sqlalchemy import func, insert

from webapp.db.keys import RowKey
from webapp.db.types import table
from webapp.extensions import db
from webapp.fleet.alerts import jobs as alert_jobs
from webapp.fleet.tasks import jobs as task_jobs
from webapp.fleet.tasks.models import TaskRule
from webapp.jobs.kinds import NoPayload, RunningJob
from webapp.numbers import jobs as number_jobs
from webapp.regions.catalogue import catalogue
from webapp.regions.each_city import run_for_each_city
from webapp.regions.models import City

pytestmark = pytest.mark.usefixtures("app_context")


def fail_in_new_york(done: list[str]) -> Callable[..., None]:
    def work(city: City, *_others: object) -> None:
        done.append(city.name)
        if city.name == "new york":
            raise RuntimeError(city.name)

    return work


def test_the_error_of_a_city_is_raised_after_the_work_of_all() -> None:
    done = list[str]()
    with pytest.raises(RuntimeError, match="new york"):
        run_for_each_city(fail_in_new_york(done))
    assert sorted(done) == sorted(city.name for city in catalogue().all())
    assert run_for_each_city(lambda city: city.region, ["us-east1"]) == [
        city.region for city in catalogue().all() if city.region == "us-east1"
    ]


@pytest.mark.parametrize(
    ("module", "name", "run"),
    [
        (number_jobs, "update_rollups", number_jobs.update_region),
        (alert_jobs, "scan_city", alert_jobs.find_alerts),
        (task_jobs, "add_tasks_statement", task_jobs.apply_rules),
    ],
)
def test_a_job_goes_on_with_the_next_city(
    monkeypatch: pytest.MonkeyPatch,
    module: ModuleType,
    name: str,
    run: Callable[[NoPayload, RunningJob], None],
) -> None:
    rules = [
        {"city": city, "trigger": "idle", "is_on": True, "minutes": 60, "kind": "inspect"}
        for city in ("new york", "boston")
    ]
    with db.engines["write"].begin() as connection:
        connection.execute(insert(table(TaskRule)), rules)
    done = list[str]()
    monkeypatch.setattr(module, name, fail_in_new_york(done))
    monkeypatch.setattr(task_jobs, "execute_write", lambda *_, **__: None)
    job = RunningJob(RowKey("us-east1", uuid4()), "any", {}, "lease", 1, func.now())  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match="new york"):
        run(NoPayload(), job)
    assert done == ["new york", "boston"]
