"""Measure and print the report: date, machine, load, versions, and the section of each bench.

.venv/bin/python bench/run.py                  # everything; about a quarter of an hour
.venv/bin/python bench/run.py latency pages    # some benches
.venv/bin/python bench/run.py latency --write  # also writes its section of a document
.venv/bin/python bench/run.py --quick          # a second each, to see that all of them run
"""

import sys
from importlib import import_module
from pathlib import Path

import click

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # for ``python bench/run.py``

from bench.support.report import Section
from tests.performance.document import has_section, write_section

FOLDER = Path(__file__).resolve().parent
#: Modules of it that are no benches.
COMMANDS = ("__init__", "run", "flame")
#: The tutorial application's figures cannot be measured in the same run: it needs packages of its
#: time. Its round trips stand in the table of docs/performance.md.
NOTE = (
    "For comparison, the tutorial application took 10 round trips for its list of vehicles, 17 to"
    " start a ride and 8 to end one. Its list has all vehicles: at 100 it was 1.5 times faster than"
    " ours before pages were made faster, at 1,000 it was 6 times slower."
)


def find_benches() -> list[str]:
    """Return the names of all benches."""
    return sorted(path.stem for path in FOLDER.glob("*.py") if path.stem not in COMMANDS)


def measure(name: str, quick: bool) -> Section:
    """Run a bench."""
    section = import_module(f"bench.{name}").measure(quick=quick)
    if not isinstance(section, Section):
        raise TypeError(f"bench.{name}.measure must return a Section.")
    return section


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.argument("names", nargs=-1, metavar=f"[{'|'.join(find_benches())}]...")
@click.option("--quick", is_flag=True, help="A second each; the figures mean nothing.")
@click.option(
    "--write",
    is_flag=True,
    help="Also write the sections of documents.",
)
def main(names: tuple[str, ...], quick: bool, write: bool) -> None:
    if unknown := set(names) - set(find_benches()):
        raise click.UsageError(f"There is no bench {', '.join(sorted(unknown))}.")
    if quick and write:
        raise click.UsageError("What --quick measures means nothing; it is not written.")
    missed = []
    for name in names or find_benches():
        section = measure(name, quick)
        report = section.to_report()
        click.echo(f"## {section.title} ({name})\n\n{report}")
        missed += [f"{name}: {sentence}" for sentence in section.missed]
        if write and has_section(name):
            write_section(name, report)
        elif write:
            click.echo(f"No document has a section {name}: nothing is written.\n", err=True)
    click.echo(f"{NOTE}\n")
    click.echo(
        "\n".join(["Limits that are missed:", *missed] if missed else ["All limits are kept."])
    )


if __name__ == "__main__":
    main()
