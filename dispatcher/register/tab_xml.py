"""Rows of a worksheet as XML: to make an object of each cell, as openpyxl does, takes seven times as long."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from dispatcher.outbox.states import DeliveryState
from dispatcher.register.exports import neutral

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_LONGEST = 32_767
"""Characters of a cell; Excel opens no more."""
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def cell_text(text: str) -> str:
    """Return text as a cell may hold it: no formula, no character that XML forbids, not too long."""
    return neutral(_NOT_IN_XML.sub("", text))[:_LONGEST]


class RowXml:
    """Makes rows of one tab. `columns`: their letters; `states`: a state's words and the number of its style."""

    def __init__(self, columns: Sequence[str], states: Mapping[DeliveryState, tuple[str, int]]) -> None:
        self._columns = columns
        self._states = {
            state: f' s="{style}" t="inlineStr"><is><t>{escape(cell_text(words))}</t></is></c>'
            for state, (words, style) in states.items()
        }

    def row(self, number: int, values: Sequence[object]) -> str:
        """Return a row: a state in words and coloured, text as text, numbers as such; None is no cell at all."""
        cells = [
            f'<c r="{column}{number}"{self._cell(value)}'
            for column, value in zip(self._columns, values, strict=True)
            if value is not None
        ]
        return f'<row r="{number}">{"".join(cells)}</row>'

    def _cell(self, value: object) -> str:
        if isinstance(value, DeliveryState):
            return self._states[value]
        if isinstance(value, str):
            text = cell_text(value)
            space = ' xml:space="preserve"' if text != text.strip() else ""
            return f' t="inlineStr"><is><t{space}>{escape(text)}</t></is></c>'
        return f' t="n"><v>{value}</v></c>'
