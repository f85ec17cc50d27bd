"""Every setting of MovR, and the only place where the environment is read.

One class per environment, chosen by ``MOVR_ENV`` (development, test or production).
Durations carry their unit in the name.
"""

import json
import os
import re
from collections.abc import Callable, Mapping
from email.utils import parseaddr
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from click import ClickException
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent

#: How long the application waits for a response of the database. People wait about three seconds
#: for a page.
ANSWER_TIMEOUT_MS = 2_500

#: Addresses that stand for all of the machine -> the one that a browser on it opens.
WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104


class Configuration:
    """What all environments share. Attributes in capitals become ``app.config``."""

    DEBUG = False
    TESTING = False

    #: Empty: MovR starts its own PostgreSQL (see webapp/ops/local_postgres.py).
    DATABASE_URL = ""
    #: Import path of the class of that PostgreSQL. Only development and tests have one.
    LOCAL_DATABASE = ""
    #: Folder with ``initdb`` and ``pg_ctl``, when the packaged PostgreSQL should not be used.
    POSTGRES_BIN = ""
    #: Whether production may connect to the database without TLS, for trials on one machine.
    DATABASE_PLAINTEXT_ALLOWED = False
    #: Folder of files of this machine: the local database, mails, logs. It is not versioned.
    INSTANCE_PATH = str(ROOT / "instance")

    #: Where `flask serve` listens.
    HOST = "127.0.0.1"
    PORT = 8000

    #: How log lines are written to standard error: ``json``, one object a line; ``text``, for
    #: people; '' leaves logging as it is. And the lowest level that is written.
    LOG_FORMAT = "text"
    LOG_LEVEL = "INFO"
    #: A statement that takes longer is logged, with its place in the code and without its values.
    SLOW_STATEMENT_MS = 500

    #: Who knows it may read /metrics: ``Authorization: Bearer ...``. Empty: nobody.
    METRICS_TOKEN = ""

    #: What this server runs, for the status page and error reports: a commit or a tag.
    RELEASE = ""
    #: A file that the backup of the database touches when it is done, and how old it may be. Empty:
    #: the status page says that it does not know.
    BACKUP_FILE = ""
    BACKUP_MAX_AGE_S = 26 * 3600.0
    #: Where traces go: a collector of OpenTelemetry, ``http://collector:4318/v1/traces``; and the
    #: share of requests, commands and jobs that are traced. Empty: none, and nothing is imported.
    TRACES_URL = ""
    TRACES_SHARE = 0.1
    #: The project in Sentry that is told of server errors. Empty: ADMINS get a mail.
    SENTRY_DSN = ""
    #: E-mail addresses that are told of server errors where there is no SENTRY_DSN.
    ADMINS: tuple[str, ...] = ()

    #: After SIGTERM a server says that it is not ready, and accepts connections for so long: until
    #: the load balancers have noticed.
    DRAIN_S = 3.0

    DATABASE_ANSWER_TIMEOUT_MS = ANSWER_TIMEOUT_MS
    #: How long requests fail at once after the database has not answered in time; then one tries
    #: again (webapp/db/circuit_breaker.py). 0: requests never fail at once.
    CIRCUIT_OPEN_S = 2.0
    DATABASE_POOL_SIZE = 10
    #: Connections of each engine that are open before the first visitor comes.
    DATABASE_POOL_WARM = 4
    #: Connections are replaced at this age, so that load follows new database nodes; each engine
    #: of each server takes up to a tenth more or less, so that not all reconnect at once.
    DATABASE_POOL_RECYCLE_S = 300
    #: On PostgreSQL, starts and ends of rides and reservations run one after the other, so that
    #: strangers do not conflict on shared index pages. docs/operations.md says when to turn it off.
    POSTGRESQL_WRITE_LOCK = True
    #: How long one statement may take that moves an account, or rows of a city, to another region:
    #: what belongs to them follows, in 18 steps one after the other for an account.
    ACCOUNT_MOVE_TIMEOUT_MS = 20_000
    CITY_MOVE_TIMEOUT_MS = 120_000
    TRANSACTION_ATTEMPTS = 8
    TRANSACTION_FIRST_PAUSE_MS = 25
    TRANSACTION_LONGEST_PAUSE_MS = 500
    #: No new attempt begins after this time; the database's answer timeout bounds the last one.
    TRANSACTION_DEADLINE_MS = ANSWER_TIMEOUT_MS
    #: The same after a lost connection. It is shorter, because a frozen server is noticed only
    #: after the answer timeout, and a rider would wait for two of them.
    TRANSACTION_RECONNECT_MS = 500

    #: Reservations that one rider may make, one after the other.
    LIMIT_RESERVATIONS = (6, 3600)
    #: The pause after a reservation that led to no ride: until then the vehicle cannot be reserved.
    RESERVE_AGAIN_S = 5 * 60
    #: The free minutes for which a vehicle can be reserved in a day, counted since its last ride.
    FREE_RESERVATION_MIN_PER_DAY = 60
    #: After this long a rider is asked by mail whether the ride should have ended; after the second
    #: time staff see it as very long.
    RIDE_REMIND_S = 2 * 3600
    RIDE_FLAG_S = 12 * 3600
    #: The longest ride. After it the price no longer grows, and staff are told by mail.
    RIDE_MAX_S = 3 * 24 * 3600

    #: An import of a feed is refused without --force if it would take more than this share of the
    #: feed's vehicles off the map and more than this many, or all of them.
    FEED_MAX_LOSS_SHARE = 0.5
    FEED_MAX_LOSS = 5
    #: A vehicle that its operator has not heard of for this long is imported as out of service.
    FEED_SILENT_S = 7 * 24 * 3600
    #: What the site of a feed receives with each request: a header ``Name: value``, and parameters
    #: of its URL ``name=value&...``. For one command, in place of --header and --api-key, which
    #: other users of the machine can read.
    FEED_HEADER = ""
    FEED_API_KEY = ""

    #: An account with more rows is deleted by a worker, in slices.
    ACCOUNT_DELETION_MAX_ROWS_AT_ONCE = 1_000
    #: An account with more rows gets its personal data as an archive that a worker writes.
    DATA_EXPORT_MAX_ROWS_AT_ONCE = 5_000
    #: How long the archive can be downloaded.
    DATA_EXPORT_KEEP_S = 7 * 24 * 3600
    #: An archive that has not grown for so long counts as failed, and can be requested again.
    DATA_EXPORT_STALLED_S = 3600

    #: Whether CockroachDB may answer lists from a near replica that is some seconds old.
    FOLLOWER_READS = True

    #: Where this server stands. Its visitors see the first city of this region.
    REGION = "us-east1"
    #: How old the catalogue of cities may be, in memory.
    CITIES_MAX_AGE_S = 30.0
    #: The same for prices and zones.
    PLANS_MAX_AGE_S = 30.0
    ZONES_MAX_AGE_S = 30.0
    #: A ride may end this far outside of an area where it may: positions of phones are not exact.
    EDGE_TOLERANCE_M = 15.0

    #: The address of the site, ``https://movr.example``. Links in mails begin with it, because a
    #: visitor can forge the Host header. Empty: HOST and PORT.
    PUBLIC_URL = ""
    #: Host names that are accepted besides that of PUBLIC_URL; ``.movr.example`` includes all
    #: subdomains. None: any name, so that a phone in the same network can open the site.
    TRUSTED_HOSTS: tuple[str, ...] | None = None
    #: Networks (CIDR) of proxies whose X-Forwarded-* and X-City headers are trusted.
    TRUSTED_PROXIES: tuple[str, ...] = ()
    #: Proxies that a request passes, each of which adds to X-Forwarded-For and -Proto.
    PROXY_HOPS = 1

    SECRET_KEY = ""
    #: Earlier keys: what was signed or encrypted with them is still accepted.
    SECRET_KEY_FALLBACKS: tuple[str, ...] = ()
    #: With the prefix ``__Host-`` where cookies are secure (webapp/web/cookies.py).
    SESSION_COOKIE_NAME = "movr"
    SESSION_COOKIE_PATH = "/"
    SESSION_COOKIE_HTTPONLY = True
    SESSION_COOKIE_SAMESITE = "Lax"
    SESSION_COOKIE_SECURE = False
    #: For "stay signed in"; the cookies of other sessions end with the browser.
    PERMANENT_SESSION_LIFETIME = 30 * 24 * 3600
    #: How long a session lasts on the server: without being used, and in all. A rider must not be
    #: signed out during a ride. Sessions of staff are short.
    SESSION_S = (12 * 3600, 24 * 3600)
    SESSION_REMEMBERED_S = (14 * 24 * 3600, 30 * 24 * 3600)
    SESSION_STAFF_S = (30 * 60, 12 * 3600)
    #: The last use of a session is written at most this often.
    SESSION_SEEN_EVERY_S = 60
    #: For this long after an authentication, sensitive actions require no other.
    REAUTHENTICATE_AFTER_S = 10 * 60
    #: Whether staff need a second factor for the pages of their role.
    SECOND_FACTOR_REQUIRED = False

    #: Rate limits as (attempts, seconds). Only failures count; see webapp/web/rate_limits.py, and
    #: docs/security.md for why the owner of an account is never locked out.
    LIMIT_SIGN_IN_ACCOUNT = (10, 15 * 60)
    LIMIT_SIGN_IN_ADDRESS = (30, 15 * 60)
    LIMIT_SIGN_IN_TOTAL = (4000, 5 * 60)
    #: Codes, and passwords at a reauthentication.
    LIMIT_PROOF = (10, 15 * 60)
    #: The number of wrong codes after a correct password that sends the owner a mail, at most one
    #: mail in this period.
    LIMIT_WRONG_SECOND_FACTOR = (2, 24 * 3600)
    #: Refused pages that are written to the audit trail, by one account.
    LIMIT_DENIED_EVENTS = (20, 3600)
    LIMIT_REGISTER_ADDRESS = (20, 3600)
    #: Attempts at unlock codes that no vehicle has, by one account or from one address.
    LIMIT_CODES = (30, 15 * 60)
    #: Reports about vehicles, by one account: decoding their photos is expensive.
    LIMIT_REPORTS = (20, 3600)
    #: Those of them that take a vehicle out of service, by those who have neither ridden it nor are
    #: staff of its city.
    LIMIT_CRITICAL_REPORTS = (3, 24 * 3600)
    #: Messages about rides, by one account.
    LIMIT_DISPUTES = (10, 24 * 3600)
    #: Payments that one account starts.
    LIMIT_TOP_UP = (20, 3600)
    #: Mails that a visitor can cause: to one account, and from one address.
    LIMIT_MAIL_ACCOUNT = (5, 3600)
    LIMIT_MAIL_ADDRESS = (20, 3600)
    #: What `flask sweep` deletes, and after how many days.
    SWEEP_AFTER_DAYS = {
        "throttles": 1, "links": 30, "sessions": 90, "events": 400, "paths": 30, "photos": 180,
        "missing": 7, "feed_runs": 14, "jobs": 7, "failed_jobs": 90,
    }  # fmt: skip
    #: How long the links in mails are valid.
    RESET_LINK_S = 60 * 60
    CONFIRM_LINK_S = 3 * 24 * 3600
    #: Forms live as long as the session: a page left open for lunch must still send.
    WTF_CSRF_TIME_LIMIT = None

    BCRYPT_LOG_ROUNDS = 12
    #: Never switch this off: hashes made with it do not verify without it, and bcrypt
    #: itself refuses passwords of more than 72 bytes.
    BCRYPT_HANDLE_LONG_PASSWORDS = True
    #: URL of a service that finds breached passwords by the first five digits of their SHA-1, with
    #: the protocol of Have I Been Pwned's range API. Empty: none is used.
    BREACHED_PASSWORDS_URL = ""

    #: OpenID Connect providers: name in our URLs -> label, issuer, client_id and client_secret. See
    #: docs/operations.md for an example.
    OIDC_PROVIDERS: dict[str, dict[str, str]] = {}
    #: How long an issuer may take for one answer.
    OIDC_TIMEOUT_S = 5.0

    #: The payment provider: ``test`` moves no money, for development and tests. Empty: none, and
    #: riders cannot pay in.
    PAYMENT_PROVIDER = ""
    #: Import path of the provider ``test``, which is imported only where PAYMENT_PROVIDER is that.
    FAKE_PAYMENT_PROVIDER = "webapp.riders.wallet.fake_provider"

    #: The mail server: ``smtp://user:password@host:587?tls=1`` (STARTTLS) or ``smtps://...``.
    #: ``folder:`` writes it into ``mail`` in the instance folder instead.
    MAIL_URL = "folder:"
    MAIL_FROM = "MovR <hello@movr.example>"
    MAIL_TIMEOUT_S = 10

    #: How long the status and the jobs of admins wait for a region; one that takes longer counts as
    #: lost.
    REGION_TIMEOUT_S = 1.0

    #: Jobs that a worker (`flask work`) runs at the same time.
    WORK_THREADS = 4
    #: How often an idle worker looks for jobs that are due.
    WORK_POLL_S = 1.0
    #: How often a worker looks for schedules that are due.
    WORK_SCHEDULE_S = 15.0
    #: How long a worker has a job to itself. It renews that while the job runs; after a crash
    #: another worker runs it again after one to two times this.
    WORK_LEASE_S = 60.0
    #: How long running jobs may take after SIGTERM, until they are given back.
    WORK_GRACE_S = 20.0
    #: The pause after a failed attempt doubles from a second up to this. How many attempts a kind
    #: has is counted with this value.
    WORK_MAX_PAUSE_S = 1_800.0

    #: The broker of Celery, ``redis://host:6379/0`` or ``amqp://...``: then `flask work` hands jobs
    #: over to Celery workers. Empty: it runs them in its own threads.
    CELERY_BROKER_URL = ""
    #: Jobs of each priority that wait in the broker at most; the others wait in the table.
    CELERY_MAX_WAITING = 100

    MAX_CONTENT_LENGTH = 64 * 1024
    MAX_FORM_MEMORY_SIZE = 64 * 1024
    MAX_FORM_PARTS = 100

    BOOTSTRAP_SERVE_LOCAL = True
    BABEL_DEFAULT_LOCALE = "en"
    LANGUAGES = ("en",)
    MAP_TILE_URL = "https://tile.openstreetmap.org/{z}/{x}/{y}.png"
    MAP_ATTRIBUTION = "© OpenStreetMap contributors"

    #: How often a map polls for changes, and for how long a response is cached for other maps.
    LIVE_POLL_S = 10.0
    LIVE_MAX_AGE_S = 3.0

    #: Riders are warned of a smaller range, metres, by GBFS form factor; "" is all others.
    LOW_RANGE_M = {"": 5_000, "moped": 15_000, "car": 50_000}
    #: Riders are warned of a smaller charge, percent, where the feed gives no range.
    LOW_BATTERY_PERCENT = 15

    #: Rows on one page of any list.
    PAGE_SIZE = 30

    #: Whether `flask demo` may create its accounts, whose password is printed, and `flask rides
    #: import-trips` may write rides that did not take place here.
    DEMO_ALLOWED = True
    #: Import path of the demo, which is imported only where it is allowed.
    DEMO_MODULE = "webapp.ops.demo"
    #: Import path of the pages that show the mail of a development server to everyone; '': none.
    MAILBOX_MODULE = ""
    #: Import path of the tools of developers: ``?profile`` and the toolbar; '': none. And whether
    #: the toolbar stands on every page.
    DEVELOPMENT_TOOLS_MODULE = ""
    DEBUG_TOOLBAR = False

    @classmethod
    def problems(cls, settings: Mapping[str, Any]) -> list[str]:
        """Return what forbids starting with these settings, as sentences; [] when nothing does."""
        return []


