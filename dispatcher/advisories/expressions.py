"""The advisory's own texts: the expressions in them are checked, then rendered in each language."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateAssertionError, TemplateSyntaxError, UndefinedError, meta
from jinja2 import TemplateError as JinjaError

from dispatcher.advisories.schema import key_path, problem_at, unknown
from dispatcher.advisories.values import CLOCKS, LEFT, NAMES, UPCOMING
from dispatcher.advisories.wording import undefined_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from jinja2 import Environment

    from dispatcher.errors import Problem

_UNPRINTABLE = frozenset({"Cc", "Co", "Cs", "Cn"})
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Controls that turn the direction of writing: a text shows otherwise than it reads (Unicode TR 9)."""
"""Unicode categories that no text may hold: controls, private use, surrogates, unassigned."""


def expression_problems(
    given: Mapping[str, Any], *, environment: Environment, languages: Sequence[str], file: str
) -> list[Problem]:
    """Return a problem for every text that holds a control character or names an unknown value or filter."""
    known = [name for name in NAMES if name not in CLOCKS or given.get(name) is not None]
    return [
        problem
        for path, text in _texts(given, languages, ())
        for problem in _text_problems(
            text, environment=environment, known=[*known, *_own_names(path)], file=file, path=path
        )
    ]


def _own_names(path: str) -> list[str]:
    return [LEFT] if path.startswith(f"{UPCOMING}.") else []


def rendered(text: str, values: Mapping[str, Any], *, environment: Environment) -> str:
    """Return `text` with its expressions replaced, in NFC, without spaces around its lines.

    Raises jinja2.TemplateError, TypeError or ValueError where an expression cannot be evaluated.
    """
    result = unicodedata.normalize("NFC", environment.from_string(text).render(values))
    return "\n".join(line.strip() for line in result.strip().splitlines())


def rendering_problem(error: Exception, *, file: str, path: str) -> Problem:
    """Return the problem of an expression that failed only when it was evaluated."""
    if isinstance(error, UndefinedError):
        return problem_at("advisory_name_unknown", file, path, undefined_name(error))
    return problem_at("advisory_expression", file, path, detail=str(error))


def _texts(given: Any, languages: Sequence[str], path: tuple[str | int, ...]) -> Iterator[tuple[str, str]]:
    """Yield every text that stands under a language, with its key."""
    if isinstance(given, str):
        if path and path[-1] in languages:
            yield key_path(path), given
        return
    inner = given.items() if isinstance(given, dict) else enumerate(given) if isinstance(given, list) else ()
    for key, value in inner:
        yield from _texts(value, languages, (*path, key))


def _text_problems(
    text: str, *, environment: Environment, known: Sequence[str], file: str, path: str
) -> list[Problem]:
    odd = next((char for char in text if char != "\n" and _is_unprintable(char)), None)
    if odd is not None:
        return [problem_at("advisory_unprintable", file, path, f"U+{ord(odd):04X}")]
    try:
        environment.from_string(text)
    except TemplateAssertionError as error:
        return [_filter_problem(error, environment=environment, file=file, path=path)]
    except (TemplateSyntaxError, JinjaError) as error:
        return [problem_at("advisory_expression", file, path, detail=str(error.message))]
    names = meta.find_undeclared_variables(environment.parse(text))
    return [unknown("advisory_name", file, path, name, known=known) for name in sorted(names - set(known))]


def _filter_problem(error: TemplateAssertionError, *, environment: Environment, file: str, path: str) -> Problem:
    name = re.search(r"No filter named '([^']*)'", str(error.message))
    if name is None:
        return problem_at("advisory_expression", file, path, detail=str(error.message))
    return unknown("advisory_filter", file, path, name[1], known=environment.filters)


def _is_unprintable(char: str) -> bool:
    return char in _TURNING or unicodedata.category(char) in _UNPRINTABLE
