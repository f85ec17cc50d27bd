"""Searches files for secrets with detect-secrets, many times faster than its own scan of files.

Its detectors search the whole text at once here, and lines only where they found something: a
match in a line is a match in every text that holds the line. What they find is then scanned by
detect-secrets itself, with its filters.
"""

import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from detect_secrets.core.plugins.util import get_mapping_from_secret_type_to_class
from detect_secrets.core.scan import scan_file
from detect_secrets.plugins.base import BasePlugin
from detect_secrets.plugins.keyword import DENYLIST, KeywordDetector
from detect_secrets.settings import default_settings
from detect_secrets.transformers import get_transformed_file
from detect_secrets.types import NamedIO

#: A filter that sends what is found to the services that it may belong to.
ASKS_SERVICES = "detect_secrets.filters.common.is_ignored_due_to_verification_policies"

#: KeywordDetector, the slowest of all on a long text, finds something only beside these words.
KEYWORDS = re.compile("|".join(DENYLIST), re.IGNORECASE)


@dataclass(frozen=True)
class Finding:
    file: str
    line_number: int
    line: str
    secret_type: str
    value: str | None


def find_secrets(root: Path, files: list[str]) -> list[Finding]:
    """Return what detect-secrets finds in the files below ``root``."""
    with _detectors() as detectors, tempfile.TemporaryDirectory() as folder:
        return [
            finding
            for file in files
            for finding in _find_in_file(root, file, detectors, Path(folder))
        ]


@contextmanager
def _detectors() -> Iterator[list[BasePlugin]]:
    with default_settings() as settings:
        settings.disable_filters(ASKS_SERVICES)
        classes: Iterable[type[BasePlugin]] = get_mapping_from_secret_type_to_class().values()
        yield [detector() for detector in classes]


def _find_in_file(
    root: Path, file: str, detectors: list[BasePlugin], folder: Path
) -> Iterator[Finding]:
    path = root / file
    try:
        lines = list(enumerate(path.read_text().split("\n"), start=1))
    except UnicodeDecodeError:
        return  # detect-secrets reads no binary files
    if not _is_rewritten(path):
        lines = list(_suspicious_lines(file, lines, detectors))
    if not lines:
        return
    excerpt = folder / f"excerpt{path.suffix}"
    excerpt.write_text("\n".join(line for _, line in lines))
    for secret in scan_file(str(excerpt)):
        number, line = lines[secret.line_number - 1]
        yield Finding(file, number, line, secret.type, secret.secret_value)


def _is_rewritten(path: Path) -> bool:
    """Tell whether detect-secrets reads the file in another form: YAML and INI files."""
    for is_eager in (False, True):
        with path.open() as opened:
            if get_transformed_file(cast(NamedIO, opened), use_eager_transformers=is_eager):
                return True
    return False


def _suspicious_lines(
    file: str, lines: list[tuple[int, str]], detectors: list[BasePlugin]
) -> Iterator[tuple[int, str]]:
    """Yield the lines, with their numbers, in which a detector finds something."""
    text = "\n".join(line for _, line in lines)
    keyword_text = "\n".join(line for _, line in lines if KEYWORDS.search(line))
    matching = [
        detector
        for detector in detectors
        if detector.analyze_line(
            file, keyword_text if isinstance(detector, KeywordDetector) else text
        )
    ]
    if matching:
        for number, line in lines:
            if any(detector.analyze_line(file, line) for detector in matching):
                yield number, line
