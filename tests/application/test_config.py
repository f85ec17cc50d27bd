"""Settings: what forbids starting is said in one clear line."""

import os
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path
from textwrap import dedent

import click
import pytest
from dotenv import dotenv_values
from flask.cli import ScriptInfo
from sqlalchemy.engine import URL

import config
from tests.databases import make_app
from tests.processes import CommandProcess
from tests.production import PRODUCTION_SETTINGS
from webapp import create_app
from webapp.settings.dotenv import NAMES_OF_OTHERS, describe_unknown_names
from webapp.settings.environment import find_environment, make_environ, read_overrides
from webapp.settings.problems import find_problems
from webapp.settings.readers import FIXED, list_settings

ROOT = config.ROOT


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*list_settings(), "MOVR_ENV"):
        monkeypatch.delenv(name, raising=False)


def test_production_starts_with_key_and_database_url_without_connecting() -> None:
    app = create_app(config.Production, **PRODUCTION_SETTINGS)
    assert app.config["SESSION_COOKIE_SECURE"] is True
    assert app.debug is False


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"SECRET_KEY": ""}, "SECRET_KEY"),
        ({"SECRET_KEY": "x" * 31}, "SECRET_KEY"),
        ({"DATABASE_URL": ""}, "DATABASE_URL"),
        ({"SECRET_KEY": "", "DATABASE_URL": ""}, "SECRET_KEY.*DATABASE_URL"),
        ({"PUBLIC_URL": ""}, "PUBLIC_URL"),
        ({"PUBLIC_URL": "http://movr.example"}, "PUBLIC_URL.*https"),
        ({"PUBLIC_URL": "http://localhost.movr.example"}, "PUBLIC_URL.*https"),
    ],
)
def test_production_refuses_to_start_without_required_settings(
    settings: dict[str, str], words: str
) -> None:
    with pytest.raises(config.ConfigurationError, match=words):
        create_app(config.Production, **{**PRODUCTION_SETTINGS, **settings})


@pytest.mark.parametrize(
    ("url", "starts"),
    [
        ("postgresql://movr@db/movr", False),
        ("postgresql://movr@db/movr?sslmode=require", False),
        ("cockroachdb://movr@/movr?host=a:26257&host=b:26257", False),
        ("cockroachdb://movr@/movr?host=a:26257&host=b:26257&sslmode=verify-full", True),
        ("postgresql://movr@/movr?host=/run/postgresql", True),
        ("postgresql:///movr", True),
    ],
)
def test_production_connects_to_a_remote_database_with_verified_tls(url: str, starts: bool) -> None:
    problems = find_problems(
        config.Production,
        {**settings_of(config.Production), **PRODUCTION_SETTINGS, "DATABASE_URL": url},
    )
    assert (problems == []) is starts, problems
    allowed = {"DATABASE_PLAINTEXT_ALLOWED": True, "DATABASE_URL": url}
    assert not find_problems(
        config.Production, {**settings_of(config.Production), **PRODUCTION_SETTINGS, **allowed}
    )


def settings_of(environment: type[config.Configuration]) -> dict[str, object]:
    return {name: getattr(environment, name) for name in dir(environment) if name.isupper()}


@pytest.mark.slow
@pytest.mark.parametrize(
    "url", ["http://localhost:8080", "http://rome.localhost", "http://127.0.0.1"]
)
def test_production_on_localhost_needs_no_https(url: str) -> None:
    assert (
        create_app(config.Production, **{**PRODUCTION_SETTINGS, "PUBLIC_URL": url}).config[
            "PUBLIC_URL"
        ]
        == url
    )


def test_production_trusts_its_public_host_and_additional_hosts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert create_app(config.Production, **PRODUCTION_SETTINGS).config["TRUSTED_HOSTS"] == [
        "movr.example"
    ]
    monkeypatch.setenv("TRUSTED_HOSTS", "www.movr.example, .cities.example")
    app = create_app(config.Production, **PRODUCTION_SETTINGS)
    assert app.config["TRUSTED_HOSTS"] == ["movr.example", "www.movr.example", ".cities.example"]


