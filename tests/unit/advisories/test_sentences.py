from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import dispatcher.advisories
from dispatcher.words import sentences

ROOM = Path(dispatcher.advisories.__file__).parent


def test_every_code_has_its_sentences() -> None:
    """The catalogs hold exactly the codes that the room reports, in Hindi and English with the same values."""
    told = {code: texts for code, texts in sentences().items() if re.match("advisory_|enclosure_", code)}
    source = "\n".join(file.read_text(encoding="utf-8") for file in ROOM.glob("*.py"))
    found = set(re.findall(r'"((?:advisory|enclosure)_[a-z_]+|advisory_(?:key|name|filter|place))"', source))
    pairs = {stem for stem in found if re.search(rf'unknown\(\s*"{stem}"', source)}
    codes = (found - pairs) | {f"{stem}_{end}" for stem in pairs for end in ("unknown", "misspelt")}

    assert codes == told.keys()
    for texts in told.values():
        names = [{name for _, name, _, _ in Formatter().parse(texts[tag]) if name} for tag in ("hi", "en")]
        assert names[0] == names[1]
