"""What the audio files of a folder are: tracks of albums by artists, told by tags, and by folders where tags fail."""

import functools
import os
import re
from collections import defaultdict
from itertools import groupby

from msgspec import Struct, structs

from hearth.ingest import looks, pictures
from hearth.ingest.cue import Cue, CueTrack
from hearth.ingest.findings import Draft, DraftSidecar, DraftVersion, Findings, Key, Media, Picture, Unit, from_nfo, key
from hearth.ingest.nfo import Nfo
from hearth.ingest.walk import Entry
from hearth.kit.text import fold
from hearth.media import names, tagvalues
from hearth.media.facts import AudioTags, clean

_NUMBERED = re.compile(r"^\s*(?:(?P<disc>\d)-)?(?P<number>\d{1,3})(?:\s*[-._)]\s*|\s+)(?P<title>\S.*)$")
_VARIOUS = "Various Artists"
_UNKNOWN_ARTIST, _UNKNOWN_ALBUM = "Unknown Artist", "Unknown Album"
_MAX_GENRES = 8


class _Track(Struct, frozen=True, kw_only=True):
    """An audio file with what its tags, or else its name and folders, say."""

    entry: Entry
    media: Media
    title: str
    number: int | None
    disc: int | None
    album: str
    artists: tuple[str, ...]
    tags: AudioTags | None
    start_ms: int | None = None
    """Where it begins in its file and where it ends, of an album in one file."""
    end_ms: int | None = None

    @property
    def duration_ms(self) -> int | None:
        """How long it plays."""
        end = looks.duration(self.media) if self.end_ms is None else self.end_ms
        return end if end is None or self.start_ms is None else max(0, end - self.start_ms)


def identify_music(unit: Unit) -> Findings:
    """Each audio file is a track; tracks of one album title in one folder are one album."""
    found = Findings.nothing()
    cut = _cut_by_sheets(unit)
    tracks = [
        track
        for entry in unit.entries
        if entry.kind == "audio" and entry.path in unit.media
        for track in cut.get(entry.path) or [_track(unit, entry)]
    ]
    lyrics = {entry.path for entry in unit.entries if entry.kind == "text"}
    albums: dict[str, list[_Track]] = defaultdict(list)
    for track in tracks:
        albums[fold(track.album) or track.album].append(track)
    for group in albums.values():
        _add_album(found, unit, group, lyrics, alone=len(albums) == 1)
    return found


def _track(unit: Unit, entry: Entry) -> _Track:
    media = unit.media[entry.path]
    tags = media if isinstance(media, AudioTags) else None
    stem = looks.stem(entry.name)
    match = _NUMBERED.match(stem)
    name_title = match["title"] if match else stem
    folder = _album_folder(entry.folder)
    title = clean((tags.title if tags else None) or name_title, 300)
    artists = (tags.artists if tags else ()) or _folder_artist(folder)
    disc = tags.disc if tags and tags.disc else names.disc_folder(os.fsdecode(entry.folder)) if entry.folder else None
    return _Track(
        entry=entry,
        media=media,
        title=title,
        number=tags.track if tags and tags.track else int(match["number"]) if match else None,
        disc=disc or (int(match["disc"]) if match and match["disc"] else None),
        album=clean((tags.album if tags else None) or (looks.shown(folder) if folder else _UNKNOWN_ALBUM), 300),
        artists=_with_featured(artists, title),
        tags=tags,
    )


def _with_featured(artists: tuple[str, ...], title: str) -> tuple[str, ...]:
    """With those whom the title alone names: "Low Tide (feat. Ada Vale)"."""
    more = tagvalues.featured(title)
    return tagvalues.unique((*artists, *more)) if more else artists


def _cut_by_sheets(unit: Unit) -> dict[bytes, list[_Track]]:
    """Audio file -> the tracks that a CUE sheet beside it cuts it into, where it is more than one."""
    cut: dict[bytes, list[_Track]] = {}
    for sheet in unit.entries:
        if not sheet.name.lower().endswith(b".cue") or (cue := unit.cue(sheet.path)) is None:
            continue
        for name, tracks in groupby(cue.tracks, key=lambda track: track.file):
            entry = _sheet_file(unit, sheet, name)
            pieces = list(tracks)
            if entry is not None and entry.path not in cut and len(pieces) > 1:
                cut[entry.path] = [_piece(unit, entry, cue, piece) for piece in pieces]
    return cut