class Development(Configuration):
    DEBUG = True
    DRAIN_S = 0.0  # Ctrl-C ends at once
    LOCAL_DATABASE = "webapp.ops.local_postgres.DevelopmentDatabase"
    #: Errors are pages here too; the trace is in the log.
    PROPAGATE_EXCEPTIONS = False
    #: Empty: created at the first start and stored in the instance folder.
    SECRET_KEY = ""
    BCRYPT_LOG_ROUNDS = 10
    PAYMENT_PROVIDER = "test"
    MAILBOX_MODULE = "webapp.ops.mailbox"
    DEVELOPMENT_TOOLS_MODULE = "webapp.ops.development_tools"


class Test(Configuration):
    TESTING = True
    DRAIN_S = 0.0
    LOCAL_DATABASE = "webapp.ops.local_postgres.DevelopmentDatabase"
    SECRET_KEY = "only-for-tests"
    LOG_FORMAT = ""
    PAYMENT_PROVIDER = "test"
    BCRYPT_LOG_ROUNDS = 4
    MAIL_URL = "memory:"
    DATABASE_POOL_SIZE = 30
    CIRCUIT_OPEN_S = 0.0
    DATABASE_ANSWER_TIMEOUT_MS = 20_000  # on a busy machine the database is slow
    REGION_TIMEOUT_S = 60.0
    PAGE_SIZE = 5
    CITIES_MAX_AGE_S = PLANS_MAX_AGE_S = ZONES_MAX_AGE_S = 3600.0
    LIVE_MAX_AGE_S = 0.0
    FOLLOWER_READS = False  # a test reads what it has just written


