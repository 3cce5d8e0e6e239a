"""Cues: words survive, whatever charset; markup that could do something does not."""

from __future__ import annotations

import pytest

from hearth.playback.webvtt import clean_cue, decode, to_webvtt


@pytest.mark.parametrize(
    ("data", "text"),
    [
        ("Grüße".encode(), "Grüße"),
        ("Grüße".encode("utf-8-sig"), "Grüße"),
        ("Grüße".encode("utf-16"), "Grüße"),
        (b"\xfe\xff" + "Grüße".encode("utf-16-be"), "Grüße"),
        ("Grüße, ohne Marke".encode("utf-16-le"), "Grüße, ohne Marke"),
        ("Grüße – „so“".encode("cp1252"), "Grüße – „so“"),
        (b"\x81\x8d", "\ufffd\ufffd"),
    ],
)
def test_charsets(data: bytes, text: str) -> None:
    assert decode(data) == text


@pytest.mark.parametrize(
    ("cue", "shown"),
    [
        ("plain", "plain"),
        ("<i>a</i> <B>b</B> <u>c", "<i>a</i> <b>b</b> <u>c</u>"),
        ("<b><i>a</b>", "<b><i>a</i></b>"),
        ("<script>alert(1)</script>", "alert(1)"),
        ("<img src=x onerror=alert(1)>", ""),
        ("<i onclick=alert(1)>a</i>", "a"),
        ("&lt;script&gt;x&lt;/script&gt;", "&lt;script&gt;x&lt;/script&gt;"),
        ("a < b & c > d", "a &lt; b &amp; c &gt; d"),
        ("<<script>script>alert(1)", "&lt;script&gt;alert(1)"),
        ('<font color="red">red</font>', "red"),
        ("<v Bob>hi", "hi"),
        ("{\\an8}up", "up"),
        ("00:00:01.000 --> 00:00:02.000", "00:00:01.000 → 00:00:02.000"),
        ("a\n\n\nb", "a\nb"),
        ("bell\x07", "bell"),
        ("<" * 5000, "&lt;" * 4000),
    ],
)
def test_cues_are_inert(cue: str, shown: str) -> None:
    assert clean_cue(cue) == shown


def test_srt_in_all_its_sloppiness() -> None:
    text = (
        "\ufeff1\r\n0:00:01,5 --> 0:00:02,50\r\nOne\r\n\r\n"
        "2\r\n00:00:03.000-->00:00:04.000 line:90% position:x;y\r\nTwo\r\n"
        "3\r\n00:00:05,000 --> 00:00:06,000\r\nThree\r\n\r\n"
        "NOTE hidden\r\n\r\nSTYLE\r\n::cue{background:url(//evil)}\r\n"
    )
    assert to_webvtt(text) == (
        "WEBVTT\n\n00:00:01.500 --> 00:00:02.500\nOne\n\n00:00:03.000 --> 00:00:04.000 line:90%\nTwo\n"
        "\n00:00:05.000 --> 00:00:06.000\nThree\n"
    )


def test_nonsense_is_empty_and_quick() -> None:
    for text in ("", "\0" * 1000, "-->" * 100_000, "<" * 1_000_000, "00:00:01,000 --> 00:00:02,000\n" * 1000):
        assert to_webvtt(text).startswith("WEBVTT")
