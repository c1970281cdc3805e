"""What is wrong is said in a sentence that names the thing, with the exit code for it; never a traceback."""

from __future__ import annotations

import base64
import re
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from tests.patience import PATIENCE
from tests.smtp_server import EXTENSIONS, HOST, Act, SmtpServer
from tests.workspaces import DISPATCHER, NUMBER, Workspace, copy, environment

if TYPE_CHECKING:
    from tests.workspaces import Ended

PASSWORD = "open-sesame"
DEVANAGARI = re.compile(r"[\u0900-\u097f]")


@pytest.fixture(scope="module")
def unchanged(begun: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Give a workspace for commands that end before they write anything."""
    return copy(begun, tmp_path_factory.mktemp("unchanged"))


def _sentences(ended: Ended) -> str:
    """Return what was said beside the results, which must be something and no traceback."""
    assert ended.err.strip()
    assert "Traceback" not in ended.err
    return ended.err


def test_a_misspelt_kind_is_refused(fresh: Workspace) -> None:
    """`check` names the kind that may be meant, and all there are; an own one is known by its starter text."""
    text = fresh.advisory.read_text(encoding="utf-8")
    fresh.advisory.write_text(text.replace("kind: password_expiry", "kind: passwordexpiry"), encoding="utf-8")
    refused = fresh.run("check", NUMBER, "--json")
    starters = fresh.root / "templates" / "advisories"
    (starters / "passwordexpiry.yaml").write_text("# Own\nkind: passwordexpiry\n", encoding="utf-8")
    taken = fresh.run("check", NUMBER, "--json")

    (problem,) = [one for one in refused.json["problems"] if one["severity"] == "error"]
    assert (1, "advisory_kind_misspelt", "kind") == (refused.code, problem["code"], problem["column"])
    assert "Did you mean password_expiry?" in problem["message"]["en"]
    assert "contact_change, downtime_planned, go_live" in problem["message"]["hi"]
    assert 0 == taken.code, taken.out


def test_an_answer_to_no_question_is_a_warning(fresh: Workspace) -> None:
    """`check` names an answer whose code it does not know; nothing stops for it."""
    text = fresh.advisory.read_text(encoding="utf-8")
    fresh.advisory.write_text(text.replace("code: lint_lead_time", "code: lint_nonsense"), encoding="utf-8")
    checked = fresh.run("check", NUMBER, "--json")

    assert ("warning", "lint_nonsense") in [
        (one["severity"], one["value"]) for one in checked.json["problems"] if one["code"] == "answer_unknown"
    ]


def test_every_wrong_setting_is_named_at_once(fresh: Workspace) -> None:
    """Exit 2; a line for each wrong key of config.yaml; a password that stands there is not repeated."""
    text = fresh.config.read_text(encoding="utf-8")
    for good, bad in (
        ("max_connections: 5", "max_conections: 5"),
        ("{env: DISPATCHER_RELAY_PASSWORD}", PASSWORD),
        ("port: 2525", "port: twenty-five"),
    ):
        text = text.replace(good, bad)
    fresh.config.write_text(text, encoding="utf-8")
    ended = fresh.run("status")

    sentences = _sentences(ended)
    assert (2, "") == (ended.code, ended.out)
    assert "config.yaml: relay.max_conections: unknown key; did you mean max_connections?" in sentences
    assert (
        "config.yaml: relay.password: must not stand here itself; write {env: NAME} or {file: PATH}" in sentences
    )
    assert "config.yaml: relay.port: " in sentences
    assert 3 == len(sentences.splitlines())
    assert PASSWORD not in sentences


@pytest.mark.parametrize("content", [b"office: [", b"\xff\xfe\x00", b""], ids=["not-yaml", "not-utf8", "empty"])
def test_settings_that_cannot_be_read_are_named(fresh: Workspace, content: bytes) -> None:
    """Exit 2 and the file's name for a config.yaml that is not YAML, not UTF-8 or empty."""
    fresh.config.write_bytes(content)
    ended = fresh.run("status")

    assert 2 == ended.code
    assert _sentences(ended).startswith("config.yaml: ")


def test_outside_a_workspace_a_command_says_how_to_begin(tmp_path: Path) -> None:
    """Exit 2 and the way to a workspace where no config.yaml is found."""
    ended = Workspace(tmp_path).run("status")

    assert 2 == ended.code
    assert "dispatcher init DIR" in _sentences(ended)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "99/SYS/WZU/2025"], r"no advisory 99/SYS/WZU/2025: .*10-SYS-WZU-2025"),
        (["rehearse", NUMBER, "--as-of", "yesterday"], r"yesterday is not a time; write it as 20"),
        (["check", "--sheet", "x.xlsx"], r"--sheet and --audience go together"),
        (["hold", NUMBER], r"Missing option '--reason'"),
        (["frobnicate"], r"No such command 'frobnicate'"),
        (["init", "."], r"is not an empty folder"),
    ],
    ids=["advisory", "time", "pair", "reason", "command", "folder"],
)
def test_wrong_usage_is_named(unchanged: Workspace, arguments: list[str], said: str) -> None:
    """Exit 2 and what to write instead, for an advisory, a time, an option or a command that is not there."""
    ended = unchanged.run(*arguments)

    assert 2 == ended.code
    assert re.search(said, _sentences(ended))


