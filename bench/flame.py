"""A flame graph of a page: an SVG that shows which functions its processor time is spent in.

    .venv/bin/python -m bench.flame /vehicles                  # a rider; writes docs/img/flame.svg
    .venv/bin/python -m bench.flame / --visitor --to home.svg  # nobody is signed in

py-spy looks at this process from outside, 200 times a second, while it answers the page again and
again. Width is time, and below a function stands what it calls. On Linux it needs no rights; on a
Mac it runs as root only.
"""

import ctypes
import os
import re
import subprocess
import sys
import sysconfig
from html import escape
from pathlib import Path

import click

import config
from bench.support.application import open_application
from bench.support.requests import Browser, Request
from bench.support.small_city import populate

RATE = 200
SECONDS = 20
#: Of Linux (prctl): which processes may look at this one, and all of them.
PR_SET_PTRACER, PR_SET_PTRACER_ANY = 0x59616D61, ctypes.c_ulong(-1)


@click.command(help=(__doc__ or "").partition("\n")[0])
@click.argument("path")
@click.option("--visitor", is_flag=True, help="Nobody is signed in; else a rider is.")
@click.option("--seconds", default=SECONDS, show_default=True)
@click.option("--to", default=str(config.ROOT / "docs/img/flame.svg"), type=click.Path())
def main(path: str, visitor: bool, seconds: int, to: str) -> None:
    with open_application() as app:
        rider, _ = populate(app)
        request = Browser(app, None if visitor else rider).get(path)
        for _ in range(50):  # caches are filled, and templates compiled
            request()
        record(request, seconds, Path(to))
    set_title(Path(to), f"GET {path}, {'a visitor' if visitor else 'a rider'}")
    click.echo(f"{to} written.")


def record(request: Request, seconds: int, file: Path) -> None:
    """Send the request again and again, and write what py-spy sees meanwhile."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0)
    program = Path(sysconfig.get_path("scripts"), "py-spy")
    command = [
        str(program), "record", "--pid", str(os.getpid()), "--duration", str(seconds),
        "--rate", str(RATE), "--gil", "--format", "flamegraph", "--function", "--output", str(file),
    ]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as spy:  # noqa: S603 - our own program
        while spy.poll() is None:
            for _ in range(20):
                request()
        if spy.returncode:
            message = spy.stderr.read().decode() if spy.stderr else ""
            raise click.ClickException(f"py-spy could not look at this process: {message}")


def set_title(file: Path, title: str) -> None:
    """Show what was measured; py-spy shows its own command."""
    svg = re.sub(
        r'(<text id="title"[^>]*>).*?(?=</text>)', rf"\g<1>{escape(title)}", file.read_text()
    )
    file.write_text(svg)


if __name__ == "__main__":
    main()
