"""Every setting of MovR, and the only place where the environment is read.

One class per environment, chosen by ``MOVR_ENV`` (development, test or production).
Durations carry their unit in the name.
"""

import os
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from click import ClickException
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent

#: How long the application waits for one answer of the database before it says so.
#: A little under the three seconds after which a person gives up on a page.
ANSWER_TIMEOUT_MS = 2_500


class Configuration:
    """What all environments share. Attributes in capitals become ``app.config``."""

    DEBUG = False
    TESTING = False

    #: Empty: start a PostgreSQL of our own (see webapp/local_postgres.py).
    DATABASE_URL = ""
    #: Folder with ``initdb`` and ``pg_ctl``, when the packaged PostgreSQL should not be used.
    POSTGRES_BIN = ""
    #: Where this machine's own files go: the local database, mails, logs. Nothing is versioned.
    INSTANCE_PATH = str(ROOT / "instance")

    #: Where `flask serve` listens.
    HOST = "127.0.0.1"
    PORT = 8000

    DATABASE_ANSWER_TIMEOUT_MS = ANSWER_TIMEOUT_MS
    DATABASE_POOL_SIZE = 10
    #: Connections of each engine that are open before the first visitor comes.
    DATABASE_POOL_WARM = 4
    #: Connections are replaced at this age, so that load follows new database nodes; each engine
    #: of each process takes up to a tenth more or less, so that not all reconnect at once.
    DATABASE_POOL_RECYCLE_S = 300
    TRANSACTION_ATTEMPTS = 8
    TRANSACTION_FIRST_PAUSE_MS = 25
    TRANSACTION_LONGEST_PAUSE_MS = 500
    #: No new attempt begins after this time; the database's answer timeout bounds the last one.
    TRANSACTION_DEADLINE_MS = ANSWER_TIMEOUT_MS
    #: The same after a lost connection: what is frozen takes its time to be found out, and the
    #: rider has none to give twice.
    TRANSACTION_RECONNECT_MS = 500

    #: Whether CockroachDB may answer lists from a near replica that is some seconds old.
    FOLLOWER_READS = True

    #: Where this server stands. Its visitors see the first city of this region.
    REGION = "us-east1"
    #: How old the catalogue of cities may be, in memory.
    CITIES_MAX_AGE_S = 30.0

    #: Networks (CIDR) whose X-Forwarded-* and X-City headers are believed.
    TRUSTED_PROXIES: tuple[str, ...] = ()

    SECRET_KEY = ""
    SESSION_COOKIE_NAME = "movr"
    SESSION_COOKIE_HTTPONLY = True
    SESSION_COOKIE_SAMESITE = "Lax"
    SESSION_COOKIE_SECURE = False
    #: For "stay signed in"; other sessions end with the browser.
    PERMANENT_SESSION_LIFETIME = 30 * 24 * 3600
    #: Forms live as long as the session: a page left open for lunch must still send.
    WTF_CSRF_TIME_LIMIT = None

    BCRYPT_LOG_ROUNDS = 12
    #: Never switch this off: hashes made with it do not verify without it, and bcrypt
    #: itself refuses passwords of more than 72 bytes.
    BCRYPT_HANDLE_LONG_PASSWORDS = True

    MAX_CONTENT_LENGTH = 64 * 1024
    MAX_FORM_MEMORY_SIZE = 64 * 1024
    MAX_FORM_PARTS = 100

    BOOTSTRAP_SERVE_LOCAL = True
    BABEL_DEFAULT_LOCALE = "en"
    LANGUAGES = ("en",)
    MAP_TILE_URL = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
    MAP_ATTRIBUTION = "© OpenStreetMap contributors"

    #: Rows on one page of any list.
    PAGE_SIZE = 30

    #: Whether `flask demo` may open its accounts, whose password is known to all who look on.
    DEMO_ALLOWED = True

    @classmethod
    def problems(cls, settings: Mapping[str, Any]) -> list[str]:
        """Return what forbids starting with these settings, as sentences; none is good."""
        return []


