"""An advisory on the website: the bundle that CMS gets, the site, and the look at the published page."""

from __future__ import annotations

import email
import io
import json
import re
import zipfile
from dataclasses import dataclass
from email import policy
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest

from tests.runs import field_of
from tests.smtp_server import SmtpServer
from tests.web_server import Answer, WebServer, moved
from tests.workspaces import NUMBER, SLUG, Workspace, begin_withdrawal, copy

if TYPE_CHECKING:
    from collections.abc import Iterator

PDF = f"Advisory-{SLUG}.pdf"
TYPES = {".html": "text/html", ".pdf": "application/pdf", ".css": "text/css", ".atom": "application/atom+xml"}


@dataclass(frozen=True)
class Released:
    """A workspace whose advisory went out, and what CMS was sent."""

    workspace: Workspace
    to_cms: bytes


@pytest.fixture(scope="module")
def released(approved: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Released:
    """Send an approved release; not to be changed."""
    workspace = copy(approved, tmp_path_factory.mktemp("released"))
    with SmtpServer() as server:
        workspace.hand_over_to(server.port)
        assert 0 == workspace.run("send", NUMBER).code
        (to_cms,) = [one for one in server.messages if field_of(one, "To") == "eccs-web@cms.example"]
    return Released(workspace, to_cms)


@pytest.fixture
def office(released: Released, tmp_path: Path) -> Workspace:
    """Return a copy of the workspace, for a test to change."""
    return copy(released.workspace, tmp_path)


@pytest.fixture
def published(office: Workspace, tmp_path: Path) -> Iterator[WebServer]:
    """Serve the site of the workspace as it is built, and let the workspace trust it."""
    assert 0 == office.run("website", "build", "public").code
    public = office.root / "public"
    answers = {
        f"/{path.relative_to(public).as_posix()}": Answer(path.read_bytes(), content_type=TYPES[path.suffix])
        for path in public.rglob("*")
        if path.suffix in TYPES
    }
    with WebServer(answers, tmp_path) as server:
        office.configure(website={"allow_private": True, "ca_file": str(server.ca_file)})
        yield server


def pages(server: WebServer) -> list[str]:
    """Return the options that name the pages of both languages."""
    return [word for language in ("hi", "en") for word in ("--url", server.url(f"/{language}/{SLUG}.html"))]


def test_cms_is_sent_the_bundle(released: Released) -> None:
    """The primary address of CMS gets one zip, the same as in the advisory's folder, and a note that says so."""
    message = email.message_from_bytes(released.to_cms, policy=policy.default)
    body = message.get_body(("plain",))
    assert body is not None
    attached = {part.get_filename(): part.get_content() for part in message.iter_attachments()}
    folder = released.workspace.root / "outbox" / SLUG / "website"
    zipped = zipfile.ZipFile(io.BytesIO(attached[f"website-{SLUG}.zip"]))

    assert {PDF, f"website-{SLUG}.zip"} == set(attached)
    assert attached[f"website-{SLUG}.zip"] == (folder / f"website-{SLUG}.zip").read_bytes()
    assert attached[PDF] == zipped.read(PDF)
    assert {name: zipped.read(name) for name in zipped.namelist()} == {
        path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".zip"
    }
    assert "The enclosed package holds the news flash and the news text" in body.get_content()


def test_the_site_is_made_of_what_was_released(office: Workspace) -> None:
    """What is in advisory.yaml by now does not matter; a second build changes nothing."""
    first = office.run("website", "build", "public", "--json")
    office.advisory.write_text(
        office.advisory.read_text("utf-8").replace("Expiry of ECCS user passwords", "Changed"), encoding="utf-8"
    )
    second = office.run("website", "build", "public", "--json")

    assert (0, "", 1) == (first.code, first.err, first.json["advisories"])
    assert (0, 0, 0) == tuple(second.json[key] for key in ("added", "changed", "removed"))
    assert "Expiry of ECCS user passwords" in (office.root / "public" / "en" / f"{SLUG}.html").read_text("utf-8")


def test_nothing_is_published_before_it_is_released(ready: Workspace) -> None:
    """An approved release that was not let go is neither shown nor compared with anything."""
    built = ready.run("website", "build", "public")
    looked = ready.run("website", "confirm", NUMBER, "--file", "config.yaml")

    assert (1, "there is no advisory to show: none has been released yet\n") == (built.code, built.err)
    assert (1, True) == (looked.code, "has not been released yet" in looked.err)
    assert not (ready.root / "public").exists()


def test_a_folder_of_others_is_left_alone(office: Workspace) -> None:
    """A folder that holds something else is refused."""
    ended = office.run("website", "build", "recipients")

    assert (1, True) == (ended.code, "holds no site of this program" in ended.err)
    assert {".xlsx"} == {path.suffix for path in (office.root / "recipients").iterdir()}


def test_the_published_pages_are_confirmed(office: Workspace, published: WebServer) -> None:
    """Both pages and the linked PDF are as released: recorded, shown by status and the register, and verified."""
    before = office.run("status", NUMBER)
    ended = office.run("website", "confirm", NUMBER, *pages(published))
    after = office.run("status", NUMBER)
    told = office.run("status", NUMBER, "--json").json["website"]
    office.run("report", NUMBER)
    title = openpyxl.load_workbook(office.root / "outbox" / SLUG / "register.xlsx").worksheets[0]["A1"].value

    assert (0, "", True) == (ended.code, ended.err, "is published as released" in ended.out)
    assert f"/documents/{PDF}" in published.asked
    assert "website: not confirmed" in before.out
    assert "website: confirmed " in after.out
    assert (True, {"hi": True, "en": True}) == (told["confirmed"], told["languages"])
    assert "website: confirmed " in str(title)
    assert 0 == office.run("verify", NUMBER).code


def test_a_wrong_page_is_told_part_by_part(office: Workspace, published: WebServer) -> None:
    """A date changed in one language and another PDF are named, recorded, and not confirmed."""
    english, document = f"/en/{SLUG}.html", f"/documents/{PDF}"
    changed = published.answers[english].content
    assert isinstance(changed, bytes)
    (year,) = set(re.findall(rb"Effective</dt>\n<dd><time datetime=.(\d{4})", changed))
    published.answers[english] = Answer(changed.replace(year, b"2031"))
    published.answers[document] = Answer(b"%PDF another", content_type="application/pdf")
    ended = office.run("website", "confirm", NUMBER, *pages(published), "--json")
    found = {(part["part"], part["language"]): part["verdict"] for part in ended.json["parts"]}

    assert (1, False) == (ended.code, ended.json["confirmed"])
    assert {
        ("text", "hi"): "right",
        ("number", "hi"): "right",
        ("hour", "hi"): "right",
        ("text", "en"): "wrong",
        ("number", "en"): "right",
        ("hour", "en"): "wrong",
        ("document", None): "wrong",
        ("hash", None): "right",
    } == found
    assert "website: NOT as released" in office.run("status", NUMBER).out


def test_a_saved_page_is_enough(office: Workspace) -> None:
    """A page saved by hand is compared without the web; one language at a time, until both are confirmed."""
    folder = Path("outbox") / SLUG / "website"
    hindi = office.run("website", "confirm", NUMBER, "--file", str(folder / "page.hi.html"), "--language", "hi")
    half = office.run("status", NUMBER)
    english = office.run("website", "confirm", NUMBER, "--file", str(folder / "page.en.html"), "--language", "en")
    confirmed = office.run("status", NUMBER, "--json").json["website"]["confirmed"]
    wrong = office.run("website", "confirm", NUMBER, "--file", str(folder / "page.en.html"), "--language", "hi")
    again = office.run("website", "confirm", NUMBER, "--file", str(folder / "page.en.html"), "--language", "en")

    assert (0, 0) == (hindi.code, english.code)
    assert f"{NUMBER} on the website: Hindi: as released; English: not looked for yet (" in hindi.out
    assert f"{NUMBER} is published as released (" in english.out
    assert (1, 0) == (wrong.code, again.code)
    assert f"{NUMBER} is NOT published as released (" in wrong.out
    assert re.search(r"on the website: English: as released; Hindi: wrong since [\d.]+ [\d:]+ IST \(", again.out)
    assert "website: confirmed in hi only" in half.out
    assert confirmed is True


def test_a_corrigendum_takes_the_place_of_the_original(office: Workspace) -> None:
    """The site shows the new revision and still lists the PDF of the old one; a page of the old one is stale."""
    folder = Path("outbox") / SLUG / "website"
    old = [office.root / f"{language}.html" for language in ("hi", "en")]
    for file in old:
        file.write_bytes((office.root / folder / f"page.{file.name}").read_bytes())
    bundle = office.root / folder
    first_entry = (bundle / "entry.en.atom").read_text("utf-8")
    office.run("revise", NUMBER, "--as", "corrigendum")
    office.advisory.write_text(re.sub(r"<<[^<> ][^<>]*>>", "022", office.advisory.read_text("utf-8")), "utf-8")
    with SmtpServer() as server:
        office.hand_over_to(server.port)
        steps = [office.run(verb, NUMBER) for verb in ("prepare", "approve", "send")]
    built = office.run("website", "build", "public", "--json")
    looked = office.run("website", "confirm", NUMBER, "--file", "hi.html", "--file", "en.html", "--json")
    fresh = [word for language in ("hi", "en") for word in ("--file", str(folder / f"page.{language}.html"))]
    english = office.root / "public" / "en"

    assert [0, 0, 0, 0] == [one.code for one in (*steps, built)], [one.err for one in (*steps, built)]
    assert 1 == built.json["advisories"]
    assert 'for 022 "022", read "022"' in (english / f"{SLUG}.html").read_text("utf-8")
    assert "(revision 1)" in (english / f"{SLUG}.html").read_text("utf-8")
    assert "This advisory" not in (english / f"{SLUG}.html").read_text("utf-8")
    feeds = [
        (english / "feed.atom").read_text("utf-8"),
        first_entry,
        (bundle / "entry.en.atom").read_text("utf-8"),
    ]
    assert 1 == len({_published(one) for one in feeds})
    assert {PDF, f"Advisory-{SLUG}-R1.pdf", "SHA256SUMS"} == {
        path.name for path in (office.root / "public" / "documents").iterdir()
    }
    assert {"text: wrong", "number: stale", "document: stale", "hash: stale"} == {
        f"{part['part']}: {part['verdict']}" for part in looked.json["parts"] if part["verdict"] != "right"
    }
    assert 0 == office.run("website", "confirm", NUMBER, *fresh).code


def _published(feed: str) -> tuple[str, ...]:
    """Return id and first publication of an entry."""
    found = re.search(r"<entry.*?<id>(.*?)</id>.*?<published>(.*?)</published>", feed, re.DOTALL)
    assert found
    return found.groups()


def _withdraw(office: Workspace) -> str:
    """Withdraw the sample by an advisory of its own that is let go, and return its number."""
    number = "12/SYS/WZU/2025"
    begin_withdrawal(office, number, target=NUMBER)
    with SmtpServer() as server:
        office.hand_over_to(server.port)
        steps = [
            office.run(*step)
            for step in (("prepare", number), ("approve", number), ("send", number, "--late", "now"))
        ]
    assert [0, 0, 0] == [one.code for one in steps], [one.err for one in steps]
    return number


def test_what_was_withdrawn_must_be_marked_or_gone(office: Workspace) -> None:
    """Once withdrawn, the page as first released is not enough; marked by the words of its own bundle, it is."""
    folder = Path("outbox") / SLUG / "website"
    files = [word for language in ("hi", "en") for word in ("--file", str(folder / f"page.{language}.html"))]
    before = office.run("website", "confirm", NUMBER, *files)
    withdrawal = _withdraw(office)
    unasked = office.run("status", NUMBER)
    unmarked = office.run("website", "confirm", NUMBER, *files)
    told = office.run("status", NUMBER)
    assert 0 == office.run("website", "build", "public").code
    public = [word for language in ("hi", "en") for word in ("--file", f"public/{language}/{SLUG}.html")]
    marked = office.run("website", "confirm", NUMBER, *public)
    office.run("report", NUMBER)
    title = openpyxl.load_workbook(office.root / "outbox" / SLUG / "register.xlsx").worksheets[0]["A1"].value

    assert (0, 1, 0) == (before.code, unmarked.code, marked.code), unmarked.out + marked.out
    assert "; not looked at since it is out of force" in unasked.out
    assert f"withdrawal by {withdrawal}; the item does not say so" in unmarked.out
    assert "website: NOT marked in en, hi as out of force, seen " in told.out
    assert "website: marked or taken down as out of force, seen " in office.run("status", NUMBER).out
    assert "website: marked or taken down as out of force" in str(title)
    assert 0 == office.run("verify", NUMBER).code


def test_a_page_that_is_gone_after_it_was_confirmed_is_recorded(office: Workspace, published: WebServer) -> None:
    """Status and register say when it was confirmed and when it was gone, until it is there again."""
    english = f"/en/{SLUG}.html"
    content = published.answers[english]
    first = office.run("website", "confirm", NUMBER, *pages(published))
    del published.answers[english]
    gone = office.run("website", "confirm", NUMBER, *pages(published))
    half = office.run("status", NUMBER)
    alone = office.run("website", "confirm", NUMBER, "--language", "en", "--url", published.url(english))
    as_json = office.run("status", NUMBER, "--json").json["website"]
    office.run("report", NUMBER)
    title = openpyxl.load_workbook(office.root / "outbox" / SLUG / "register.xlsx").worksheets[0]["A1"].value
    published.answers[english] = content
    again = office.run("website", "confirm", NUMBER, *pages(published))

    assert (0, 1, 1, 0) == (first.code, gone.code, alone.code, again.code)
    assert "page (en)      missing: https://" in gone.out
    assert "answers 404" in gone.out
    moment = r"[\d.]+ [\d:]+ IST"
    assert re.search(rf"website: confirmed {moment}; gone at {moment} \(en\)\n", half.out), half.out
    assert (False, {"hi": True, "en": False}, {"en": "gone"}) == (
        as_json["confirmed"],
        as_json["languages"],
        as_json["lost"],
    )
    assert re.search(rf"website: confirmed {moment}; gone at {moment} \(en\)", str(title))
    assert re.search(rf"website: confirmed {moment}\n", office.run("status", NUMBER).out)
    assert 0 == office.run("verify", NUMBER).code


def test_a_server_that_is_down_is_not_gone(office: Workspace, tmp_path: Path) -> None:
    """A page that was confirmed and then does not come is recorded as not read; another one is only refused."""
    folder = office.root / "outbox" / SLUG / "website"
    answers = {
        f"/{path.name}": Answer(path.read_bytes(), content_type=TYPES[path.suffix])
        for path in folder.iterdir()
        if path.suffix in TYPES
    }
    with WebServer(answers, tmp_path) as server:
        office.configure(website={"allow_private": True, "ca_file": str(server.ca_file)})
        urls = [word for language in ("hi", "en") for word in ("--url", server.url(f"/page.{language}.html"))]
        other = server.url("/another.html")
        first = office.run("website", "confirm", NUMBER, *urls)
    down = office.run("website", "confirm", NUMBER, *urls)
    refused = office.run("website", "confirm", NUMBER, "--url", other)
    told = office.run("status", NUMBER).out

    assert (0, 1, 1) == (first.code, down.code, refused.code)
    assert (2, 0) == (down.out.count("cannot be read: Connection refused"), len(refused.out))
    assert re.search(r"website: confirmed [\d.]+ [\d:]+ IST; could not be read at [\d.]+ [\d:]+ IST\n", told), told


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (moved("/loop"), "redirects more than 5 times"),
        (Answer(b"x", content_type="image/png"), "is image/png, not a page"),
        (Answer("हिंदी".encode("utf-16"), content_type="text/html; charset=utf-16"), "must be in UTF-8"),
        (Answer(b"x" * 2_000_001), "is larger than 2 MB"),
    ],
    ids=["loop", "type", "charset", "size"],
)
def test_what_cannot_be_read_is_one_sentence(
    answer: Answer, sentence: str, office: Workspace, published: WebServer
) -> None:
    """A page that cannot be read is refused in one line, and nothing is recorded."""
    published.answers["/loop"] = answer
    ended = office.run("website", "confirm", NUMBER, "--url", published.url("/loop"))

    assert (1, "", 1) == (ended.code, ended.out, ended.err.count("\n"))
    assert sentence in ended.err
    assert "website: not confirmed" in office.run("status", NUMBER).out


