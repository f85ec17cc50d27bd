"""Bundles of our JavaScript modules: one file instead of a request for each module.

Each module becomes a function that is called once and returns what the module exports. The text of
the module stays as it is, so that line by line a developer finds it in the browser; lines that are
comments are empty, a fifth of what would be sent. Only the forms of import and export below are
understood, each at the beginning of a line.
"""

import re
from collections.abc import Callable
from pathlib import Path

IMPORT = re.compile(
    r'^import\s+(?:\{(?P<names>[^}]*)\}\s+from\s+|\*\s+as\s+(?P<all>\w+)\s+from\s+)?"(?P<url>[^"]+)";$',
    re.M,
)
EXPORT = re.compile(r"^export\s+(?=(?:async\s+)?(?:function\b\*?|class\b|const\b)\s*(\w+))", re.M)
#: Another file of ours: loaded when it is needed, or an image.
DYNAMIC_IMPORT = re.compile(r'\bimport\("(\.[^"]+)"\)')
FILE_URL = re.compile(r'\bnew URL\("(\.[^"]+)", import\.meta\.url\)')
NOT_UNDERSTOOD = re.compile(r"^\s*(?:import\b(?!\()|export\b).*$", re.M)


#: A line that is a comment. No text of several lines may have one that looks so.
COMMENT = re.compile(r"^[ \t]*//.*$", re.M)


class BundleError(Exception):
    """A module says something that bundles cannot contain."""


def bundle(entry: Path, find_url: Callable[[Path], str]) -> str:
    """Return one module with the text of ``entry`` and of all that it imports.

    find_url: returns the address, relative to the bundle, of another file that a module names:
    of ``import("./file.js")`` and ``new URL("file", import.meta.url)``.
    """
    done: dict[Path, str] = {}
    _add(entry, (), done, find_url)
    return "".join(done.values())


def find_dynamic_imports(entry: Path) -> set[Path]:
    """Return the modules that ``entry`` and its imports load only when they need them."""
    done: dict[Path, str] = {}
    found: set[Path] = set()

    def remember(file: Path) -> str:
        if file.suffix == ".js":
            found.add(file)
        return ""

    _add(entry, (), done, remember)
    return found


def _add(
    file: Path, importers: tuple[Path, ...], done: dict[Path, str], find_url: Callable[[Path], str]
) -> None:
    """Add a module to ``done``, after those that it imports."""
    if file in importers:
        raise BundleError(f"{file.name} imports itself by way of {importers[-1].name}")
    if file in done:
        return
    text = COMMENT.sub("", file.read_text())
    for match in IMPORT.finditer(text):
        _add(_resolve(file, match["url"]), (*importers, file), done, find_url)
    exported = EXPORT.findall(text)
    text = IMPORT.sub(lambda match: _bind(file, match), text)
    text = EXPORT.sub("", text)
    if refused := NOT_UNDERSTOOD.search(text):
        raise BundleError(f"{file.name}: a bundle cannot contain {refused[0].strip()!r}")
    text = DYNAMIC_IMPORT.sub(lambda match: f'import("{find_url(_resolve(file, match[1]))}")', text)
    text = FILE_URL.sub(
        lambda match: f'new URL("{find_url(_resolve(file, match[1]))}", import.meta.url)', text
    )
    done[file] = (
        f"// {file.name}\nconst {_make_variable(file)} = (() => {{\n{text}"
        f"return {{ {', '.join(exported)} }};\n}})();\n"
    )


def _resolve(file: Path, url: str) -> Path:
    target = (file.parent / url).resolve()
    if not target.is_file():
        raise BundleError(f"{file.name} names {url}, which does not exist")
    return target


def _bind(file: Path, match: re.Match[str]) -> str:
    """Return the statement that an import becomes."""
    source = _make_variable(_resolve(file, match["url"]))
    if match["all"]:
        return f"const {match['all']} = {source};"
    if match["names"]:
        names = re.sub(r"\s+as\s+", ": ", match["names"])
        return f"const {{{names}}} = {source};"
    return ""


def _make_variable(file: Path) -> str:
    return "module_" + re.sub(r"\W", "_", file.stem)
