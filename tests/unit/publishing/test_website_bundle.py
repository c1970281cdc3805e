"""The bundle for CMS: complete, the same each time, valid, in both languages."""

from __future__ import annotations

import hashlib
import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

import feedparser
import html5lib
import pytest

from dispatcher.errors import TemplateError
from dispatcher.publishing.website_bundle import bundle_files, website_bundle
from dispatcher.publishing.website_listing import listed
from dispatcher.publishing.website_pages import Notice
from dispatcher.publishing.website_site import site_files
from tests.drafts import ROOT, office
from tests.items import SIGNATURE, issue, item, pages

if TYPE_CHECKING:
    from collections.abc import Mapping

PDF = "Advisory-10-SYS-WZU-2025.pdf"


@pytest.fixture(scope="module")
def files() -> Mapping[str, bytes]:
    """Return what is in the bundle of the sample."""
    return bundle_files(issue())


def test_the_bundle_holds_all_that_is_published(files: Mapping[str, bytes]) -> None:
    """Each part stands in each language; README, data, document and sums once."""
    of_languages = {
        f"{name}.{language}.{ending}"
        for language in ("hi", "en")
        for name, ending in (("news", "html"), ("page", "html"), ("flash", "txt"), ("entry", "atom"))
    }

    assert of_languages | {PDF, "item.json", "item.jsonld", "README.txt", "SHA256SUMS"} == files.keys()


def test_one_zip_is_attached(files: Mapping[str, bytes]) -> None:
    """The message carries one zip of exactly these files; the folder holds them and the zip."""
    kit = website_bundle(issue())
    (attached,) = kit.attached

    with zipfile.ZipFile(io.BytesIO(attached.content)) as archive:
        assert files == {name: archive.read(name) for name in archive.namelist()}
    assert ("website-10-SYS-WZU-2025.zip", "application/zip") == (attached.file_name, attached.media_type)
    assert {**files, attached.file_name: attached.content} == kit.files


def test_the_zip_of_a_corrected_wording_says_so_in_its_name() -> None:
    """Both wordings can lie in one folder of CMS."""
    corrected = replace(issue(), advisory=replace(issue().advisory, revision=1))
    (attached,) = website_bundle(corrected).attached

    assert "website-10-SYS-WZU-2025-R1.zip" == attached.file_name


def test_the_same_issue_makes_the_same_octets() -> None:
    """Nothing in it depends on the clock or on chance."""
    assert website_bundle(issue()) == website_bundle(issue())


def test_sums_are_those_of_the_files(files: Mapping[str, bytes]) -> None:
    """SHA256SUMS names each other file with its sum."""
    told = dict(line.split("  ")[::-1] for line in files["SHA256SUMS"].decode().splitlines())
    found = {name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != "SHA256SUMS"}

    assert found == told


@pytest.mark.parametrize("language", ["hi", "en"])
def test_pages_are_valid_html(files: Mapping[str, bytes], language: str) -> None:
    """Page and fragment parse without an error, in the language that they say; no script, no style, no picture."""
    page, fragment = files[f"page.{language}.html"].decode(), files[f"news.{language}.html"].decode()
    root = html5lib.HTMLParser(strict=True).parse(page)
    html5lib.HTMLParser(strict=True).parseFragment(fragment)

    assert language == root.get("lang")
    assert f'<article lang="{language}">' in fragment
    assert not re.search(r"<(script|style|img|link rel=.stylesheet)|style=|\bon[a-z]+=", page + fragment)


@pytest.mark.parametrize(("language", "text"), [("hi", "हस्ताक्षरित पीडीएफ, 65 केबी"), ("en", "signed PDF, 65 KB")])
def test_the_link_says_type_size_and_languages(files: Mapping[str, bytes], language: str, text: str) -> None:
    """Who follows the link knows what comes (WCAG 2.1, 2.4.4)."""
    fragment = files[f"news.{language}.html"].decode()

    assert re.search(
        rf'<a href="{PDF}" type="application/pdf">[^<]*10/SYS/WZU/2025 \({text}, [^<]+\)</a>', fragment
    )


