"""Checks of the output of commands."""

from click.testing import Result


def check_result(result: Result) -> Result:
    """Check that the command succeeded or refused, and did not crash; return its result."""
    assert isinstance(result.exception, SystemExit | None), result.exception
    assert "Traceback" not in result.output
    assert result.output.startswith("Error: ") == (result.exit_code == 1)
    return result


def check_refusal(result: Result, *words: str) -> None:
    """Check that the command failed with one line that contains the words."""
    assert result.exit_code == 1, result.output
    assert result.output.startswith("Error: ")
    assert result.output.count("\n") == 1, result.output
    for word in words:
        assert word in result.output