class Production(Configuration):
    LOG_FORMAT = "json"
    SESSION_COOKIE_SECURE = True
    SECOND_FACTOR_REQUIRED = True
    TRUSTED_HOSTS = ()
    DEMO_ALLOWED = False
    MAIL_URL = ""

    @classmethod
    def problems(cls, settings: Mapping[str, Any]) -> list[str]:
        """Refuse a production without a real key or a database of its own."""
        problems = []
        if len(settings["SECRET_KEY"]) < 32:
            problems.append("SECRET_KEY must have at least 32 characters.")
        if any(len(key) < 32 for key in settings["SECRET_KEY_FALLBACKS"]):
            problems.append("Each of SECRET_KEY_FALLBACKS must have at least 32 characters.")
        if not settings["DATABASE_URL"]:
            problems.append("DATABASE_URL must name the database.")
        elif not settings["DATABASE_PLAINTEXT_ALLOWED"] and not _is_private(settings):
            problems.append("DATABASE_URL must say sslmode=verify-full.")
        if settings["BCRYPT_LOG_ROUNDS"] < 12:
            problems.append("BCRYPT_LOG_ROUNDS must be 12 or more.")
        if settings["PAYMENT_PROVIDER"] == "test":
            problems.append("PAYMENT_PROVIDER must not be test: it gives money without a payment.")
        if not settings["MAIL_URL"]:
            problems.append("MAIL_URL must say how mail leaves.")
        if _sender_domain(settings["MAIL_FROM"]).endswith(".example"):
            problems.append("MAIL_FROM must be an address of yours.")
        if not _is_confidential(settings["PUBLIC_URL"]):
            problems.append("PUBLIC_URL must say where people find MovR, beginning with https://.")
        for name, provider in settings["OIDC_PROVIDERS"].items():
            if not provider["issuer"].startswith("https://"):
                problems.append(f"OIDC_PROVIDERS: the issuer of {name} must begin with https://.")
        return problems


