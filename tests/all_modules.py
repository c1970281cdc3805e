"""Every module that a command may import; imported itself, once, by the server of tests/forked_commands.py."""

from __future__ import annotations

import gc
import importlib
import pkgutil

import alembic.command
import alembic.config
import fontpkg_noto_sans_devanagari
import openpyxl
import pandas as pd
import typst

import dispatcher

__all__ = ["alembic", "fontpkg_noto_sans_devanagari", "openpyxl", "pd", "typst"]

for module in pkgutil.walk_packages(dispatcher.__path__, "dispatcher."):
    importlib.import_module(module.name)

gc.freeze()  # so that a collection in a forked process does not copy them
