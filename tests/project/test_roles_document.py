"""The table of permissions in docs/security.md is the one of the code."""

import re
from pathlib import Path

from webapp.web.roles import Permission, roles_with

DOCUMENT = Path(__file__).parents[2] / "docs" / "security.md"


def test_the_document_lists_each_permission_and_the_roles_that_have_it() -> None:
    section = DOCUMENT.read_text().partition("## Roles and permissions")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `(\w+)` \| .+ \| (.+) \|$", section, re.MULTILINE)
    expected = [(each.value, ", ".join(roles_with(each))) for each in Permission]
    assert rows == expected
