"""Certificates and keys that config.yaml names, as `doctor` and `check` tell of them before they are needed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.certificates import PASSPHRASE, authority
from tests.smtp_server import SmtpServer
from tests.workspaces import NUMBER

if TYPE_CHECKING:
    from tests.workspaces import Workspace

NOW = datetime.now(UTC)
DAY = timedelta(days=1)
VARIABLE = "ONWARD_PASSPHRASE"
STEPS = {"signature_roots", "sign_with", "signed_by_roots", "relay_authority", "website_authority", "secret_files"}


def _sign_with(workspace: Workspace, *, ends: datetime) -> None:
    """Have the workspace sign returns with a key whose certificate ends then."""
    file = workspace.root / "key.p12"
    file.write_bytes(authority().person("A Person", ends=ends).p12())
    file.chmod(0o600)
    workspace.configure(onward={"sign_with": {"p12": "key.p12", "passphrase": {"env": VARIABLE}}})


def _examined(workspace: Workspace, **changes: str) -> dict[str, tuple[str, str]]:
    """Return grade and words of `doctor` on each certificate or key."""
    with SmtpServer() as server:
        workspace.hand_over_to(server.port)
        found = workspace.run("doctor", "--json", **changes).json["findings"]
    return {one["step"]: (one["severity"], one["found"]) for one in found if one["step"] in STEPS}


def _checked(workspace: Workspace, **changes: str) -> list[dict[str, Any]]:
    """Return what `check` says of certificates and keys."""
    problems = workspace.run("check", NUMBER, "--json", **changes).json["problems"]
    return [one for one in problems if one["code"].startswith("credential_")]


def test_nothing_is_said_where_none_is_named(fresh: Workspace) -> None:
    """A workspace without certificates of its own hears nothing of them."""
    assert {} == _examined(fresh)
    assert [] == _checked(fresh)


def test_an_expired_root_is_a_fault_of_doctor(fresh: Workspace) -> None:
    """`doctor` ends with 1 for a root that has expired; `check` warns in both languages and stops for nothing."""
    (fresh.root / "root.pem").write_bytes(authority("Old Root", ends=NOW - DAY).pem)
    fresh.configure(signature={"roots": ["root.pem"]})
    with SmtpServer() as server:
        fresh.hand_over_to(server.port)
        ended = fresh.run("doctor")

    (told,) = _checked(fresh)
    assert 1 == ended.code
    assert "fault         Roots of signatures (signature.roots): root.pem: Old Root: expired, at " in ended.out
    assert ("warning", "credential_expired", "signature.roots") == (told["severity"], told["code"], told["column"])
    assert {"hi", "en"} == told["message"].keys()


def test_a_key_that_ends_within_days_is_a_warning(fresh: Workspace) -> None:
    """`doctor` warns of a certificate with less than 30 days; `check` where it ends before the advisory's hour."""
    hour = 10 * DAY
    fresh.put_off(effective_at=hour, notify_before=hour, useful_until=20 * DAY)
    secret = {VARIABLE: PASSPHRASE}
    _sign_with(fresh, ends=NOW + 8 * DAY)
    grade, found = _examined(fresh, **secret)["sign_with"]
    early = _checked(fresh, **secret)
    _sign_with(fresh, ends=NOW + 12 * DAY)
    late = _checked(fresh, **secret)

    assert "warning" == grade
    assert "key.p12: A Person: valid until " in found
    assert [("warning", "credential_ends_before")] == [(one["severity"], one["code"]) for one in early]
    assert [] == late


def test_a_key_whose_passphrase_is_elsewhere_is_not_examined(fresh: Workspace) -> None:
    """Without the passphrase `doctor` says that it could not look, `check` notes it; neither asks for it."""
    _sign_with(fresh, ends=NOW - DAY)
    grade, found = _examined(fresh)["sign_with"]
    (told,) = _checked(fresh)

    assert "not examined" == grade
    assert VARIABLE in found
    assert ("note", "credential_unexamined") == (told["severity"], told["code"])


def test_each_file_that_is_named_is_looked_at(fresh: Workspace) -> None:
    """Roots of returns, authorities of relay and website, files with secrets, whether needed or not."""
    (fresh.root / "root.pem").write_bytes(authority(ends=NOW + 5 * DAY).pem)
    (fresh.root / "authority.der").write_bytes(authority().der)
    (fresh.root / "secret").write_text("a key of sixteen characters", encoding="utf-8")
    (fresh.root / "secret").chmod(0o640)
    fresh.configure(
        onward={"signed_by": {"name": "A Person", "roots": ["root.pem"]}, "key": {"file": "secret"}},
        website={"ca_file": "none.pem"},
        relay={"ca_file": "authority.der"},
    )
    examined = _examined(fresh)

    assert {
        "signed_by_roots": "warning",
        "relay_authority": "fault",
        "website_authority": "fault",
        "secret_files": "warning",
    } == {step: grade for step, (grade, _found) in examined.items()}
    assert "No such file" in examined["website_authority"][1]