class Development(Configuration):
    DEBUG = True
    #: Errors are pages here too; the trace is in the log.
    PROPAGATE_EXCEPTIONS = False
    #: Empty: made at the first start and kept in the instance folder.
    SECRET_KEY = ""
    BCRYPT_LOG_ROUNDS = 10


class Test(Configuration):
    TESTING = True
    SECRET_KEY = "only-for-tests"
    BCRYPT_LOG_ROUNDS = 4
    DATABASE_POOL_SIZE = 30
    PAGE_SIZE = 5
    CITIES_MAX_AGE_S = 3600.0
    FOLLOWER_READS = False  # a test reads what it has just written


class Production(Configuration):
    SESSION_COOKIE_SECURE = True
    DEMO_ALLOWED = False

    @classmethod
    def problems(cls, settings: Mapping[str, Any]) -> list[str]:
        """Refuse a production without a real key or a database of its own."""
        found = []
        if len(settings["SECRET_KEY"]) < 32:
            found.append("SECRET_KEY must have at least 32 characters.")
        if not settings["DATABASE_URL"]:
            found.append("DATABASE_URL must name the database.")
        return found


ENVIRONMENTS: dict[str, type[Configuration]] = {
    "development": Development,
    "test": Test,
    "production": Production,
}


def _database_url(text: str) -> str:
    """Read the URL of a database that MovR speaks to."""
    text = text.replace("postgres://", "postgresql://", 1)
    try:
        known = make_url(text).get_backend_name() in ("postgresql", "cockroachdb")
    except ArgumentError:
        known = False
    if not known:
        raise ValueError("it must begin with postgresql:// or cockroachdb://")
    return text


def _networks(text: str) -> tuple[str, ...]:
    """Read networks in CIDR notation, separated by commas."""
    networks = [part.strip() for part in text.split(",") if part.strip()]
    for network in networks:
        ip_network(network)
    return tuple(networks)


def _yes(text: str) -> bool:
    """Read a switch."""
    return text.lower() in ("1", "true", "yes")


#: What may be set from outside, and how its text is read.
VARIABLES: dict[str, Any] = {
    "DATABASE_URL": _database_url,
    "POSTGRES_BIN": str,
    "SECRET_KEY": str,
    "REGION": str,
    "HOST": str,
    "PORT": int,
    "INSTANCE_PATH": lambda text: str(Path(text).absolute()),
    "MAP_TILE_URL": str,
    "MAP_ATTRIBUTION": str,
    "TRUSTED_PROXIES": _networks,
    "DATABASE_POOL_SIZE": int,
    "DATABASE_ANSWER_TIMEOUT_MS": int,
    "TRANSACTION_DEADLINE_MS": int,
    "TRANSACTION_RECONNECT_MS": int,
    "PAGE_SIZE": int,
    "SESSION_COOKIE_SECURE": _yes,
    "DEMO_ALLOWED": _yes,
}


class ConfigurationError(ClickException):
    """A setting that forbids starting; its text is the line to show."""


def environment() -> type[Configuration]:
    """Return the class that ``MOVR_ENV`` names; development when it is not set."""
    name = os.environ.get("MOVR_ENV", "development")
    if name not in ENVIRONMENTS:
        known = ", ".join(ENVIRONMENTS)
        raise ConfigurationError(f"MOVR_ENV is '{name}'; it must be one of: {known}.")
    return ENVIRONMENTS[name]


def overrides() -> dict[str, Any]:
    """Return the settings of VARIABLES that the environment gives, read into their types."""
    given = {}
    for name, read in VARIABLES.items():
        if text := os.environ.get(name):
            try:
                given[name] = read(text)
            except ValueError as problem:
                reason = "that is not a number" if read is int else problem
                raise ConfigurationError(f"{name} cannot be read: {reason}.") from None
    return given
