"""What the files of a film folder are: films in versions and parts, their extras and subtitles."""

import os
from collections import Counter, defaultdict

from msgspec import structs

from hearth.ingest import looks, pictures
from hearth.ingest.extras import add_extras
from hearth.ingest.findings import Draft, DraftVersion, Findings, Key, Picture, Unit, from_nfo
from hearth.ingest.nfo import Nfo
from hearth.ingest.sidecars import add_sidecars
from hearth.kit.text import fold
from hearth.media import names
from hearth.media.facts import clean


def identify_films(unit: Unit) -> Findings:
    """Each video of the folder is a film, a part of one, another version of one, or an extra."""
    found = Findings.nothing()
    videos = {os.fsdecode(entry.path): entry for entry in unit.entries if entry.kind == "video"}
    extras = {entry: kind for path, entry in videos.items() if (kind := names.extra(path)) is not None}
    readable = [path for path, entry in videos.items() if entry.path in unit.media and entry not in extras]
    by_identity: dict[str, list[names.Version]] = defaultdict(list)
    for item in names.versions(readable):
        by_identity[_identity(item.primary.files[0])] += [item.primary, *item.alternates]
    by_video: dict[bytes, Key] = {}
    for identity, versions in by_identity.items():
        key: Key = ("movie", identity)
        by_video.update({os.fsencode(path): key for version in versions for path in version.files})
        _add_film(found, unit, key, versions, alone=len(by_identity) == 1)
    first = next(iter(by_video.values()), None)
    add_extras(found, unit, extras, lambda _: first)
    add_sidecars(found, unit, by_video)
    return found


def _identity(path: str) -> str:
    name = names.parse(path, "movie")
    return film_identity(clean(name.title or looks.stem(os.fsencode(path)), 300), name.year)


def film_identity(title: str, year: int | None) -> str:
    """Films are the same when their folded titles and years are."""
    return f"{fold(title) or title}|{year or ''}"


def _add_film(found: Findings, unit: Unit, key: Key, versions: list[names.Version], *, alone: bool) -> None:
    name = names.parse(versions[0].files[0], "movie")
    drafts = sorted((_version(unit, key, version) for version in versions), key=lambda version: version.rank)
    labels = Counter(version.label for version in drafts)
    for version in drafts:
        distinct = version.label if labels[version.label] == 1 else looks.stem(version.files[0])
        found.versions.append(structs.replace(version, label=distinct))
    first = drafts[0].files[0]
    main = unit.media[first]
    fields: dict[str, object] = {
        "title": clean(name.title or looks.stem(first), 300),
        "year": name.year,
        "quality": looks.quality(main),
        "duration_ms": sum(looks.duration(unit.media[path]) or 0 for path in drafts[0].files) or None,
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


def _version(unit: Unit, key: Key, version: names.Version) -> DraftVersion:
    name = names.parse(version.files[0], "movie")
    files = tuple(os.fsencode(path) for path in version.files)
    media = unit.media[files[0]]
    picture = looks.quality(media) or name.quality
    words = [word for word in (name.edition, picture, name.format_3d) if word]
    return DraftVersion(key, " · ".join(words) or clean(version.name, 200), name.edition, looks.rank(media), files)


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
