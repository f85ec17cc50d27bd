"""Sending a message to a device: one request to its push service (RFC 8030)."""

from enum import Enum, auto
from typing import TYPE_CHECKING, NamedTuple

import requests

from webapp.riders.notifications.push.endpoints import is_listed_origin, is_push_service
from webapp.riders.notifications.push.message_encryption import encrypt_message
from webapp.riders.notifications.push.subscriptions import Device
from webapp.riders.notifications.push.vapid import make_authorization_header
from webapp.web.fetching import AddressRefused, DeadlineExceeded, Fetcher

if TYPE_CHECKING:
    from joserfc.jwk import ECKey

#: Seconds for one request.
DEADLINE_S = 20


class PushMessage(NamedTuple):
    """A message for all devices of an account."""

    body: bytes
    #: How long the push service keeps it for a device that is off, seconds.
    lasts_s: int
    #: It replaces an earlier one with this word: at most 32 characters of base64url.
    topic: str


class PushOutcome(Enum):
    """What the push service says."""

    SENT = auto()
    #: The device takes no messages any more.
    ENDED = auto()
    #: Nobody answers, or only later.
    RETRY = auto()
    #: It will never take this message.
    REFUSED = auto()


def send_message(device: Device, message: PushMessage, key: "ECKey") -> PushOutcome:
    """Send a message to the push service of a device, once."""
    if not is_push_service(device.endpoint):  # PUSH_SERVICES has changed
        return PushOutcome.ENDED
    headers = {
        "Authorization": make_authorization_header(device.endpoint, key),
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(message.lasts_s),
        "Urgency": "high",
        "Topic": message.topic,
    }
    try:
        body = encrypt_message(message.body, device.keys)
    except ValueError:  # no point of the curve
        return PushOutcome.ENDED
    fetcher = Fetcher(allows_private=is_listed_origin(device.endpoint), deadline_s=DEADLINE_S)
    try:
        with fetcher.post(device.endpoint, body, headers, "push") as response:
            return _find_outcome(response.status_code)
    except (requests.RequestException, AddressRefused, DeadlineExceeded):
        return PushOutcome.RETRY


def _find_outcome(status: int) -> PushOutcome:
    if 200 <= status < 300:
        return PushOutcome.SENT
    if status in (404, 410):
        return PushOutcome.ENDED
    return PushOutcome.RETRY if status in (408, 429) or status >= 500 else PushOutcome.REFUSED
