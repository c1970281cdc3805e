"""Single messages handed over to a real server, and what that showed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dispatcher.delivery.connecting import connect
from dispatcher.delivery.transaction import Result, hand_over
from dispatcher.smtp import Envelope

if TYPE_CHECKING:
    from dispatcher.delivery.connection import Connection
    from tests.smtp_server import SmtpServer

ENVELOPE = Envelope("systems@customs.example", "commr-mumbai-ict@customs.example")
CONTENT = b"Subject: Advisory\r\n\r\n.first\r\nlast\r\n"


@dataclass
class Story:
    """What one hand-over showed."""

    result: Result
    intents: int
    usable: bool


async def transact(connection: Connection, envelope: Envelope = ENVELOPE, content: bytes = CONTENT) -> Story:
    """Hand a message over on a connection."""
    intents = 0

    async def intend() -> bool:
        nonlocal intents
        intents += 1
        return True

    result = await hand_over(connection, envelope, content, intend=intend)
    return Story(result, intents, connection.usable)


async def connect_and_transact(
    server: SmtpServer, *, envelope: Envelope = ENVELOPE, content: bytes = CONTENT, **settings: Any
) -> Story:
    """Hand a message over on a connection of its own."""
    connection = await connect(server.relay(**settings))
    try:
        return await transact(connection, envelope, content)
    finally:
        await connection.close()


async def transact_in_turn(server: SmtpServer, count: int, **settings: Any) -> list[Story]:
    """Hand so many messages over, one after another on one connection."""
    connection = await connect(server.relay(**settings))
    try:
        return [await transact(connection) for _ in range(count)]
    finally:
        await connection.close()
