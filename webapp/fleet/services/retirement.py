"""What ends when vehicles leave the fleet for good."""

from sqlalchemy import CTE

from webapp.hooks import get_hooks


def retirement_ctes(retired: CTE) -> list[CTE]:
    """Return the parts of a statement that end what hangs on vehicles which it retires.

    retired: the part that retires them; has their ``region`` and ``id``.
    """
    return [make_part(retired) for make_part in get_hooks().retirement_parts]
