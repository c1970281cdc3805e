"""The relay's logs read as files: plain or gzip, line by line, however large they are and whatever they hold."""

from __future__ import annotations

import contextlib
import gzip
import io
import zlib
from typing import TYPE_CHECKING, BinaryIO

from dispatcher.errors import UsageError
from dispatcher.outbox.relay_logs import Tracer
from dispatcher.outbox.resolving import LogFile, Logs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime, tzinfo
    from pathlib import Path

    from dispatcher.outbox.relay_logs import Span

_GZIP = b"\x1f\x8b"
_LONGEST = 1 << 16
"""Octets of a line that are read; the rest of a longer one is passed over."""


def read_logs(
    paths: Sequence[Path], wanted: Collection[str], *, complete: bool, zone: tzinfo, near: datetime
) -> Logs:
    """Return what the logs say of the messages `wanted`, read in the order of their time.

    Raises UsageError for one that cannot be read, or that is no log of Postfix or Exim.
    """
    tracer = Tracer(wanted, zone=zone, near=near)
    files = [_read(path, tracer) for path in _by_time(paths, zone=zone, near=near)]
    return Logs(traces=tracer.traces, files=files, complete=complete)


def lines(stream: BinaryIO) -> Iterator[str]:
    """Yield each line without its end; only LF ends one. Of a longer one than any relay writes, the beginning."""
    while octets := stream.readline(_LONGEST):
        rest = octets
        while rest and not rest.endswith(b"\n"):
            rest = stream.readline(_LONGEST)
        yield octets.decode("utf-8", "replace").rstrip("\r\n")


def _read(path: Path, tracer: Tracer) -> LogFile:
    before, known = tracer.lines, tracer.understood
    with _opened(path) as stream:
        for line in lines(stream):
            tracer.read(line)
    return LogFile(
        name=str(path),
        lines=tracer.lines - before,
        understood=tracer.understood - known,
        span=_needed(path, tracer.end_of_file()),
    )


def _by_time(paths: Sequence[Path], *, zone: tzinfo, near: datetime) -> Sequence[Path]:
    """Return the logs, oldest first: a message may begin in one and end in the next."""
    if len(paths) < 2:
        return paths

    def first(path: Path) -> datetime:
        tracer = Tracer((), zone=zone, near=near)
        with _opened(path) as stream:
            for line in lines(stream):
                tracer.read(line)
                if tracer.understood:
                    break
        return _needed(path, tracer.end_of_file()).first

    return sorted(dict.fromkeys(paths), key=first)


def _needed(path: Path, span: Span | None) -> Span:
    if span is None:
        raise UsageError(f"{path}: no line of it is one that Postfix or Exim writes; nothing was changed")
    return span


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """Open a log, decompressed where it is gzip by its content, whatever its name says."""
    try:
        with path.open("rb") as stream:
            if stream.peek(2)[:2] == _GZIP:
                with gzip.GzipFile(fileobj=stream) as inner, io.BufferedReader(inner) as plain:
                    yield plain
            else:
                yield stream
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise UsageError(f"{path} is damaged: it cannot be decompressed ({error}); nothing was changed") from error
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}; nothing was changed") from error
