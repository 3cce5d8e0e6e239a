"""What the files of a show's folder are: episodes of a season of a series, with versions, extras and subtitles."""

import os
import re
from collections import defaultdict
from datetime import date

from msgspec import Struct

from hearth.ingest import looks, pictures
from hearth.ingest.extras import add_extras
from hearth.ingest.findings import Draft, DraftVersion, Findings, Key, Picture, Unit, from_nfo
from hearth.ingest.nfo import Nfo
from hearth.ingest.sidecars import add_sidecars
from hearth.ingest.walk import Entry
from hearth.kit.text import fold
from hearth.media import names
from hearth.media.facts import clean

_YEAR = re.compile(r"[(\[]((?:19|20)\d\d)[)\]]")
_REFUSED = "No season and episode number in the name. Name it like «Show S01E02.mkv», or «2024-05-31» for a daily show."


class _Series(Struct, frozen=True):
    """A series as its folder, or the file name alone, tells it."""

    key: Key
    folder: bytes | None
    title: str
    year: int | None
    nfo: Nfo | None


class _Place(Struct, frozen=True, kw_only=True):
    """Where in its series an episode belongs; daily shows have a date instead of a number."""

    season: int
    number: int | None
    last: int | None
    day: date | None

    @property
    def word(self) -> str:
        """The part of the identity that is the episode's own."""
        return self.day.isoformat() if self.number is None and self.day else f"{self.season}x{self.number}"


def identify_shows(unit: Unit) -> Findings:
    """Each video is an episode (or a version or part of one) or an extra; a name that tells neither is refused."""
    found = Findings.nothing()
    videos = [entry for entry in unit.entries if entry.kind == "video"]
    kinds = {entry: names.extra(os.fsdecode(entry.path)) for entry in videos}
    extras = {entry: kind for entry, kind in kinds.items() if kind is not None}
    episodes: dict[Key, list[tuple[Entry, names.Name, _Place]]] = defaultdict(list)
    series_of: dict[Key, _Series] = {}
    for entry in videos:
        if entry in extras or entry.path not in unit.media:
            continue
        name = names.parse(os.fsdecode(entry.path), "episode")
        place = _place(name, entry.folder)
        if place is None:
            found.refused.append((entry.path, _REFUSED))
            continue
        series = _series(unit, entry, name)
        key: Key = ("episode", f"{series.key[1]}/{place.word}")
        series_of[key] = series
        episodes[key].append((entry, name, place))
    by_video: dict[bytes, Key] = {}
    done: set[Key] = set()
    for key, files in episodes.items():
        series = series_of[key]
        season = _season_key(series, files[0][2].season)
        if series.key not in done:
            done.add(series.key)
            _add_series(found, unit, series)
        if season not in done:
            done.add(season)
            _add_season(found, unit, series, files[0])
        by_video.update({entry.path: key for entry, _, _ in files})
        _add_episode(found, unit, key, season, series, files)
    if not episodes and not extras:
        _add_pictures_alone(found, unit)
    owner = _owner(unit, list(series_of.values()))
    add_extras(found, unit, extras, lambda _: owner)
    add_sidecars(found, unit, by_video)
    return found


def _place(name: names.Name, folder: bytes) -> _Place | None:
    day = date.fromisoformat(name.date) if name.date else None
    numbers = name.episodes or name.absolute
    if not numbers and day is None:
        return None
    season = name.season
    if season is None:
        season = names.season_folder(os.fsdecode(folder)) if folder else None
    if season is None:
        season = day.year if day else 1
    first = numbers[0] if numbers else None
    last = numbers[-1] if len(numbers) > 1 else None
    return _Place(season=season, number=first, last=last, day=day)


def series_folder(folder: bytes) -> bytes | None:
    """The folder of the series that a folder belongs to: itself, or the one above a season's; None at the root."""
    while folder and names.season_folder(os.fsdecode(folder)) is not None:
        folder = os.path.dirname(folder)
    return folder or None


def _series(unit: Unit, entry: Entry, name: names.Name) -> _Series:
    folder = series_folder(entry.folder)
    title, year = name.title, name.year
    if folder is not None:
        shown = os.fsdecode(folder)
        told = names.series_folder(shown)
        # A folder that names the series wins; in one that holds several shows the files' own titles tell them apart.
        in_season = folder != entry.folder
        if in_season or title is None or fold(title) == fold(told):
            match = _YEAR.search(os.path.basename(shown))
            title, year = told, int(match.group(1)) if match else None
        else:
            folder = None
    title = clean(title or looks.stem(entry.name), 300)
    nfo = _series_nfo(unit, folder) if folder is not None else None
    return _Series(("series", f"{fold(title) or title}|{year or ''}"), folder, title, year, nfo)


def _series_nfo(unit: Unit, folder: bytes) -> Nfo | None:
    for entry in unit.listing(folder):
        if entry.name.lower() == b"tvshow.nfo":
            return next((nfo for nfo in unit.nfo(entry.path) if nfo.kind == "tvshow"), None)
    return None


