from __future__ import annotations

import csv
import email
import email.policy
import hashlib
import io
import json
import re
import shutil
import zipfile
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import TYPE_CHECKING

import openpyxl

from dispatcher.publishing.archives import read_zip
from tests.kits import remade
from tests.passing_on import (
    COURIERS,
    EICI,
    KEY,
    ZIP,
    Exchange,
    attachments,
    hand_over,
    save,
    sign_and_hand_over,
)
from tests.runs import KOLKATA, field_of
from tests.smtp_server import SmtpServer
from tests.workspaces import NUMBER, SLUG, Workspace, fill_in_corrigendum

if TYPE_CHECKING:
    from pathlib import Path

DOCUMENT = f"Advisory-{SLUG}.pdf"


def _files(workspace: Workspace) -> dict[str, bytes]:
    """Return every file of a workspace, the log and the store aside."""
    return {
        str(path.relative_to(workspace.root)): path.read_bytes()
        for path in workspace.root.rglob("*")
        if path.is_file() and path.suffix not in {".log", ".db", ".lock"} and "outbox.db" not in path.name
    }


def _words(message: bytes, kind: str) -> str:
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    part = parsed.get_body((kind,))
    assert part is not None
    return " ".join(re.sub("<[^>]*>", " ", part.get_content()).split())


def test_the_return_shows_at_the_office(exchange: Exchange) -> None:
    """58 of 60 accepted, two refused: recorded once, then in `status`, in the register, and the record holds.

    The first courier has two addresses and is one of the 60.
    """
    first, again = exchange.record(exchange.returned), exchange.record(exchange.returned)
    status = exchange.office.run("status", NUMBER)
    onward = exchange.office.run("status", NUMBER, "--json").json["onward"]
    book = openpyxl.load_workbook(exchange.office.root / "outbox" / SLUG / "register.xlsx")
    told = re.compile(r"EICI: 58 of 60 couriers accepted by [\d.: ]+IST, 2 failed")

    assert (0, 0) == (first[0], again[0])
    assert "The return is recorded: sealed with the key that both offices hold.\n" in first[1]
    assert "This return was recorded before; nothing was changed." in again[1]
    assert told.search(status.out)
    assert told.search(str(book.worksheets[0]["A1"].value))
    assert (60, 58, 2, True) == tuple(
        onward["returned"][one] for one in ("couriers", "informed", "failed", "sealed")
    )
    assert [0, 0] == [one.run("verify").code for one in (exchange.office, exchange.eici)]


def test_the_return_stands_in_every_form_of_the_register(exchange: Exchange) -> None:
    """As numbers and as a sentence in the line of EICI's main address, and in no other line."""
    exchange.record(exchange.returned)
    rows = exchange.office.run("report", NUMBER, "--format", "json").json
    text = exchange.office.run("report", NUMBER, "--format", "csv").out
    table = list(csv.DictReader(io.StringIO(text.lstrip("\ufeff"))))
    counts = ("onward_couriers", "onward_informed", "onward_failed", "onward_open")

    assert [(EICI, 60, 58, 2, 0)] == [(row["address"], *map(row.get, counts)) for row in rows if row["onward"]]
    assert [(EICI, "60", "58", "2", "0")] == [
        (row["address"], *map(row.get, counts)) for row in table if row["onward"]
    ]
    assert all("EICI: 58 of 60 couriers accepted by" in row["onward"] for row in rows if row["onward"])


def test_the_courier_sees_who_issued_it_and_who_passes_it_on(exchange: Exchange) -> None:
    """From EICI, the office's letterhead in the text, the courier's own post, and the office's PDF unchanged."""
    message = next(one for one in exchange.to_couriers if b"\r\nTo: nodal-00@courier.example\r\n" in one)
    parsed = email.message_from_bytes(message, policy=email.policy.default)
    text = _words(message, "plain")

    assert "EICI <secretariat@eici.example>" == parsed["From"]
    assert "of the Office of the ADG (Systems), West Zonal Unit, Mumbai is forwarded, at their request" in text
    assert "New Custom House, Ballard Estate, Mumbai" in text
    assert "Addressed to: Nodal, Courier 0, Mumbai" in text
    assert 59 == len(exchange.to_couriers)
    assert {DOCUMENT: exchange.to_eici[DOCUMENT]} == attachments(exchange.to_couriers, COURIERS[0])