@pytest.mark.parametrize("name", ["SECRET_KEY", "DATABASE_URL", "PUBLIC_URL"])
def test_production_requires_key_database_and_public_url(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("MOVR_ENV", "production")
    for other, value in PRODUCTION_SETTINGS.items():
        if other != name:
            monkeypatch.setenv(other, value)
    with pytest.raises(config.ConfigurationError, match=name):
        create_app()


def test_development_is_the_default_environment() -> None:
    assert find_environment() is config.Development


def test_explicit_settings_override_the_environment_and_the_environment_overrides_defaults(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PAGE_SIZE", "7")
    monkeypatch.setenv("REGION", "us-west1")
    app = create_app(config.Production, **PRODUCTION_SETTINGS, REGION="europe-west1")
    assert (app.config["PAGE_SIZE"], app.config["REGION"]) == (7, "europe-west1")


def test_the_settings_of_workers_come_from_the_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = {name: 8 if name == "WORK_THREADS" else 8.5 for name in dir(config.Configuration)
              if name.startswith("WORK_") or name == "REGION_TIMEOUT_S"}  # fmt: skip
    for name, number in values.items():
        monkeypatch.setenv(name, str(number))
    assert len(values) >= 7
    assert {name: read_overrides().get(name) for name in values} == values


@pytest.mark.parametrize(
    ("text", "read"),
    [("10.0.0.0/8, 192.0.2.1", ("10.0.0.0/8", "192.0.2.1")), (" , ", ()), ("::1", ("::1",))],
)
def test_trusted_proxies_are_a_list(
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    read: tuple[str, str] | tuple[object, ...] | tuple[str],
) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", text)
    assert read_overrides()["TRUSTED_PROXIES"] == read


@pytest.mark.slow
@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"MOVR_ENV": "staging"}, ["MOVR_ENV", "staging", "production"]),
        ({"PAGE_SIZE": "many"}, ["PAGE_SIZE", "number"]),
        ({"PAGE_SIZE": "-3"}, ["PAGE_SIZE", "1 or more"]),
        ({"DATABASE_POOL_SIZE": "0"}, ["DATABASE_POOL_SIZE", "1 or more"]),
        ({"WORK_THREADS": "many"}, ["WORK_THREADS", "1 or more"]),
        ({"WORK_LEASE_S": "0"}, ["WORK_LEASE_S", "more than 0"]),
        ({"PORT": "0"}, ["PORT", "1 or more"]),
        ({"PORT": "70000"}, ["PORT", "65535"]),
        ({"MOVR_ENV": "production"}, ["SECRET_KEY", "DATABASE_URL"]),
    ],
    ids=lambda value: next(iter(value)),
)
def test_the_command_line_reports_an_invalid_setting_in_one_line(
    tmp_path: Path, environment: dict[str, str], words: list[str]
) -> None:
    process = CommandProcess(tmp_path / "output", "cities", "list", **environment)
    assert process.wait() == 1
    lines = process.output.strip().splitlines()
    assert len(lines) == 1, process.output
    assert [word for word in words if word not in lines[0]] == []


