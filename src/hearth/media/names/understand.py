"""From a path to a Name: reads the file's name, then its folders, and joins them."""

import re
from functools import lru_cache
from typing import NamedTuple

from hearth.media.names.editions import declared_edition, find_edition
from hearth.media.names.episodes import CLEAR, STRONG
from hearth.media.names.folders import is_generic, season_of, series_name
from hearth.media.names.formats import split_extension
from hearth.media.names.groups import release_group
from hearth.media.names.movies import choose_movie
from hearth.media.names.name import Kind, Name
from hearth.media.names.paths import parts
from hearth.media.names.providers import provider_ids, without_ids
from hearth.media.names.shows import Reading, read_show
from hearth.media.names.stereo import format_3d
from hearth.media.names.text import prepare, readable, ungroup
from hearth.media.names.titles import folded, is_hashed
from hearth.media.names.tokens import quality, tokens

_COUNTRY = re.compile(r"(?P<title>.+?) (?P<country>us|uk|au|nz|ca|gb)$")


def parse(path: str, kind: Kind | None = None) -> Name:
    """Understand `path` (decoded by surrogateescape or not; either separator; relative or absolute).

    kind: what the library holds. Without it episodes are recognised by their numbers, and everything else that has a
    year, release words, a folder or a known extension is taken for a film. Never raises; reads no file.
    """
    pieces = parts(readable(path))[-6:]
    if not pieces:
        return Name(kind=kind)
    stem, extension = split_extension(pieces[-1])
    ids: dict[str, str] = {}
    for piece in reversed([*pieces[-3:-1], stem]):
        for provider, value in provider_ids(piece).items():
            ids.setdefault(provider, value)
    bare = [without_ids(piece) for piece in pieces[:-1]] + [without_ids(stem)]
    if kind == "movie":
        return _movie(bare, ids)
    if kind == "episode":
        return _episode(bare, ids, _shown(bare))
    return _guess(bare, ids, extension)


def _movie(pieces: list[str], ids: dict[str, str]) -> Name:
    stem = pieces[-1]
    film = choose_movie(pieces, stem)
    stereo = format_3d(stem)
    return Name(
        kind="movie",
        title=film.title or None,
        long_title=film.long_title if film.long_title != film.title else None,
        year=film.year,
        edition=declared_edition(stem) or film.edition,
        part=film.part,
        date=film.date,
        quality=_quality(pieces),
        provider_ids=ids,
        release_group=_group(pieces, film.groups),
        is_3d=stereo is not None,
        format_3d=stereo,
    )


def _quality(pieces: list[str]) -> str | None:
    return quality(pieces[-1]) or (quality(pieces[-2]) if len(pieces) > 1 else None)


def _group(pieces: list[str], groups: tuple[str, ...]) -> str | None:
    """The release's group, from the folder when the file's name does not say."""
    found = release_group(pieces[-1], groups)
    return found or (release_group(pieces[-2], ()) if len(pieces) > 1 else None)


class _Shown(NamedTuple):
    """A path read as an episode's: its name, and the season and the series' name that its folders give."""

    name: Reading
    season: int | None
    folder: str


def _shown(pieces: list[str]) -> _Shown:
    season, folder = _season_of(pieces), _series_of(pieces)
    return _Shown(read_show(pieces[-1], in_season=season, folder=folder), season, folder)


def _episode(pieces: list[str], ids: dict[str, str], shown: _Shown) -> Name:
    stem = pieces[-1]
    mine, season, folder = shown
    hashed = is_hashed(stem) and not (mine.strength == STRONG and mine.title and not is_hashed(mine.title))
    if hashed and mine.strength < STRONG:
        mine = mine._replace(title="", episodes=(), absolute=(), season=None, strength=0)
    theirs = _of_folder(pieces, mine)
    if theirs is not None:
        mine = theirs
    title, country = _join_titles(mine, folder, hashed and theirs is None)
    number = mine.season if mine.season is not None else (None if mine.date else season)
    edition = find_edition(stem, tokens(stem))
    stereo = format_3d(stem)
    return Name(
        kind="episode",
        title=title or None,
        year=mine.year if mine.year is not None else _year_of(pieces),
        season=number,
        episodes=mine.episodes,
        absolute=mine.absolute,
        date=mine.date,
        edition=edition[1] if edition else None,
        part=mine.part,
        quality=_quality(pieces),
        episode_title=mine.episode_title,
        provider_ids=ids,
        release_group=_group(pieces, mine.groups),
        country=country,
        is_3d=stereo is not None,
        format_3d=stereo,
    )