def test_an_unsigned_document_is_not_called_signed() -> None:
    """No word of a signature stands where there is none."""
    unsigned = issue(document=replace(issue().document, signature=None))
    files = bundle_files(unsigned)
    said = b"".join(content for name, content in files.items() if name != PDF).decode()

    assert "signed PDF" not in said
    assert "Digitally signed" not in said
    assert "invalidate the signature" not in said
    assert (False, None, None) == tuple(
        json.loads(files["item.json"])["document"][key] for key in ("signed", "signer", "signed_at")
    )


def test_a_specimen_signature_is_none() -> None:
    """A signature by a demo certificate is not told of, neither in words nor in data."""
    specimen = replace(SIGNATURE, genuine=False)
    files = bundle_files(issue(document=replace(issue().document, signature=specimen)))
    told = json.loads(files["item.json"])["document"]

    assert (False, None, None) == (told["signed"], told["signer"], told["signed_at"])
    assert b"Specimen Officer" not in files["page.en.html"] + files["news.hi.html"]


def _related(kind: str | None, *, revision: int = 0) -> Mapping[str, bytes]:
    relation = {"type": kind, "target": "9/SYS/WZU/2025", "target_date": "2025-08-01"} if kind else None
    return bundle_files(issue(advisory=replace(issue().advisory, relation=relation, revision=revision)))


@pytest.mark.parametrize("kind", ["withdrawal", "supersession"])
def test_the_readme_asks_to_mark_what_is_out_of_force(kind: str) -> None:
    """In both languages: which item, that it may be taken down, and the words that `confirm` asks for."""
    text = _related(kind)["README.txt"].decode()
    notice = Notice(kind=kind, number="10/SYS/WZU/2025", issued=issue().advisory.issued)

    for language, asked in (
        ("hi", "परामर्शी सं. 9/SYS/WZU/2025 अब लागू नहीं है।"),
        ("en", "Advisory No. 9/SYS/WZU/2025 no longer holds."),
    ):
        words = pages().notice_text(notice, language)
        assert f"6. {asked}" in text
        assert f": {words}\r\n" in text
        assert f'<p class="notice"><strong>{words}</strong></p>' in text


def test_the_readme_asks_to_take_an_earlier_revision_down() -> None:
    """A corrigendum's item takes the place of the one before; a first issue asks for nothing of the kind."""
    corrected, first = (_related(None, revision=at)["README.txt"].decode() for at in (1, 0))

    for asked in (
        "6. यह समाचार, परामर्शी सं. 10/SYS/WZU/2025 के पहले",
        "6. This item takes the place of the one published before",
    ):
        assert (True, False) == (asked in corrected, asked in first)


def test_a_picture_of_the_document_has_its_facts(files: Mapping[str, bytes]) -> None:
    """What stands in place of a picture says type, signature, size and languages, as the link does."""
    alt = json.loads(files["item.json"])["document"]["alt"]

    assert "PDF document: Advisory No. 10/SYS/WZU/2025 (signed PDF, 65 KB, Hindi and English)" == alt["en"]
    assert "पीडीएफ दस्तावेज़: परामर्शी सं. 10/SYS/WZU/2025 (हस्ताक्षरित पीडीएफ, 65 केबी, हिंदी और अंग्रेज़ी)" == alt["hi"]


def test_an_entry_says_the_same_as_the_site(files: Mapping[str, bytes]) -> None:
    """Id, first publication and author of an entry are those of the site, also of a revision in another year."""
    site = site_files(listed([item()]), pages(), office=office(), base_url="https://eccs.example")
    revised = replace(issue(), advisory=replace(issue().advisory, revision=1, issued=date(2026, 1, 2)))
    entries = [
        feedparser.parse(found).entries[0]
        for found in (
            site["en/feed.atom"],
            files["entry.en.atom"],
            bundle_files(revised, first=item())["entry.en.atom"],
        )
    ]

    assert 1 == len({(one.id, one.published, one.author) for one in entries})
    assert all(one.published <= one.updated for one in entries)


