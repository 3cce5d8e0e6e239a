"""What the files of a show's folder are: episodes of a season of a series, with versions, extras and subtitles."""

import os
import re
from collections import defaultdict
from datetime import date

from msgspec import Struct

from hearth.ingest import looks, pictures
from hearth.ingest.extras import add_extras
from hearth.ingest.findings import Draft, DraftVersion, Findings, Key, Picture, Unit, from_nfo, key
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
        episode = key("episode", series.key[1], place.word)
        series_of[episode] = series
        episodes[episode].append((entry, name, place))
    by_video: dict[bytes, Key] = {}
    done: set[Key] = set()
    for episode, files in episodes.items():
        series = series_of[episode]
        season = _season_key(series, files[0][2].season)
        if series.key not in done:
            done.add(series.key)
            _add_series(found, unit, series)
        if season not in done:
            done.add(season)
            _add_season(found, unit, series, files[0])
        by_video.update({entry.path: episode for entry, _, _ in files})
        _add_episode(found, unit, episode, season, series, files)
    if not episodes and not extras:
        _add_pictures_alone(found, unit)
    if extras and not series_of and (folder := series_folder(unit.folder)) is not None:
        # Trailers may be filed before the first episode: the series they hang on is told here as well.
        alone = _folder_series(unit, folder)
        _add_series(found, unit, alone)
        series_of[alone.key] = alone
    owner = next(iter(series_of.values())).key if series_of else None
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
    if folder is not None and _names_series(unit, folder, entry, name):
        return _folder_series(unit, folder)
    title = clean(name.title or looks.stem(entry.name), 300)
    return _Series(series_key(title, name.year), None, title, name.year, None)


def series_key(title: str, year: int | None) -> Key:
    """Series are the same when their folded titles and years are."""
    return key("series", fold(title) or title, year or "")


def _names_series(unit: Unit, folder: bytes, entry: Entry, name: names.Name) -> bool:
    """Whether the folder says which series a file is of. In one that holds several shows the files' own titles do."""
    if folder != entry.folder or name.title is None:
        return True
    told, title = fold(names.series_folder(os.fsdecode(folder))), fold(name.title)
    if told.startswith(title) or title.startswith(told):
        return True
    if any(names.season_folder(os.fsdecode(below)) is not None for below in unit.subfolders(folder)):
        return True
    return any(one.name.lower() == b"tvshow.nfo" for one in unit.listing(folder))


def _series_nfo(unit: Unit, folder: bytes) -> Nfo | None:
    for entry in unit.listing(folder):
        if entry.name.lower() == b"tvshow.nfo":
            return next((nfo for nfo in unit.nfo(entry.path) if nfo.kind == "tvshow"), None)
    return None


def _season_key(series: _Series, season: int) -> Key:
    return key("season", series.key[1], season)


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
    season = _season_key(series, place.season)
    found.drafts.append(
        Draft(
            kind="season",
            identity=season[1],
            title="Specials" if place.season == 0 else f"Season {place.season}",
            parent=series.key,
            top=series.key,
            number=place.season,
        )
    )
    if series.folder is not None:
        found.pictures.extend(pictures.of_season(season, place.season, unit.listing(series.folder)))
        if entry.folder != series.folder:
            found.pictures.extend(pictures.of_folder(season, unit.listing(entry.folder)))


def _add_episode(
    found: Findings,
    unit: Unit,
    episode: Key,
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
        versions.append(DraftVersion(episode, label, facts[stack[0]].edition, looks.rank(media), stack))
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
            identity=episode[1],
            parent=season,
            top=series.key,
            group_number=place.season,
            number=place.number,
            last_number=place.last,
            also=(series.title,),
            **fields,  # type: ignore[arg-type]  # fields of Draft by name
        )
    )
    found.pictures.extend(pictures.of_file(episode, first, unit.entries, ("thumb",)))
    found.pictures.append(Picture(episode, "thumb", "frame", first, looks.duration(unit.media[first])))


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
    return _Series(series_key(title, year), folder, title, year, _series_nfo(unit, folder))
