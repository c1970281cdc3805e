"""A YAML file read strictly, and what a validation says of it in plain lines. Knows no key of ours."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, get_args, get_origin

import yaml
from pydantic import BaseModel

from dispatcher.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from pydantic_core import ErrorDetails

SENTENCES = {
    "missing": "is missing",
    "string_type": "must be text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "finite_number": "must be a number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "model_type": "must be a block of keys",
    "dict_type": "must be a block of keys",
    "list_type": "must be a list",
    "tuple_type": "must be a list",
    "frozen_set_type": "must be a list",
    "path_type": "must be the path of a file",
    "date_type": "must be a date such as 2025-08-15",
    "date_parsing": "must be a date such as 2025-08-15",
    "date_from_datetime_parsing": "must be a date such as 2025-08-15",
    "date_from_datetime_inexact": "must be a date without a time",
    "string_too_short": "must not be empty",
    "too_short": "must not be empty",
    "greater_than": "must be more than {gt}",
    "greater_than_equal": "must be at least {ge}",
    "less_than": "must be less than {lt}",
    "less_than_equal": "must be at most {le}",
    "enum": "must be one of {expected}",
    "literal_error": "must be one of {expected}",
    "value_error": "{error}",
}
"""Error types of pydantic and what an office is told. The value itself is never shown: it may be a secret."""


class _Fault(yaml.MarkedYAMLError):
    """Sound YAML that we do not take; its sentence is ours and safe to show."""


class _PlainLoader(yaml.SafeLoader):
    """Reads every plain value as text: what it means is decided by the type of its key.

    So `no` stays `no`, 0110 keeps its zero and 18:00 is not 1080. A key that stands twice is an error.
    """

    yaml_implicit_resolvers = {  # noqa: RUF012 - the base class has it so
        first: [(tag, pattern) for tag, pattern in resolvers if tag == "tag:yaml.org,2002:null"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002 - as the base has it
        """Return the block; each key must be text and stand once."""
        seen = set()
        for key, _ in node.value:
            if key.tag != "tag:yaml.org,2002:str":
                raise _Fault(problem="a key must be text", problem_mark=key.start_mark)
            if key.value in seen:
                raise _Fault(problem=f"the key {key.value} stands here a second time", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def read_yaml(path: Path) -> dict[str, Any]:
    """Return the one block of keys that `path` holds, its values as text, lists and blocks.

    Raises ConfigError in one line that names the file, and the line of the file where it can.
    """
    text = _text_of(path)
    try:
        data = yaml.load(text, Loader=_PlainLoader)  # noqa: S506 - a SafeLoader
    except yaml.YAMLError as error:
        raise ConfigError([f"{path.name}: {_fault(error)}"]) from None
    except RecursionError:
        raise ConfigError([f"{path.name}: is nested too deeply"]) from None
    if data is None:
        raise ConfigError([f"{path.name}: is empty; `dispatcher init` writes a sample to start from"])
    if not isinstance(data, dict):
        raise ConfigError([f"{path.name}: must hold keys such as `office:`, not a list or a single value"])
    return data


def _text_of(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise ConfigError([f"{path}: there is no such file; `dispatcher init DIR` makes a workspace"]) from None
    except IsADirectoryError:
        raise ConfigError([f"{path}: is a folder; the file config.yaml is wanted"]) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError([f"{path.name}: line {line}: is not UTF-8; save the file as UTF-8"]) from None
    except OSError as error:
        raise ConfigError([f"{path}: cannot be read ({error.strerror})"]) from None


def _fault(error: yaml.YAMLError) -> str:
    """Return line and fault. What YAML found there is left out: it may be a secret (`*name`, `!name`)."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return "is not YAML: it holds a character that YAML forbids"
    line = f"line {error.problem_mark.line + 1}"
    if isinstance(error, _Fault):
        return f"{line}: {error.problem}"
    return f"{line}, column {error.problem_mark.column + 1}: is not YAML; put a value with : # * ! & @ in quotes"


def key_path(path: Iterable[object]) -> str:
    """Return where a value stands, as a person says it: `relay.port`, `holidays, item 2`."""
    words = ""
    for step in path:
        if step == "[key]":  # pydantic's mark of an error in a key
            continue
        words += f", item {step + 1}" if isinstance(step, int) else f".{step}"
    return words.removeprefix(".")


def sentence(error: ErrorDetails, schema: type[BaseModel]) -> str:
    """Return what is wrong with the value of a key, in words of an office."""
    if error["type"] == "extra_forbidden":
        *parents, key = error["loc"]
        return unknown_key(str(key), known_keys(schema, parents))
    template = SENTENCES.get(error["type"])
    return template.format(**error.get("ctx", {})) if template else error["msg"]


def unknown_key(key: str, known: Sequence[str]) -> str:
    """Return that `key` is unknown, with the key that was probably meant, or all that may stand there."""
    near = difflib.get_close_matches(key.lower(), known, n=1)
    return f"unknown key; did you mean {near[0]}?" if near else f"unknown key; known here: {', '.join(known)}"


def known_keys(schema: type[BaseModel], path: Iterable[object]) -> list[str]:
    """Return the keys that may stand in the block at `path`."""
    kind: Any = schema
    for step in path:
        if get_origin(kind) is dict:
            kind = get_args(kind)[1]
        else:
            kind = next(
                field.annotation for name, field in kind.model_fields.items() if step in {name, field.alias}
            )
        blocks = [arg for arg in get_args(kind) if isinstance(arg, type) and issubclass(arg, BaseModel)]
        if get_origin(kind) is not dict and blocks:
            kind = blocks[0]
    return [field.alias or name for name, field in kind.model_fields.items()]
