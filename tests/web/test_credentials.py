"""Which requests receive credentials, and what messages show of a URL."""

import pytest
import requests

from webapp.web.credentials import Credentials, hide_secrets


@pytest.mark.parametrize(
    ("own", "target", "is_same_site"),
    [
        ("https://op.example/gbfs.json", "https://op.example/a/b", True),
        ("https://op.example/gbfs.json", "https://OP.example:443/a", True),
        ("http://op.example/gbfs.json", "https://op.example/a", True),
        ("https://op.example/gbfs.json", "http://op.example/a", False),
        ("https://op.example/gbfs.json", "https://op.example:8443/a", False),
        ("http://op.example:8080/gbfs.json", "https://op.example/a", False),
        ("https://op.example/gbfs.json", "https://www.op.example/a", False),
        ("https://op.example/gbfs.json", "https://op.example.evil.example/a", False),
        ("https://op.example/gbfs.json", "https://op.example@evil.example/a", False),
        ("gbfs.json", "https://op.example/a", False),
        ("", "https://op.example/a", False),
    ],
)
def test_only_requests_to_the_same_site_receive_credentials(
    own: str, target: str, is_same_site: bool
) -> None:
    credentials = Credentials(own, {"X-Key": "k"}, {"key": "k"})
    request = requests.Request("GET", target).prepare()
    sent = credentials.add_to(request)
    assert (sent.headers.get("X-Key") == "k") is is_same_site
    assert str(sent.url).endswith("?key=k") is is_same_site
    assert "X-Key" not in request.headers


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://op.example/gbfs.json", "https://op.example/gbfs.json"),
        ("https://me:pw@op.example:81/a?b=c&d=e#f", "https://op.example:81/a?b=***&d=***"),
        ("https://op.example/a?secret", "https://op.example/a?***"),
        ("https://op.example/a?file=vehicle_status", "https://op.example/a?file=vehicle_status"),
        ("http://me:pw@[/a?b=c", "[/a"),
        ("vehicle_status.json", "vehicle_status.json"),
    ],
)
def test_messages_show_no_password_and_no_value(url: str, shown: str) -> None:
    assert hide_secrets(url, {"vehicle_status"}) == shown
