"""Audio files: what they say about themselves. tinytag reads the common formats, mutagen and libav the rest.

Blocking and fed by strangers' files: the server calls it through `prober.Prober`.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any, BinaryIO

from . import tagvalues as values
from .covers import has_cover
from .facts import AudioTags, Unreadable, clean
from .ogg import ogg_window
from .sniff import disguise, open_media, shortfall

if TYPE_CHECKING:
    from tinytag import TinyTag

_MAX_FIELDS = 200
# What every tagger writes, and the name of its program.
_PLAIN = frozenset((
    "title", "artist", "album", "albumartist", "track", "tracktotal", "disc", "disctotal", "genre", "year", "date",
    "tsse", "encoder", "tenc", "encodedby",
))  # fmt: skip
# tinytag's attributes -> the normalised keys of `tagvalues`.
_OWN = ("title", "artist", "album", "albumartist", "composer", "genre", "year", "comment")
_ORIGINAL = ("originaldate", "originalyear", "tdor", "tory", "wmoriginalreleaseyear")
_MIME = re.compile(r'(?:audio|video|application)/([a-z0-9.-]+)(?:; ?codecs="([^"]+)")?')
_CONTAINERS = {"mpeg": "mp3", "mp4": "m4a", "x-wav": "wav", "vnd.wave": "wav", "x-aiff": "aiff", "x-ms-wma": "wma"}
_CONTAINERS |= {"wave": "wav", "x-flac": "flac", "x-ms-asf": "wma"}
_CONTAINERS |= {"asf": "wma", "vnd.ms-asf": "wma"}
_CODECS = {"mp3": "mp3", "flac": "flac", "wav": "pcm", "aiff": "pcm", "wma": "wma"}
_MUTAGEN_KEYS = {
    "tit2": "title", "tpe1": "artist", "tpe2": "albumartist", "talb": "album", "trck": "track", "tpos": "disc",
    "tcon": "genre", "tdrc": "year", "tcom": "composer", "date": "year", "tracknumber": "track", "discnumber": "disc",
}  # fmt: skip


def tags(path: bytes) -> AudioTags:
    """The tags and the technical facts of one audio file. Raises Unreadable with a reason for people."""
    with open_media(path) as file:
        size = os.fstat(file.fileno()).st_size
        head = file.read(4096)
        if what := disguise(head):
            raise Unreadable("not_media", f"This is not a media file but {what}.")
        short = shortfall(file, size) if head[4:8] == b"ftyp" or head.startswith(b"RIFF") else None
        if short and not short[1]:
            raise Unreadable("truncated", "The file is truncated: its index is missing.")
        # An ADTS stream (bare .aac) looks like MP3 to tinytag: the same sync word, but layer 0.
        adts = head[0] == 0xFF and head[1] & 0xF6 == 0xF0
        found = (None if adts else _by_tinytag(file, size, path)) or _by_mutagen(file, size)
    found = found or _by_libav(path)
    if short:
        import msgspec

        return msgspec.structs.replace(found, warnings=("The file is truncated and will stop early.",))
    return found


def _by_tinytag(file: BinaryIO, size: int, path: bytes) -> AudioTags | None:
    from tinytag import TinyTag, TinyTagException, UnsupportedFormatError

    ogg = ogg_window(file, size)
    source: BinaryIO = ogg[0] if ogg else file
    source.seek(0)
    try:
        try:
            # By content first, so that a misnamed file is read as what it is; by name only when that says nothing.
            tag = TinyTag.get(file_obj=source)
        except UnsupportedFormatError:
            tag = TinyTag.get(os.fsdecode(path), file_obj=source)
    except (TinyTagException, OSError, OverflowError):
        return None
    if ogg:
        tag.duration, tag.bitrate = ogg[1], size * 8 / ogg[1] / 1000
    kind = _MIME.match(tag.mime_type or "")
    if kind is None or not tag.duration:
        return None
    container = _CONTAINERS.get(kind[1], kind[1])
    codec = _codec(container, kind[2])
    if codec is None:
        return None
    fields = {name: [value] for name in _OWN if (value := getattr(tag, name)) is not None}
    for name, more in list(tag.other.items())[:_MAX_FIELDS]:
        fields.setdefault(values.key(name), []).extend(more)
    return _assemble(tag, fields, container=container, codec=codec, size=size, covered=has_cover(file))


def _codec(container: str, told: str | None) -> str | None:
    if told is None or container in _CODECS:
        return _CODECS.get(container)
    if told.startswith("mp4a"):
        # Object types by ISO 14496-3: 40.2 AAC LC and kin, 6B MPEG-1 audio.
        return "mp3" if told.upper().endswith((".6B", ".69", ".34")) else "aac"
    return told.lower()


def _bits(kilobits: float | None) -> int | None:
    return round(kilobits * 1000) if kilobits and kilobits > 0 else None


def _assemble(
    tag: TinyTag, fields: dict[str, list[str]], *, container: str, codec: str, size: int, covered: bool
) -> AudioTags:
    duration_ms = round(tag.duration * 1000) if tag.duration else None
    return from_fields(
        fields,
        container=container,
        codec=codec,
        size=size,
        duration_ms=duration_ms,
        bitrate=_bits(tag.bitrate) or (round(size * 8000 / duration_ms) if duration_ms else None),
        sample_rate=tag.samplerate,
        channels=tag.channels,
        bit_depth=tag.bitdepth,
        numbers=(tag.track, tag.track_total, tag.disc, tag.disc_total),
        covered=covered,
    )


def from_fields(
    fields: values.Fields,
    *,
    container: str,
    codec: str,
    size: int,
    duration_ms: int | None,
    bitrate: int | None,
    sample_rate: int | None,
    channels: int | None,
    bit_depth: int | None,
    numbers: tuple[int | None, int | None, int | None, int | None],
    covered: bool,
) -> AudioTags:
    """AudioTags out of raw values by normalised key. `numbers`: track, of how many, disc, of how many (0 is none)."""
    artists, credit = values.artists(fields["artist"]) if "artist" in fields else ((), None)
    album_artists, _ = values.artists(fields["albumartist"]) if "albumartist" in fields else ((), None)
    date, year = values.date(values.first(fields, "year", "date"))
    track, track_total, disc, disc_total = [n if n and 0 < n < 100_000 else None for n in numbers]
    return AudioTags(
        container=container,
        codec=codec,
        size=size,
        duration_ms=duration_ms,
        bitrate=bitrate,
        sample_rate=sample_rate,
        channels=channels,
        bit_depth=bit_depth,
        title=values.first(fields, "title"),
        artists=artists,
        artist_credit=credit,
        album=values.first(fields, "album"),
        album_artists=album_artists,
        track=track,
        track_total=track_total,
        disc=disc,
        disc_total=disc_total,
        date=date,
        year=year,
        genres=values.genres(fields["genre"]) if "genre" in fields else (),
        has_cover=covered,
        **({} if _PLAIN.issuperset(fields) else _more(fields)),
    )


def _more(fields: values.Fields) -> dict[str, Any]:
    """What many files say nothing about: not asking for it spares such a file a third of its time."""
    return {
        "disc_title": values.first(fields, "setsubtitle", "discsubtitle"),
        "original_year": values.date(values.first(fields, *_ORIGINAL))[1],
        "composers": values.composers(fields["composer"]) if "composer" in fields else (),
        "comment": values.first(fields, "comment", limit=2000),
        "isrc": values.first(fields, "isrc", limit=20),
        "bpm": values.number(values.first(fields, "bpm")),
        "sort_title": values.first(fields, "titlesort", "tsot", "sonm"),
        "sort_artist": values.first(fields, "artistsort", "tsop", "soar"),
        "sort_album": values.first(fields, "albumsort", "tsoa", "soal"),
        "sort_album_artist": values.first(fields, "albumartistsort", "tso2", "soaa"),
        "compilation": values.truth(values.first(fields, "compilation", "tcmp", "cpil", "wmiscompilation")),
        "musicbrainz": values.musicbrainz(fields),
        "replaygain": values.replaygain(fields),
        "lyrics": values.lyrics("\n".join(fields.get("lyrics", ())[:1])),
    }


def _by_mutagen(file: BinaryIO, size: int) -> AudioTags | None:
    import mutagen

    file.seek(0)
    try:
        found = mutagen.File(file)
    except Exception:  # damaged files make it raise far more than its own errors
        return None
    if found is None or found.info is None or not getattr(found.info, "length", 0):
        return None
    info = found.info
    fields: dict[str, list[str]] = {}
    covered = False
    for name, value in list((found.tags or {}).items())[:_MAX_FIELDS]:
        covered |= name.startswith("APIC") or name.lower().startswith("cover art")
        raw = getattr(value, "text", value)  # ID3 frames keep their values in .text
        listed = raw if isinstance(raw, list) else str(raw).split("\0") if not isinstance(raw, bytes) else []
        plain = values.key(name.removeprefix("TXXX:"))
        fields.setdefault(_MUTAGEN_KEYS.get(plain, plain), []).extend(clean(str(v), 10_000) for v in listed)
    track, _, track_total = (values.first(fields, "track") or "").partition("/")
    disc, _, disc_total = (values.first(fields, "disc") or "").partition("/")
    kind = type(found).__name__.lower()
    return from_fields(
        fields,
        container=_MUTAGEN_KINDS.get(kind, kind),
        codec=_MUTAGEN_KINDS.get(kind, kind),
        size=size,
        duration_ms=round(info.length * 1000),
        bitrate=int(getattr(info, "bitrate", 0)) or round(size * 8 / info.length),
        sample_rate=getattr(info, "sample_rate", None),
        channels=getattr(info, "channels", None),
        bit_depth=getattr(info, "bits_per_sample", None) or None,
        numbers=(values.number(track), values.number(track_total), values.number(disc), values.number(disc_total)),
        covered=covered,
    )


_MUTAGEN_KINDS = {"monkeysaudio": "ape", "wavpack": "wv", "musepack": "mpc", "trueaudio": "tta", "optimfrog": "ofr"}


def _by_libav(path: bytes) -> AudioTags:
    """Whatever the tag readers do not know: libav names the codec, its metadata stands for the tags."""
    from .probe import probe

    media = probe(path)
    if not media.audio:
        raise Unreadable("not_media", "The file holds no sound.")
    sound = media.audio[0]
    fields = {values.key(name): [text] for name, text in media.tags.items()}
    track, _, track_total = (values.first(fields, "track") or "").partition("/")
    disc, _, disc_total = (values.first(fields, "disc") or "").partition("/")
    return from_fields(
        fields,
        container=media.container,
        codec=sound.codec,
        size=media.size,
        duration_ms=media.duration_ms,
        bitrate=sound.bitrate or media.bitrate,
        sample_rate=sound.sample_rate or None,
        channels=sound.channels or None,
        bit_depth=None,
        numbers=(values.number(track), values.number(track_total), values.number(disc), values.number(disc_total)),
        covered=media.has_cover,
    )