def _sheet_file(unit: Unit, sheet: Entry, name: str) -> Entry | None:
    """The file that a sheet names; it may have been compressed since, or renamed together with the sheet."""
    audio = [
        one for one in unit.entries if one.kind == "audio" and one.folder == sheet.folder and one.path in unit.media
    ]
    told = os.path.basename(name.replace("\\", "/")).casefold()
    by_name = {os.fsdecode(one.name).casefold(): one for one in audio}
    by_stem = {os.path.splitext(shown)[0]: one for shown, one in by_name.items()}
    own = os.path.splitext(os.fsdecode(sheet.name))[0].casefold()
    # "Album.flac.cue" is how some programs name the sheet of Album.flac.
    return by_name.get(told) or by_stem.get(os.path.splitext(told)[0]) or by_stem.get(own) or by_name.get(own)


def _piece(unit: Unit, entry: Entry, cue: Cue, piece: CueTrack) -> _Track:
    media = unit.media[entry.path]
    whole = media if isinstance(media, AudioTags) else None
    folder = _album_folder(entry.folder)
    by, _ = tagvalues.artists((cue.performer,)) if cue.performer else ((), None)
    own, credit = tagvalues.artists((piece.performer,)) if piece.performer else ((), None)
    album_by = (whole.album_artists if whole else ()) or by
    artists = own or by or (whole.artists if whole else ()) or _folder_artist(folder)
    title = piece.title or f"Track {piece.number}"
    album = cue.title or (whole.album if whole else None) or (looks.shown(folder) if folder else _UNKNOWN_ALBUM)
    tags = None
    if whole is not None:
        tags = structs.replace(
            whole, title=title, artists=artists, artist_credit=credit, album_artists=album_by, track=piece.number,
            date=whole.date or (str(cue.year) if cue.year else None), year=whole.year or cue.year,
            genres=whole.genres or ((cue.genre,) if cue.genre else ()), lyrics=None,
            musicbrainz=structs.replace(whole.musicbrainz, recording=None, track=None),
        )  # fmt: skip
    told = names.disc_folder(os.fsdecode(entry.folder)) if entry.folder else None
    return _Track(
        entry=entry,
        media=media,
        title=title,
        number=piece.number,
        disc=cue.disc or (whole.disc if whole else None) or told,
        album=clean(album, 300),
        artists=_with_featured(artists, title),
        tags=tags,
        start_ms=piece.start_ms,
        end_ms=piece.end_ms,
    )


def _album_folder(folder: bytes) -> bytes:
    """The folder of the album: the one above for a disc's folder."""
    if folder and names.disc_folder(os.fsdecode(folder)) is not None and os.path.dirname(folder):
        return os.path.dirname(folder)
    return folder


def _folder_artist(album_folder: bytes) -> tuple[str, ...]:
    above = os.path.dirname(album_folder)
    return (looks.shown(above),) if above else ()


def _album_artists(group: list[_Track]) -> tuple[str, ...]:
    """Who the album is by: its tag, else "Various Artists" when tracks differ or say compilation, else the artist."""
    for track in group:
        if track.tags and track.tags.album_artists:
            return track.tags.album_artists
    if any(track.tags and track.tags.compilation for track in group):
        return (_VARIOUS,)
    firsts = {fold(track.artists[0]): track.artists[0] for track in group if track.artists}
    if len(firsts) > 1:
        return (_VARIOUS,)
    return tuple(firsts.values()) or (_UNKNOWN_ARTIST,)


def _add_album(found: Findings, unit: Unit, group: list[_Track], lyrics: set[bytes], *, alone: bool) -> None:
    by = _album_artists(group)
    artists = {artist_identity(name): name for name in (*by, *(name for track in group for name in track.artists))}
    main = artist_identity(by[0])
    for identity, name in artists.items():
        told = from_nfo(_artist_nfo(unit, identity)) if identity == main else {}
        fields: dict[str, object] = {"title": clean(name, 300), **told}
        found.drafts.append(Draft(kind="artist", identity=identity, **fields))  # type: ignore[arg-type]  # fields of Draft by name
    title = group[0].album
    releases = {track.tags.musicbrainz.release for track in group if track.tags and track.tags.musicbrainz.release}
    album = key("album", main, fold(title) or title, *(releases if len(releases) == 1 else ()))
    years = [year for track in group if track.tags and (year := track.tags.original_year or track.tags.year)]
    genres = dict.fromkeys(genre for track in group if track.tags for genre in track.tags.genres)
    said = _album_nfo(unit, title, alone=alone)
    facts: dict[str, object] = {
        "title": title,
        "year": min(years) if years else None,
        "genres": tuple(genres)[:_MAX_GENRES],
        **from_nfo(said),
        "provider_ids": {**_ids(group), **(said.provider_ids if said else {})},
    }
    found.drafts.append(
        Draft(
            kind="album",
            identity=album[1],
            parent=("artist", main),
            top=("artist", main),
            artists=tuple(dict.fromkeys(artist_identity(name) for name in by)),
            also=(*by, title),
            **facts,  # type: ignore[arg-type]  # fields of Draft by name
        )
    )
    _add_cover(found, unit, album, main, group)
    versions: dict[Key, list[_Track]] = defaultdict(list)
    for track in group:
        one = key("track", album[1], track.disc or 1, track.number or "", fold(track.title) or track.title)
        versions[one].append(track)
    for one, tracks in versions.items():
        _add_track(found, one, album, ("artist", main), tracks, lyrics)