ENVIRONMENTS: dict[str, type[Configuration]] = {
    "development": Development,
    "test": Test,
    "production": Production,
}


def _is_private(settings: Mapping[str, Any]) -> bool:
    """Tell whether the connection is a local socket, or verifies the server's certificate."""
    url = make_url(settings["DATABASE_URL"])
    hosts = [url.host or "", *_as_tuple(url.query.get("host", ""))]
    through_socket = all(host.startswith("/") for host in hosts if host)
    return through_socket or url.query.get("sslmode") == "verify-full"


def _as_tuple(value: str | tuple[str, ...]) -> tuple[str, ...]:
    """Return the values of a parameter of a URL, which may be given once or several times."""
    return (value,) if isinstance(value, str) else value


def _read_database_url(text: str) -> str:
    """Read the URL of a PostgreSQL or CockroachDB database."""
    text = text.replace("postgres://", "postgresql://", 1)
    try:
        is_supported = make_url(text).get_backend_name() in ("postgresql", "cockroachdb")
    except ArgumentError:
        is_supported = False
    if not is_supported:
        raise ValueError("it must begin with postgresql:// or cockroachdb://")
    return text


def _read_networks(text: str) -> tuple[str, ...]:
    """Read networks in CIDR notation, separated by commas."""
    networks = _read_names(text)
    for network in networks:
        ip_network(network)
    return networks