def test_the_readme_opens_on_any_windows(files: Mapping[str, bytes]) -> None:
    """It begins with a byte order mark, and each line ends with CRLF; five steps in each language."""
    text = files["README.txt"].decode()

    assert text.startswith("\ufeff")
    assert text.count("\n") == text.count("\r\n") == text.count("\r")
    assert ["1", "2", "3", "4", "5"] * 2 == re.findall(r"^([0-9])\. ", text, re.MULTILINE)


def test_what_is_typed_is_no_markup() -> None:
    """Signs of HTML in a text are shown as they are."""
    sample = issue()
    news = {**sample.advisory.news, "title": {"hi": "<b>क</b>", "en": "<script>x</script>"}}
    files = bundle_files(replace(sample, advisory=replace(sample.advisory, news=news)))

    assert b"&lt;script&gt;x&lt;/script&gt;" in files["news.en.html"]
    assert b"<script>" not in files["news.en.html"] + files["page.en.html"]


def test_the_flash_is_one_plain_line(files: Mapping[str, bytes]) -> None:
    """The ticker line is the text alone, in UTF-8, of at most 200 characters."""
    for language in ("hi", "en"):
        text = files[f"flash.{language}.txt"].decode()
        assert text == issue().advisory.news["flash"][language] + "\n"
        assert len(text) <= 201


def test_the_data_say_when_it_appears_and_goes(files: Mapping[str, bytes]) -> None:
    """item.json tells all moments with their zone, and the document with size and sum."""
    told = json.loads(files["item.json"])

    assert ["2025-08-12T21:09:09+05:30", "2025-08-20T18:00:00+05:30", "2026-08-20T18:00:00+05:30"] == [
        told[f"{name}_at"] for name in ("publish", "expire", "archive")
    ]
    assert (len(files[PDF]), hashlib.sha256(files[PDF]).hexdigest()) == (
        told["document"]["size"],
        told["document"]["sha256"],
    )


def test_the_data_are_of_the_documented_shape(files: Mapping[str, bytes]) -> None:
    """item.json has exactly the keys that its schema asks for, also in its document."""
    schema = json.loads((ROOT / "templates" / "website" / "item.schema.json").read_text("utf-8"))
    told = json.loads(files["item.json"])
    document = schema["properties"]["document"]

    assert set(schema["required"]) == schema["properties"].keys() == told.keys()
    assert set(document["required"]) == document["properties"].keys() == told["document"].keys()
    assert schema["properties"]["version"]["const"] == told["version"]


@pytest.mark.parametrize("language", ["hi", "en"])
def test_the_entry_is_atom(files: Mapping[str, bytes], language: str) -> None:
    """A feed reader finds one entry with id, moments, summary, content and the document."""
    read = feedparser.parse(
        b'<feed xmlns="http://www.w3.org/2005/Atom">'
        + files[f"entry.{language}.atom"].split(b"\n", 1)[1]
        + b"</feed>"
    )
    (entry,) = read.entries

    assert not read.bozo
    assert f"tag:customs.example,2025:advisory/10-SYS-WZU-2025/{language}" == entry.id
    assert issue().advisory.news["summary"][language] == entry.summary
    assert [(PDF, "66005")] == [(one.href.rpartition("/")[2], one.length) for one in entry.enclosures]
    assert entry.published == entry.updated == "2025-08-12T21:09:09+05:30"


def test_a_missing_template_is_named() -> None:
    """A workspace without a template of the website is told which."""
    templates = {name: text for name, text in issue().templates.items() if name != "website/hi/labels.j2"}

    with pytest.raises(
        TemplateError, match=r"^templates/website/hi/labels\.j2 is missing; take it from a workspace"
    ):
        website_bundle(issue(templates=templates))
