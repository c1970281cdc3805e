"""A dispatcher is alive as long as its process is: the lock file tells, however the process ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from dispatcher.outbox.owners import Owner, has_ended, is_dead, lock_path, session_key, writing_owner
from tests.drafts import ROOT
from tests.outboxes import fresh_store

if TYPE_CHECKING:
    from pathlib import Path

_HOLD = """
import sys
from pathlib import Path
from dispatcher.outbox.owners import Owner
owner = Owner(Path(sys.argv[1]))
print(owner.id, flush=True)
sys.stdin.read()
"""


def test_owner_lives_until_it_is_closed(tmp_path: Path) -> None:
    """An owner is alive while it is open, dead afterwards, and leaves no file behind."""
    owner = Owner(tmp_path)
    during = is_dead(tmp_path, owner.id)
    owner.close()

    assert not during
    assert is_dead(tmp_path, owner.id)
    assert [] == list(tmp_path.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="groups are a matter of POSIX")
@pytest.mark.parametrize(("folder", "mode"), [(0o700, 0o600), (0o2770, 0o660)])
def test_the_group_that_may_write_the_folder_may_look_whether_an_owner_lives(
    tmp_path: Path, folder: int, mode: int
) -> None:
    """An approver with another account than the sender's tells a living dispatcher from a dead one."""
    tmp_path.chmod(folder)
    owner = Owner(tmp_path)
    found = lock_path(tmp_path, owner.id).stat().st_mode & 0o777
    owner.close()

    assert mode == found


def test_owners_differ(tmp_path: Path) -> None:
    """Two owners of one process are told apart."""
    first, second = Owner(tmp_path), Owner(tmp_path)
    first.close()
    alive = is_dead(tmp_path, second.id)
    second.close()

    assert first.id != second.id
    assert not alive


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_killed_process_is_dead_at_once(tmp_path: Path, how: signal.Signals) -> None:
    """A process that is killed is known to be dead as soon as it is gone, and its lock file is cleared away."""
    command = [sys.executable, "-c", _HOLD, str(tmp_path)]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        owner_id = process.stdout.readline().decode().strip()
        alive = not is_dead(tmp_path, owner_id)
        kept = lock_path(tmp_path, owner_id).exists()
        process.send_signal(how)
        process.wait()
        dead = is_dead(tmp_path, owner_id)

    assert alive
    assert kept
    assert dead
    assert not lock_path(tmp_path, owner_id).exists()


def test_name_of_the_machine_does_not_matter(tmp_path: Path) -> None:
    """What a dispatcher left on this disk while the machine had another name is not left for ever."""
    assert is_dead(tmp_path, "former-name:4711-deadbeef")


def test_nothing_is_known_of_owners_on_a_server() -> None:
    """Beside a server there are no lock files: nobody is declared dead, leases run out instead."""
    owner = Owner(None)
    owner.close()

    assert not is_dead(None, owner.id)


def test_who_writes_a_release_is_there_until_it_is_written(tmp_path: Path) -> None:
    """Beside an SQLite file that is told by its lock file, and no file is left behind."""
    database = fresh_store(tmp_path)
    with writing_owner(database) as owner:
        during = has_ended(database, owner)
    after = has_ended(database, owner)
    database.close()

    assert (False, True) == (during, after)
    assert [] == list(tmp_path.glob("owner-*"))


def test_keys_of_sessions_are_of_64_bits_and_differ() -> None:
    """PostgreSQL's advisory locks are numbers: each owner has one of its own, always the same."""
    ids = [f"office:{n}-deadbeef" for n in range(1000)]
    found = [session_key(one) for one in ids]

    assert 1000 == len(set(found))
    assert min(found) < 0 < max(found)
    assert all(-(2**63) <= one < 2**63 for one in found)
    assert found[0] == session_key(ids[0])