@pytest.mark.slow
def test_each_installation_generates_and_reuses_its_secret_key(
    database: URL, tmp_path: Path
) -> None:
    def key() -> str:
        app = make_app(database, INSTANCE_PATH=str(tmp_path), SECRET_KEY="")
        return str(app.config["SECRET_KEY"])

    first = key()
    assert len(first) >= 32
    assert key() == first
    assert (tmp_path / "secret-key.txt").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    "url", ["nonsense", "mysql://root@localhost/movr", "postgresql//x", "sqlite:///x", "http://x"]
)
def test_an_unsupported_database_url_is_reported_without_the_url(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    with pytest.raises(config.ConfigurationError, match="must begin with postgresql://") as refusal:
        read_overrides()
    assert "root@" not in str(refusal.value)


def test_the_scheme_postgres_is_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://movr@db/movr")
    assert read_overrides()["DATABASE_URL"] == "postgresql://movr@db/movr"


def test_an_invalid_proxy_network_is_reported_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRUSTED_PROXIES", "10.0.0.0/8, foo")
    with pytest.raises(config.ConfigurationError, match="TRUSTED_PROXIES cannot be read"):
        read_overrides()


@pytest.mark.parametrize(
    "url",
    [
        "movr.example",
        "//movr.example",
        "ftp://movr.example",
        "https://",
        "https://user@movr.example",
        "https://movr.example/below",
        "https://movr.example?x=1",
        "https://[2001:db8::1]",
        "https://[",
        "javascript:alert(1)",
    ],
)
def test_an_invalid_public_url_is_refused(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("PUBLIC_URL", url)
    with pytest.raises(config.ConfigurationError, match="PUBLIC_URL cannot be read"):
        read_overrides()


def test_a_trailing_slash_of_the_public_url_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUBLIC_URL", "https://movr.example:8443/")
    assert read_overrides()["PUBLIC_URL"] == "https://movr.example:8443"


@pytest.mark.parametrize("hops", ["0", "-1", "many", "1.5"])
def test_proxy_hops_must_be_at_least_one(monkeypatch: pytest.MonkeyPatch, hops: str) -> None:
    monkeypatch.setenv("PROXY_HOPS", hops)
    with pytest.raises(config.ConfigurationError, match=r"PROXY_HOPS.*1 or more"):
        read_overrides()


@pytest.mark.parametrize("name", ["DRAIN_S", "CIRCUIT_OPEN_S", "DATABASE_POOL_WARM"])
def test_numbers_that_may_be_zero_accept_zero(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name, "0")
    assert read_overrides()[name] == 0


def write(value: object) -> str:
    """Return a value of config.py as it is written in the environment."""
    match value:
        case bool():
            return "yes" if value else "no"
        case dict():
            return ", ".join(f"{name} = {number}" for name, number in value.items())
        case tuple():
            return ",".join(map(str, value))
        case _:
            return str(value)


@pytest.mark.parametrize("name", list_settings())
def test_each_setting_is_read_from_the_environment_with_its_type(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    default = getattr(config.Configuration, name)
    if default in ("", (), None, {}):
        return  # such text is no setting
    monkeypatch.setenv(name, write(default))
    value = read_overrides()[name]
    assert value == default
    assert type(value) is type(default)


def test_what_is_not_read_from_the_environment_is_no_setting_of_operators(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert set(vars(config.Configuration)) >= FIXED
    for name in FIXED:
        monkeypatch.setenv(name, "yes")
    assert read_overrides() == {}


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("LIMIT_REPORTS", "10, 3600", (10, 3600)),
        ("SESSION_STAFF_S", "600,3600", (600, 3600)),
        ("SECOND_FACTOR_REQUIRED", "No", False),
        ("LANGUAGES", "en,de", ("en", "de")),
        ("LOW_RANGE_M", "=8000,moped=20000", {"": 8_000, "moped": 20_000, "car": 50_000}),
        ("SWEEP_AFTER_DAYS", "events=800", config.Configuration.SWEEP_AFTER_DAYS | {"events": 800}),
    ],
)
def test_pairs_lists_and_numbers_with_names_are_written_with_commas(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, value: object
) -> None:
    monkeypatch.setenv(name, text)
    assert read_overrides()[name] == value


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("LIMIT_REPORTS", "10", "two whole numbers"),
        ("LIMIT_REPORTS", "10,0", "two whole numbers"),
        ("LIMIT_REPORTS", "10,20,30", "two whole numbers"),
        ("DEMO_ALLOWED", "ture", "yes or no"),
        ("SWEEP_AFTER_DAYS", "event=800", "no event, only throttles"),
        ("SWEEP_AFTER_DAYS", "events=never", "events must be a whole number"),
        ("REAUTHENTICATE_AFTER_S", "10m", "whole number"),
        ("CITIES_MAX_AGE_S", "0", "more than 0"),
    ],
)
def test_what_does_not_fit_the_type_of_a_setting_is_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, reason: str
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(config.ConfigurationError, match=f"{name} cannot be read.*{reason}"):
        read_overrides()


