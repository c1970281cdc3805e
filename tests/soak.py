"""`make soak`: rounds of kills, drops, refusals and doubled dispatchers, each judged by the relay's own notes.

    python -m tests.soak --minutes 30 --seed 7

A round takes one approved release to its end: sends are started, one or two at once, and killed with -9 at random
moments; the relay offers PIPELINING or not, drops connections and puts recipients off. Nobody may be lost or told
twice, a kill may leave two deliveries for each connection in doubt and no more, every state must be one that the
relay's notes confirm, and `verify` must find nothing.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from dispatcher.delivery.sender import LARGE
from tests.killing import KeepingServer, contradictions, kill_in_mid_run, states
from tests.smtp_server import EXTENSIONS, PIPELINING, Act
from tests.workspaces import NUMBER, Workspace, copy

if TYPE_CHECKING:
    from tests.smtp_server import Answer

RECIPIENTS = {400: 4, LARGE + 400: 1}
"""How many a release has, and how often it is chosen; a large one has its journal in a process of its own."""
OK = {"rcpt": "250 2.1.5 OK", "content": "250 2.0.0 OK", "mail": "250 2.1.0 OK"}


def main() -> None:
    """Run rounds until the time is over; exit with 1 where a round shows a fault."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=None, help="to repeat what a run did, as far as time allows")
    options = parser.parse_args()
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(2**32)
    random.seed(seed)
    end, total = time.monotonic() + 60 * options.minutes, Counter[str]()
    with tempfile.TemporaryDirectory() as folder:
        ready = [prepared(Path(folder) / f"ready{count}", count) for count in RECIPIENTS]
        rounds = 0
        while time.monotonic() < end:
            rounds += 1
            (chosen,) = random.choices(ready, list(RECIPIENTS.values()))
            faults = soak(copy(chosen, Path(folder) / f"round{rounds}"), total)
            if faults:
                sys.exit(f"seed {seed}, round {rounds}:\n" + "\n".join(faults))
            print(f"round {rounds}: {dict(total)}", flush=True)
    print(f"{rounds} rounds, seed {seed}: nobody lost, nobody told twice; {dict(total)}")


def prepared(folder: Path, recipients: int) -> Workspace:
    """Return a workspace with an approved release."""
    folder.mkdir()
    begun = Workspace(folder).run("init", "office")
    assert begun.code == 0, begun.err
    office = Workspace(folder / "office")
    office.make_ready(commissioners=recipients)
    return office


def soak(office: Workspace, total: Counter[str]) -> list[str]:
    """Take one release to its end through kills and faults; return what is wrong."""
    connections = random.choice([1, 4, 10])
    extensions = random.choice([PIPELINING, EXTENSIONS])
    faults = trouble()
    found: list[str] = []
    with KeepingServer(faults=faults, extensions=extensions) as server:
        office.hand_over_to(server.port, max_connections=connections)
        before = 0
        for _ in range(random.randint(1, 5)):
            sends = random.choice([1, 1, 2])
            kill_in_mid_run(office, server, sends=sends)
            standing = states(office)
            doubts = Counter(standing.values())["in_doubt"]
            dropped = sum(isinstance(answer, Act) for answers in faults.values() for answer in answers)
            if doubts - before > 2 * connections * sends + 2 * dropped:
                found.append(f"one kill of {sends} with {connections} connections left {doubts - before} in doubt")
            before = doubts
            total["kills"] += sends
            found += contradictions(standing, server.kept)
        found += finish(office, server)
    total["messages"] += server.kept.total()
    total["doubts"] += before
    return found


def trouble() -> dict[str, list[Answer]]:
    """Return what the relay answers at each step, in turn: mostly yes."""
    bad: list[Answer] = [Act.DROP, "421 4.3.2 closing", "451 4.3.0 not now", "550 5.1.1 no such mailbox"]
    steps = {}
    for step, usual in OK.items():
        wrong = [one for one in bad if step != "mail" or one != bad[3]]
        steps[step] = [random.choice(wrong) if random.random() < 0.01 else usual for _ in range(5000)]
    return steps


def finish(office: Workspace, server: KeepingServer) -> list[str]:
    """Send what is left with patience for nothing, and judge the end."""
    found: list[str] = []
    for _ in range(60):
        ended = office.run("send", NUMBER, "--once")
        standing = states(office)
        left = Counter(standing.values())
        if "Traceback" in ended.err:
            found.append(ended.err)
        if not left["queued"]:
            break
    else:
        found.append(f"after 60 more sends there are still {left['queued']} queued: {ended.err}")
    found += contradictions(standing, server.kept)
    verified = office.run("verify", NUMBER)
    if verified.code:
        found.append(f"verify: {verified.out}{verified.err}")
    return found


if __name__ == "__main__":
    main()
