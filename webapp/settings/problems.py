"""Settings that forbid starting, most of them in production."""

from collections.abc import Iterator, Mapping
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy.engine import make_url

from config import Configuration
from webapp.settings.special_values import TRANSLATOR_NEEDS

#: Settings by their names. Any: each has its own type.
Settings = Mapping[str, Any]


def find_problems(environment: type[Configuration], settings: Settings) -> list[str]:
    """Return what forbids starting with these settings, as sentences; [] when nothing does."""
    problems = list(_find_problems_everywhere(settings))
    if environment.must_be_safe:
        problems += _find_problems_of_secrets(settings)
        problems += _find_problems_of_database(settings)
        problems += _find_problems_of_services(settings)
        problems += _find_problems_of_addresses(settings)
    return problems


def _find_problems_everywhere(settings: Settings) -> Iterator[str]:
    missing = TRANSLATOR_NEEDS.get(settings["TRANSLATOR"], "")
    if missing and not settings[missing]:
        yield f"TRANSLATOR={settings['TRANSLATOR']} needs {missing}."


def _find_problems_of_secrets(settings: Settings) -> Iterator[str]:
    if len(settings["SECRET_KEY"]) < 32:
        yield "SECRET_KEY must have at least 32 characters."
    if any(len(key) < 32 for key in settings["SECRET_KEY_FALLBACKS"]):
        yield "Each of SECRET_KEY_FALLBACKS must have at least 32 characters."
    if settings["BCRYPT_LOG_ROUNDS"] < 12:
        yield "BCRYPT_LOG_ROUNDS must be 12 or more."


def _find_problems_of_database(settings: Settings) -> Iterator[str]:
    if not settings["DATABASE_URL"]:
        yield "DATABASE_URL must name the database."
    elif not settings["DATABASE_PLAINTEXT_ALLOWED"] and not _is_private(settings["DATABASE_URL"]):
        yield "DATABASE_URL must say sslmode=verify-full."


def _find_problems_of_services(settings: Settings) -> Iterator[str]:
    if settings["PAYMENT_PROVIDER"] == "test":
        yield "PAYMENT_PROVIDER must not be test: it gives money without a payment."
    if settings["SMS_URL"] == "log:":
        yield "SMS_URL must not be log: it would write codes and numbers there."
    is_plain_http = settings["TRANSLATOR_URL"].startswith("http:")
    if is_plain_http and not settings["TRANSLATOR_ALLOW_PRIVATE"]:
        yield "TRANSLATOR_URL must begin with https://."
    if not settings["MAIL_URL"]:
        yield "MAIL_URL must say how mail leaves."
    for name, provider in settings["OIDC_PROVIDERS"].items():
        if not provider["issuer"].startswith("https://"):
            yield f"OIDC_PROVIDERS: the issuer of {name} must begin with https://."


def _find_problems_of_addresses(settings: Settings) -> Iterator[str]:
    if parseaddr(settings["MAIL_FROM"])[1].endswith(".example"):
        yield "MAIL_FROM must be an address of yours."
    if not _is_confidential(settings["PUBLIC_URL"]):
        yield "PUBLIC_URL must say where people find MovR, beginning with https://."


def _is_private(database_url: str) -> bool:
    """Tell whether the connection is a local socket, or verifies the server's certificate."""
    url = make_url(database_url)
    other_hosts = url.query.get("host", ())
    hosts = [url.host, *([other_hosts] if isinstance(other_hosts, str) else other_hosts)]
    is_socket = all(host.startswith("/") for host in hosts if host)
    return is_socket or url.query.get("sslmode") == "verify-full"


def _is_confidential(url: str) -> bool:
    """Tell whether what is sent to ``url`` cannot be read on its way: https, or this machine."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    is_local = host in ("localhost", "127.0.0.1") or host.endswith(".localhost")
    return parts.scheme == "https" or (parts.scheme == "http" and is_local)