def test_a_letter_that_the_pdf_cannot_show_is_told(fresh: Workspace) -> None:
    """Exit 1 from `preview` and `check`, and a sentence that names the letter and the text in which it stands."""
    text = fresh.advisory.read_text(encoding="utf-8")
    fresh.advisory.write_text(text.replace("Hence, in order", "Hence ✓ in order"), encoding="utf-8")
    previewed, checked = fresh.run("preview", NUMBER), fresh.run("check", NUMBER, "--json")
    said = "The PDF has no letter for ✓ (U+2713): replace it in the text “Hence ✓ in order"
    told = [one for one in checked.json["problems"] if one["severity"] == "error"]

    assert (1, "") == (previewed.code, previewed.out)
    assert said in _sentences(previewed)
    assert 1 == checked.code
    assert 1 == len(told)
    assert said in told[0]["value"]


def test_faulty_sheet_template_and_advisory_are_told_in_both_languages(fresh: Workspace) -> None:
    """Exit 1; each fault of sheet, template and advisory with its place, Hindi first; nothing is prepared."""
    sheet = fresh.root / "recipients" / "custodians.xlsx"
    book = openpyxl.load_workbook(sheet)
    book.worksheets[0]["F4"] = "courier-bom@@customs.example"
    book.save(sheet)
    note = fresh.root / "templates" / "notes" / "eici" / "en.j2"
    note.write_text("{{ nosuch }}", encoding="utf-8")
    ended = fresh.run("prepare", NUMBER)
    sentences = _sentences(ended)
    fresh.advisory.write_text("number: [", encoding="utf-8")
    broken = fresh.run("check", NUMBER)

    assert (1, 1) == (ended.code, broken.code)
    for fault in ("courier-bom@@customs.example", "nosuch is not a known value"):
        hindi, english, *_ = [line for line in sentences.splitlines() if fault in line]
        assert DEVANAGARI.search(hindi)
        assert not DEVANAGARI.search(english)
    assert "F4" in sentences
    assert "templates/notes/eici/en.j2, line 1" in sentences
    assert "advisory.yaml" in broken.out
    assert "Traceback" not in broken.out + broken.err
    assert not (fresh.root / "outbox" / "outbox.db").exists()


@pytest.mark.parametrize("spoilt", ["head", "middle", "folder"])
def test_a_corrupt_store_is_one_sentence(ready: Workspace, spoilt: str) -> None:
    """Exit 1 and the store's path where it is no database, is damaged or is a folder; nothing is handed over."""
    store = ready.root / "outbox" / "outbox.db"
    content = store.read_bytes()
    for path in store.parent.glob("outbox.db*"):
        path.unlink()
    if spoilt == "folder":
        store.mkdir()
    else:
        start = 0 if spoilt == "head" else 8192
        store.write_bytes(content[:start] + b"\xa5" * 65536 + content[start + 65536 :])
    with SmtpServer() as server:
        ready.hand_over_to(server.port)
        ended = ready.run("send", NUMBER)

    sentences = _sentences(ended)
    assert (1, 1) == (ended.code, len(sentences.splitlines()))
    assert f"the store {store}" in sentences
    assert [] == server.messages


