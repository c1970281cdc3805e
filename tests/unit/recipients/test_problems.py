from __future__ import annotations

import ast
from importlib.resources import files
from string import Formatter

import yaml

from dispatcher.errors import Severity, Source
from dispatcher.recipients.problems import LONGEST_VALUE, Code, problem, severity_of
from dispatcher.words import sentences

ROOM = files("dispatcher.recipients")
OWN = yaml.safe_load(files("dispatcher.words").joinpath("problems", "recipients.yaml").read_text("utf-8"))


def _trees() -> list[ast.Module]:
    modules = [file for file in ROOM.iterdir() if file.name.endswith(".py") and file.name != "problems.py"]
    return [ast.parse(file.read_text("utf-8")) for file in modules]


def _code(node: ast.AST) -> str | None:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Code":
        return node.attr
    return None


def _calls() -> list[tuple[str, set[str]]]:
    """Return each code that is named in a call, with the facts given beside it."""
    calls = [node for tree in _trees() for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [
        (code, {keyword.arg for keyword in call.keywords if keyword.arg})
        for call in calls
        for argument in call.args
        if (code := _code(argument))
    ]


def _fields(text: str) -> set[str]:
    return {name for _literal, name, _format, _conversion in Formatter().parse(text) if name}


def test_every_code_has_sentences_in_both_languages() -> None:
    """Each code of the room has a sentence in Hindi and in English; the room's catalog holds no other codes."""
    codes = {code.value for code in Code}

    assert set() == codes - set(sentences())
    assert set() == set(OWN) - codes
    assert all(set(sentences()[code]) == {"hi", "en"} and all(sentences()[code].values()) for code in codes)


def test_every_code_is_used() -> None:
    """No code stands there that nothing in the room says."""
    used = {code for tree in _trees() for node in ast.walk(tree) if (code := _code(node))}

    assert {code.name for code in Code} == used


def test_sentences_name_only_facts_that_are_given() -> None:
    """Both languages show the same fields, and each is given wherever the code is said."""
    for code, facts in _calls():
        hindi, english = (_fields(sentences()[Code[code].value][tag]) for tag in ("hi", "en"))

        assert hindi == english
        assert set() == english - {"value"} - (facts | {"character"} if code.startswith("ADDRESS_") else facts)


def test_only_errors_are_the_default() -> None:
    """A code that nobody called lighter stops the work."""
    assert Severity.ERROR is severity_of(Code.ADDRESS_MISSING)
    assert (Severity.WARNING, Severity.REPAIR, Severity.NOTE) == (
        severity_of(Code.POST_VACANT),
        severity_of(Code.DITTO_RESOLVED),
        severity_of(Code.DUPLICATE_MERGED),
    )


def test_long_values_are_cut() -> None:
    """A cell of 32,767 characters does not flood a report."""
    told = problem(Code.ADDRESS_INVALID, Source("list.xlsx"), "x" * 32_767, reason="y" * 32_767)

    assert (LONGEST_VALUE, LONGEST_VALUE) == (len(told.value), len(told.facts["reason"]))
