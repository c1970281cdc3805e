"""config.yaml is read strictly, and a variable of the environment goes before it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dispatcher.config import load_settings
from dispatcher.errors import ConfigError
from tests.config_files import loaded, problems_of, written


def test_yaml_does_not_guess_types(tmp_path: Path) -> None:
    """`no`, a leading zero and a clock time stay what was typed; the key decides what they mean."""
    settings = loaded(
        tmp_path,
        {
            "approval": "{required: no}",
            "languages": "[hi, en]",
            "office": "{name: {hi: क, en: no}, "
            "address: {hi: क, en: 12:30}, phone: 0110, fax: 1_0, email: a@b.example}",
        },
    )

    assert settings.approval.required is False
    assert ("no", "12:30", "0110", "1_0") == (
        settings.office.name["en"],
        settings.office.address["en"],
        settings.office.phone,
        settings.office.fax,
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"# nothing\n", "is empty"),
        (b"- a\n- b\n", "must hold keys"),
        (b"office:\n  name: {hi: \xe0\xa4\n", "line 2: is not UTF-8"),
        (b"office: {name: x\nsender: y\n", "line 2, column"),
        (b"office: {}\nsender: {}\noffice: {}\n", "line 3: the key office stands here a second time"),
        (b"office:\n  fax: 1\n  fax: 2\n", "line 3: the key fax stands here a second time"),
        (b"office: {~: 1}\n", "line 1: a key must be text"),
        (b"office: {[1]: 1}\n", "line 1: a key must be text"),
        (b"office: \x01\n", "is not YAML: it holds a character"),
        (b"a: !!python/name:os.system x\n", "line 1, column"),
        (b"[" * 5000, "is nested too deeply"),
        (b"\xff\xfeo\x00", "line 1: is not UTF-8"),
    ],
)
def test_an_unreadable_file_is_one_clear_line(tmp_path: Path, content: bytes, words: str) -> None:
    """A file that is no sound YAML in UTF-8 is told with its name and, where there is one, the line."""
    path = tmp_path / "config.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_settings(path)

    assert 1 == len(caught.value.lines)
    assert caught.value.lines[0].startswith(f"config.yaml: {words}")


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    """A path where no file is, is told as such."""
    told: list[str] = []
    for path in (tmp_path / "config.yaml", tmp_path):
        with pytest.raises(ConfigError) as caught:
            load_settings(path)
        told += caught.value.lines

    assert "there is no such file" in told[0]
    assert "is a folder" in told[1]


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    """An editor's byte order mark is not part of the first key."""
    path = written(tmp_path, {})
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())

    assert "022-20825140" == load_settings(path).office.phone


def test_the_environment_goes_before_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """DISPATCHER_SECTION__KEY replaces one key and leaves the others of its block."""
    monkeypatch.setenv("DISPATCHER_RELAY__HOST", "other.example")
    monkeypatch.setenv("DISPATCHER_RELAY__RATE_PER_MINUTE", "null")
    monkeypatch.setenv("DISPATCHER_AUDIENCES__CUSTODIANS__TAB", "North")
    monkeypatch.setenv("DISPATCHER_SENDER__FROM", "a@other.example")
    settings = loaded(tmp_path)

    assert ("other.example", 465, None) == (
        settings.relay().host,
        settings.relay().port,
        settings.relay().rate_per_minute,
    )
    assert ("North", Path("recipients/custodians.xlsx")) == (
        settings.audiences[0].tab,
        settings.audiences[0].sheet,
    )
    assert "a@other.example" == settings.sender.address


@pytest.mark.parametrize(
    ("variable", "value"),
    [("DISPATCHER_GUARD", '{"max_recipients": 7}'), ("dispatcher_guard__max_recipients", "7")],
)
def test_a_variable_may_be_a_whole_block_or_in_small_letters(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    """A block is written as JSON; case does not count."""
    monkeypatch.setenv(variable, value)

    assert 7 == loaded(tmp_path).guard.max_recipients


@pytest.mark.parametrize(
    ("variable", "loads"), [("DISPATCHER_RELAY_PASSWORD", False), ("DISPATCHER_RELAY__HOST", True)]
)
def test_what_reads_the_environment_is_loaded_only_for_it(tmp_path: Path, variable: str, *, loads: bool) -> None:
    """A command without such a variable begins sooner; that of the secret is none."""
    program = (
        "import sys; from pathlib import Path; from dispatcher.config import load_settings;"
        "load_settings(Path(sys.argv[1])); print('pydantic_settings' in sys.modules)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program, str(written(tmp_path, {}))],
        env={**os.environ, variable: "mail.customs.example"},
        capture_output=True,
        text=True,
        check=True,
    )

    assert str(loads) == ended.stdout.strip()


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("DISPATCHER_RELAY__PORT", "many", "DISPATCHER_RELAY__PORT: must be a whole number"),
        ("DISPATCHER_RELAY__HOTS", "x", "DISPATCHER_RELAY__HOTS: unknown key; did you mean host?"),
        ("DISPATCHER_RELAI__HOST", "x", "DISPATCHER_RELAI__HOST: unknown key; did you mean relay?"),
        ("DISPATCHER_RELAY__PASSWORD", "hunter2", "DISPATCHER_RELAY__PASSWORD: must not stand here itself"),
        ("DISPATCHER_LANGUAGES", "hi,en", ""),
    ],
)
def test_a_wrong_variable_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, line: str
) -> None:
    """A fault that came from the environment names the variable, not the file."""
    monkeypatch.setenv(variable, value)
    (told,) = problems_of(tmp_path, {})

    assert told.startswith(f"environment: {line}")
    assert "hunter2" not in told


@given(
    content=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass"))
)
@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_content_is_a_traceback(tmp_path: Path, content: bytes) -> None:
    """Whatever stands in the file, what comes of it is lines that name it."""
    path = tmp_path / "config.yaml"
    path.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        load_settings(path)

    assert caught.value.lines
    assert all(line.startswith("config.yaml: ") for line in caught.value.lines)
