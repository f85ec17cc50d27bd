"""The form of every result: sections of typed rows, printed as Markdown tables."""

import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Protocol

from tests.performance.document import table

PACKAGES = ("Flask", "SQLAlchemy", "psycopg2-binary", "gunicorn")


class Row(Protocol):
    """One row of a table: usually a frozen dataclass of a bench's own."""

    def cells(self) -> Mapping[str, object]:
        """Return what the table shows, by the heads of its columns; the first two are texts."""


@dataclass(frozen=True)
class Figure:
    """A row for one figure beside its yardstick; lower is better.

    limit: the most that ``value`` may be; None where there is no limit.
    """

    subject: str
    yardstick: str
    value: float
    yardstick_value: float
    unit: str = "ms CPU"
    limit: float | None = None

    @property
    def is_missed(self) -> bool:
        return self.limit is not None and self.value > self.limit

    def cells(self) -> Mapping[str, object]:
        return {
            "what": self.subject,
            "beside": self.yardstick,
            "unit": self.unit,
            "measured": f"{self.value:.2f}",
            "yardstick": f"{self.yardstick_value:.2f}",
            "ratio": f"{self.value / self.yardstick_value:.1f}" if self.yardstick_value else "",
            "limit": "" if self.limit is None else f"{self.limit:g}",
        }


@dataclass(frozen=True)
class Section:
    """The result of a bench.

    text: how it was measured, one paragraph.
    missed: the limits that are not kept, each as a sentence.
    is_computed: nothing was measured, so that the machine does not matter.
    """

    title: str
    text: str
    rows: Sequence[Row]
    missed: Sequence[str] = ()
    is_computed: bool = False

    def to_report(self) -> str:
        """Return the section, with the machine that it was measured on."""
        return (
            self.to_markdown() if self.is_computed else f"{describe_machine()} {self.to_markdown()}"
        )

    def to_markdown(self) -> str:
        """Return the text and the table."""
        cells = [row.cells() for row in self.rows]
        return f"{self.text}\n\n{table(list(cells[0]), [[*each.values()] for each in cells])}"


def missed_limits(figures: Sequence[Figure]) -> list[str]:
    """Return a sentence for each figure above its limit."""
    return [
        f"{figure.subject}: {figure.value:.2f} {figure.unit}, not {figure.limit:g}."
        for figure in figures
        if figure.is_missed
    ]


def describe_machine(postgresql: str = "") -> str:
    """Return date, revision, machine, load and versions as one line.

    postgresql: the version of the server, where one was used.
    """
    versions = [f"Python {platform.python_version()}"]
    versions += [f"PostgreSQL {postgresql}"] if postgresql else []
    versions += [f"{name} {version(name)}" for name in PACKAGES]
    load = ", ".join(f"{average:.1f}" for average in os.getloadavg())
    return (
        f"Measured on {datetime.now(UTC):%Y-%m-%d}{_at_revision()} on"
        f" {processor_name()}, {os.cpu_count()} cores, load {load}; {', '.join(versions)}."
    )


def _at_revision() -> str:
    """Return which revision of the code this is; nothing outside of a repository."""
    command = ("git", "rev-parse", "--short", "HEAD")
    try:
        result = subprocess.run(  # noqa: S603 - fixed arguments
            command, capture_output=True, text=True, check=False, cwd=Path(__file__).parent
        )
    except OSError:
        return ""
    revision = result.stdout.strip()
    return f" at revision {revision}" if revision else ""


def processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
