"""Which bytes of a file a request asks for: ranges and conditions of RFC 9110 (sections 13 and 14)."""

from __future__ import annotations

import os
import re
from email.utils import formatdate, parsedate_to_datetime
from typing import Literal

import msgspec

_RANGE = re.compile(rb"\s*(\d{0,19})\s*-\s*(\d{0,19})\s*")
_MAX_HEADER = 4096


class Answer(msgspec.Struct, frozen=True):
    """Status 200, 206, 304 or 416; bytes `start` to `end` (not included) are what the body holds."""

    status: Literal[200, 206, 304, 416]
    start: int
    end: int


def etag(status: os.stat_result) -> str:
    """A strong entity tag: another size, time or inode is another file."""
    return f'"{status.st_size:x}-{status.st_mtime_ns:x}-{status.st_ino:x}"'


def last_modified(status: os.stat_result) -> str:
    return formatdate(status.st_mtime, usegmt=True)


def answer(headers: dict[bytes, bytes], status: os.stat_result) -> Answer:
    """What to answer to a GET or HEAD with these (lower-case) headers.

    Several ranges in one request are answered with the whole file, as section 14.2 allows: players never ask so, and
    overlapping ranges are a known way to make a server work.
    """
    size, tag = status.st_size, etag(status)
    whole = Answer(200, 0, size)
    if _unchanged(headers, status, tag):
        return Answer(304, 0, 0)
    asked = headers.get(b"range", b"")
    if not asked or len(asked) > _MAX_HEADER or not _if_range_holds(headers, status, tag):
        return whole
    unit, equals, spec = asked.partition(b"=")
    found = _RANGE.fullmatch(spec)
    if unit.strip().lower() != b"bytes" or not equals or found is None or found.groups() == (b"", b""):
        return whole
    first, last = found.groups()
    if not first:
        length = min(int(last), size)
        return Answer(206, size - length, size) if length else Answer(416, 0, 0)
    start = int(first)
    if last and int(last) < start:
        return whole
    if start >= size:
        return Answer(416, 0, 0)
    return Answer(206, start, min(int(last), size - 1) + 1 if last else size)


def _unchanged(headers: dict[bytes, bytes], status: os.stat_result, tag: str) -> bool:
    if (known := headers.get(b"if-none-match")) is not None:
        tags = [word.strip().removeprefix("W/") for word in known.decode("latin-1")[:_MAX_HEADER].split(",")]
        return "*" in tags or tag in tags
    if (since := headers.get(b"if-modified-since")) is not None and b"range" not in headers:
        at = _seconds(since)
        return at is not None and int(status.st_mtime) <= at
    return False


def _if_range_holds(headers: dict[bytes, bytes], status: os.stat_result, tag: str) -> bool:
    """Compared strongly (section 13.1.5): a weak tag, or any other date than ours, means the whole file."""
    condition = headers.get(b"if-range")
    if condition is None:
        return True
    word = condition.decode("latin-1").strip()
    return word == tag if word.startswith(('"', "W/")) else _seconds(condition) == int(status.st_mtime)


def _seconds(header: bytes) -> int | None:
    try:
        return int(parsedate_to_datetime(header.decode("latin-1")).timestamp())
    except (ValueError, TypeError, OverflowError):
        return None