def _season_key(series: _Series, season: int) -> Key:
    return ("season", f"{series.key[1]}/{season}")


def _add_series(found: Findings, unit: Unit, series: _Series, *, existing_only: bool = False) -> None:
    fields: dict[str, object] = {"title": series.title, "year": series.year, **from_nfo(series.nfo)}
    if series.folder is not None:
        ids = names.parse(f"{os.fsdecode(series.folder)}/S01E01.mkv", "episode").provider_ids
        fields["provider_ids"] = {**ids, **(series.nfo.provider_ids if series.nfo else {})}
        found.pictures.extend(pictures.of_folder(series.key, unit.listing(series.folder)))
    found.drafts.append(
        Draft(kind="series", identity=series.key[1], existing_only=existing_only, **fields)  # type: ignore[arg-type]  # fields of Draft by name
    )


def _add_season(found: Findings, unit: Unit, series: _Series, first: tuple[Entry, names.Name, _Place]) -> None:
    entry, _, place = first
    key = _season_key(series, place.season)
    found.drafts.append(
        Draft(
            kind="season",
            identity=key[1],
            title="Specials" if place.season == 0 else f"Season {place.season}",
            parent=series.key,
            top=series.key,
            number=place.season,
        )
    )
    if series.folder is not None:
        found.pictures.extend(pictures.of_season(key, place.season, unit.listing(series.folder)))
        if entry.folder != series.folder:
            found.pictures.extend(pictures.of_folder(key, unit.listing(entry.folder)))


def _add_episode(
    found: Findings,
    unit: Unit,
    key: Key,
    season: Key,
    series: _Series,
    files: list[tuple[Entry, names.Name, _Place]],
) -> None:
    parts = sorted((name.part, entry.path) for entry, name, _ in files if name.part)
    stacks: list[tuple[bytes, ...]] = [(entry.path,) for entry, _, _ in files]
    if len(parts) == len(files) > 1 and len({part for part, _ in parts}) == len(parts):
        stacks = [tuple(path for _, path in parts)]
    facts = {entry.path: name for entry, name, _ in files}
    versions = []
    for stack in stacks:
        media = unit.media[stack[0]]
        label = facts[stack[0]].edition or looks.quality(media) or looks.stem(stack[0])
        versions.append(DraftVersion(key, label, facts[stack[0]].edition, looks.rank(media), stack))
    versions.sort(key=lambda version: version.rank)
    found.versions.extend(versions)
    first = versions[0].files[0]
    name, place = facts[first], files[0][2]
    nfo = _episode_nfo(unit, first, place)
    told = clean(name.episode_title or "", 300)
    fallback = place.day.isoformat() if place.number is None and place.day else f"Episode {place.number}"
    fields: dict[str, object] = {
        "title": told or fallback,
        "released": place.day,
        "duration_ms": sum(looks.duration(unit.media[path]) or 0 for path in versions[0].files) or None,
        "quality": looks.quality(unit.media[first]),
        **from_nfo(nfo),
    }
    found.drafts.append(
        Draft(
            kind="episode",
            identity=key[1],
            parent=season,
            top=series.key,
            group_number=place.season,
            number=place.number,
            last_number=place.last,
            also=(series.title,),
            **fields,  # type: ignore[arg-type]  # fields of Draft by name
        )
    )
    found.pictures.extend(pictures.of_file(key, first, unit.entries, ("thumb",)))
    found.pictures.append(Picture(key, "thumb", "frame", first, looks.duration(unit.media[first])))


def _episode_nfo(unit: Unit, video: bytes, place: _Place) -> Nfo | None:
    wanted = os.path.splitext(video)[0].lower() + b".nfo"
    for entry in unit.entries:
        if entry.path.lower() == wanted:
            said = [nfo for nfo in unit.nfo(entry.path) if nfo.kind == "episodedetails"]
            return next((nfo for nfo in said if nfo.episode == place.number), said[0] if said else None)
    return None


def _add_pictures_alone(found: Findings, unit: Unit) -> None:
    """A folder of pictures and NFO alone: it may be that of a series that is known already."""
    folder = series_folder(unit.folder)
    if folder is None or folder != unit.folder:
        return
    _add_series(found, unit, _folder_series(unit, folder), existing_only=True)


def _folder_series(unit: Unit, folder: bytes) -> _Series:
    shown = os.fsdecode(folder)
    title = clean(names.series_folder(shown), 300)
    match = _YEAR.search(os.path.basename(shown))
    year = int(match.group(1)) if match else None
    return _Series(("series", f"{fold(title) or title}|{year or ''}"), folder, title, year, _series_nfo(unit, folder))


def _owner(unit: Unit, here: list[_Series]) -> Key | None:
    if here:
        return here[0].key
    folder = series_folder(unit.folder)
    return None if folder is None else _folder_series(unit, folder).key
