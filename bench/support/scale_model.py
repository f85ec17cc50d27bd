"""The arithmetic of docs/scale.md: what the measured tables there come to in a cluster.

Its input are the tables that bench/traffic.py and bench/row_sizes.py have written into the
document, so that no figure contradicts them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil

from bench.row_sizes import VOLUMES, Volume
from bench.traffic import RideTraffic
from tests.performance.document import read_section

#: Shares of the riders.
REGIONS = {"the largest": 0.40, "the second": 0.35, "the third": 0.25}
#: Rows written for a ride, by table. Half of the rides record 36 points, one request for each; a
#: session is written once a minute while it is used (SESSION_SEEN_EVERY_S). The job that mails the
#: receipt is written, claimed and done.
ROWS_PER_RIDE = {
    "rides": 2, "vehicles": 2, "open_rides": 2, "events": 2.3, "vehicle_events": 2, "the ledger": 4,
    "jobs": 3, "ride_paths": 18, "login_sessions": 15,
}  # fmt: skip
#: A row, and the entries of indexes whose columns have changed.
KEYS_PER_ROW = 4
#: Copies of a row: three voters in its region (goal ZONE), one non-voter in each other region.
VOTERS, COPIES = 3, 3 + len(REGIONS) - 1
#: Key writes that one core applies in a second, beside all else: an assumption, below what the
#: vendor reports.
KEYS_PER_CORE_S = 500
#: Share of a core, of a web worker and of a disk that is used at most.
MOST_BUSY, MOST_FULL = 0.5, 0.6
NODE_CORES, NODE_DISK_GB = 16, 2_000
#: Bytes stored for a byte that PostgreSQL stores: keys repeat columns, blocks are compressed.
STORED_PART = 0.5
#: Bytes that a key write sends to another region, with its share of the protocol.
KEY_BYTES = 250
#: Photos of reports: one ride in a thousand has one of 150 KB, kept for 180 days.
PHOTO_VOLUME, PHOTO_BYTES = Volume(730_000, 180), 150_000
#: Rows of one transaction of ``flask sweep``.
SWEEP_BATCH = 500


@dataclass(frozen=True)
class ScaleModel:
    """The peak and the growth of the data, as the tables of the document have them.

    row_bytes: of a row with its indexes, by table.
    """

    requests_per_s: float
    statements_per_s: float
    web_cores: float
    row_bytes: Mapping[str, float]

    @classmethod
    def read(cls) -> "ScaleModel":
        """Read the tables of the document."""
        peak = read_rows("traffic")["all"]
        sizes = read_rows("row_sizes")
        return cls(
            read_number(peak["requests/s"]),
            read_number(peak["statements/s"]),
            read_number(peak["cores, web"]),
            {
                name: read_number(row["bytes of a row"]) + read_number(row["in its indexes"])
                for name, row in sizes.items()
            },
        )

    @property
    def rides_per_s(self) -> float:
        return RideTraffic().rides_per_s

    @property
    def rows_per_s(self) -> float:
        """Rows written in a second of the peak, before they are copied."""
        return self.rides_per_s * sum(ROWS_PER_RIDE.values())

    def find_key_writes_per_s(self, share: float) -> float:
        """Return the key writes of all copies that a region holds. share: its share of the rows."""
        return self.rows_per_s * KEYS_PER_ROW * (share * VOTERS + (1 - share))

    def count_nodes(self, share: float) -> int:
        """Return the nodes of a region, MOST_BUSY of whose cores write at the peak."""
        cores = self.find_key_writes_per_s(share) / KEYS_PER_CORE_S / MOST_BUSY
        return max(VOTERS, ceil(cores / NODE_CORES))

    @property
    def nodes(self) -> int:
        return sum(map(self.count_nodes, REGIONS.values()))

    def count_workers(self, share: float) -> int:
        """Return the web workers of a region: MOST_BUSY, and twice, so that half may be lost."""
        return 2 * ceil(self.web_cores * share / MOST_BUSY)

    @property
    def workers(self) -> int:
        return sum(map(self.count_workers, REGIONS.values()))

    def find_data_gb(self, years: float) -> float:
        """Return the bytes of PostgreSQL's files after so many years of this traffic."""
        rows = {name: _count_rows(volume, years) for name, volume in VOLUMES.items()}
        tables = sum(count * self.row_bytes[name] for name, count in rows.items())
        return (tables + _count_rows(PHOTO_VOLUME, years) * PHOTO_BYTES) / 1e9

    def find_stored_gb(self, years: float) -> float:
        """Return what all nodes store: each copy."""
        return self.find_data_gb(years) * STORED_PART * COPIES

    def find_disk_use(self, years: float) -> float:
        """Return the share of all disks."""
        return self.find_stored_gb(years) / (self.nodes * NODE_DISK_GB)

    @property
    def full_after_years(self) -> float:
        """After how many years the disks are as full as they may be; after one, it grows evenly."""
        yearly = self.find_disk_use(3) - self.find_disk_use(2)
        return 2 + (MOST_FULL - self.find_disk_use(2)) / yearly

    @property
    def swept_rows_per_night(self) -> dict[str, float]:
        """Rows that are deleted each night, by table, once the oldest are old enough."""
        return {
            name: volume.rows_per_year / 365
            for name, volume in VOLUMES.items()
            if volume.kept_days is not None
        }

    @property
    def sweep_core_hours(self) -> float:
        keys = sum(self.swept_rows_per_night.values()) * KEYS_PER_ROW * COPIES
        return keys / KEYS_PER_CORE_S / 3600

    @property
    def replicated_gb_per_day(self) -> float:
        """What is sent to other regions: each row to a non-voter in each."""
        rows = RideTraffic().rides_per_day * sum(ROWS_PER_RIDE.values())
        return rows * KEYS_PER_ROW * KEY_BYTES * (COPIES - VOTERS) / 1e9


def _count_rows(volume: Volume, years: float) -> float:
    """Return how many rows there are after so many years. Tables without a yearly number are all
    there from the first day."""
    if volume.is_stock:
        return volume.rows_per_year
    return volume.rows_per_year * min(years, (volume.kept_days or float("inf")) / 365)


def read_rows(section: str) -> dict[str, dict[str, str]]:
    """Return the rows of the table in a section of a document, by their first cell."""
    lines = [line for line in read_section(section).splitlines() if line.startswith("|")]
    head, _, *rows = ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)
    return {row[0]: dict(zip(head, row, strict=True)) for row in rows}


def read_number(cell: str) -> float:
    """Return the number of a cell, ``1,679`` or ``12 %``."""
    return float(re.sub(r"[^\d.]", "", cell))
