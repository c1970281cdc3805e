"""config.yaml -> Settings: every key typed, every problem told at once, no secret ever a literal.

Only app.py and cli.py look in here; what a room needs leaves as a value of `model`.
"""

from dispatcher.config.settings import Settings, load_settings

__all__ = ["Settings", "load_settings"]
