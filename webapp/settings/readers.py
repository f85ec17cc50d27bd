"""Reading each setting of config.py from text: by the type of its value there, or, where the type
says too little, by a function of READERS. They raise ValueError with a reason."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from config import Configuration
from webapp.settings.plain_values import (
    read_boolean,
    read_integer,
    read_names,
    read_number,
    read_numbers,
    read_pair,
    read_positive_integer,
    read_positive_number,
)
from webapp.settings.special_values import (
    read_addresses,
    read_broker_url,
    read_database_url,
    read_dsn,
    read_license_url,
    read_log_format,
    read_log_level,
    read_mail_url,
    read_networks,
    read_oidc_providers,
    read_payment_provider,
    read_place_search_url,
    read_port,
    read_public_url,
    read_range_url,
    read_sender,
    read_service_url,
    read_share,
    read_sms_url,
    read_token,
    read_translator,
    read_translator_key,
    read_translator_url,
)

#: What the environment does not set: what the code relies on, and what only a class of config.py
#: turns on, such as the debugger.
FIXED = {
    "DEBUG", "TESTING", "LOCAL_DATABASE", "FAKE_PAYMENT_PROVIDER",
    "DEMO_MODULE", "MAILBOX_MODULE", "DEVELOPMENT_TOOLS_MODULE", "BCRYPT_HANDLE_LONG_PASSWORDS",
    "BOOTSTRAP_SERVE_LOCAL", "WTF_CSRF_TIME_LIMIT", "SESSION_COOKIE_NAME", "SESSION_COOKIE_PATH",
    "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE",
}  # fmt: skip


def list_settings() -> list[str]:
    """Return the names of the settings that the environment and ``.env`` can set."""
    return [name for name in vars(Configuration) if name.isupper() and name not in FIXED]


def read_setting(name: str, text: str) -> Any:
    """Return the value of a setting that is written as ``text``. Any: as in config.py."""
    read = READERS.get(name) or _find_reader_of_type(getattr(Configuration, name))
    return read(text)


def _find_reader_of_type(default: object) -> Callable[[str], object]:
    """Return the reader for the type of the value that a setting has in config.py."""
    match default:
        case bool():
            return read_boolean
        case int():
            return read_positive_integer
        case float():
            return read_positive_number
        case str():
            return str
        case (int(), int()):
            return read_pair
        case tuple():
            return read_names
        case dict():
            return partial(read_numbers, defaults=default)
        case _:
            raise TypeError(f"no reader for {default!r}")


#: The settings whose type says too little.
READERS: dict[str, Callable[[str], object]] = {
    "DATABASE_URL": read_database_url,
    "INSTANCE_PATH": lambda text: str(Path(text).absolute()),
    "PORT": read_port,
    "LOG_FORMAT": read_log_format,
    "LOG_LEVEL": read_log_level,
    "METRICS_TOKEN": read_token,
    "TRACES_URL": read_service_url,
    "TRACES_SHARE": read_share,
    "SENTRY_DSN": read_dsn,
    "ADMINS": read_addresses,
    "PUBLIC_URL": read_public_url,
    "PLACE_SEARCH_URL": read_place_search_url,
    "TRANSLATOR": read_translator,
    "TRANSLATOR_URL": read_translator_url,
    "TRANSLATOR_KEY": read_translator_key,
    "API_CORS_ORIGINS": read_names,
    "TRUSTED_HOSTS": read_names,
    "TRUSTED_PROXIES": read_networks,
    "OIDC_PROVIDERS": read_oidc_providers,
    "BREACHED_PASSWORDS_URL": read_range_url,
    "PAYMENT_PROVIDER": read_payment_provider,
    "MAIL_URL": read_mail_url,
    "SMS_URL": read_sms_url,
    "MAIL_FROM": read_sender,
    "CELERY_BROKER_URL": read_broker_url,
    "FEED_MAX_LOSS_SHARE": read_share,
    "GBFS_LICENSE_URL": read_license_url,
    # These may be 0.
    "ACCOUNT_DELETION_MAX_ROWS_AT_ONCE": read_integer,
    "CIRCUIT_OPEN_S": read_number,
    "DATABASE_POOL_WARM": read_integer,
    "DATA_EXPORT_MAX_ROWS_AT_ONCE": read_integer,
    "DRAIN_S": read_number,
    "EDGE_TOLERANCE_M": read_number,
    "FREE_RESERVATION_MIN_PER_DAY": read_integer,
    "GBFS_MAX_AGE_S": read_number,
    "LIVE_MAX_AGE_S": read_number,
    "EVENT_STREAMS_PER_PROCESS": read_integer,
    "EVENT_STREAM_S": read_number,
    "BOARD_MAX_AGE_S": read_number,
    "BOARD_POLL_S": read_number,
    "RESERVE_AGAIN_S": read_integer,
    "WORK_GRACE_S": read_number,
}
