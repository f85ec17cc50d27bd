"""What tests of forms that act once share."""

import re
from typing import Any


def read_nonce(page: Any) -> str:
    """Return the nonce of the form on a page."""
    found = re.search(r'name="nonce"[^>]* value="([^"]+)"', page.text)
    assert found
    return found[1]


def assert_form_reused(page: Any, typed: str) -> None:
    """Check that a form was refused as used before, with what was typed still in it."""
    assert page.status_code == 409
    assert "This form was saved before" in page.text
    assert typed in page.text
