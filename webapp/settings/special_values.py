"""Reading values that have a form of their own, such as URLs. The functions raise ValueError with a
reason, which repeats no text that may be secret."""

import json
import re
from email.utils import parseaddr
from ipaddress import ip_network
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from webapp.settings.plain_values import read_names, read_positive_integer

#: Each TRANSLATOR -> the setting that it cannot do without.
TRANSLATOR_NEEDS = {"deepl": "TRANSLATOR_KEY", "libretranslate": "TRANSLATOR_URL"}


def read_database_url(text: str) -> str:
    """Read the URL of a PostgreSQL or CockroachDB database."""
    text = text.replace("postgres://", "postgresql://", 1)
    try:
        is_supported = make_url(text).get_backend_name() in ("postgresql", "cockroachdb")
    except ArgumentError:
        is_supported = False
    if not is_supported:
        raise ValueError("it must begin with postgresql:// or cockroachdb://")
    return text


def read_networks(text: str) -> tuple[str, ...]:
    """Read networks in CIDR notation, separated by commas."""
    networks = read_names(text)
    for network in networks:
        ip_network(network)
    return networks


def read_public_url(text: str) -> str:
    """Read the URL of a whole site: scheme and host, perhaps a port."""
    parts = urlsplit(text)
    site = f"{parts.scheme}://{parts.netloc}"
    is_site = parts.scheme in ("http", "https") and parts.hostname and not set("@[") & set(site)
    if not is_site or text.removesuffix("/") != site:
        raise ValueError("it must be like https://movr.example")
    return site


def read_port(text: str) -> int:
    """Read a port to listen on."""
    port = read_positive_integer(text)
    if port > 65535:
        raise ValueError("it must be 65535 or less")
    return port


def read_log_format(text: str) -> str:
    """Read the format of log lines."""
    if text not in ("json", "text"):
        raise ValueError("it must be json or text")
    return text


def read_log_level(text: str) -> str:
    """Read the name of a level of ``logging``."""
    if text.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError("it must be debug, info, warning or error")
    return text.upper()


def read_token(text: str) -> str:
    """Read a secret that only programs type. Errors do not repeat it."""
    if not re.fullmatch(r"[\x21-\x7e]{16,}", text):
        raise ValueError("it must be 16 or more letters, digits and signs, without spaces")
    return text


def read_service_url(text: str) -> str:
    """Read the URL of a service."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("it must be like http://collector:4318/v1/traces")
    return text


def read_place_search_url(text: str) -> str:
    """Read the URL of a search for places."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("it must be like https://nominatim.openstreetmap.org/search")
    return text


def read_translator(text: str) -> str:
    """Read the name of the service that translates."""
    if text not in ("", *TRANSLATOR_NEEDS):
        raise ValueError(f"it must be {', '.join(TRANSLATOR_NEEDS)}, or empty")
    return text


def read_translator_url(text: str) -> str:
    """Read the URL of that service, without the paths of its API. Its account has a key of its
    own, so that the URL has none."""
    parts = urlsplit(text)
    is_site = parts.scheme in ("http", "https") and parts.hostname and "@" not in parts.netloc
    if text and (not is_site or parts.query or parts.fragment):
        raise ValueError("it must be like https://translate.example, or empty")
    return text.removesuffix("/")


def read_translator_key(text: str) -> str:
    """Read the key of that account, which is sent in a header. Errors do not repeat it."""
    if not re.fullmatch(r"[\x21-\x7e]*", text):
        raise ValueError("it must be letters, digits and signs, without spaces")
    return text


def read_license_url(text: str) -> str:
    """Read the URL of a licence, which is shown to everybody."""
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
        raise ValueError("it must be like https://creativecommons.org/licenses/by/4.0/")
    return text


def read_dsn(text: str) -> str:
    """Read a DSN of Sentry."""
    if not re.fullmatch(r"https://\w+@[\w.-]+(:\d+)?/\S+", text):
        raise ValueError("it must be like https://key@sentry.example/1")
    return text


def read_addresses(text: str) -> tuple[str, ...]:
    """Read e-mail addresses, separated by commas."""
    addresses = read_names(text)
    if not all(re.fullmatch(r"[^@\s]+@[^@\s]+", address) for address in addresses):
        raise ValueError("it must be addresses, separated by commas")
    return addresses


def read_share(text: str) -> float:
    """Read a share of a whole."""
    if not re.fullmatch(r"[01](\.\d+)?", text, re.ASCII) or float(text) > 1:
        raise ValueError("it must be a number from 0 to 1")
    return float(text)


def read_range_url(text: str) -> str:
    """Read the URL of a web service that the rest of a path is added to."""
    if not text.startswith(("https://", "http://")):
        raise ValueError("it must begin with https://")
    return text.removesuffix("/") + "/"


def read_oidc_providers(text: str) -> dict[str, dict[str, str]]:
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


def read_sms_url(text: str) -> str:
    """Read SMS_URL. A provider's password goes over https only."""
    try:
        parts = urlsplit(text)
        is_supported = text in ("", "log:") or (
            parts.scheme == "https" and bool(parts.hostname) and parts.port != 0
        )
    except ValueError:
        is_supported = False
    if not is_supported:
        raise ValueError("it must be like https://user:password@host/path, log:, or empty")
    return text


def read_mail_url(text: str) -> str:
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


def read_broker_url(text: str) -> str:
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


def read_payment_provider(text: str) -> str:
    """Read the name of the payment provider."""
    if text != "test":
        raise ValueError("there is none but test so far")
    return text


def read_sender(text: str) -> str:
    """Read the sender of mails, an address with or without a name: ``MovR <hello@...>``."""
    if not re.fullmatch(r"[^@\s]+@[^@\s]+", parseaddr(text)[1]):
        raise ValueError("it must be like MovR <hello@movr.example>")
    return text
