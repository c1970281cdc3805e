"""`make bench`: what a delivery costs, beside other ways of doing it, on one machine in one run.

Ratios are what counts; times depend on the machine. Everything stays on loopback and ends by itself.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import TYPE_CHECKING

import aiosmtplib
import structlog
import uvloop

from dispatcher.config import load_settings
from dispatcher.delivery.clock import RealClock
from dispatcher.delivery.sending import Order, send
from dispatcher.delivery.watching import Log
from dispatcher.errors import Source
from dispatcher.intake import read_draft
from dispatcher.messages.composing import compose
from dispatcher.messages.drafting import build_frames, own_values, variants_of
from dispatcher.messages.rendering import fill
from dispatcher.model import Enclosure, Part, Recipient, Relay, RetryPlan, Role, Security, Wording
from dispatcher.outbox.database import open_database
from dispatcher.outbox.preparing import prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dispatcher.messages.composing import Frame, OwnValues
    from dispatcher.messages.drafting import Draft

ROOT = Path(__file__).parent.parent
MESSAGES = 2000
CONNECTIONS = 10
ROUNDS = 3
PDF = Enclosure(file_name="Advisory.pdf", media_type="application/pdf", content=bytes(range(256)) * 600)


def main() -> None:
    """Run every comparison and print a line for each."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    for title, draft in (
        ("the sample advisory", many(MESSAGES)),
        ("with a 150 kB attachment", replace(many(MESSAGES // 4), enclosures=(PDF,))),
    ):
        print(f"{title}: {len(draft.recipients)} messages, {CONNECTIONS} connections, {ROUNDS} rounds")
        compare(draft)


def compare(draft: Draft) -> None:
    """Measure all ways in turn, round by round; print messages a second and the ratio of the first to each."""
    with running_sink() as relay:
        ready = [compose(frame, own, date=datetime.now(UTC)) for frame, own in pieces(draft)]
        ways: dict[str, Callable[[], float]] = {
            "dispatcher send (journalled, synchronous=FULL)": lambda: ours(draft, relay),
            "aiosmtplib, ready bytes, nothing recorded": lambda: theirs(iter(ready), relay),
            "aiosmtplib, EmailMessage composed for each": lambda: theirs(email_messages(draft), relay),
            "dispatcher prepare (render, hash, freeze)": lambda: prepared(draft),
        }
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(ROUNDS):
            for name, way in ways.items():
                rates[name].append(len(draft.recipients) / way())
    first = statistics.median(next(iter(rates.values())))
    print(f"  {'messages a second':48} {'min':>8} {'median':>8} {'max':>8} {'ratio':>7}")
    for name, measured in rates.items():
        low, middle, high = min(measured), statistics.median(measured), max(measured)
        print(f"  {name:48} {low:8.0f} {middle:8.0f} {high:8.0f} {first / middle:7.2f}")


def many(count: int) -> Draft:
    """Return the sample advisory for `count` invented commissioners."""
    sample, _ = read_draft(load_settings(ROOT / "config.yaml"), ROOT / "outbox" / "10-SYS-WZU-2025", accepted={})
    now = datetime.now(UTC)
    advisory = replace(
        sample.advisory, effective_at=now + timedelta(days=1), notify_before=now + timedelta(days=1),
        useful_until=now + timedelta(days=8),
    )  # fmt: skip
    return replace(sample, advisory=advisory, recipients=[recipient(n) for n in range(count)])


def recipient(n: int) -> Recipient:
    """Return the `n`th invented commissioner."""
    role = Role(
        audience="commissioners", part=Part.TO, primary=True, places=("Mumbai",), language="both", phone="",
        designation={"hi": f"आयुक्त {n}", "en": f"Commissioner {n}"}, organisation={}, source=Source("invented"),
    )  # fmt: skip
    return Recipient(address=f"commissioner-{n}@customs.example", roles=(role,))


def pieces(draft: Draft) -> Iterator[tuple[Frame, OwnValues]]:
    """Yield frame and own values of each message."""
    variants = variants_of(draft.recipients)
    frames = build_frames(draft, variants)
    for one in draft.recipients:
        own = own_values(
            address=one.address, delivery_id="0" * 32, domain=draft.sender.domain, wording=Wording.ORIGINAL,
            lines=draft.renderer.recipient_lines(one),
        )  # fmt: skip
        yield frames[variants[one.audiences, one.part], Wording.ORIGINAL], own


def email_messages(draft: Draft) -> Iterator[bytes]:
    """Yield each message as most programs make it: an EmailMessage of its own for every recipient."""
    shared = draft.renderer.shared(
        draft.advisory,
        audiences=("commissioners",),
        part=Part.TO,
        wording=Wording.ORIGINAL,
        attached=draft.attached,
    )
    for one in draft.recipients:
        lines = draft.renderer.recipient_lines(one)
        message = EmailMessage(policy=SMTP)
        message["From"], message["To"], message["Subject"] = draft.sender.address, one.address, shared.subject
        message.set_content(fill(shared.text, lines, html=False), cte="base64")
        message.add_alternative(fill(shared.html, lines, html=True), subtype="html", cte="base64")
        for enclosure in draft.enclosures:
            main, _, sub = enclosure.media_type.partition("/")
            message.add_attachment(enclosure.content, maintype=main, subtype=sub, filename=enclosure.file_name)
        yield message.as_bytes()


def ours(draft: Draft, relay: Relay) -> float:
    """Prepare outside the clock, then send as `dispatcher send` does; return the seconds of sending."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database("sqlite:///outbox.db", root=Path(folder))
        prepare(database, draft, made_by="bench", now=datetime.now(UTC))
        order = Order(by="bench", approval_required=False, zone=UTC)
        run = send(
            database, draft.advisory.slug, order, relay=relay, plan=RetryPlan(), clock=RealClock(),
            watcher=Log(None, addresses=False),
        )  # fmt: skip
        began = time.perf_counter()
        uvloop.run(run)
        seconds = time.perf_counter() - began
        database.close()
    return seconds


def theirs(messages: Iterator[bytes], relay: Relay) -> float:
    """Send with aiosmtplib alone, as many connections; return the seconds."""

    async def work() -> None:
        async with aiosmtplib.SMTP(hostname=relay.host, port=relay.port) as smtp:
            for content in messages:
                await smtp.sendmail("bench@customs.example", ["x@customs.example"], content)

    async def run() -> None:
        await asyncio.gather(*(work() for _ in range(CONNECTIONS)))

    began = time.perf_counter()
    uvloop.run(run())
    return time.perf_counter() - began


def prepared(draft: Draft) -> float:
    """Freeze a release; return the seconds."""
    with tempfile.TemporaryDirectory() as folder:
        database = open_database("sqlite:///outbox.db", root=Path(folder))
        began = time.perf_counter()
        prepare(database, draft, made_by="bench", now=datetime.now(UTC))
        seconds = time.perf_counter() - began
        database.close()
    return seconds


@contextmanager
def running_sink() -> Iterator[Relay]:
    """Run the sink in a process of its own; yield how to reach it."""
    command = [sys.executable, str(Path(__file__).with_name("sink.py"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as sink:
        assert sink.stdin is not None
        assert sink.stdout is not None
        port = int(sink.stdout.readline())
        yield Relay(host="127.0.0.1", port=port, security=Security.NONE, max_connections=CONNECTIONS)
        sink.stdin.close()


if __name__ == "__main__":
    main()
