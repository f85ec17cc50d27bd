"""The rules and the dashboard of deploy/monitoring use metrics that exist."""

import json
import re
from typing import Any

import pytest
import yaml
from flask import Flask
from prometheus_client import REGISTRY

import config
from tests.deployment.files import REGIONS, read
from webapp.web.metrics_page import gauge_readers

FOLDER = "deploy/monitoring"


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load(read(f"{FOLDER}/rules.yml"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def dashboard() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(read(f"{FOLDER}/dashboard.json"))
    return document


def expressions() -> list[str]:
    panels = dashboard()["panels"]
    shown = [target["expr"] for panel in panels for target in panel["targets"]]
    return [*shown, *(rule["expr"] for rule in rules())]


@pytest.fixture
def sample_names(app: Flask) -> set[str]:
    names = {reader.name for reader in gauge_readers(app)}
    for family in REGISTRY.collect():
        suffixes = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}
        names |= {f"{family.name}{end}" for end in suffixes.get(family.type, [""])}
    return names


def test_every_metric_of_the_rules_and_the_dashboard_exists(sample_names: set[str]) -> None:
    used = {name for text in expressions() for name in re.findall(r"\bmovr_\w+", text)}
    assert len(used) > 10
    assert sorted(used - sample_names) == []


def test_every_metric_of_ours_is_on_the_dashboard(sample_names: set[str]) -> None:
    used = " ".join(expressions())
    bases = {re.sub(r"_(bucket|count|sum)$", "", name) for name in sample_names}
    own = {name for name in bases if name.startswith("movr_")}
    assert sorted(name for name in own if name not in used) == []


def test_every_alert_says_what_to_do() -> None:
    operations = (config.ROOT / "docs/operations.md").read_text()
    assert 5 <= len(rules()) <= 12, "few, so that each is read"
    for rule in rules():
        assert f"\n### {rule['alert']}\n" in operations
        assert rule["annotations"]["runbook"] == f"docs/operations.md#{rule['alert'].lower()}"


def test_the_panels_have_titles_and_do_not_overlap() -> None:
    places = [tuple(panel["gridPos"].values()) for panel in dashboard()["panels"]]
    assert len(set(places)) == len(places)
    titles = [panel["title"] for panel in dashboard()["panels"]]
    assert len(set(titles)) == len(titles)


def test_prometheus_asks_each_server_and_worker_of_the_stack(services: dict[str, Any]) -> None:
    (job,) = yaml.safe_load(read(f"{FOLDER}/prometheus.yml"))["scrape_configs"]
    ports = {"web": "8000", "worker": "9100"}
    for group in job["static_configs"]:
        region = group["labels"]["region"]
        assert group["targets"] == [f"{kind}-{region}:{port}" for kind, port in ports.items()]
        assert services[f"worker-{region}"]["command"][-2:] == ["--metrics-port", ports["worker"]]
    assert {group["labels"]["region"] for group in job["static_configs"]} == REGIONS


def test_prometheus_asks_for_the_page_that_exists(app: Flask) -> None:
    (job,) = yaml.safe_load(read(f"{FOLDER}/prometheus.yml"))["scrape_configs"]
    assert job["metrics_path"] in {rule.rule for rule in app.url_map.iter_rules()}
    assert job["authorization"]["type"] == "Bearer"
