"""What changed between the list that was accepted last and the one that is read now. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from dispatcher.recipients.lists import Listed

USUAL_SHARE = 0.1
"""A list grows or shrinks by no more than this share between two advisories."""


@dataclass(frozen=True, slots=True)
class Change:
    """An entry that went on as another one."""

    before: Listed
    after: Listed


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two lists compared; each entry that is not the same on both stands in exactly one of the four."""

    new: tuple[Listed, ...]
    gone: tuple[Listed, ...]
    changed_address: tuple[Change, ...]
    """The same post at the same places, with another address."""
    changed_post: tuple[Change, ...]
    """The same address for another post or other places, or no longer (or newly) the primary one."""
    before: int
    """Addresses, each counted once."""
    after: int

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.changed_address or self.changed_post)

    @property
    def is_unusual(self) -> bool:
        """Whether the number of addresses changed by more than a tenth."""
        return abs(self.after - self.before) > USUAL_SHARE * self.before


def difference(accepted: Sequence[Listed], now: Sequence[Listed]) -> Difference:
    """Compare two lists; neither the order of their rows nor their cells matter.

    Where a post lost and won equally many addresses they are paired in the order of the rows; where the numbers
    differ, which one became which is not guessed.
    """
    left, right = _paired(accepted, now, by=lambda one: (one.identity, one.post, one.primary))[1:]
    posts, left, right = _paired(left, right, by=lambda one: one.identity)
    addresses, gone, new = _paired(left, right, by=_office, evenly=True)
    return Difference(
        new=tuple(new),
        gone=tuple(gone),
        changed_address=tuple(addresses),
        changed_post=tuple(posts),
        before=len({one.identity for one in accepted}),
        after=len({one.identity for one in now}),
    )


def _office(entry: Listed) -> Hashable | None:
    return (entry.post, entry.primary) if any(entry.post) else None


def _paired(
    before: Sequence[Listed],
    after: Sequence[Listed],
    *,
    by: Callable[[Listed], Any],
    evenly: bool = False,
) -> tuple[list[Change], list[Listed], list[Listed]]:
    """Return pairs of equal key and what is left on either side, all in the order of the rows.

    A key of None pairs with nothing; with `evenly`, neither does a key that stands more often on one side.
    """
    waiting: defaultdict[Any, list[int]] = defaultdict(list)
    for number, one in enumerate(before):
        waiting[by(one)].append(number)
    wanted = Counter(by(one) for one in after)
    closed = {key for key in waiting if key is None or (evenly and len(waiting[key]) != wanted[key])}
    free = {key: deque(() if key in closed else numbers) for key, numbers in waiting.items()}
    pairs: list[Change] = []
    left, new = set(range(len(before))), []
    for one in after:
        numbers = free.get(by(one))
        if not numbers:
            new.append(one)
            continue
        number = numbers.popleft()
        left.discard(number)
        pairs.append(Change(before[number], one))
    return pairs, [one for number, one in enumerate(before) if number in left], new