def test_the_notice_is_the_one_of_the_kit(exchange: Exchange) -> None:
    """Word for word what the office wrote, but for the line that names the post, in text and HTML."""
    message = next(one for one in exchange.to_couriers if b"\r\nTo: nodal-00@courier.example\r\n" in one)
    notice = read_zip(exchange.kit)["notice.eml"]
    for kind in ("plain", "html"):
        sent, written = _words(message, kind), _words(notice, kind)
        for everyone in ("सभी अधिकृत कूरियर", "All authorised couriers"):
            written = written.replace(everyone, "POST", 1)
        pattern = "(.{1,60})".join(map(re.escape, written.split("POST")))

        assert re.fullmatch(pattern, sent)


def test_the_kit_lies_beside_the_advisory(exchange: Exchange) -> None:
    """`prepare` writes it packed and unpacked, the same that went by mail."""
    folder = exchange.office.root / "outbox" / SLUG / "onward"
    files = read_zip(exchange.kit)

    assert exchange.kit == (folder / ZIP).read_bytes()
    assert files == {name: (folder / name).read_bytes() for name in files}


def test_the_reminder_of_the_return_names_kit_and_address(exchange: Exchange) -> None:
    """`preview` shows it as it would go: the kit that went with the mail, and the address that README names."""
    assert 0 == exchange.office.run("preview", NUMBER, SHARED_KEY=KEY).code
    preview = exchange.office.root / "outbox" / SLUG / "preview"
    shown = [_words(path.read_bytes(), "plain") for path in preview.glob("after-*.eml")]
    (owed,) = [text for text in shown if "The return on informing" in text]

    assert f"is in {ZIP}, which was enclosed" in owed
    assert "send it to systems@customs.example: the time of sending" in owed
    assert b"systems@customs.example" in read_zip(exchange.kit)["README.txt"]


def test_a_changed_text_is_refused(exchange: Exchange) -> None:
    """A word of the advisory changed at EICI: `check` names the key, `prepare` refuses, receiving it heals it."""
    advisory = exchange.eici.advisory
    original = advisory.read_text(encoding="utf-8")
    assert "ECCS password expiry" in original
    advisory.write_text(original.replace("ECCS password expiry", "ECCS passwords needed"), encoding="utf-8")
    checked = exchange.eici.run("check", NUMBER, "--json")
    prepared = exchange.eici.run("prepare", NUMBER)
    kit = save(exchange.eici.root, ZIP, exchange.kit)
    healed = exchange.eici.run("onward", "receive", kit, "--replace", SHARED_KEY=KEY)

    assert [("onward_text_changed", "short_title")] == [
        (one["code"], one["column"]) for one in checked.json["problems"] if one["severity"] == "error"
    ]
    assert (1, 1) == (checked.code, prepared.code)
    assert "not what ADG (Systems), West Zonal Unit, Mumbai issued" in prepared.err
    assert 0 == healed.code, healed.err
    assert original == advisory.read_text(encoding="utf-8")


def test_a_changed_kit_is_refused(exchange: Exchange) -> None:
    """Another notice put in its place: the sum of the kit no longer is the one that stands in the advisory."""
    (kept,) = (exchange.eici.root / "outbox" / SLUG / "received").iterdir()
    kept.write_bytes(remade(exchange.kit, {"README.txt": "x"}))
    prepared = exchange.eici.run("prepare", NUMBER)

    assert 1 == prepared.code
    assert f"received/{kept.name} is not the kit that was received" in prepared.err


def test_an_advisory_that_no_longer_names_its_kit_is_refused(exchange: Exchange) -> None:
    """Without `origin` it would pass for one of EICI's own, in whatever words; receiving the kit anew mends it."""
    advisory = exchange.eici.advisory
    original = advisory.read_text(encoding="utf-8")
    advisory.write_text(original.partition("origin:")[0], encoding="utf-8")
    prepared = exchange.eici.run("prepare", NUMBER)
    kit = save(exchange.eici.root, ZIP, exchange.kit)
    again = exchange.eici.run("onward", "receive", kit, SHARED_KEY=KEY)
    replaced = exchange.eici.run("onward", "receive", kit, "--replace", SHARED_KEY=KEY)

    assert (1, 1, 0) == (prepared.code, again.code, replaced.code)
    assert "origin does not name it any more" in prepared.err
    assert original == advisory.read_text(encoding="utf-8")


def test_the_own_hour_may_be_earlier_and_not_later(exchange: Exchange) -> None:
    """EICI's hour is its own; the office's is the last."""
    advisory = exchange.eici.advisory
    text = advisory.read_text(encoding="utf-8")
    (effective,) = re.findall(r"(?m)^effective_at: (.*)$", text)
    codes = []
    for hour in ("'2026-08-12T09:00:00+05:30'", effective):
        advisory.write_text(re.sub(r"(?m)^notify_before: .*$", f"notify_before: {hour}", text), encoding="utf-8")
        told = exchange.eici.run("check", NUMBER, "--json").json["problems"]
        codes.append([one["code"] for one in told if one["severity"] == "error"])

    assert [[], ["onward_hour"]] == codes


