"""The page /metrics, read as Prometheus reads it."""

from typing import Any

from prometheus_client.parser import text_string_to_metric_families

from tests.visitor import Visitor

TOKEN = "a-token-of-sixteen-signs"
AUTHORIZATION = {"Authorization": f"Bearer {TOKEN}"}


def read_samples(visitor: Visitor) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
    """Return all samples: name -> labels -> value."""
    response = visitor.get("/metrics", headers=AUTHORIZATION)
    assert response.status_code == 200
    samples: dict[str, dict[Any, float]] = {}
    for family in text_string_to_metric_families(response.text):
        for sample in family.samples:
            labels = tuple(sorted(sample.labels.items()))
            samples.setdefault(sample.name, {})[labels] = sample.value
    return samples
