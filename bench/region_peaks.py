"""What each region does in a second of the morning peak, and what it needs for it.

Arithmetic with the tables of docs/scale.md (bench/support/scale_model.py)."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench.support.report import Section
from bench.support.scale_model import MOST_BUSY, NODE_CORES, REGIONS, ScaleModel


@dataclass(frozen=True)
class RegionPeak:
    """A region in the second of the peak."""

    region: str
    share: float
    model: ScaleModel
    workers: int
    nodes: int

    def cells(self) -> Mapping[str, object]:
        model, share = self.model, self.share
        return {
            "region": self.region,
            "share of the riders": f"{share:.0%}",
            "rides started/s": f"{model.rides_per_s * share:.0f}",
            "requests/s": f"{model.requests_per_s * share:,.0f}",
            "statements/s": f"{model.statements_per_s * share:,.0f}",
            "rows written/s": f"{model.rows_per_s * share:,.0f}",
            "web workers": self.workers,
            "database nodes": self.nodes,
        }


def measure(quick: bool) -> Section:
    """Return a row for each region, and their sum. There is nothing to measure."""
    model = ScaleModel.read()
    rows = [
        RegionPeak(name, share, model, model.count_workers(share), model.count_nodes(share))
        for name, share in REGIONS.items()
    ]
    rows.append(RegionPeak("the world", 1.0, model, model.workers, model.nodes))
    text = (
        f"Computed from the tables of the document. Workers and nodes of {NODE_CORES} cores are"
        f" {MOST_BUSY:.0%} busy at the peak; there are twice as many workers, so that half of them"
        " may be lost."
    )
    return Section("Regions at the peak", text, rows, is_computed=True)
