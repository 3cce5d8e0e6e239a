"""What the files of a film folder are: films in versions and parts, their extras and subtitles."""

import os
from collections import defaultdict

from hearth.ingest import looks, pictures
from hearth.ingest.extras import add_extras
from hearth.ingest.findings import Draft, DraftVersion, Findings, Key, Picture, Unit, from_nfo
from hearth.ingest.nfo import Nfo
from hearth.ingest.sidecars import add_sidecars
from hearth.ingest.walk import Entry
from hearth.kit.text import fold
from hearth.media import names
from hearth.media.facts import clean

_Cut = tuple[str | None, str]  # edition and label: what tells versions of one film apart


def identify_films(unit: Unit) -> Findings:
    """Each video of the folder is a film, a part of one, another version of one, or an extra."""
    found = Findings.nothing()
    videos = [entry for entry in unit.entries if entry.kind == "video"]
    extras = {entry: kind for entry in videos if (kind := names.extra(os.fsdecode(entry.path))) is not None}
    films: dict[str, dict[_Cut, list[tuple[int, Entry]]]] = defaultdict(lambda: defaultdict(list))
    facts: dict[str, names.Name] = {}
    for entry in videos:
        if entry in extras or entry.path not in unit.media:
            continue
        name = names.parse(os.fsdecode(entry.path), "movie")
        title = clean(name.title or looks.stem(entry.name), 300)
        identity = film_identity(title, name.year)
        facts.setdefault(identity, name)
        label = name.edition or name.quality or looks.quality(unit.media.get(entry.path)) or looks.stem(entry.name)
        films[identity][name.edition, label].append((name.part or 0, entry))
    by_video: dict[bytes, Key] = {}
    for identity, cuts in films.items():
        key: Key = ("movie", identity)
        entries = [entry for parts in cuts.values() for _, entry in parts]
        by_video.update({entry.path: key for entry in entries})
        alone = len(films) == 1
        _add_film(found, unit, key, facts[identity], cuts, alone=alone)
    first = next(iter(by_video.values()), None)
    add_extras(found, unit, extras, lambda _: first)
    add_sidecars(found, unit, by_video)
    return found


def film_identity(title: str, year: int | None) -> str:
    """Films are the same when their folded titles and years are."""
    return f"{fold(title) or title}|{year or ''}"


def _add_film(
    found: Findings,
    unit: Unit,
    key: Key,
    name: names.Name,
    cuts: dict[_Cut, list[tuple[int, Entry]]],
    *,
    alone: bool,
) -> None:
    versions = [version for cut, parts in cuts.items() for version in _versions(key, cut, parts, unit)]
    versions.sort(key=lambda version: version.rank)
    found.versions.extend(versions)
    first = versions[0].files[0]
    main = unit.media[first]
    fields: dict[str, object] = {
        "title": clean(name.title or looks.stem(first), 300),
        "year": name.year,
        "quality": looks.quality(main),
        "duration_ms": sum(looks.duration(unit.media[path]) or 0 for path in versions[0].files) or None,
        "provider_ids": dict(name.provider_ids),
        **from_nfo(_film_nfo(unit, first, alone=alone)),
    }
    found.drafts.append(Draft(kind="movie", identity=key[1], **fields))  # type: ignore[arg-type]  # fields of Draft by name
    local = pictures.of_file(key, first, unit.entries)
    if alone and unit.folder:
        local += pictures.of_folder(key, [entry for entry in unit.entries if entry.folder == unit.folder])
    found.pictures.extend(local)
    if main.has_cover:
        found.pictures.append(Picture(key, "poster", "embedded", first))
    for kind in ("poster", "thumb"):
        found.pictures.append(Picture(key, kind, "frame", first, looks.duration(main)))


def _versions(key: Key, cut: _Cut, parts: list[tuple[int, Entry]], unit: Unit) -> list[DraftVersion]:
    """Numbered parts of one cut make one version; files without a number, or with the same one, are each their own."""
    edition, label = cut
    numbered = sorted((part, entry.path) for part, entry in parts if part)
    stacks: list[tuple[bytes, ...]] = []
    if len(numbered) > 1 and len({part for part, _ in numbered}) == len(numbered):
        stacks.append(tuple(path for _, path in numbered))
        parts = [(part, entry) for part, entry in parts if not part]
    stacks += [(entry.path,) for _, entry in parts]
    return [
        DraftVersion(key, label if len(stacks) == 1 else f"{label} {looks.stem(files[0])}", edition, rank, files)
        for files in stacks
        for rank in (looks.rank(unit.media.get(files[0])),)
    ]


def _film_nfo(unit: Unit, video: bytes, *, alone: bool) -> Nfo | None:
    """`<video>.nfo`, else `movie.nfo` where the folder holds one film."""
    wanted = [os.path.splitext(video)[0].lower() + b".nfo"]
    if alone:
        wanted.append(os.path.join(os.path.dirname(video), b"movie.nfo").lower())
    there = {entry.path.lower(): entry.path for entry in unit.entries if entry.name.lower().endswith(b".nfo")}
    for path in wanted:
        if path in there and (said := [nfo for nfo in unit.nfo(there[path]) if nfo.kind == "movie"]):
            return said[0]
    return None
