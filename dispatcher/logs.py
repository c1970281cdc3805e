"""The structured log: JSON lines in a file of the workspace that only its owner may read."""

from __future__ import annotations

import atexit
import os
from typing import TYPE_CHECKING

import structlog

from dispatcher.errors import StoreError
from dispatcher.files import private_mode

if TYPE_CHECKING:
    from pathlib import Path


def log_to(path: Path) -> None:
    """Append every log line to `path`, times in UTC. The register is the record; this is for operators.

    Raises StoreError where that file cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        begins = not path.exists()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        if begins:
            path.chmod(private_mode(path.parent))
    except OSError as error:
        raise StoreError(
            f"the log {path} cannot be written: {error.strerror}; check the folder and its permissions"
        ) from error
    log = os.fdopen(descriptor, "a", encoding="utf-8", buffering=1)
    atexit.register(log.close)
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
        logger_factory=structlog.WriteLoggerFactory(log),
        cache_logger_on_first_use=True,
    )
