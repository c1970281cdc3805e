"""On what it was measured, in one line."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.installing import peer_versions
from benchmarks.sinks import sink_program


def machine_line() -> str:
    """Return date, machine and versions."""
    parts = {
        "Python": platform.python_version(),
        "SQLite": sqlite3.sqlite_version,
        **peer_versions(),
        "Postfix": _postfix(),
    }
    versions = ", ".join(f"{name} {version}" for name, version in parts.items() if version)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    load = f"load {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    where = f"{_processor()}, {cores} cores, {platform.system()} {platform.release()}, {load}"
    return f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC; {where}; {versions}."


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "unknown")


def _postfix() -> str:
    if sink_program() is None:
        return "not here"
    postconf = shutil.which("postconf") or shutil.which("postconf", path="/usr/sbin")
    if postconf is None:
        return "of unknown version"
    done = subprocess.run([postconf, "-d", "-h", "mail_version"], check=False, capture_output=True, text=True)
    return done.stdout.strip()
