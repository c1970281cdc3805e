"""Where the office asks for it, each Commissioner's mail brings a public notice that only wants a number."""

from __future__ import annotations

from email import message_from_bytes, policy
from typing import TYPE_CHECKING

import pytest

from dispatcher.files import write_atomically
from tests.workspaces import NUMBER, SLUG, Workspace, copy

if TYPE_CHECKING:
    from email.message import EmailMessage
    from pathlib import Path

NAMES = [f"public-notice-{SLUG}.docx", f"public-notice-{SLUG}.txt"]


@pytest.fixture(scope="module")
def asking(begun: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return a workspace whose Commissioners get the kit, rehearsed; not to be changed."""
    made = copy(begun, tmp_path_factory.mktemp("asking"))
    text = made.config.read_text(encoding="utf-8")
    asked = text.replace("note: commissioners}", "note: commissioners, kit: notice_draft}")
    write_atomically(made.config, asked.encode())
    ended = made.run("rehearse", NUMBER)
    assert 0 == ended.code, ended.err
    return made


def _received(workspace: Workspace) -> list[EmailMessage]:
    folder: Path = workspace.root / "outbox" / SLUG / "rehearsal" / "received"
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in sorted(folder.glob("*.eml"))]


def _attached(message: EmailMessage) -> list[str]:
    return [part.get_filename() or "" for part in message.iter_attachments()]


def test_the_main_address_of_each_commissioner_gets_it(asking: Workspace) -> None:
    """Nine of them, one for each terminal; no further address and no other audience."""
    given = [message for message in _received(asking) if NAMES[0] in _attached(message)]

    assert 9 == len(given)
    assert all(str(message["To"]).startswith(("commr-", "jc-")) for message in given)
    assert {NAMES[0], NAMES[1]} <= set(_attached(given[0]))


def test_the_note_speaks_of_it_where_it_is(asking: Workspace) -> None:
    """In both languages, and nowhere else."""
    for message in _received(asking):
        body = message.get_body(("plain",))
        assert body is not None
        text = " ".join(body.get_content().split())
        given = NAMES[0] in _attached(message)

        assert given == ("A draft public notice (Hindi and English) is enclosed" in text)
        assert given == ("सार्वजनिक सूचना का प्रारूप (हिंदी एवं अंग्रेज़ी) संलग्न है" in text)


def test_prepare_puts_it_beside_the_advisory(asking: Workspace, tmp_path: Path) -> None:
    """The frozen files, the ones that are mailed, lie in a folder of the kit's name."""
    workspace = copy(asking, tmp_path)
    ended = workspace.run("prepare", NUMBER)
    folder = workspace.root / "outbox" / SLUG / "notice_draft"

    assert 0 == ended.code, ended.err
    assert NAMES == sorted(path.name for path in folder.iterdir())


def test_a_notice_that_differs_in_its_languages_does_not_go(asking: Workspace, tmp_path: Path) -> None:
    """`check` names the two templates and both values, `prepare` refuses and writes nothing."""
    workspace = copy(asking, tmp_path)
    template = workspace.root / "templates" / "notice" / "hi.j2"
    template.write_text(template.read_text(encoding="utf-8") + "line | 14.08.2025\n", encoding="utf-8")
    checked, prepared = workspace.run("check", NUMBER, "--json"), workspace.run("prepare", NUMBER)
    told = [one for one in checked.json["problems"] if one["severity"] == "error"]

    assert (1, 1) == (checked.code, prepared.code)
    assert ["parity_templates_differ"] * 2 == [one["code"] for one in told]
    assert {"14.08.2025 | –"} < {one["value"] for one in told}
    assert "templates/notice/hi.j2 and templates/notice/en.j2" in told[0]["message"]["en"]
    assert "14.08.2025" in prepared.err + prepared.out
    assert not (workspace.root / "outbox" / SLUG / "notice_draft").exists()