def local_url(host: str, port: int) -> str:
    """Return where a browser on this machine finds a server that listens on ``host``."""
    shown = WILDCARDS.get(host, host)
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def _read_public_url(text: str) -> str:
    """Read the URL of a whole site: scheme and host, perhaps a port."""
    parts = urlsplit(text)
    site = f"{parts.scheme}://{parts.netloc}"
    is_site = parts.scheme in ("http", "https") and parts.hostname and not set("@[") & set(site)
    if not is_site or text.removesuffix("/") != site:
        raise ValueError("it must be like https://movr.example")
    return site


def _is_confidential(url: str) -> bool:
    """Tell whether what is sent to ``url`` cannot be read on its way: https, or this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    is_local = host in ("localhost", "127.0.0.1") or host.endswith(".localhost")
    return parts.scheme == "https" or (parts.scheme == "http" and is_local)


def _read_names(text: str) -> tuple[str, ...]:
    """Read names, separated by commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _read_positive_integer(text: str) -> int:
    """Read a positive whole number."""
    if not text.isdecimal() or int(text) < 1:
        raise ValueError("it must be a whole number, 1 or more")
    return int(text)


def _read_port(text: str) -> int:
    """Read a port to listen on."""
    port = _read_positive_integer(text)
    if port > 65535:
        raise ValueError("it must be 65535 or less")
    return port


