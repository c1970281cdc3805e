"""Specimens of an advisory's messages mailed to an own officer: no store, no register, no retry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dispatcher.delivery.connecting import connect
from dispatcher.delivery.transaction import hand_over
from dispatcher.errors import ChannelRefused
from dispatcher.outbox.states import DeliveryState
from dispatcher.smtp import Envelope

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dispatcher.smtp import Relay


async def mail_specimens(relay: Relay, messages: Sequence[bytes], *, mail_from: str, to: str) -> None:
    """Hand each message over to one address. Raises ChannelError; the first refusal ends it."""
    connection = await connect(relay)
    try:
        for content in messages:
            envelope = Envelope(mail_from, to, smtputf8=not to.isascii())
            result = await hand_over(connection, envelope, content, intend=_granted)
            if result.verdict is None or result.verdict.state is not DeliveryState.ACCEPTED:
                said = result.reply or result.detail
                raise ChannelRefused(f"{relay.host}:{relay.port} did not take the specimen for {to}: {said}")
    finally:
        await connection.close()


async def _granted() -> bool:
    return True
