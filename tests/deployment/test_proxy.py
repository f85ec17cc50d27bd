"""The Caddyfile sends each city to its region, and believes no visitor."""

import re
from typing import Any

import config
import gunicorn_worker
from tests.deployment.files import REGIONS, read
from tests.deployment.gunicorn import read_gunicorn_settings
from webapp.fleet.reports.controllers.reporter import MAX_REQUEST_BYTES
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


def test_the_proxy_hides_the_metrics_from_visitors() -> None:
    assert re.search(r"^\trespond /metrics\* 404$", read("deploy/Caddyfile"), re.M)


def test_the_proxy_takes_the_largest_form_and_closes_idle_connections_first() -> None:
    file = read("deploy/Caddyfile")
    largest = re.search(r"max_size (\d+)MiB", file)
    assert largest
    assert int(largest[1]) * 1024 * 1024 == MAX_REQUEST_BYTES
    idle = re.search(r"keepalive (\d+)s", file)
    settings = read_gunicorn_settings()
    assert idle
    assert int(idle[1]) < settings["keepalive"]


def test_a_stop_has_time_for_the_drain_and_for_what_has_come(stack: dict[str, Any]) -> None:
    settings = read_gunicorn_settings()
    drain_s, grace_s = config.Production.DRAIN_S, settings["graceful_timeout"]
    assert 2 <= drain_s <= 5
    assert drain_s + 10 <= grace_s
    assert grace_s < int(stack["x-web"]["stop_grace_period"].removesuffix("s"))


def test_every_thread_that_may_ask_the_database_finds_a_connection() -> None:
    settings = read_gunicorn_settings()
    threads = settings["threads"] + gunicorn_worker.UPLOAD_THREADS
    assert threads <= config.Production.DATABASE_POOL_SIZE
