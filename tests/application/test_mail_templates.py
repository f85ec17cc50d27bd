"""Mail templates and headers: the same in text and in HTML, and nothing that is not meant."""

import html
import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from tests.application.mail_steps import LINK, MAILS, parts, send
from tests.html_checks import VOID
from tests.job_steps import run_jobs
from tests.untranslated import BracketTranslations, find_untranslated, use_translations
from webapp import mail
from webapp.db.transactions import execute_write
from webapp.extensions import db
from webapp.jobs.models import Job
from webapp.ops.jobs.running import JobOutcome

#: Tried with the ride that they are about, in test_receipts.py and test_disputes.py of tests/rides.
OF_A_RIDE = {"receipt", "dispute_answered"}
FOLDER = Path(mail.__file__).parent / "templates" / "mail"


def render(
    template: str, recipient_name: str, /, to: str = "ada@example.org", **values: Any
) -> Any:
    return mail.render(mail.Recipient(to, recipient_name), template, "id", **values)


class Reader(HTMLParser):
    """Holds a mail's HTML to what it may be, and collects its links."""

    def __init__(self, written: str) -> None:
        super().__init__()
        self.open_tags: list[str] = []
        self.links: list[str] = []
        self.feed(written)
        assert self.open_tags == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag not in ("img", "script", "link", "iframe", "form", "table"), tag
        values = dict(attrs)
        assert {"src", "srcset", "background"} & set(values) == set()
        assert "url(" not in (values.get("style") or "")
        if tag == "a":
            self.links.append(values["href"] or "")
        if tag not in VOID:
            self.open_tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open_tags.pop() == tag


def test_every_mail_template_has_a_test_case() -> None:
    for ending in ("txt", "html"):
        names = {file.stem for file in FOLDER.glob(f"[a-z]*.{ending}")}
        assert names == {*MAILS, *OF_A_RIDE, "base"}


@pytest.mark.parametrize("template", MAILS)
def test_text_and_html_of_a_mail_have_the_same_content(inside: Flask, template: str) -> None:
    letter = render(template, "Ada", to="ada@example.org", **MAILS[template])
    plain, rich = parts(letter)
    reader = Reader(rich)
    assert reader.links == [v for name, v in MAILS[template].items() if name.endswith("link")]
    assert reader.links == re.findall(r"https?://\S+", plain)
    words = " ".join(html.unescape(re.sub(r"<[^>]+>", " ", rich.split("</head>")[1])).split())
    for line in plain.removesuffix("MovR\n").split("\n"):
        assert line in reader.links or " ".join(line.removesuffix(":").split()) in words
    for value in MAILS[template].values():
        assert str(value) in plain
    assert letter.subject in rich
    assert "Hello Ada," in plain
    assert not re.search(r"\n\n\n|[ \t]\n|\{|%\(", plain)
    assert max(map(len, rich.splitlines())) < 998


@pytest.mark.parametrize("template", MAILS)
def test_no_mail_has_a_bare_word(
    inside: Flask, monkeypatch: pytest.MonkeyPatch, template: str
) -> None:
    use_translations(monkeypatch, BracketTranslations())
    values = {name: 1 if isinstance(value, int) else "1" for name, value in MAILS[template].items()}
    letter = render(template, "Ada", to="ada@example.org", **values)
    plain, rich = parts(letter)
    assert find_untranslated(plain) == find_untranslated(rich.split("</head>")[1]) == []
    assert letter.subject.startswith("⟦")


def test_a_mail_that_lacks_a_value_is_not_sent(inside: Flask, outbox: list[Any]) -> None:
    execute_write(mail.mail_statement("confirm_email", mail.Recipient("a@example.org", "Ada")))
    assert run_jobs(inside) == [JobOutcome.POSTPONED]
    assert outbox == []
    assert "UndefinedError" in str(db.session.scalars(select(Job.last_error)).one())


def test_names_are_escaped_in_html(inside: Flask) -> None:
    plain, rich = parts(render("account_deleted", "<b>A & Co", to="a@example.org"))
    assert "Hello <b>A & Co," in plain
    assert "Hello &lt;b&gt;A &amp; Co," in rich


@pytest.mark.parametrize(
    "name", ["evil.example", "see http://x", "me@evil", "WWW.EVIL.EXAMPLE", ""]
)
def test_names_that_mail_programs_would_link_are_left_out(inside: Flask, name: str) -> None:
    plain, rich = parts(render("confirm_email", name, to="a@example.org", link=LINK))
    assert "Hello," in plain
    assert not name or name not in plain + rich


# --- headers -------------------------------------------------------------------------------


def test_mails_have_sender_date_and_auto_submitted_headers(inside: Flask) -> None:
    with time_machine.travel(datetime(2027, 3, 4, 9, 12, tzinfo=UTC), tick=False):
        letter = render("account_deleted", "Ada", to="ada@example.org")
    headers = letter.message()
    assert headers["From"] == "MovR <hello@movr.example>"
    assert headers["To"] == "ada@example.org"
    assert headers["Subject"] == "Your account has been deleted"
    assert headers["Date"] == "Thu, 04 Mar 2027 09:12:00 -0000"
    assert headers["Message-ID"] == "<id@movr.example>"
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers.get_content_type() == "multipart/alternative"


@pytest.mark.parametrize("ending", ["\nBcc: victim@example.org", "\r\n\r\nHello", "\r"])
def test_an_address_cannot_add_headers(inside: Flask, outbox: list[Any], ending: str) -> None:
    assert send(to=f"ada@example.org{ending}") == [JobOutcome.POSTPONED]
    assert outbox == []
