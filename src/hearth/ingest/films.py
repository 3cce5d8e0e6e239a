"""What the files of a film folder are: films in versions and parts, their extras and subtitles."""

import os
from collections import Counter, defaultdict

from msgspec import structs

from hearth.ingest import looks, pictures
from hearth.ingest.extras import add_extras, owner_by_name
from hearth.ingest.findings import Draft, DraftVersion, Findings, Key, Picture, Unit, from_nfo, key
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
    by_key: dict[Key, list[names.Version]] = defaultdict(list)
    for item in names.versions(readable):
        by_key[film_key(item.primary.files[0])] += [item.primary, *item.alternates]
    by_video: dict[bytes, Key] = {}
    for film, versions in by_key.items():
        by_video.update({os.fsencode(path): film for version in versions for path in version.files})
        _add_film(found, unit, film, versions, alone=len(by_key) == 1)
    add_extras(found, unit, extras, lambda entry: owner_by_name(by_video, entry))
    add_sidecars(found, unit, by_video)
    return found


def film_key(path: str) -> Key:
    """Films are the same when their folded titles and years are, and what their names tell of provider ids.

    Without a year the folder counts too: "clip1" of two holidays are two films.
    """
    name = names.parse(path, "movie")
    title = clean(name.title or looks.stem(os.fsencode(path)), 300)
    ids = "".join(f"|{kind}:{value}" for kind, value in sorted(name.provider_ids.items()))
    place = name.year or clean(os.path.dirname(path), 1000)
    return key("movie", fold(title) or title, f"{place}{ids}")


def _add_film(found: Findings, unit: Unit, film: Key, versions: list[names.Version], *, alone: bool) -> None:
    name = names.parse(versions[0].files[0], "movie")
    drafts = sorted((_version(unit, film, version) for version in versions), key=lambda version: version.rank)
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
        "film_series": names.film_series(os.fsdecode(first)),
        **from_nfo(_film_nfo(unit, first, alone=alone)),
    }
    found.drafts.append(Draft(kind="movie", identity=film[1], **fields))  # type: ignore[arg-type]  # fields of Draft by name
    local = pictures.of_file(film, first, unit.entries)
    if alone and unit.folder:
        local += pictures.of_folder(film, [entry for entry in unit.entries if entry.folder == unit.folder])
    found.pictures.extend(local)
    if main.has_cover:
        found.pictures.append(Picture(film, "poster", "embedded", first))
    for kind in ("poster", "thumb"):
        found.pictures.append(Picture(film, kind, "frame", first, looks.duration(main)))


def _version(unit: Unit, film: Key, version: names.Version) -> DraftVersion:
    name = names.parse(version.files[0], "movie")
    files = tuple(os.fsencode(path) for path in version.files)
    media = unit.media[files[0]]
    picture = looks.quality(media) or name.quality
    words = [word for word in (name.edition, picture, name.format_3d) if word]
    return DraftVersion(film, " · ".join(words) or clean(version.name, 200), name.edition, looks.rank(media), files)


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
