"""What is looked at before sending is what would be sent: every distinct message, and specimens for oneself."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from dispatcher.messages.drafting import SPECIMENS, with_document
from dispatcher.messages.preview import pages, specimens
from dispatcher.messages.rendering import Attached
from dispatcher.model import Enclosure, LatePolicy, OfficialDocument
from tests.drafts import draft, recipient
from tests.lives import corrigendum

if TYPE_CHECKING:
    from email.message import EmailMessage

    from dispatcher.messages.drafting import Draft

NOW = datetime(2025, 8, 12, 21, 10, tzinfo=timezone(timedelta(hours=5, minutes=30)))
DELHI, KOCHI = "delhi@customs.example", "kochi@customs.example"
OWN = "officer@customs.example"
PLAN = Enclosure(file_name="plan.pdf", media_type="application/pdf", content=b"%PDF-1.7")
PDF = OfficialDocument(file_name="Advisory-10-SYS-WZU-2025.pdf", content=b"%PDF-1.7 of the advisory")


@pytest.fixture(scope="module")
def whole() -> Draft:
    """Give a draft for two commissioners, EICI that is a courier too, and one for information."""
    told = [
        recipient(DELHI),
        recipient(KOCHI),
        recipient("desk@eici.example", "eici", "couriers"),
        recipient("chief@customs.example", "copy"),
    ]
    return with_document(draft(*told, enclosures=(PLAN,), attached=Attached(enclosures=("plan.pdf",))), PDF)


def _parsed(octets: bytes) -> EmailMessage:
    parsed = email.message_from_bytes(octets, policy=email.policy.default)
    assert [] == parsed.defects
    return parsed


def test_every_distinct_message_is_shown(whole: Draft) -> None:
    """One page, one text and one whole message for each variant in each wording, and an index."""
    names = [
        f"{name}{mark}"
        for name in ("1-commissioners", "2-eici-couriers", "3-copy")
        for mark in ("", "-now-in-effect")
    ]

    assert {"index.html", "advisory.pdf"} | {
        f"{name}.{form}" for name in names for form in ("html", "txt", "eml")
    } == set(pages(whole, now=NOW, kit_files={}))


def test_no_late_message_where_none_is_sent(whole: Draft) -> None:
    """A policy that drops or holds shows one wording."""
    held = replace(whole, advisory=replace(whole.advisory, late_policy=LatePolicy.HOLD))

    assert not [name for name in pages(held, now=NOW, kit_files={}) if "now-in-effect" in name]


def test_page_and_text_are_those_of_the_message(whole: Draft) -> None:
    """The pages show the very parts of the message that its first recipient would get."""
    files = pages(whole, now=NOW, kit_files={})
    parsed = _parsed(files["1-commissioners.eml"])
    text, html = (parsed.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None

    assert DELHI == parsed["To"]
    assert files["1-commissioners.txt"].decode() == text.get_content().replace("\r\n", "\n")
    assert _seen(files["1-commissioners.html"].decode()) == _seen(html.get_content())
    assert [PDF.file_name, "plan.pdf"] == [part.get_filename() for part in parsed.iter_attachments()]


class _Reader(HTMLParser):
    """Keeps what a page says."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def handle_data(self, data: str) -> None:
        self.said.append(data)


def _seen(html: str) -> str:
    """Return the text of a page without the breaks that its source has."""
    reader = _Reader()
    reader.feed(html)
    return " ".join("".join(reader.said).split())


def test_index_leads_to_every_page_and_names_everybody(whole: Draft) -> None:
    """From the index every file is reached and every recipient is found, each once; subjects in both wordings."""
    files = pages(whole, now=NOW, kit_files={})
    index = files["index.html"].decode()
    linked = set(re.findall(r'(?:href|src)="([^"#]+)"', index))

    assert set(files) - {"index.html"} == linked
    assert [1] * 4 == [index.count(f"<td>{one.address}</td>") for one in whole.recipients]
    assert 3 == index.count("Subject:</strong> अब प्रभावी/Now in effect: परामर्शी/Advisory 10/SYS/WZU/2025")
    assert "http" not in index.replace("</html>", ""), "nothing is fetched from elsewhere"


def test_index_leads_to_the_document(whole: Draft) -> None:
    """The PDF lies beside the pages and is linked."""
    files = pages(whole, now=NOW, kit_files={})

    assert PDF.content == files["advisory.pdf"]
    assert b'href="advisory.pdf"' in files["index.html"]


def test_index_escapes_what_a_sheet_holds(whole: Draft) -> None:
    """A cell brings no markup into the index."""
    told = recipient("x@customs.example", places=("<script>alert(1)</script>",))
    index = pages(replace(whole, recipients=[told]), now=NOW, kit_files={})["index.html"].decode()

    assert "<script>" not in index
    assert "&lt;script&gt;" in index


def test_names_of_pages_are_plain(whole: Draft) -> None:
    """File names are ASCII and stay in the folder."""
    assert all(
        re.fullmatch(r"[a-z0-9-]+\.(html|txt|eml|pdf)", name) for name in pages(whole, now=NOW, kit_files={})
    )


def test_preview_is_the_same_each_time(whole: Draft) -> None:
    """Nothing in a preview is random: what changed shows as a difference."""
    assert pages(whole, now=NOW, kit_files={}) == pages(whole, now=NOW, kit_files={})


