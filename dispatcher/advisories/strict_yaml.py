"""YAML as a clerk writes it: no key twice, no anchors, and nothing read as a number or a date by surprise."""

from __future__ import annotations

import re
from typing import Any

import yaml

from dispatcher.errors import InputProblems, Problem, Severity, Source


def parse(text: str, *, file: str) -> dict[str, Any]:
    """Return the mapping that `text` holds: texts, whole numbers, true/false, null, lists and mappings.

    Times stay texts, a phone number keeps its leading zero. Raises InputProblems naming the line in `file`.
    """
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader with fewer types
    except _Fault as fault:
        raise _problem(file, fault.code, fault.line, fault.value) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise _problem(file, "advisory_yaml", line, error.problem or "") from None
    except yaml.reader.ReaderError as error:
        raise _problem(file, "advisory_character", text.count("\n", 0, error.position) + 1) from None
    except RecursionError:
        raise _problem(file, "advisory_nested", None) from None
    if not isinstance(data, dict):
        raise _problem(file, "advisory_mapping_wanted", 1)
    return data


class _Fault(Exception):
    def __init__(self, code: str, node: yaml.Node | yaml.Event, value: str = "") -> None:
        super().__init__(code)
        self.code, self.value = code, value
        self.line = node.start_mark.line + 1 if node.start_mark else None


class _Loader(yaml.SafeLoader):
    """A safe loader that refuses double keys, tags, and aliases (which can grow a small file without end)."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: yaml.Event = self.peek_event()  # type: ignore[no-untyped-call]
        if isinstance(event, yaml.AliasEvent):
            raise _Fault("advisory_alias", event, f"*{event.anchor}")
        tag = getattr(event, "tag", None)
        if tag is not None:
            raise _Fault("advisory_tag", event, tag)
        return super().compose_node(parent, index)

    def compose_mapping_node(self, anchor: dict[Any, yaml.Node]) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise _Fault("advisory_key_scalar", key)
            if key.value in seen:
                raise _Fault("advisory_key_twice", key, key.value)
            seen.add(key.value)
            key.tag = "tag:yaml.org,2002:str"
        return node


_Loader.yaml_implicit_resolvers = {}
for _tag, _pattern, _first in (
    ("null", r"(?:null|~|)", ["n", "~", ""]),
    ("bool", r"(?:true|false)", ["t", "f"]),
    ("int", r"(?:0|[1-9][0-9]{0,8})", list("0123456789")),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(f"^{_pattern}$"), _first)


def _problem(file: str, code: str, line: int | None, value: str = "") -> InputProblems:
    return InputProblems([Problem(Severity.ERROR, code, Source(file, row=line), value)])
