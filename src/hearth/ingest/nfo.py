"""Kodi NFO files: what a person, or their collection manager, wrote down about a film, show, episode or album.

Format: the Kodi wiki's "NFO files" pages (movie, tvshow, episodedetails, artist, album). DOCTYPE and entities are
refused (row 17 of the attacks), a file is read up to 4 MB, and a trailing web address behind the XML is normal.
"""

import re
from collections.abc import Callable
from datetime import date
from typing import TypeVar
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring
from msgspec import Struct

from hearth.catalog import Facts
from hearth.media.facts import clean

MAX_SIZE = 4 * 2**20
_ROOTS = frozenset(("movie", "tvshow", "episodedetails", "artist", "album", "musicvideo"))
_NUMBER = re.compile(r"-?\d+(?:[.,]\d+)?")
_MAX_CREDITS = 200
T = TypeVar("T")


class Actor(Struct, frozen=True):
    """A person of the film or show; `role` is "actor", "director" or "writer"."""

    name: str
    role: str
    character: str | None


class Nfo(Facts, frozen=True, kw_only=True):
    """What an NFO says. None and empty mean that it does not say."""

    kind: str
    title: str | None = None
    sort_title: str | None = None
    season: int | None = None
    episode: int | None = None
    credits: tuple[Actor, ...] = ()


class BadNfo(Exception):
    """An NFO that cannot be used; the message is a sentence for people."""


def read_nfo(data: bytes) -> list[Nfo]:
    """The facts of an NFO; several for a file of several episodes. Empty when it holds a web address alone."""
    if len(data) > MAX_SIZE:
        raise BadNfo("The NFO is larger than 4 MB.")
    start = data.find(b"<")
    if start < 0:
        return []
    found: list[Nfo] = []
    for chunk in _documents(data[start:]):
        try:
            root = fromstring(chunk, forbid_dtd=True)
        except (ParseError, ValueError, LookupError) as error:
            raise BadNfo(f"The NFO is not well-formed XML: {error}.") from None
        except DefusedXmlException:
            raise BadNfo("The NFO declares a DOCTYPE or entities, which are refused.") from None
        if root.tag in _ROOTS:
            found.append(_facts(root))
    return found


def _documents(data: bytes) -> list[bytes]:
    """The XML documents in a file: one, or one an episode, without what follows the last closing tag."""
    ends = [
        match.end() for match in re.finditer(rb"</(?:movie|tvshow|episodedetails|artist|album|musicvideo)\s*>", data)
    ]
    if not ends:
        return [data]
    starts = [0, *ends[:-1]]
    return [data[start:end].strip() for start, end in zip(starts, ends, strict=True)]


def _facts(root: Element) -> Nfo:
    released = _first(_date, root, "premiered", "aired", "releasedate", "year")
    return Nfo(
        kind=root.tag,
        title=_first(_line, root, "title", "name"),
        original_title=_first(_line, root, "originaltitle"),
        sort_title=_first(_line, root, "sorttitle"),
        year=_first(_year, root, "year", "premiered", "aired", "releasedate"),
        released=released,
        overview=_first(_text, root, "plot", "outline", "biography", "review"),
        tagline=_first(_line, root, "tagline"),
        content_rating=_first(_line, root, "mpaa", "certification"),
        film_series=_first(_line, root, "set/name", "set"),
        rating=_rating(root),
        season=_first(_integer, root, "season"),
        episode=_first(_integer, root, "episode"),
        genres=_words(root, "genre") or _words(root, "style"),
        studios=_words(root, "studio") or _words(root, "label"),
        provider_ids=_provider_ids(root),
        credits=_credits(root),
    )


def _first(read: Callable[[str], T | None], root: Element, *tags: str) -> T | None:
    for tag in tags:
        for element in root.iterfind(tag):
            if (value := read(element.text or "")) is not None:
                return value
    return None


def _line(text: str) -> str | None:
    return clean(" ".join(text.split()), 500) or None


def _text(text: str) -> str | None:
    return clean(text, 20_000) or None


def _integer(text: str) -> int | None:
    match = _NUMBER.search(text)
    value = int(float(match.group().replace(",", "."))) if match and len(match.group()) < 10 else -1
    return value if 0 <= value < 100_000 else None


def _year(text: str) -> int | None:
    value = _integer(text[:4])
    return value if value and 1850 <= value <= 2200 else None


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        return None


def _rating(root: Element) -> float | None:
    """The default rating brought to a scale of 10, else the first, else the old plain `<rating>`."""
    rated = sorted(root.iterfind("ratings/rating"), key=lambda element: element.get("default") != "true")
    for element in [*rated, *root.iterfind("rating")]:
        text = element.findtext("value") or element.text or ""
        match = _NUMBER.search(text)
        scale = _integer(element.get("max") or "10") or 10
        if (
            match
            and len(match.group()) < 8
            and 0 < (value := float(match.group().replace(",", ".")) / scale * 10) <= 10
        ):
            return round(value, 2)
    return None


def _words(root: Element, tag: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for element in root.iterfind(tag):
        for part in re.split(r"\s*[/|;]\s*", element.text or ""):
            if word := _line(part):
                found[word[:100]] = None
    return tuple(found)[:50]


def _provider_ids(root: Element) -> dict[str, str]:
    found = {}
    for element in root.iterfind("uniqueid"):
        kind, value = (element.get("type") or "").strip().lower(), (element.text or "").strip()
        if re.fullmatch(r"[a-z0-9_]{2,30}", kind) and re.fullmatch(r"[\w.-]{1,60}", value):
            found[kind] = value
    for tag, kind in (
        ("imdbid", "imdb"),
        ("tmdbid", "tmdb"),
        ("tvdbid", "tvdb"),
        ("musicbrainzalbumid", "musicbrainz"),
        ("musicbrainzartistid", "musicbrainz"),
        ("musicbrainzreleasegroupid", "musicbrainz_group"),
    ):
        value = (root.findtext(tag) or "").strip()
        if re.fullmatch(r"[\w.-]{1,60}", value):
            found.setdefault(kind, value)
    return found


def _credits(root: Element) -> tuple[Actor, ...]:
    people = [Actor(name, "director", None) for name in _words(root, "director")]
    people += [Actor(name, "writer", None) for name in _words(root, "credits")]
    # <order> is how Kodi sorts a cast; those without one keep their place behind.
    cast = sorted(root.iterfind("actor"), key=_order)
    for element in cast:
        if name := _line(element.findtext("name") or ""):
            people.append(Actor(name[:200], "actor", _line(element.findtext("role") or "")))
    return tuple(people[:_MAX_CREDITS])


def _order(actor: Element) -> int:
    told = _integer(actor.findtext("order") or "")
    return _MAX_CREDITS * 1000 if told is None else told
