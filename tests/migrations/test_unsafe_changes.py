"""No revision makes a change that breaks the release before it, or stops the service: squawk looks
at what each one sends to PostgreSQL. See docs/migrations.md.

A revision that must make such a change says why: ``accepted_risks = {"ban-drop-column": "..."}``.
"""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import flask_migrate
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url

from config import ROOT
from tests.migrations.test_offline import SQUASHED, split_by_revision, write_script

POSTGRESQL = make_url("postgresql+psycopg2://movr@127.0.0.1:1/movr")  # nobody listens there
SQUAWK = Path(sys.executable).with_name("squawk")
FOLDER = ROOT / "migrations"


def broken_rules(statements: list[str]) -> set[str]:
    """Return the names of squawk's rules that the statements break."""
    command = [str(SQUAWK), "--config", str(FOLDER / "squawk.toml"), "--reporter", "json"]
    text = "".join(f"{statement};\n" for statement in statements)
    result = subprocess.run(command, input=text, capture_output=True, text=True)
    assert result.returncode in (0, 1), result.stderr
    return {problem["rule_name"] for problem in json.loads(result.stdout)}


def unsafe_revisions(folder: Path) -> dict[str, set[str]]:
    """Return the rules that each revision after the first tables breaks and does not accept."""
    config = Config()
    config.set_main_option("script_location", str(folder))
    revisions = ScriptDirectory.from_config(config)
    rules_by_revision = {}
    for revision, statements in split_by_revision(
        write_script(flask_migrate.upgrade, POSTGRESQL, directory=str(folder))
    ).items():
        if not revision.startswith(SQUASHED):
            changes = [s for s in statements if s not in ("BEGIN", "COMMIT")]
            accepted = getattr(revisions.get_revision(revision).module, "accepted_risks", {})
            rules_by_revision[revision] = broken_rules(changes) - set(accepted)
    return {revision: rules for revision, rules in rules_by_revision.items() if rules}


def test_a_revision_that_accepts_a_risk_says_which_releases_work_after_it() -> None:
    revisions = ScriptDirectory(FOLDER)
    names = {script.revision for script in revisions.walk_revisions()}
    for script in revisions.walk_revisions():
        if hasattr(script.module, "accepted_risks"):
            assert getattr(script.module, "oldest_compatible", None) in names, script.revision


def test_no_revision_makes_an_unsafe_change() -> None:
    assert unsafe_revisions(FOLDER) == {}


REVISION = '''"""Change rides."""

import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"
{accepted}

def upgrade() -> None:
    {change}


def downgrade() -> None:
    pass
'''
#: Copy the revisions and add one that makes a change: ``folder_with(change, accepted)``.
CopyRevisions = Callable[..., Path]
DROP = 'op.drop_column("rides", "rating", if_exists=True)'


@pytest.fixture
def folder_with(tmp_path: Path) -> CopyRevisions:
    """Return a function that copies the revisions and adds one that makes ``change``."""

    def copy(change: str, accepted: str = "") -> Path:
        folder = tmp_path / "migrations"
        shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("__pycache__"))
        head = (FOLDER / ".current-alembic-head").read_text().partition("_")[0]
        source = REVISION.format(head=head, change=change, accepted=accepted)
        (folder / "versions" / "9999_change_rides.py").write_text(source)
        return folder

    return copy


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (DROP, "ban-drop-column"),
        ('op.drop_table("ride_paths", if_exists=True)', "ban-drop-table"),
        ('op.alter_column("rides", "rating", new_column_name="stars")', "renaming-column"),
        ('op.rename_table("rides", "trips")', "renaming-table"),
        ('op.alter_column("rides", "price", type_=sa.BigInteger())', "changing-column-type"),
        ('op.alter_column("rides", "price", nullable=False)', "adding-not-nullable-field"),
        (
            'op.add_column("rides", sa.Column("photo", sa.LargeBinary(), nullable=False))',
            "adding-required-field",
        ),
        ('op.alter_column("rides", "city", nullable=True)', "ban-drop-not-null"),
        (
            'op.create_check_constraint("free", "rides", "price > 0")',
            "constraint-missing-not-valid",
        ),
        ('op.create_unique_constraint("one", "rides", ["id"])', "disallowed-unique-constraint"),
        ('op.add_column("rides", sa.Column("tip", sa.Integer()))', "prefer-bigint-over-int"),
    ],
)
def test_an_unsafe_change_is_found(folder_with: CopyRevisions, change: str, rule: str) -> None:
    assert rule in unsafe_revisions(folder_with(change))["9999"]


@pytest.mark.parametrize(
    "change",
    [
        'op.add_column("rides", sa.Column("photo", sa.LargeBinary()), if_not_exists=True)',
        'op.create_index("ix_a", "rides", ["region", "price"], if_not_exists=True)',
        'op.execute("UPDATE rides SET price = 0 WHERE price IS NULL")',
    ],
)
def test_a_safe_change_is_accepted(folder_with: CopyRevisions, change: str) -> None:
    assert unsafe_revisions(folder_with(change)) == {}


def test_a_revision_may_accept_a_risk_with_a_reason(folder_with: CopyRevisions) -> None:
    accepted = 'accepted_risks = {"ban-drop-column": "No release since 0.3 reads it."}'
    assert unsafe_revisions(folder_with(DROP, accepted)) == {}