def test_wrong_usage_is_told(office: Workspace) -> None:
    """Without a page, of an unknown language, of a file that is not there: exit code 2, nothing read."""
    none = office.run("website", "confirm", NUMBER)
    language = office.run("website", "confirm", NUMBER, "--file", "config.yaml", "--language", "xx")
    missing = office.run("website", "confirm", NUMBER, "--file", "nowhere.html")
    inside = office.run("website", "confirm", NUMBER, "--url", "https://127.0.0.1/")

    assert (2, 2, 2, 1) == (none.code, language.code, missing.code, inside.code)
    assert "there are: hi, en" in language.err
    assert "nowhere.html is not a file" in missing.err
    assert "--allow-private" in inside.err


def test_the_data_are_json(released: Released) -> None:
    """item.json of the folder names the release that `prepare` froze, as everything else that is derived does."""
    folder = released.workspace.root / "outbox" / SLUG / "website"

    assert 64 == len(json.loads((folder / "item.json").read_text("utf-8"))["release"])


def test_a_dead_link_to_the_document_is_told_as_a_part(office: Workspace, published: WebServer) -> None:
    """The texts are right and the PDF is not there: that is what is told and recorded."""
    del published.answers[f"/documents/{PDF}"]
    ended = office.run("website", "confirm", NUMBER, *pages(published), "--json")
    faults = {part["part"]: part["said"] for part in ended.json["parts"] if part["verdict"] != "right"}

    assert (1, {"document"}) == (ended.code, set(faults))
    assert f"/documents/{PDF} answers 404" in faults["document"]


@pytest.mark.parametrize(
    "url", ["https://[x", "https://eccs.example/?a=b", 'https://eccs.example/"><p', "eccs.example"]
)
def test_what_no_address_can_be_made_of_is_refused(office: Workspace, url: str) -> None:
    """The feeds would name addresses that lead nowhere."""
    ended = office.run("website", "build", "public", "--base-url", url)

    assert (2, True) == (ended.code, "give it as https://eccs.example/advisories/" in ended.err)
