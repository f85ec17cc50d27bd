"""The Caddyfile sends each city to its region, and believes no visitor."""

import re
from typing import Any

from tests.deployment.files import REGIONS, read
from webapp.ops.demo.cities import CITIES


def test_every_city_of_the_demo_goes_to_its_region(services: dict[str, Any]) -> None:
    file = read("deploy/Caddyfile")
    names = dict(re.findall(r'^\t\t(\S+)\.localhost "([^"]+)"$', file, re.M))
    assert names == {city.name.replace(" ", "-"): city.name for city in CITIES}

    regions = {}
    for hosts, upstreams in re.findall(
        r"^(http://.+) \{\n\timport application (.+)\n\}", file, re.M
    ):
        order = [upstream.removesuffix(":8000") for upstream in upstreams.split()]
        assert set(order) == {f"web-{region}" for region in REGIONS} <= set(services)
        for host in hosts.split(", "):
            regions[host.removeprefix("http://")] = order[0].removeprefix("web-")
    assert regions.pop("localhost") == regions.pop("127.0.0.1") == "us-east1"
    assert regions == {f"{city.name.replace(' ', '-')}.localhost": city.region for city in CITIES}


def test_the_proxy_removes_location_headers_of_visitors() -> None:
    file = read("deploy/Caddyfile")
    assert "header_up X-City {city}" in file
    assert "request_header -Forwarded" in file
    assert "trusted_proxies" not in file  # so Caddy drops the X-Forwarded-* of visitors
    assert "health_uri /health/ready" in file
