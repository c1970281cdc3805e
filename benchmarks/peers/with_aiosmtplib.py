"""Sends every message of a material file with aiosmtplib alone; prints the seconds of sending as JSON.

Usage: with_aiosmtplib.py composing|ready MATERIAL PORT CONNECTIONS
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import aiosmtplib
import uvloop

if TYPE_CHECKING:
    from collections.abc import Iterator

Ready: TypeAlias = tuple[str, bytes]


def message(material: dict[str, Any], recipient: dict[str, Any], attachment: bytes | None) -> EmailMessage:
    """Compose a message as most programs do: an EmailMessage of its own for every recipient."""
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Subject"] = material["sender"], recipient["address"], material["subject"]
    made.set_content(part(material, recipient, "text"), cte="base64")
    made.add_alternative(part(material, recipient, "html"), subtype="html", cte="base64")
    if attachment is not None:
        name = Path(material["attachment"]).name
        made.add_attachment(attachment, maintype="application", subtype="pdf", filename=name)
    return made


def part(material: dict[str, Any], recipient: dict[str, Any], kind: str) -> str:
    """Return a part with the recipient's lines in their slots."""
    pieces = material[kind]
    return "".join(piece if isinstance(piece, str) else recipient[piece["slot"]][kind] for piece in pieces)


async def send_composing(smtp: aiosmtplib.SMTP, messages: Iterator[EmailMessage]) -> int:
    """Send each message as it is composed; return how many were accepted."""
    accepted = 0
    for one in messages:
        refused, _ = await smtp.send_message(one)
        accepted += not refused
    return accepted


async def send_ready(smtp: aiosmtplib.SMTP, sender: str, messages: Iterator[Ready]) -> int:
    """Send finished octets; return how many were accepted."""
    accepted = 0
    for address, octets in messages:
        refused, _ = await smtp.sendmail(sender, [address], octets)
        accepted += not refused
    return accepted


async def run(
    way: str, material: dict[str, Any], attachment: bytes | None, *, port: int, connections: int
) -> dict[str, float]:
    """Send all; connections share one supply of messages."""
    recipients = material["recipients"]
    composed = (message(material, one, attachment) for one in recipients)
    ready = [] if way == "composing" else [
        (one["address"], made.as_bytes()) for one, made in zip(recipients, composed, strict=True)
    ]  # fmt: skip
    supply = iter(ready)

    async def work() -> int:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, start_tls=False, use_tls=False) as smtp:
            if way == "composing":
                return await send_composing(smtp, composed)
            return await send_ready(smtp, material["sender"], supply)

    began = time.perf_counter()
    accepted = await asyncio.gather(*(work() for _ in range(connections)))
    return {"seconds": time.perf_counter() - began, "accepted": sum(accepted)}


if __name__ == "__main__":
    chosen, file, number, count = sys.argv[1:]
    given = json.loads(Path(file).read_text("utf-8"))
    pdf = Path(given["attachment"]).read_bytes() if given["attachment"] else None
    print(json.dumps(uvloop.run(run(chosen, given, pdf, port=int(number), connections=int(count)))))