@lru_cache(maxsize=4096)
def _folder(folder: str) -> Reading:
    """A folder's name, read as a show's: kept, because a folder is asked about once for every file in it."""
    return read_show(folder)


@lru_cache(maxsize=4096)
def _is_nameless(folder: str) -> bool:
    return is_generic(folder) or is_hashed(folder)


def _season_of(pieces: list[str]) -> int | None:
    """The season of the nearest folders; a folder that names an episode is not one."""
    for at in range(len(pieces) - 1, max(0, len(pieces) - 3), -1):
        season = season_of(pieces[at - 1].strip(), pieces[at - 2] if at > 1 else "")
        if season is not None:
            return season
    return None


def _series_of(pieces: list[str]) -> str:
    """The series' name of the nearest folder that has one."""
    for at in range(len(pieces) - 1, 0, -1):
        folder = pieces[at - 1]
        if (
            season_of(folder.strip(), pieces[at - 2] if at > 1 else "") is not None
            and season_of(folder.strip(), "") is not None
        ):
            continue
        if not _is_nameless(folder) and _INSIDE.match(folder) is None:
            return _folder(folder).title or series_name(folder)
    return ""


# Folders below a season's: of one episode, of one disc.
_INSIDE = re.compile(r"(?:s\d{1,4}[ ._]?e|e|ep|episode|folge)[ ._]?\d|(?:cd|dis[ck]|dvd)[ ._-]?\d{1,2}$", re.IGNORECASE)
_YEARED = re.compile(r"[(\[](?P<y>(?:19|20)\d\d)(?:[-–](?:(?:19|20)\d\d)?)?[)\]]")


def _year_of(pieces: list[str]) -> int | None:
    """The year of the series' folder."""
    for folder in reversed(pieces[-4:-1]):
        match = _YEARED.search(folder)
        if match is not None and season_of(folder.strip(), "") is None:
            return int(match["y"])
    return None


def _of_folder(pieces: list[str], mine: Reading) -> Reading | None:
    """The parent folder's reading when it is an episode's release and the file's own name says less."""
    if mine.strength >= CLEAR or len(pieces) < 2:
        return None
    for folder in reversed(pieces[-3:-1]):
        if _is_nameless(folder):
            continue
        theirs = _folder(folder)
        return theirs if theirs.strength == STRONG and (theirs.episodes or theirs.date) else None
    return None


def _join_titles(mine: Reading, folder: str, hashed: bool) -> tuple[str, str | None]:
    if not mine.title or hashed:
        return folder, mine.country
    if not folder or folder == mine.title:
        return mine.title, mine.country
    ours, theirs = folded(mine.title), folded(folder)
    if ours == theirs or (mine.title.casefold().startswith(folder.casefold() + " -")):
        return folder, mine.country
    match = _COUNTRY.fullmatch(ours)
    if match is not None and match["title"] == theirs:
        return folder, match["country"].upper()
    return mine.title, mine.country


def _guess(pieces: list[str], ids: dict[str, str], extension: str) -> Name:
    stem = pieces[-1]
    groups = ungroup(prepare(stem)).groups
    shown = _shown(pieces)
    mine = shown.name
    counted = mine.strength == CLEAR and (bool(groups) or mine.season is not None or len(pieces) > 1)
    if not is_hashed(stem) and (mine.strength == STRONG or counted or _says_episode(stem, mine)):
        return _episode(pieces, ids, shown)
    if _of_folder(pieces, mine) is not None:
        return _episode(pieces, ids, shown)
    film = _movie(pieces, ids)
    if film.title and not (film.year or film.quality or extension or len(pieces) > 1 or ids or _noisy(stem)):
        return Name(kind=None)
    return film


def _says_episode(stem: str, shown: Reading) -> bool:
    return shown.strength == CLEAR and bool(re.search(r"(?i)(?<![a-z])(?:e|ep|episode|folge|seasons?|s)[ ._]?\d", stem))


def _noisy(stem: str) -> bool:
    return any(word.kind == "strong" for word in tokens(stem))