# --- names -----------------------------------------------------------------------------------------


def test_documents_and_the_example_name_settings_that_can_be_set() -> None:
    """A name that no code sets (``LIMIT_``...) or that the environment cannot set would mislead."""
    documents = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    words = {
        word
        for path in documents
        for word in re.findall(r"\b[A-Z][A-Z0-9]*_[A-Z0-9_]*[A-Z0-9]\b", path.read_text())
    }
    assert words & set(vars(config.Configuration)) <= set(list_settings())
    assert len(words & set(list_settings())) > 40
    example = re.findall(r"^#?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    assert set(example) <= {*list_settings(), "MOVR_ENV"}


def test_production_starts_with_the_settings_of_the_set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "docs" / "operations.md").read_text()
    (block,) = re.findall(r"^ +```sh\n( +MOVR_ENV=.*?)```", text, re.M | re.S)
    values = dotenv_values(stream=StringIO(dedent(block)))
    assert values.pop("SECRET_KEY") == "", "for the reader to fill in"
    values["MAIL_FROM"] = str(values["MAIL_FROM"]).replace(".example", ".city")
    for name, value in {**values, "SECRET_KEY": "x" * 48}.items():
        monkeypatch.setenv(name, str(value))
    assert create_app().config["SESSION_COOKIE_SECURE"]


def test_the_names_of_other_programs_in_our_files_are_known() -> None:
    compose = set(re.findall(r"\$\{(\w+)", (ROOT / "docker-compose.yml").read_text()))
    gunicorn = set(re.findall(r'environ\W+get\("(\w+)"', (ROOT / "gunicorn.conf.py").read_text()))
    init = {"PYTHON"}
    unknown = {*compose, *gunicorn, *init} - set(list_settings())
    assert [name for name in unknown if not NAMES_OF_OTHERS.fullmatch(name)] == []


@pytest.mark.slow
def test_unknown_names_in_a_dotenv_file_are_reported_at_the_start(tmp_path: Path) -> None:
    lines = ["REGION=us-west1", "export LIMIT_REPORT=10,60", "# NO_NAME=1", "MAIL_HOST=mail"]
    lines += ["DEBUG=yes", "MOVR_PORT=8080", "VALKEY_VERSION=8", "WEB_CONCURRENCY=2", "XYZZY=1"]
    (tmp_path / ".env").write_text("\n".join(lines))
    process = subprocess.run(
        [sys.executable, "-m", "flask", "--app", str(ROOT / "main.py"), "cities", "--help"],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "LOG_FORMAT": "text"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
    reported = [line for line in process.stderr.splitlines() if "is no setting" in line]
    for line, (name, hint) in zip(
        reported,
        [("LIMIT_REPORT", "LIMIT_REPORTS?"), ("MAIL_HOST", "?"), ("DEBUG", ""), ("XYZZY", "")],
        strict=True,
    ):
        assert f".env: {name} is no setting of MovR" in line
        assert line.rstrip().endswith(hint)


def test_servers_do_not_report_names_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("LIMIT_REPORT=1\n")
    monkeypatch.chdir(tmp_path)
    assert describe_unknown_names() == []
    with click.Context(click.Command("flask"), obj=ScriptInfo()):
        assert len(describe_unknown_names()) == 1
        for name, value in make_environ().items():
            monkeypatch.setenv(name, value)
        assert describe_unknown_names() == [], "a process that such a command has started"


@pytest.mark.parametrize("name", [name for name in list_settings() if name.endswith("_MS")])
@pytest.mark.parametrize("text", ["0", "-5", "fast"])
def test_timeouts_must_be_positive(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(config.ConfigurationError, match=f"{name}.*1 or more"):
        read_overrides()


def test_the_environment_of_a_child_process_extends_ours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REGION", "us-west1")
    environment = make_environ(PORT=8001)
    assert (environment["REGION"], environment["PORT"]) == ("us-west1", "8001")
