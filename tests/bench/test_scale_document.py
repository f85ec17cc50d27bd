"""The tables of docs/scale.md that are computed agree with those that were measured."""

import pytest

from bench import capacity, region_peaks
from bench.support.report import Section
from bench.support.scale_model import ScaleModel, read_number, read_rows
from tests.performance.document import read_section

COMPUTED = {"region_peaks": region_peaks, "capacity": capacity}


@pytest.mark.parametrize("name", COMPUTED)
def test_a_computed_table_follows_from_the_measured_ones(name: str) -> None:
    section = COMPUTED[name].measure(quick=True)
    assert isinstance(section, Section)
    assert read_section(name) == section.to_report(), (
        "python bench/run.py region_peaks capacity --write"
    )


def test_the_copies_of_all_regions_are_those_of_a_row() -> None:
    model = ScaleModel(1, 1, 1, {})
    shares = (0.4, 0.35, 0.25)
    keys = sum(map(model.find_key_writes_per_s, shares))
    assert keys == pytest.approx(model.rows_per_s * 4 * 5)


def test_the_data_after_a_year_is_the_sum_of_the_measured_table() -> None:
    sizes = read_rows("row_sizes").values()
    measured = sum(read_number(row["GB after a year"]) for row in sizes)
    photos = 730_000 * 180 / 365 * 150_000 / 1e9
    assert ScaleModel.read().find_data_gb(1) == pytest.approx(measured + photos, rel=0.01)