def test_specimen_for_each_audience(whole: Draft) -> None:
    """An own officer gets one message for each audience that somebody is told in, in the advisory's order."""
    made = [_parsed(octets) for octets in specimens(whole, to=OWN, now=NOW)]
    told = [one for one in whole.advisory.audiences if any(one in each.audiences for each in whole.recipients)]

    assert len(told) == len(made)
    assert ["commissioners", "eici", "copy"] == told
    assert {OWN} == {str(one["To"]) for one in made}


def test_specimen_is_what_the_audience_usually_gets(whole: Draft) -> None:
    """Where somebody is told in this audience alone, the specimen is his, not that of one with several notes."""
    both = recipient("both@customs.example", "commissioners", "custodians")
    made = [
        specimens(replace(whole, recipients=told), to=OWN, now=NOW)[0]
        for told in ([both, whole.recipients[0]], [whole.recipients[0]])
    ]

    assert made[0] == made[1]


def test_specimens_are_marked(whole: Draft) -> None:
    """Every specimen says in its subject, in both languages, that it is one."""
    subjects = [str(_parsed(octets)["Subject"]) for octets in specimens(whole, to=OWN, now=NOW)]

    assert all(subject.startswith("नमूना/Specimen: परामर्शी/Advisory") for subject in subjects)


def test_specimens_name_no_recipient(whole: Draft) -> None:
    """A specimen holds the address of nobody but the officer who asked for it."""
    for octets in specimens(whole, to=OWN, now=NOW):
        parsed = _parsed(octets)
        bodies = [parsed.get_body((kind,)) for kind in ("plain", "html")]
        said = octets.decode() + "".join(body.get_content() for body in bodies if body)

        assert [] == [one.address for one in whole.recipients if one.address in said]


def test_specimen_is_of_no_delivery(whole: Draft) -> None:
    """A specimen has an identifier that no delivery bears, so no reply to it is taken for one to a release."""
    (first, *_) = specimens(whole, to=OWN, now=NOW)

    assert "0" * 32 == _parsed(first)["X-Delivery-Id"]


def test_what_would_follow_is_shown_once_for_all(whole: Draft) -> None:
    """A reminder stands as one page, with its moment and who is asked to act; copies are not reminded."""
    files = pages(whole, now=NOW, kit_files={}, follow_ups=SPECIMENS)
    index = files["index.html"].decode()
    parsed = _parsed(files["after-1-reminder-1.eml"])

    assert {"after-1-reminder-1", "after-2-reminder-2", "after-3-in-effect"} == {
        name.removesuffix(".eml") for name in files if name.startswith("after") and name.endswith(".eml")
    }
    assert parsed["Subject"].startswith("अनुस्मारक/Reminder: ")
    assert "reminder-1" in index
    assert "<advisory.10-SYS-WZU-2025@customs.example>" == parsed["References"]


def test_a_corrigendum_is_shown_in_its_thread(whole: Draft) -> None:
    """Its messages name the advisory's root; what they answer differs from office to office and is not shown."""
    files = pages(replace(whole, advisory=corrigendum(whole.advisory)), now=NOW, kit_files={})
    parsed = _parsed(files["1-commissioners.eml"])

    assert parsed["Subject"].startswith("शुद्धिपत्र/Corrigendum: ")
    assert "<advisory.10-SYS-WZU-2025@customs.example>" == parsed["References"]


def test_the_files_of_a_kit_stand_together(whole: Draft) -> None:
    """Each kit is one line to open, its files are linked below it and lie in its folder."""
    kit_files = {"onward/meta.json": b"{}", "website/item.json": b"{}", "onward/README.txt": b"read"}
    files = pages(whole, now=NOW, kit_files=kit_files)
    found = re.findall(r"<details>.*?</details>", files["index.html"].decode(), re.DOTALL)
    kits = [re.findall(r'href="([^"]+)"', one) for one in found if "/ kit " in one]

    assert [["onward/README.txt", "onward/meta.json"], ["website/item.json"]] == kits
    assert kit_files.items() <= files.items()


def test_which_of_two_messages_has_the_kit_is_said() -> None:
    """In the list and in the heading, of main address and copy; of an audience without a kit nothing is said."""
    office = recipient("desk@eici.example", "eici")
    (role,) = office.roles
    beside = replace(office, address="second@eici.example", roles=(replace(role, primary=False),))
    kit = {"onward": (Enclosure(file_name="onward.zip", media_type="application/zip", content=b"PK"),)}
    index = pages(draft(office, beside, recipient(DELHI), kits=kit), now=NOW, kit_files={})["index.html"].decode()
    listed = [_seen(one) for one in re.findall(r"<li><a href=.*?</li>", index, re.DOTALL)]
    headings = [_seen(one) for one in re.findall(r"<h2>.*?</h2>", index)]

    carries, lacks = "किट सहित / with the kit onward", "किट के बिना / without the kit onward"
    for said in (listed, headings):
        assert [2, 2] == [sum(words in one for one in said) for words in (carries, lacks)]
        assert 6 == len(said)
    assert f"eici – {lacks}: 1 पता / address" in listed
    assert 2 == index.count("the kit goes to the main address only")