def _add_track(
    found: Findings, track_key: Key, album: Key, artist: Key, tracks: list[_Track], lyrics: set[bytes]
) -> None:
    first = tracks[0]
    credited = first.artists or (artist[1],)
    found.drafts.append(
        Draft(
            kind="track",
            identity=track_key[1],
            title=first.title,
            parent=album,
            top=artist,
            group_number=first.disc or 1,
            number=first.number,
            year=looks.year_from(first.tags.date if first.tags else None),
            duration_ms=first.duration_ms,
            genres=first.tags.genres[:_MAX_GENRES] if first.tags else (),
            provider_ids={"musicbrainz": rec} if first.tags and (rec := first.tags.musicbrainz.recording) else {},
            artists=tuple(dict.fromkeys(artist_identity(name) for name in credited)),
            also=(*credited, first.album),
        )
    )
    for track in tracks:
        label = track.tags.codec.upper() if track.tags else looks.stem(track.entry.name)
        bitrate = (track.media.bitrate or 0) // 1000
        found.versions.append(
            DraftVersion(track_key, label, None, -bitrate, (track.entry.path,), track.start_ms, track.end_ms)
        )
        beside = os.path.splitext(track.entry.path)[0] + b".lrc" if lyrics else b""
        if track.start_ms is None and beside in lyrics:
            found.sidecars.append(DraftSidecar(track_key, beside, "lyrics"))


def _album_nfo(unit: Unit, title: str, *, alone: bool) -> Nfo | None:
    """`album.nfo` of the album's folder; where a folder holds several albums, it is that of the one it names."""
    said = _nfo_in(unit, _album_folder(unit.folder), b"album.nfo", "album") if unit.folder else None
    return said if said is not None and (alone or fold(said.title or "") == fold(title)) else None


def _artist_nfo(unit: Unit, identity: str) -> Nfo | None:
    """`artist.nfo` of the folder above the album's; it has to name this artist, or the folder does."""
    above = os.path.dirname(_album_folder(unit.folder))
    said = _nfo_in(unit, above, b"artist.nfo", "artist") if above else None
    if said is None:
        return None
    names_it = identity in (artist_identity(looks.shown(above)), artist_identity(said.title or ""))
    return said if names_it else None


def _nfo_in(unit: Unit, folder: bytes, name: bytes, kind: str) -> Nfo | None:
    for entry in unit.listing(folder):
        if entry.name.lower() == name:
            return next((nfo for nfo in unit.nfo(entry.path) if nfo.kind == kind), None)
    return None


@functools.lru_cache(maxsize=4096)
def artist_identity(name: str) -> str:
    """Artists are the same when their folded names are."""
    return key("artist", fold(name) or name.casefold())[1]


def _ids(group: list[_Track]) -> dict[str, str]:
    for track in group:
        if track.tags and track.tags.musicbrainz.release:
            ids = {"musicbrainz": track.tags.musicbrainz.release}
            if track.tags.musicbrainz.release_group:
                ids["musicbrainz_group"] = track.tags.musicbrainz.release_group
            return ids
    return {}


def _add_cover(found: Findings, unit: Unit, album: Key, artist: str, group: list[_Track]) -> None:
    folder = _album_folder(unit.folder)
    local = pictures.of_album(album, unit.entries) if unit.folder else []
    if not local and folder != unit.folder:
        local = pictures.of_album(album, unit.listing(folder))
    found.pictures.extend(local)
    if cover := next((track for track in group if track.media.has_cover), None):
        found.pictures.append(Picture(album, "poster", "embedded", cover.entry.path))
    above = os.path.dirname(folder)
    if above and artist_identity(looks.shown(above)) == artist:
        found.pictures.extend(pictures.of_folder(("artist", artist), unit.listing(above)))