RELAYS: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({"faults": {"greeting": b"\x00\xff garbage\r\n" * 3}}, {}, "is not an SMTP server"),
    ({"faults": {"greeting": Act.SILENCE}}, {}, "does not answer"),
    ({"faults": {"greeting": Act.DROP}}, {}, "is not reachable"),
    ({"extensions": (*EXTENSIONS, "AUTH PLAIN LOGIN")}, {"security": "starttls"}, "offers no STARTTLS"),
    ({"faults": {"content": Act.DROP}}, {"max_connections": 1}, "in doubt"),
]


@pytest.mark.parametrize(("server", "relay", "said"), RELAYS, ids=[said for _, _, said in RELAYS])
def test_a_relay_that_cannot_be_used_is_one_sentence(
    ready: Workspace, server: dict[str, Any], relay: dict[str, Any], said: str
) -> None:
    """Exit 1 with the relay's name and what is wrong; no hang, and no password on an unprotected wire."""
    with SmtpServer(**server) as running:
        login = {"username": "systems"} if "security" in relay else {}
        ready.hand_over_to(running.port, **relay, **login)
        ended = ready.run("send", NUMBER, "--once", DISPATCHER_RELAY_PASSWORD=PASSWORD)

    sentences = _sentences(ended)
    heard = b"".join(running.log)
    assert (1, 1) == (ended.code, len(sentences.splitlines()))
    assert f"{HOST}:{running.port}" in sentences
    assert said in sentences
    assert b"AUTH" not in heard
    assert base64.b64encode(PASSWORD.encode()) not in heard


def test_a_relay_that_is_not_there_is_one_sentence(ready: Workspace) -> None:
    """Exit 1 where nothing listens; every delivery still waits."""
    with socket.create_server((HOST, 0)) as unused:
        port = unused.getsockname()[1]
    ready.hand_over_to(port)
    ended = ready.run("send", NUMBER, "--once")
    states = ready.run("status", NUMBER, "--json").json["states"]

    assert (1, ["queued"]) == (ended.code, list(states))
    assert f"{HOST}:{port} is not reachable" in _sentences(ended)


@pytest.mark.skipif(not Path("/dev/full").is_char_device(), reason="needs a device that is always full")
def test_an_output_that_cannot_be_written_is_one_sentence(ready: Workspace) -> None:
    """Exit 1 for a full disk, exit 2 for an output that is no file, which is not replaced by one."""
    with Path("/dev/full").open("wb") as full:
        ended = subprocess.run(
            [DISPATCHER, "report", NUMBER, "--format", "csv"],
            cwd=ready.root, env=environment(), stdout=full, stderr=subprocess.PIPE, text=True,
            timeout=PATIENCE, check=False,
        )  # fmt: skip
    folder = ready.run("report", NUMBER, "--output", "recipients")

    assert 1 == ended.returncode
    assert "No space left" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert 2 == folder.code
    assert "recipients is not a file" in _sentences(folder)


@pytest.mark.parametrize("arguments", [["send", NUMBER, "--late", " "], ["hold", NUMBER, "--reason", ""]])
def test_a_blank_reason_answers_nothing(unchanged: Workspace, arguments: list[str]) -> None:
    """Exit 2: a gate is not opened by an empty answer."""
    ended = unchanged.run(*arguments)

    assert 2 == ended.code
    assert "give the reason in words" in _sentences(ended)


def test_a_subject_without_the_number_is_refused(fresh: Workspace) -> None:
    """Exit 1 at `check`: nothing goes out under an empty subject."""
    (fresh.root / "templates" / "mail" / "subject.j2").write_text("", encoding="utf-8")
    ended = fresh.run("check", NUMBER)

    assert 1 == ended.code
    assert "templates/mail/subject.j2" in ended.out
