"""Subtitles as WebVTT with nothing in them but words: text of any charset in, cues that no renderer can run out."""

from __future__ import annotations

import html
import re

_TIME = r"(\d{1,3}:)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMING = re.compile(rf"^[ \t]*{_TIME}[ \t]*-->[ \t]*{_TIME}(?P<rest>.*)$")
# What WebVTT and SRT share; everything else in angle brackets is not for the eyes (voices, classes) or not meant well.
_TAG = re.compile(r"<(/?)\s*([bBiIuU])\s*>")
_ANY_TAG = re.compile(r"<[/!?]?[A-Za-z][^<>]{0,500}>|<\d{1,3}:[0-9:.]{2,20}>")
_ASS_CODE = re.compile(r"\{\\[^{}]{0,500}\}")
_SETTING = re.compile(r"^(?:line|position|size|align|vertical):[A-Za-z0-9.,%-]{1,24}$")
_MAX_CUES = 100_000
_MAX_TEXT = 4_000


def decode(data: bytes) -> str:
    """The text of a subtitle file: by its byte order mark, else UTF-8, else Windows-1252, which never fails here."""
    for mark, charset in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if data.startswith(mark):
            return data.decode(charset, "replace")
    zeros = data[:2000].count(0)
    if zeros > len(data[:2000]) // 4:  # UTF-16 without a mark: every other byte of Latin text is zero
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", "replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def to_webvtt(text: str) -> str:
    """SRT or WebVTT as WebVTT. Styles, notes, regions and unknown tags are dropped; bold, italic, underline stay."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").split("\n")
    blocks: list[str] = []
    at = 0
    while at < len(lines) and len(blocks) < _MAX_CUES:
        timing = _timing(lines[at])
        at += 1
        if timing is None:
            continue
        words: list[str] = []
        while at < len(lines) and lines[at].strip() and _timing(lines[at]) is None:
            words.append(lines[at])
            at += 1
        if at < len(lines) and _timing(lines[at]) is not None and words and words[-1].strip().isdecimal():
            words.pop()  # the next cue's number, where no empty line came before it
        shown = clean_cue("\n".join(words))
        if shown:
            blocks.append(f"{timing}\n{shown}\n")
    return "WEBVTT\n\n" + "\n".join(blocks)


def clean_cue(text: str) -> str:
    """The words of one cue: tags balanced and few, every other markup character escaped, no empty line."""
    text = _ASS_CODE.sub("", text[:_MAX_TEXT])
    kept: list[str] = []
    opened: list[str] = []
    at = 0
    for match in _ANY_TAG.finditer(text):
        kept.append(_escape(text[at : match.start()]))
        at = match.end()
        tag = _TAG.fullmatch(match[0])
        if tag is None:
            continue
        name = tag[2].lower()
        if not tag[1]:
            opened.append(name)
            kept.append(f"<{name}>")
        elif name in opened:
            while (last := opened.pop()) != name:
                kept.append(f"</{last}>")
            kept.append(f"</{name}>")
    kept.append(_escape(text[at:]))
    kept += [f"</{name}>" for name in reversed(opened)]
    lines = [line.strip() for line in "".join(kept).split("\n")]
    return "\n".join(line for line in lines if line)


def _escape(text: str) -> str:
    """Entities are read first, so that `&lt;script&gt;` does not come out doubly escaped, then written again."""
    plain = html.unescape(text).replace("-->", "→")
    plain = "".join(c for c in plain if c >= " " or c in "\n\t")
    return plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\u00a0", "&nbsp;")


def _timing(line: str) -> str | None:
    match = _TIMING.match(line) if "-->" in line else None
    if match is None:
        return None
    start, end = _clock(match.group(1, 2, 3, 4)), _clock(match.group(5, 6, 7, 8))
    settings = [word for word in match["rest"].split() if _SETTING.match(word)]
    return " ".join([f"{start} --> {end}", *settings[:6]])


def _clock(parts: tuple[str | None, ...]) -> str:
    hours, minutes, seconds, fraction = parts
    millis = (fraction or "0").ljust(3, "0")
    return f"{int((hours or '0:')[:-1]):02d}:{int(minutes or 0):02d}:{int(seconds or 0):02d}.{millis}"
