"""The tools that read the code agree with it."""

import re
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("tool", [["ruff", "check"], ["ruff", "format", "--check"], ["mypy"]])
def test_the_code_passes(tool: list[str]) -> None:
    result = subprocess.run(
        [sys.executable, "-m", *tool], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_the_shell_scripts_pass_shellcheck() -> None:
    scripts = [ROOT / ".ci/run", ROOT / "init.sh", *(ROOT / "deploy").glob("*.sh")]
    shellcheck = Path(sys.executable).with_name("shellcheck")
    result = subprocess.run([shellcheck, *scripts], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr


def test_environment_variables_are_read_in_one_place() -> None:
    readers = [
        file.name
        for file in [*ROOT.glob("*.py"), *(ROOT / "webapp").rglob("*.py")]
        if "os.environ" in file.read_text() or "getenv" in file.read_text()
    ]
    # gunicorn's own variables. Its master process does not import ours: they are loaded again.
    assert sorted(readers) == ["environment.py", "gunicorn.conf.py"]


def test_modules_import_as_the_contracts_in_pyproject_say() -> None:
    """Downwards only, no cycles between packages, nothing of development in production."""
    lint = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    result = subprocess.run(
        [sys.executable, "-c", lint, "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


def test_no_module_imports_itself_through_others() -> None:
    graph = grimp.build_graph("webapp", exclude_type_checking_imports=True, cache_dir=None)
    imports = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    TopologicalSorter(imports).prepare()  # raises CycleError with the modules of the cycle


def test_no_model_knows_the_request() -> None:
    """Nor its language: what people read is in ``labels.py``."""
    models = [*(ROOT / "webapp").rglob("models.py"), *(ROOT / "webapp").rglob("models/*.py")]
    imports = re.compile(r"^from (flask|webapp\.translations|webapp\.templating) import", re.M)
    assert models
    assert [file for file in models if imports.search(file.read_text())] == []


def test_templates_show_names_by_filters() -> None:
    """Jinja shows nothing for an attribute that is not there: ``city.label``."""
    templates = [file for file in (ROOT / "webapp/templates").rglob("*.*") if file.is_file()]
    attribute = re.compile(r"\b(city|zone|plan)\.(own_)?label\b")
    assert templates
    assert [file for file in templates if attribute.search(file.read_text())] == []
