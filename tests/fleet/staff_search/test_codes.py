"""Codes that are typed with one mistake are found by the codes that are like them."""

import pytest

from webapp.fleet.staff_search.codes import prefix_range, read_letters, similar_codes

CODE = "KD4E7MA2XH"


@pytest.mark.parametrize(
    "typed", ["kd4e7-ma2xh", " KD4E7MA2XH ", "us-east1.KD4E7MA2XH", "KD4E7 MA2XH"]
)
def test_the_letters_of_a_code_are_read_as_people_write_them(typed: str) -> None:
    assert read_letters(typed) == CODE


@pytest.mark.parametrize("typed", ["", "Brompton", "Main Street", "a_d%"])
def test_other_texts_are_no_code(typed: str) -> None:
    assert read_letters(typed) == ""


@pytest.mark.parametrize(
    "typed",
    [
        "KD4E7MA2XD",
        "3D4E7MA2XH",
        "DK4E7MA2XH",
        "KD4E7MA2HX",
        "KD4E7MA2X",
        "D4E7MA2XH",
        "KD4E7MAA2XH",
    ],
)
def test_a_code_with_one_mistake_is_among_few_candidates(typed: str) -> None:
    candidates = similar_codes(typed)
    assert CODE in candidates
    assert typed not in candidates
    assert len(candidates) <= 160


def test_a_part_of_a_code_has_no_candidates() -> None:
    assert similar_codes("KD4E7") == []


def test_the_range_of_a_prefix_ends_before_the_next_letter() -> None:
    assert prefix_range("KD9") == ("KD9", "KDA")
    assert prefix_range("KDX") == ("KDX", "KDY")
