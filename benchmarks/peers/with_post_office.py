"""Sends every message of a material file with django-post_office; prints the seconds of sending as JSON.

Usage: with_post_office.py MATERIAL PORT PROCESSES THREADS
The store is SQLite in a new folder; queueing (`send_many`) is outside the clock, `send_queued` inside.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command


def configure(folder: str, port: int, threads: int, batch: int) -> None:
    """Set Django up with what post_office's documentation asks for."""
    settings.configure(
        INSTALLED_APPS=["post_office"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/mail.db"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        EMAIL_BACKEND="post_office.EmailBackend",
        EMAIL_HOST="127.0.0.1",
        EMAIL_PORT=port,
        USE_TZ=True,
        TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates"}],
        POST_OFFICE={
            "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
            "BATCH_SIZE": batch,
            "THREADS_PER_PROCESS": threads,
            "BATCH_DELIVERY_TIMEOUT": 3600,
            "LOG_LEVEL": 1,  # failures only: the fewest writes
        },
    )
    django.setup()
    call_command("migrate", verbosity=0)


def part(material: dict[str, Any], recipient: dict[str, Any], kind: str) -> str:
    """Return a part with the recipient's lines in their slots."""
    pieces = material[kind]
    return "".join(piece if isinstance(piece, str) else recipient[piece["slot"]][kind] for piece in pieces)


def main(file: str, port: int, processes: int, threads: int) -> None:
    """Queue all, then send all."""
    material = json.loads(Path(file).read_text("utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        configure(folder, port, threads, batch=len(material["recipients"]))
        from post_office import mail  # noqa: PLC0415 - Django must be set up first

        mail.send_many(
            [
                {
                    "sender": material["sender"],
                    "recipients": [one["address"]],
                    "subject": material["subject"],
                    "message": part(material, one, "text"),
                    "html_message": part(material, one, "html"),
                }
                for one in material["recipients"]
            ]
        )
        began = time.perf_counter()
        accepted, _, _ = mail.send_queued(processes=processes)
        print(json.dumps({"seconds": time.perf_counter() - began, "accepted": accepted}))


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
