"""Disks, the nightly sweep, traffic between regions and the monthly cost.

Arithmetic with the tables of docs/scale.md (bench/support/scale_model.py)."""

from collections.abc import Mapping
from dataclasses import dataclass

from bench.support import scale_model as assumptions
from bench.support.report import Section
from bench.support.scale_model import COPIES, KEYS_PER_ROW, ScaleModel
from bench.traffic import RideTraffic

#: As price lists of large providers have them, USD: a core with 4 GB for an hour, a GB of SSD for a
#: month, a GB to people, a GB to another region.
CORE_HOUR, DISK_GB_MONTH, TRAFFIC_GB, REGION_TRAFFIC_GB = 0.045, 0.17, 0.08, 0.02
HOURS_PER_MONTH = 730
#: Sent to people for each ride, compressed.
RIDE_KB = 160
#: Two small machines in each region.
PROXY_CORES = 4
#: Share of the database's cores that the nightly sweep may take.
SWEEP_PART = 0.1
YEARS = (1, 2, 3, 5)


@dataclass(frozen=True)
class Fact:
    """A figure, and what it follows from."""

    what: str
    how: str
    figure: str

    def cells(self) -> Mapping[str, object]:
        return {"what": self.what, "follows from": self.how, "figure": self.figure}


def measure(quick: bool) -> Section:
    """Return the figures. There is nothing to measure."""
    model = ScaleModel.read()
    rows = [
        *_list_write_facts(model),
        *_list_disk_facts(model),
        *_list_sweep_facts(model),
        *_list_costs(model),
    ]
    text = "Computed from the tables of the document."
    return Section("Machines, disks and cost", text, rows, is_computed=True)


def _list_write_facts(model: ScaleModel) -> list[Fact]:
    keys = model.rows_per_s * KEYS_PER_ROW * COPIES
    cores = model.nodes * assumptions.NODE_CORES
    used = keys / assumptions.KEYS_PER_CORE_S
    return [
        Fact(
            "key writes at the peak",
            f"{model.rows_per_s:,.0f} rows x {KEYS_PER_ROW} keys x {COPIES} copies",
            f"{keys:,.0f}/s",
        ),
        Fact(
            "cores that they take",
            f"{assumptions.KEYS_PER_CORE_S} key writes/s for a core; {model.nodes} nodes of"
            f" {assumptions.NODE_CORES} cores",
            f"{used:.0f} of {cores} ({used / cores:.0%})",
        ),
    ]


def _list_disk_facts(model: ScaleModel) -> list[Fact]:
    disks_tb = model.nodes * assumptions.NODE_DISK_GB / 1000
    facts = [
        Fact(
            f"disks after {years} years" if years > 1 else "disks after a year",
            f"{model.find_data_gb(years) / 1000:.1f} TB of rows x {assumptions.STORED_PART} x"
            f" {COPIES} copies, on {disks_tb:.0f} TB",
            f"{model.find_stored_gb(years) / 1000:.1f} TB ({model.find_disk_use(years):.0%})",
        )
        for years in YEARS
    ]
    full = f"{assumptions.MOST_FULL:.0%} full"
    return [
        *facts,
        Fact(
            f"disks are {full}", "the growth of a year", f"after {model.full_after_years:.1f} years"
        ),
    ]


def _list_sweep_facts(model: ScaleModel) -> list[Fact]:
    swept = model.swept_rows_per_night
    rows = sum(swept.values())
    transactions = rows / assumptions.SWEEP_BATCH
    hours = model.sweep_core_hours / (model.nodes * assumptions.NODE_CORES * SWEEP_PART)
    largest = ", ".join(
        f"{name} {count / 1e6:.1f}"
        for name, count in sorted(swept.items(), key=lambda item: -item[1])[:3]
    )
    return [
        Fact("rows that a night deletes", f"millions: {largest}", f"{rows / 1e6:.1f} million"),
        Fact(
            "cores for it",
            f"{KEYS_PER_ROW} keys x {COPIES} copies of each row",
            f"{model.sweep_core_hours:.0f} core hours",
        ),
        Fact(
            f"time, at {SWEEP_PART:.0%} of the cores",
            f"{transactions:,.0f} transactions of {assumptions.SWEEP_BATCH} rows,"
            f" {transactions / hours / 3600:.1f} a second",
            f"{hours:.1f} hours",
        ),
    ]


def _list_costs(model: ScaleModel) -> list[Fact]:
    cores = model.nodes * assumptions.NODE_CORES
    web_cores = model.workers + PROXY_CORES * len(assumptions.REGIONS)
    disks_gb = model.nodes * assumptions.NODE_DISK_GB
    people_gb = RideTraffic().rides_per_day * 30 * RIDE_KB / 1e6
    regions_gb = model.replicated_gb_per_day * 30
    costs = [
        (
            f"{cores} cores of databases",
            f"{CORE_HOUR} USD an hour",
            cores * CORE_HOUR * HOURS_PER_MONTH,
        ),
        (
            f"{disks_gb / 1000:.0f} TB of their disks",
            f"{DISK_GB_MONTH} USD a GB",
            disks_gb * DISK_GB_MONTH,
        ),
        (
            f"{web_cores} cores of web servers and proxies",
            f"{model.workers} workers, {PROXY_CORES} cores of proxies a region",
            web_cores * CORE_HOUR * HOURS_PER_MONTH,
        ),
        (f"{people_gb / 1000:.1f} TB to people", f"{RIDE_KB} KB a ride", people_gb * TRAFFIC_GB),
        (
            f"{regions_gb / 1000:.1f} TB between regions",
            f"{assumptions.KEY_BYTES} bytes a key write, to {COPIES - assumptions.VOTERS} regions",
            regions_gb * REGION_TRAFFIC_GB,
        ),
    ]
    total = sum(cost for _, _, cost in costs)
    rides = RideTraffic().rides_per_day * 30
    return [
        *(Fact(what, how, f"{cost:,.0f} USD a month") for what, how, cost in costs),
        Fact("together", f"{total / rides * 100:.3f} cents a ride", f"{total:,.0f} USD a month"),
    ]