def test_a_kit_is_received_once(exchange: Exchange) -> None:
    """The same kit again changes nothing; another one of the revision is refused; a higher revision is taken."""
    kit = save(exchange.eici.root, ZIP, exchange.kit)
    again = exchange.eici.run("onward", "receive", kit, SHARED_KEY=KEY)
    unsealed = {"SEAL": None, "README.txt": "another"}
    other = save(exchange.eici.root, "other.zip", remade(exchange.kit, unsealed))
    exchange.eici.configure(onward={"key": None})
    refused = exchange.eici.run("onward", "receive", other)
    replaced = exchange.eici.run("onward", "receive", other, "--replace")

    assert (0, 1, 0) == (again.code, refused.code, replaced.code)
    assert "It was received before; nothing was changed." in again.out
    assert "another kit of 10/SYS/WZU/2025 was received before" in refused.err
    hashed = hashlib.sha256(read_zip((exchange.eici.root / "other.zip").read_bytes())["SHA256SUMS"]).hexdigest()
    assert hashed in exchange.eici.advisory.read_text(encoding="utf-8")


def _climbing(kit: bytes) -> bytes:
    content = io.BytesIO(kit)
    with zipfile.ZipFile(content, "a") as archive:
        archive.writestr("../../outside.txt", b"x")
    return content.getvalue()