def _read_positive_seconds(text: str) -> float:
    """Read a positive duration in seconds."""
    if not re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII) or float(text) == 0:
        raise ValueError("it must be a number of seconds, more than 0")
    return float(text)


def _read_seconds(text: str) -> float:
    """Read a duration in seconds, which may be 0."""
    return 0.0 if text == "0" else _read_positive_seconds(text)


def _read_log_format(text: str) -> str:
    """Read the format of log lines."""
    if text not in ("json", "text"):
        raise ValueError("it must be json or text")
    return text


def _read_log_level(text: str) -> str:
    """Read the name of a level of ``logging``."""
    if text.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError("it must be debug, info, warning or error")
    return text.upper()


def _read_token(text: str) -> str:
    """Read a secret that only programs type. Errors do not repeat it."""
    if not re.fullmatch(r"[\x21-\x7e]{16,}", text):
        raise ValueError("it must be 16 or more letters, digits and signs, without spaces")
    return text


def _read_service_url(text: str) -> str:
    """Read the URL of a service."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("it must be like http://collector:4318/v1/traces")
    return text


def _read_dsn(text: str) -> str:
    """Read a DSN of Sentry."""
    if not re.fullmatch(r"https://\w+@[\w.-]+(:\d+)?/\S+", text):
        raise ValueError("it must be like https://key@sentry.example/1")
    return text


def _read_addresses(text: str) -> tuple[str, ...]:
    """Read e-mail addresses, separated by commas."""
    addresses = _read_names(text)
    if not all(re.fullmatch(r"[^@\s]+@[^@\s]+", address) for address in addresses):
        raise ValueError("it must be addresses, separated by commas")
    return addresses


def _read_share(text: str) -> float:
    """Read a share of a whole."""
    if not re.fullmatch(r"[01](\.\d+)?", text, re.ASCII) or float(text) > 1:
        raise ValueError("it must be a number from 0 to 1")
    return float(text)


def _read_range_url(text: str) -> str:
    """Read the URL of a web service that the rest of a path is added to."""
    if not text.startswith(("https://", "http://")):
        raise ValueError("it must begin with https://")
    return text.removesuffix("/") + "/"


def _read_oidc_providers(text: str) -> dict[str, dict[str, str]]:
    """Read OIDC_PROVIDERS from JSON. Errors do not repeat the text, which contains secrets."""
    try:
        providers = json.loads(text)
    except ValueError:
        raise ValueError("it is not JSON") from None
    if not isinstance(providers, dict):
        raise ValueError('it must be like {"name": {"label": ..., "issuer": ...}}')
    for name, provider in providers.items():
        if not re.fullmatch(r"[a-z0-9-]{1,30}", name):
            raise ValueError("names have 1 to 30 small letters, digits and dashes")
        if not _is_provider(provider):
            raise ValueError(f"{name} must have {', '.join(PROVIDER_KEYS)}, and no others")
        if not _is_issuer(provider["issuer"]):
            raise ValueError(f"the issuer of {name} must be like https://accounts.example.com")
    return providers


PROVIDER_KEYS = ("label", "issuer", "client_id", "client_secret")


def _is_provider(value: Any) -> bool:
    has_all_keys = isinstance(value, dict) and set(value) == set(PROVIDER_KEYS)
    return has_all_keys and all(isinstance(text, str) and text.strip() for text in value.values())


def _is_issuer(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    is_site = parts.scheme in ("http", "https") and bool(parts.hostname) and "@" not in parts.netloc
    return is_site and not set("?#") & set(url) and len(url) <= 255


def _read_mail_url(text: str) -> str:
    """Read MAIL_URL. A password for the mail server requires encryption."""
    try:
        parts = urlsplit(text)
        is_supported = text == "folder:" or (
            parts.scheme in ("smtp", "smtps") and bool(parts.hostname) and parts.port != 0
        )
    except ValueError:
        is_supported = False
    if not is_supported or parts.query not in ("", "tls=1"):
        raise ValueError("it must be like smtp://user:password@host:587?tls=1, or folder:")
    if parts.username and parts.scheme == "smtp" and not parts.query:
        raise ValueError("a password needs ?tls=1 at its end, or smtps://")
    return text


def _read_broker_url(text: str) -> str:
    """Read the URL of a broker. Errors do not repeat the text, which may contain a password."""
    try:
        parts = urlsplit(text)
        is_supported = parts.scheme in ("redis", "rediss", "amqp", "amqps") and parts.port != 0
    except ValueError:
        is_supported = False
    if not is_supported or not parts.hostname:
        raise ValueError("it must be like redis://host:6379/0 or amqp://user:password@host//")
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    if query.get("ssl_cert_reqs", "required") != "required" or "ssl_check_hostname" in query:
        raise ValueError("the certificate of a broker is always checked: leave ssl_* out")
    return text


def _read_payment_provider(text: str) -> str:
    """Read the name of the payment provider."""
    if text != "test":
        raise ValueError("there is none but test so far")
    return text


def _read_sender(text: str) -> str:
    """Read the sender of mails, an address with or without a name: ``MovR <hello@...>``."""
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(text)[1]):
        raise ValueError("it must be like MovR <hello@movr.example>")
    return text


def _sender_domain(sender: str) -> str:
    return parseaddr(sender)[1].rpartition("@")[2]


def _read_boolean(text: str) -> bool:
    """Read a boolean."""
    return text.lower() in ("1", "true", "yes")


#: The settings that environment variables override, and the function that reads each text.
VARIABLES: dict[str, Callable[[str], object]] = {
    "DATABASE_URL": _read_database_url,
    "POSTGRES_BIN": str,
    "SECRET_KEY": str,
    "SECRET_KEY_FALLBACKS": _read_names,
    "REGION": str,
    "HOST": str,
    "PORT": _read_port,
    "INSTANCE_PATH": lambda text: str(Path(text).absolute()),
    "MAP_TILE_URL": str,
    "MAP_ATTRIBUTION": str,
    "PAYMENT_PROVIDER": _read_payment_provider,
    "MAIL_URL": _read_mail_url,
    "MAIL_FROM": _read_sender,
    "BREACHED_PASSWORDS_URL": _read_range_url,
    "OIDC_PROVIDERS": _read_oidc_providers,
    "OIDC_TIMEOUT_S": _read_positive_seconds,
    "PUBLIC_URL": _read_public_url,
    "TRUSTED_HOSTS": _read_names,
    "TRUSTED_PROXIES": _read_networks,
    "PROXY_HOPS": _read_positive_integer,
    "DRAIN_S": _read_seconds,
    "LOG_FORMAT": _read_log_format,
    "LOG_LEVEL": _read_log_level,
    "SLOW_STATEMENT_MS": _read_positive_integer,
    "METRICS_TOKEN": _read_token,
    "RELEASE": str,
    "BACKUP_FILE": str,
    "BACKUP_MAX_AGE_S": _read_positive_seconds,
    "TRACES_URL": _read_service_url,
    "TRACES_SHARE": _read_share,
    "SENTRY_DSN": _read_dsn,
    "ADMINS": _read_addresses,
    "DATABASE_POOL_SIZE": _read_positive_integer,
    "REGION_TIMEOUT_S": _read_positive_seconds,
    "WORK_THREADS": _read_positive_integer,
    "WORK_POLL_S": _read_positive_seconds,
    "WORK_SCHEDULE_S": _read_positive_seconds,
    "WORK_LEASE_S": _read_positive_seconds,
    "WORK_GRACE_S": _read_seconds,
    "WORK_MAX_PAUSE_S": _read_positive_seconds,
    "CELERY_BROKER_URL": _read_broker_url,
    "CELERY_MAX_WAITING": _read_positive_integer,
    "POSTGRESQL_WRITE_LOCK": _read_boolean,
    "DATABASE_ANSWER_TIMEOUT_MS": _read_positive_integer,
    "ACCOUNT_MOVE_TIMEOUT_MS": _read_positive_integer,
    "CITY_MOVE_TIMEOUT_MS": _read_positive_integer,
    "CIRCUIT_OPEN_S": _read_seconds,
    "TRANSACTION_DEADLINE_MS": _read_positive_integer,
    "TRANSACTION_RECONNECT_MS": _read_positive_integer,
    "PAGE_SIZE": _read_positive_integer,
    "FEED_MAX_LOSS_SHARE": _read_share,
    "FEED_MAX_LOSS": _read_positive_integer,
    "FEED_SILENT_S": _read_positive_seconds,
    "DATA_EXPORT_MAX_ROWS_AT_ONCE": _read_positive_integer,
    "DATA_EXPORT_KEEP_S": _read_positive_seconds,
    "ACCOUNT_DELETION_MAX_ROWS_AT_ONCE": _read_positive_integer,
    "FEED_HEADER": str,
    "FEED_API_KEY": str,
    "SESSION_COOKIE_SECURE": _read_boolean,
    "SECOND_FACTOR_REQUIRED": _read_boolean,
    "DATABASE_PLAINTEXT_ALLOWED": _read_boolean,
    "DEMO_ALLOWED": _read_boolean,
    "DEBUG_TOOLBAR": _read_boolean,
}


class ConfigurationError(ClickException):
    """A setting forbids starting. The text is shown in one line."""


def environment() -> type[Configuration]:
    """Return the class that ``MOVR_ENV`` names; development when it is not set."""
    name = os.environ.get("MOVR_ENV", "development")
    if name not in ENVIRONMENTS:
        names = ", ".join(ENVIRONMENTS)
        raise ConfigurationError(f"MOVR_ENV is '{name}'; it must be one of: {names}.")
    return ENVIRONMENTS[name]


def read_overrides() -> dict[str, Any]:
    """Return the settings of VARIABLES that are set in the environment, with their types."""
    values = {}
    for name, read in VARIABLES.items():
        if text := os.environ.get(name):
            try:
                values[name] = read(text)
            except ValueError as problem:
                raise ConfigurationError(f"{name} cannot be read: {problem}.") from None
    return values


def environ_with(**settings: object) -> dict[str, str]:
    """Return the environment for a process that is to run with these settings."""
    return {**os.environ, **{name: str(value) for name, value in settings.items()}}
