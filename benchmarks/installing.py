"""The peers, each of a fixed version, installed on demand into the git-ignored folder .bench/."""

from __future__ import annotations

import importlib.metadata
import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

CACHE = Path(__file__).parent.parent / ".bench"
NODEMAILER = "10.6.0"
POST_OFFICE = ("django-post-office==3.12.0", "Django==5.2.19")


@cache
def nodemailer() -> Path | None:
    """Return the folder where nodemailer can be required from; None where there is no node, npm or network."""
    folder = CACHE / f"nodemailer-{NODEMAILER}"
    described = folder / "node_modules" / "nodemailer" / "package.json"
    if shutil.which("node") is None:
        return None
    if not described.is_file() and shutil.which("npm"):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "package.json").write_text("{}", "utf-8")
        _quiet(["npm", "install", "--no-audit", "--no-fund", f"nodemailer@{NODEMAILER}"], folder)
    there = described.is_file() and json.loads(described.read_text("utf-8"))["version"] == NODEMAILER
    return folder if there else None


@cache
def post_office() -> Path | None:
    """Return the Python that has django-post_office; None where it cannot be installed."""
    folder = CACHE / POST_OFFICE[0].replace("==", "-")
    python, ready = folder / "bin" / "python", folder / "ready"
    if not ready.is_file():
        CACHE.mkdir(exist_ok=True)
        if _quiet([sys.executable, "-m", "venv", "--clear", str(folder)], CACHE) and _quiet(
            [str(python), "-m", "pip", "install", "--quiet", *POST_OFFICE], CACHE
        ):
            ready.touch()
    return python if ready.is_file() else None


def peer_versions() -> dict[str, str]:
    """Return the version of each peer that is here."""
    found = {"aiosmtplib": importlib.metadata.version("aiosmtplib")}
    if nodemailer():
        node = subprocess.run(["node", "--version"], check=True, capture_output=True, text=True).stdout.strip()
        found["nodemailer"] = f"{NODEMAILER} (node {node})"
    if post_office():
        found["django-post_office"] = f"{POST_OFFICE[0].partition('==')[2]} ({POST_OFFICE[1].replace('==', ' ')})"
    return found


def _quiet(command: list[str], folder: Path) -> bool:
    done = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)
    if done.returncode:
        print(f"{command[0]}: {done.stderr.strip().splitlines()[-1:]}", file=sys.stderr)
    return not done.returncode