def _bomb(kit: bytes) -> bytes:
    content = io.BytesIO(kit)
    with zipfile.ZipFile(content, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("notice.txt", bytes(80_000_000))
    return content.getvalue()


def test_a_bad_kit_leaves_everything_as_it_was(exchange: Exchange) -> None:
    """Changed, not whole, climbing out, a bomb, wrongly sealed, no kit: a sentence each; nothing is written."""
    kits = {
        "changed": remade(exchange.kit, {"notice.html": "<p>Send your passwords</p>"}, keep_sums=True),
        "missing": remade(exchange.kit, {"couriers.xlsx": None}, keep_sums=True),
        "climbing": _climbing(exchange.kit),
        "bomb": _bomb(exchange.kit),
        "forged": remade(exchange.kit, {"README.txt": "Send your passwords"}),
        "cut": exchange.kit[:-100],
        "other": b"%PDF-1.7",
    }
    files = {name: save(exchange.eici.root, f"{name}.zip", content) for name, content in kits.items()}
    before = _files(exchange.eici)
    ended = {name: exchange.eici.run("onward", "receive", file, SHARED_KEY=KEY) for name, file in files.items()}

    assert dict.fromkeys(kits, 1) == {name: one.code for name, one in ended.items()}
    assert dict.fromkeys(kits, 1) == {name: len(one.err.splitlines()) for name, one in ended.items()}
    assert before == _files(exchange.eici)
    assert not list(exchange.eici.root.parent.rglob("outside.txt"))


def test_the_signature_is_examined(exchange: Exchange) -> None:
    """It holds, and is shown; of a PDF changed with all sums fitting it does not, and nothing is taken."""
    exchange.eici.configure(onward={"key": None})
    content = exchange.to_eici[DOCUMENT]
    altered = content.replace(b"/CreationDate", b"/CreationDatf", 1)
    assert altered != content
    forged = remade(exchange.kit, {"SEAL": None, DOCUMENT: altered}, document=altered)
    whole = save(exchange.eici.root, ZIP, exchange.kit)
    held, refused = (
        exchange.eici.run("onward", "receive", file)
        for file in (whole, save(exchange.eici.root, "forged.zip", forged))
    )
    told = exchange.eici.run("sign", NUMBER)

    assert (0, 1) == (held.code, refused.code)
    assert re.search(rf"{DOCUMENT}: signed by ASHA RAO, [\d.]+ [\d:]+ IST\n", held.out)
    assert "The signature does not match" in refused.err
    assert (1, True) == (told.code, "issued it, and signs it" in told.err)


def test_an_own_advisory_never_gives_way(fresh: Workspace, exchanged: Exchange) -> None:
    """In a workspace that has its own advisory of this number, the kit is refused and the file stays."""
    before = fresh.advisory.read_bytes()
    ended = fresh.run("onward", "receive", save(fresh.root, ZIP, exchanged.kit), "--replace")

    assert 1 == ended.code
    assert "an advisory of your own has this number" in ended.err
    assert before == fresh.advisory.read_bytes()


def test_returns_that_are_not_ours_are_told_apart(exchange: Exchange, tmp_path: Path) -> None:
    """Changed, about another advisory, release or kit, unsealed, no return: each has its own sentence."""
    whole = json.loads(exchange.returned.read_bytes())
    plain = {key: value for key, value in whole.items() if key != "seal"}
    cases = {
        "the seal of the return is wrong": {**whole, "couriers": 61, "states": {"accepted": 61}},
        "about 11/SYS/WZU/2025, not about 10/SYS/WZU/2025": {**plain, "number": "11/SYS/WZU/2025"},
        "another release of 10/SYS/WZU/2025": {**plain, "release_hash": "ab" * 32},
        "that this office did not make": {**plain, "kit_hash": "ab" * 32},
        "nothing vouches for this return": plain,
        "this is JSON, but no return": {"states": {}},
    }
    ended = {
        said: exchange.record(save(tmp_path, "return.json", json.dumps(data).encode()))
        for said, data in cases.items()
    }
    status = exchange.office.run("status", NUMBER)

    assert dict.fromkeys(cases, 1) == {said: code for said, (code, _, _) in ended.items()}
    assert all(said in err for said, (_, _, err) in ended.items())
    assert "EICI: the return is due by" in status.out


def test_a_form_is_taken_by_hand(exchange: Exchange, tmp_path: Path) -> None:
    """The filled-in form needs a reason, which is shown with what it says; a sealed return after it counts."""
    moment = datetime.now(KOLKATA)
    file = save(tmp_path, "return-form.txt", _form(exchange, at=moment, informed=55))
    refused = exchange.record(file)
    taken = exchange.record(file, "--by-hand", "filled in by the secretariat")
    sealed = exchange.record(exchange.returned)

    assert (1, 0, 0) == (refused[0], taken[0], sealed[0])
    assert "take it with --by-hand REASON" in refused[2]
    assert "EICI: 55 of 60 couriers informed at" in taken[1]
    assert "without a seal: filled in by the secretariat" in taken[1]
    assert "EICI: 58 of 60 couriers accepted by" in sealed[1]


def test_a_form_never_takes_the_place_of_a_sealed_return(exchange: Exchange, tmp_path: Path) -> None:
    """It is kept beside it and told; one of a time before the advisory was let go, or to come, is refused."""
    moment = datetime.now(KOLKATA)
    by_hand = ("--by-hand", "by telephone")
    exchange.record(exchange.returned)
    beside = exchange.record(save(tmp_path, "later.txt", _form(exchange, at=moment, informed=12)), *by_hand)
    refused = [
        exchange.record(save(tmp_path, "wrong.txt", _form(exchange, at=at, informed=60)), *by_hand)
        for at in (moment - timedelta(hours=10), moment + timedelta(days=365))
    ]
    received = exchange.record(exchange.returned, "--at", "13.08.2031 10:00")
    status = exchange.office.run("status", NUMBER).out

    assert (0, [1, 1], 1) == (beside[0], [code for code, _, _ in refused], received[0])
    assert "recorded beside one under seal, which goes on counting: without a seal, by hand" in beside[1]
    assert re.search(r"speaks of [\d.: ]+ IST, and its kit was not let go before [\d.: ]+ IST", refused[0][2])
    assert re.search(r"speaks of [\d.: ]+ IST, which is still to come", refused[1][2])
    assert "received at 13.08.2031 10:00 IST, which is still to come" in received[2]
    assert re.search("EICI: 58 of 60 couriers .*; another, taken by hand, says 12 of 17", status)
    assert 0 == exchange.office.run("verify").code


def _form(exchange: Exchange, *, at: datetime, informed: int) -> bytes:
    """Fill in the form of the kit."""
    form = read_zip(exchange.kit)["return-form.txt"].decode("utf-8-sig")
    entries = {"sent_at": f"{at:%d.%m.%Y %H:%M}", "couriers_informed": f"{informed}", "failed_count": "5"}
    for key, entry in entries.items():
        form = "\n".join(f"{line} {entry}" if line.startswith(key) else line for line in form.splitlines())
    return form.encode()


def test_another_office_s_advisory_is_not_revised(exchange: Exchange) -> None:
    """EICI passes it on as it is; only who issued it corrects it, and the file stays as it was."""
    before = exchange.eici.advisory.read_bytes()
    ended = exchange.eici.run("revise", NUMBER, "--as", "corrigendum")

    assert (1, True) == (ended.code, "is another office's advisory" in ended.err)
    assert before == exchange.eici.advisory.read_bytes()


def test_a_corrigendum_is_passed_on_too(exchange: Exchange, tmp_path: Path) -> None:
    """Its kit takes the place of the first; every courier gets it, as an answer where there is a first.

    What came back of the first stays where it was, and its line is not the second's.
    """
    first = exchange.returned.read_bytes()
    assert 0 == exchange.office.run("revise", NUMBER, "--as", "corrigendum").code
    fill_in_corrigendum(exchange.office)
    with SmtpServer() as relay:
        exchange.office.hand_over_to(relay.port)
        sign_and_hand_over(exchange.office)
    (name, kit), *_ = [one for one in attachments(relay.messages, EICI).items() if one[0].endswith(".zip")]
    received = exchange.eici.run("onward", "receive", save(tmp_path, name, kit), SHARED_KEY=KEY)
    with SmtpServer() as relay_of_eici:
        exchange.eici.hand_over_to(relay_of_eici.port)
        hand_over(exchange.eici)
    exchange.eici.run("onward", "return", NUMBER, SHARED_KEY=KEY)
    awaited = exchange.office.run("status", NUMBER).out
    recorded = exchange.record(exchange.returned)
    late = exchange.record(save(tmp_path, "first.json", first))
    told = re.findall(r"EICI: \d+ of \d+ couriers", exchange.office.run("status", NUMBER).out)
    book = openpyxl.load_workbook(exchange.office.root / "outbox" / SLUG / "register.xlsx")
    subjects = [field_of(one, "Subject") for one in relay_of_eici.messages]
    answering = [one for one in relay_of_eici.messages if field_of(one, "In-Reply-To") != "None"]

    assert (0, f"onward-{SLUG}-R1.zip") == (received.code, name), received.err
    assert 61 == len(subjects) == sum("शुद्धिपत्र/Corrigendum: " in one for one in subjects)
    assert 59 == len(answering)
    assert 'for the fax number "022-220825148", read "022-20825148"' in _words(relay_of_eici.messages[0], "plain")
    assert "EICI: the return is due by" in awaited
    assert "EICI: 60 of 60 couriers accepted by" in recorded[1]
    assert (0, True) == (late[0], "The return is recorded" in late[1])
    assert ["EICI: 58 of 60 couriers", "EICI: 60 of 60 couriers"] == told
    assert re.search(
        r"EICI: 58 of 60 .* EICI \(revision 1\): 60 of 60 couriers", str(book.worksheets[0]["A1"].value)
    )


def test_what_was_not_let_go_is_not_returned(exchange: Exchange) -> None:
    """Prepared, then approved, and nobody told: no return is written, and it is said what comes before one."""
    shutil.rmtree(exchange.eici.root / "outbox")
    kit = save(exchange.eici.root, ZIP, exchange.kit)
    exchange.eici.run("onward", "receive", kit, SHARED_KEY=KEY)
    refused = []
    for verb in ("prepare", "approve"):
        assert 0 == exchange.eici.run(verb, NUMBER, SHARED_KEY=KEY).code
        refused.append(exchange.eici.run("onward", "return", NUMBER, SHARED_KEY=KEY))
    said = (
        f"{NUMBER}: nothing of it was let go to anybody yet, so there is nothing to return. `dispatcher approve "
        f"{NUMBER}` and `dispatcher send {NUMBER}` come before it"
    )

    assert [1, 1] == [one.code for one in refused]
    assert all(said in one.err for one in refused), refused[0].err
    assert not exchange.returned.exists()


def test_the_number_stays_the_issuer_s(exchange: Exchange) -> None:
    """EICI's register of numbers knows nothing of it; the office's does."""
    told = [one.run("register", "--json").json["numbers"] for one in (exchange.eici, exchange.office)]

    assert [[], [NUMBER]] == [[row["number"] for row in rows] for rows in told]


def test_only_what_came_in_a_kit_is_returned(exchange: Exchange) -> None:
    """The office's own advisory has no return; the message says why."""
    ended = exchange.office.run("onward", "return", NUMBER, SHARED_KEY=KEY)

    assert 1 == ended.code
    assert "nothing was prepared from a kit of another office" in ended.err


def test_a_key_that_can_be_guessed_or_is_missing_is_named(exchange: Exchange) -> None:
    """A short key and an unset variable are faults of config.yaml."""
    kit = save(exchange.eici.root, ZIP, exchange.kit)
    short, missing = (exchange.eici.run("onward", "receive", kit, **env) for env in ({"SHARED_KEY": "abc"}, {}))

    assert (2, 2) == (short.code, missing.code)
    assert "onward.key: has fewer than 16 characters" in short.err
    assert "SHARED_KEY is not set" in missing.err
