from __future__ import annotations

import email
import email.policy
import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING

import pytest

from dispatcher.model import LatePolicy, Signature, Wording
from dispatcher.publishing.archives import read_zip
from dispatcher.publishing.kit_reading import read_kit
from dispatcher.publishing.onward_kit import onward_kit
from tests.kits import DOCUMENT, KEY, MANUAL, issue, kit, material, packed
from tests.rendered import flat

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

ZIP = "onward-10-SYS-WZU-2025.zip"
NAMES = {
    "Advisory-10-SYS-WZU-2025.pdf", "README.txt", "SHA256SUMS", "advisory.json", "couriers.xlsx", "meta.json",
    "notice.eml", "notice.en.txt", "notice.hi.txt", "notice.html", "notice.json", "return-form.csv",
    "return-form.txt", "notice-in-effect.en.txt", "notice-in-effect.hi.txt", "notice-in-effect.html",
}  # fmt: skip


def _notice(content: bytes) -> EmailMessage:
    found = email.message_from_bytes(content, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


def _signed(at: datetime) -> Signature:
    return Signature(signer="Sample Officer", signed_at=at, level="B-B")


def test_the_names_are_fixed() -> None:
    """One zip file is attached; beside the advisory lie that and all that is in it."""
    made = kit()

    assert [(ZIP, "application/zip")] == [(one.file_name, one.media_type) for one in made.attached]
    assert NAMES == read_zip(made.attached[0].content).keys()
    assert NAMES | {ZIP} == made.files.keys()
    assert hashlib.sha256(made.files["SHA256SUMS"]).hexdigest() == made.facts["kit_hash"]


def test_the_notice_for_after_the_hour_is_at_hand() -> None:
    """As a page and as texts, in words that are true by then; the README says when to use them."""
    files, advisory = kit().files, issue().advisory
    page = files["notice-in-effect.html"].decode()
    texts = {tag: files[f"notice-in-effect.{tag}.txt"].decode("utf-8-sig") for tag in ("hi", "en")}

    for tag, text in texts.items():
        assert advisory.in_effect[tag] in flat(text)
        assert advisory.what[tag] not in flat(text)
        assert advisory.in_effect[tag] in flat(page)
        assert advisory.in_effect[tag] not in flat(files[f"notice.{tag}.txt"].decode())
    assert texts["en"].startswith("Now in effect: Advisory 10/SYS/WZU/2025")
    assert "If it is sent after 13.08.2025, 12:00 noon IST, do not use notice.eml" in flat(
        files["README.txt"].decode()
    )


@pytest.mark.parametrize("policy", [LatePolicy.DROP, LatePolicy.SEND_MARKED])
def test_what_says_nothing_else_after_the_hour_has_one_notice(policy: LatePolicy) -> None:
    """No further files, and no word of them in the README."""
    advisory = replace(issue().advisory, late_policy=policy)
    made = onward_kit(issue(advisory=advisory), material()).files

    assert [] == [name for name in made if name.startswith("notice-in-effect")]
    assert "notice-in-effect" not in made["README.txt"].decode()


def test_the_same_issue_is_the_same_kit() -> None:
    """Made again, the kit is the same octets: its sum can be told beforehand and afterwards."""
    again = onward_kit(issue(), material())

    assert packed() == again.attached[0].content


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="no sha256sum on this machine")
def test_the_sums_hold(tmp_path: Path) -> None:
    """sha256sum finds every file but the sums themselves in SHA256SUMS, and every one right."""
    for name, content in kit().files.items():
        (tmp_path / name).write_bytes(content)
    ended = subprocess.run(
        ["sha256sum", "-c", "--strict", "SHA256SUMS"], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (0, "") == (ended.returncode, ended.stderr)
    assert len(NAMES) - 1 == len(ended.stdout.splitlines())


def test_the_notice_opens_as_a_draft() -> None:
    """X-Unsent, and nothing that its sender must give: no From, no addressee, no date, no Message-ID."""
    notice = _notice(kit().files["notice.eml"])

    assert {"Subject", "X-Unsent", "Content-Language", "MIME-Version", "Content-Type"} == set(notice.keys())
    assert "1" == notice["X-Unsent"]
    assert str(notice["Subject"]).startswith("परामर्शी/Advisory 10/SYS/WZU/2025, 13.08.2025 12:00 IST: ")
    assert "ECCS password expiry" in str(notice["Subject"])


def test_the_notice_says_all_in_both_languages() -> None:
    """Text and HTML: who issued it, what happens, the advisory itself; Hindi first; the PDF as it is."""
    advisory = issue().advisory
    notice = _notice(kit().files["notice.eml"])
    text, html = (notice.get_body((kind,)) for kind in ("plain", "html"))
    assert text is not None
    assert html is not None
    for part in (text, html):
        words = " ".join(re.sub("<[^>]*>", " ", part.get_content()).split())
        for language in ("hi", "en"):
            assert issue().office.short_name[language] in words
            assert advisory.what[language] in words
            assert issue().office.address[language] in words
        assert words.index("सभी अधिकृत कूरियर") < words.index("All authorised couriers")
    (attached,) = notice.iter_attachments()

    assert (DOCUMENT.file_name, DOCUMENT.content) == (attached.get_filename(), attached.get_payload(decode=True))


def test_enclosures_go_with_it() -> None:
    """What the office encloses is in the kit and attached to the notice after the PDF."""
    enclosed = issue(enclosures=(MANUAL,), advisory=replace(issue().advisory, enclosures=("manual.pdf",)))
    files = onward_kit(enclosed, material()).files
    names = [part.get_filename() for part in _notice(files["notice.eml"]).iter_attachments()]

    assert MANUAL.content == files["enclosures/manual.pdf"]
    assert [DOCUMENT.file_name, "manual.pdf"] == names


def test_each_language_stands_alone_too() -> None:
    """notice.hi.txt has no English sentence, notice.en.txt no Hindi one; each begins with its subject."""
    hindi, english = (kit().files[f"notice.{language}.txt"].decode("utf-8-sig") for language in ("hi", "en"))

    assert hindi.startswith("परामर्शी 10/SYS/WZU/2025")
    assert english.startswith("Advisory 10/SYS/WZU/2025")
    assert not re.search("[\u0900-\u097f]", english)
    assert "Dear Member" not in hindi


def test_nobody_is_asked_to_acknowledge_to_the_mediator() -> None:
    """Thousands of replies would go to EICI."""
    text = kit().files["notice.en.txt"].decode()

    assert "Received" not in text


def test_a_sentence_about_the_signature_stands_only_where_there_is_one() -> None:
    """An unsigned document is not called signed; a signed one is, and meta.json says by whom."""
    signature = _signed(issue().advisory.effective_at)
    made = onward_kit(issue(document=replace(DOCUMENT, signature=signature)), material()).files

    assert "digital signature" not in kit().files["notice.en.txt"].decode()
    assert "digital signature" in made["notice.en.txt"].decode()
    assert json.loads(kit().files["meta.json"])["document"]["signature"] is None
    assert "Sample Officer" == json.loads(made["meta.json"])["document"]["signature"]["signer"]


def test_the_readme_names_the_hours_in_both_languages() -> None:
    """Five steps in each language, with the mediator's own hour, the last one, and when the return is due."""
    readme = kit().files["README.txt"].decode("utf-8-sig")
    lines = readme.split("\r\n")

    assert 10 == sum(bool(re.match(r"[1-5]\. ", line)) for line in lines)
    for told in ("13.08.2025, 10:00 am IST", "13.08.2025, 12:00 noon IST", "13.08.2025, 11:00 am IST"):
        assert told in " ".join(readme.split())
    assert "पूर्वाह्न 10:00 बजे" in readme
    assert all(len(line) <= 100 for line in lines)


def test_no_address_of_a_recipient_is_in_it() -> None:
    """Of addresses, only those that the office prints: its own, and the helpdesk's."""
    known = {issue().office.email, issue().sender.reply_to, issue().advisory.helpdesk.email}
    text = "\n".join(
        content.decode(errors="replace")
        for name, content in kit().files.items()
        if name.endswith((".txt", ".json"))
    )

    assert known >= set(re.findall(r"[\w.-]+@[\w-]+(?:\.[\w-]+)+", text))


def test_a_key_seals_the_kit() -> None:
    """With a shared key there is a seal over the sums, which only that key makes."""
    sealed, plain = packed(key=KEY), packed()

    assert read_kit(sealed, key=KEY).sealed
    assert {"SEAL"} == read_zip(sealed).keys() - read_zip(plain).keys()
    assert kit(key=KEY).files["SEAL"] != kit(key=KEY * 2).files["SEAL"]


def test_the_advisory_is_the_mediator_s_own_issue() -> None:
    """Whoever passes it on tells the couriers, by its own hour; every text stays."""
    told = read_kit(packed(), key=None)

    assert ["couriers"] == [line["audience"] for line in told.advisory["addressees"]]
    assert [] == told.advisory["copies"]
    assert "2025-08-13T10:00:00+05:30" == told.advisory["notify_before"]
    assert dict(issue().advisory.what) == told.advisory["what"]
    assert {Wording.ORIGINAL, Wording.IN_EFFECT} == told.messages.keys()


def _late_kit(
    policy: LatePolicy = LatePolicy.SEND_IN_EFFECT, *, takes_effect: datetime | None = None
) -> dict[str, str]:
    """Return the texts of a kit that was signed an hour after the advisory's hour."""
    late = issue().advisory.notify_before + timedelta(hours=1)
    takes_effect = takes_effect or issue().advisory.effective_at
    document = replace(DOCUMENT, signature=_signed(late))
    advisory = replace(issue().advisory, late_policy=policy, effective_at=takes_effect)
    made = onward_kit(issue(document=document, advisory=advisory), material())
    found = {name: content.decode("utf-8-sig") for name, content in made.files.items() if name.endswith(".txt")}
    body = _notice(made.files["notice.eml"]).get_body(("plain",))
    assert isinstance(body, EmailMessage)
    return {name: " ".join(text.split()) for name, text in {**found, "notice.eml": body.get_content()}.items()}


def test_where_the_hour_has_passed_the_kit_says_at_once() -> None:
    """README and form name no hour to send it by that is over; the return is due four office hours later."""
    texts = _late_kit()

    for name in ("README.txt", "return-form.txt"):
        assert "inform all couriers at once" in texts[name]
        assert "सभी कूरियरों को तत्काल सूचित करें" in texts[name]
        assert "13.08.2025, 5:00 pm IST" in texts[name]
    assert (
        "Send it at once. The hour of the advisory (13.08.2025, 12:00 noon IST) has passed." in texts["README.txt"]
    )
    assert "Send it by" not in texts["README.txt"]


def test_where_the_hour_has_passed_the_notice_says_so() -> None:
    """It is worded as being in effect, in every form; where the policy knows no such wording, as usual."""
    texts, usual = _late_kit(), _late_kit(LatePolicy.DROP)

    for name in ("notice.eml", "notice.en.txt"):
        assert "has taken effect from 12:00 noon on 13.08.2025" in texts[name]
        assert "What happens:" not in texts[name]
        assert "What happens:" in usual[name]
    assert "प्रभावी हो गई है" in texts["notice.hi.txt"]
    assert "notice-in-effect" not in " ".join([*texts, texts["README.txt"]])


def test_what_is_late_and_not_in_effect_yet_is_worded_as_to_come() -> None:
    """All should have known by a day before it happens: a corrigendum of that day goes at once, in the future."""
    texts = _late_kit(takes_effect=issue().advisory.notify_before + timedelta(days=1))

    assert "Send it at once." in texts["README.txt"]
    assert "If it is sent after 14.08.2025, 12:00 noon IST, do not use notice.eml" in texts["README.txt"]
    assert "What happens:" in texts["notice.eml"]
    assert "has taken effect" in texts["notice-in-effect.en.txt"]
