"""Style sheets lose what no page can use, and nothing else."""

import re
from pathlib import Path

import pytest

from webapp.web.assets.build import BOOTSTRAP
from webapp.web.assets.static_files import asset_store
from webapp.web.assets.stylesheets import (
    UsedNames,
    join_imports,
    minify,
    replace_urls,
    use_logical_properties,
)

WEBAPP = Path(__file__).parents[3] / "webapp"


@pytest.mark.parametrize(
    ("css", "result"),
    [
        (".btn{color:red}", ".btn{color:red}"),
        (".gone{color:red}", ""),
        (".btn, .gone { color: red; }", ".btn{color:red;}"),
        (".btn.gone{a:b}.btn .gone{a:b}.btn>.card{a:b}", ".btn>.card{a:b}"),
        (".btn:not(.gone):hover{a:b}", ".btn:not(.gone):hover{a:b}"),
        ('h1 , #id, [type="a,b"] , *::before{a:b}', 'h1,#id,[type="a,b"],*::before{a:b}'),
        (":is(.gone, .btn) a{a:b}", ":is(.gone,.btn) a{a:b}"),
        ("@media (min-width: 9px){.gone{a:b}}", ""),
        ("@media (min-width: 9px){.gone{a:b} .btn{a:b}}", "@media (min-width:9px){.btn{a:b}}"),
        ("@supports (a:b){@media print{.btn{a:b}}}", "@supports (a:b){@media print{.btn{a:b}}}"),
        ("@keyframes k{0%{a:b}}", "@keyframes k{0%{a:b}}"),
        (".flash-error{a:b}.w-50{a:b}", ".flash-error{a:b}"),
        ("/* a */p{/* b */a: b /* c */;}", "p{a:b ;}"),
    ],
)
def test_a_selector_stays_if_all_its_classes_can_be_on_a_page(css: str, result: str) -> None:
    used = UsedNames(['class="btn card flash-{{ category }}"', "a - b --"])
    assert minify(css, used).replace(" ", "") == result.replace(" ", "")


def test_spaces_that_mean_something_stay() -> None:
    css = 'a b > c{margin:0 -1px calc(1px + 2px);font:1em "A  B"} a :hover{a:b}'
    assert minify(css) == 'a b > c{margin:0 -1px calc(1px + 2px);font:1em "A  B"}a :hover{a:b}'


def test_a_broken_style_sheet_is_refused_with_its_line() -> None:
    with pytest.raises(ValueError, match="line 2"):
        minify("a{b:c}\n.btn }")


def test_imports_are_joined_in_order(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text('@import "parts/b.css";\na{}\n')
    (tmp_path / "parts").mkdir()
    (tmp_path / "parts" / "b.css").write_text("b{}\n")
    assert join_imports(tmp_path / "a.css").split() == ["b{}", "a{}"]


def test_only_relative_addresses_are_replaced() -> None:
    css = (
        "a{b:url(i.png) url('j.png') url(#vml) url(\"data:image/svg+xml,%3csvg/%3e\") url(/k.png)}"
    )
    changed = replace_urls(css, lambda url: f"x/{url}")
    assert changed == css.replace("i.png", "x/i.png").replace("'j.png'", "x/j.png")


def test_all_classes_of_bootstrap_that_a_template_or_a_script_has_are_served() -> None:
    served = set(
        re.findall(r"\.([a-z][\w-]*)", asset_store().assets()["css/movr.css"].body.decode())
    )
    defined = set(re.findall(r"\.([a-z][\w-]*)", minify(BOOTSTRAP.read_text())))
    files = [*WEBAPP.glob("templates/**/*.html"), *WEBAPP.glob("static/js/*.js")]
    texts = [
        text
        for file in files
        for text in re.findall(r'class(?:Name)?=?["\s(][^>]*', file.read_text())
    ]
    used = {word for text in texts for word in re.findall(r"[\w-]+", text)} & defined
    assert {"btn", "btn-primary", "form-control", "visually-hidden", "is-invalid"} <= used
    assert used <= served
    assert len(served & defined) < len(defined) / 5  # the others are gone


def test_every_style_sheet_of_ours_is_part_of_the_one_that_pages_load() -> None:
    """A new file is named in movr.css: ``@import "file.css";``."""
    whole = WEBAPP / "static/css/movr.css"
    joined = join_imports(whole)
    for file in {*WEBAPP.glob("static/css/**/*.css")} - {whole}:
        assert file.read_text() in joined, file.name


#: Properties and values of the left or right side.
PHYSICAL = re.compile(
    r"(?:^|[;{\s])((?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)\b|(?:left|right)\s*:"
    r"|(?:text-align|float|clear)\s*:\s*(?:left|right)\b)"
)


def test_our_style_sheet_has_no_left_and_no_right() -> None:
    """Languages that are written from right to left have the other sides. Maps are placed from the
    left in all of them, as Leaflet's own style sheet does."""
    lines = join_imports(WEBAPP / "static/css/movr.css").splitlines()
    found = [line for line in lines if PHYSICAL.search(line) and "leaflet" not in line]
    assert found == []
    four_sides = (
        r"[;{\s](?:margin|padding|inset):\s*([^\s;()]+) ([^\s;()]+) ([^\s;()]+) ([^\s;()]+);"
    )
    uneven = [
        line for line in lines for sides in re.findall(four_sides, line) if sides[1] != sides[3]
    ]
    assert uneven == []
    bootstrap = asset_store().assets()["css/movr.css"].body.decode().splitlines()[0]
    assert "padding-inline-start" in bootstrap
    assert PHYSICAL.findall(bootstrap) == []


def test_sides_of_lines_take_the_place_of_left_and_right() -> None:
    css = "a{margin-left:1px;padding:1px 2px 3px 4px;float:right;text-align:left;left:0}"
    assert use_logical_properties(css) == (
        "a{margin-inline-start:1px;padding-block:1px 3px;padding-inline:4px 2px;float:inline-end;"
        "text-align:start;left:0}"
    )
