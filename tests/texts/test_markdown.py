"""Markdown becomes safe HTML, and what a text may not have is named with its line."""

import time

import pytest

from webapp.texts.markdown import find_problem, list_headings, render_line, render_markdown

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "[x](JAVASCRIPT:alert(1))",
    "<javascript:alert(1)>",
    "[x](data:text/html;base64,PHNjcmlwdD4=)",
    "[x](vbscript:x)",
    "![x](https://evil.example/x.png)",
    "text <b onclick='x'>bold</b>",
    "[a]: javascript:alert(1)\n\n[a]",
    "```\n</code></pre><script>x</script>\n```",
]


@pytest.mark.parametrize("text", ATTACKS)
def test_nothing_that_runs_or_loads_comes_of_a_text(text: str) -> None:
    for html in (render_markdown(text), render_line(text)):
        for part in ("<script", "<img", "<b ", 'href="javascript', 'href="data', 'href="vbscript'):
            assert part not in html.lower()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("One\n\n<script>alert(1)</script>", "Line 3: HTML can't be used. Use Markdown."),
        ("a <b>bold</b> word", "Line 1: HTML can't be used. Use Markdown."),
        ("# A\n\n![map](https://x.example/m.png)", "Line 3: Images can't be used."),
        ("- [x](javascript:alert(1))", "Line 1: Links begin with https://, mailto: or tel:"),
        ("[x](ftp://x.example)", "Line 1: Links begin with https://, mailto: or tel:"),
        ("[x](//x.example/a)", "Line 1: Links begin with https://, mailto: or tel:"),
        ("[x](\\//x.example)", "Line 1: Links begin with https://, mailto: or tel:"),
        ("[x](/\\/x.example)", "Line 1: Links begin with https://, mailto: or tel:"),
        ("> " * 14 + "deep", "Line 1: Lists or quotes are nested too deep."),
        ("> " * 40_000, "Line 1: Lists or quotes are nested too deep."),
    ],
)
def test_what_a_text_may_not_have_is_named_with_its_line(text: str, problem: str) -> None:
    assert (find_problem(text) or "").startswith(problem)


@pytest.mark.parametrize(
    "text",
    [
        "5 < 6 and 7 > 6 & more",
        "[Help](/help#x), [site](https://x.example), [mail](mailto:a@x.example), <https://x.example>",
        "1. a\n   - b\n     - c",
        "| a | b |\n|---|---|\n| 1 | 2 |",
        "`<script>` is code",
    ],
)  # fmt: skip
def test_what_markdown_has_is_allowed(text: str) -> None:
    assert find_problem(text) is None


def test_headings_begin_below_that_of_the_page_leave_no_level_out_and_have_their_own_ids() -> None:
    text = "# Lost & found\n\n#### Where *to* ask\n\n# Lost & found\n\n## Été"
    assert list_headings(text) == (
        (2, "section-lost-found", "Lost & found"),
        (3, "section-where-to-ask", "Where to ask"),
        (2, "section-lost-found-2", "Lost & found"),
        (3, "section-été", "Été"),
    )
    html = render_markdown(text)
    assert '<h2 id="section-lost-found">Lost &amp; found</h2>' in html
    assert '<h3 id="section-where-to-ask">Where <em>to</em> ask</h3>' in html


def test_links_to_other_sites_learn_nothing_of_the_page() -> None:
    assert 'rel="noopener noreferrer"' in render_markdown("[x](https://x.example)")


@pytest.mark.parametrize("url", ["//x.example", "/\\/x.example", "/\\x.example", "/&#92;x.example"])
def test_a_link_that_looks_like_a_page_of_this_site_leads_to_no_other(url: str) -> None:
    html = render_markdown(f"[x]({url})")
    assert 'href="//' not in html
    assert "\\" not in html


@pytest.mark.parametrize("pattern", ["[", "*a_", "> - ", "[a](b"])
def test_a_long_text_of_one_pattern_takes_a_moment(pattern: str) -> None:
    text = "\n\n".join([(pattern * 5_000)[:4_998]] * 20)
    start = time.process_time()
    if find_problem(text) is None:
        render_markdown(text)
    assert time.process_time() - start < 5


def test_a_paragraph_that_would_take_long_is_refused() -> None:
    assert (
        find_problem("Hello\n\n" + "[" * 5_001) == "Line 3: This paragraph is too long. Divide it."
    )
