"""The files of an item for people and players: versions, streams with labels, chapters."""

from collections.abc import Iterable, Sequence
from typing import Literal

import msgspec

from hearth import browse
from hearth.api.v1 import views
from hearth.media import AudioStream, AudioTags, MediaInfo, SubtitleStream, VideoStream

SIDECAR_FROM = 500
"""Streams of a file count from 0; subtitles beside it from here on, in the order of `browse.Detail.sidecars`."""

_CODECS = {
    "h264": "H.264", "hevc": "HEVC", "av1": "AV1", "vp9": "VP9", "vp8": "VP8", "mpeg2video": "MPEG-2",
    "mpeg4": "MPEG-4", "vc1": "VC-1", "aac": "AAC", "ac3": "AC-3", "eac3": "E-AC-3", "truehd": "TrueHD", "dts": "DTS",
    "flac": "FLAC", "mp3": "MP3", "opus": "Opus", "vorbis": "Vorbis", "alac": "ALAC", "subrip": "SRT",
    "ass": "ASS", "ssa": "SSA", "webvtt": "WebVTT", "mov_text": "Text", "hdmv_pgs_subtitle": "PGS",
    "dvd_subtitle": "VobSub", "dvb_subtitle": "DVB",
}  # fmt: skip
_CHANNELS = {1: "mono", 2: "stereo", 6: "5.1", 7: "6.1", 8: "7.1"}
_HDR = {"hdr10": "HDR10", "hlg": "HLG", "dovi": "Dolby Vision"}
_LANGUAGE_TABLE = """
ar ara Arabic|bg bul Bulgarian|ca cat Catalan|zh chi zho Chinese|hr hrv Croatian|cs cze ces Czech|da dan Danish
nl dut nld Dutch|en eng English|et est Estonian|fi fin Finnish|fr fre fra French|de ger deu German|el gre ell Greek
he heb Hebrew|hi hin Hindi|hu hun Hungarian|is ice isl Icelandic|id ind Indonesian|it ita Italian|ja jpn Japanese
ko kor Korean|lv lav Latvian|lt lit Lithuanian|ms may msa Malay|no nor nb nob Norwegian|fa per fas Persian|pl pol Polish
pt por Portuguese|ro rum ron Romanian|ru rus Russian|sr srp Serbian|sk slo slk Slovak|sl slv Slovenian|es spa Spanish
sv swe Swedish|ta tam Tamil|te tel Telugu|th tha Thai|tr tur Turkish|uk ukr Ukrainian|vi vie Vietnamese
"""
_LANGUAGES = {
    code: row.split(" ")[-1]
    for row in _LANGUAGE_TABLE.strip().replace("\n", "|").split("|")
    for code in row.split(" ")[:-1]
}


def version_view(version: browse.Version, sidecars: Sequence[browse.Sidecar]) -> views.Version:
    """A version; its streams and chapters are those of its first part."""
    first = version.parts[0].media
    durations = [part.media.duration_ms if part.media else None for part in version.parts]
    return views.Version(
        id=version.id,
        label=version.label,
        edition=version.edition,
        container=first.container if first else None,
        duration_ms=sum(d for d in durations if d is not None) if None not in durations else durations[0],
        size=sum(part.size for part in version.parts),
        bitrate=first.bitrate if first else None,
        files=[part.name for part in version.parts],
        parts=[
            views.Part(part.file_id, part.name, part.size, part.media.duration_ms if part.media else None)
            for part in version.parts
        ],
        streams=stream_views(first, sidecars),
        chapters=chapter_views(first),
        attachments=[
            views.Attachment(one.index, one.name, one.mimetype, one.size)
            for one in (first.attachments if isinstance(first, MediaInfo) else ())
        ],
    )


def track_facts(detail: browse.Detail) -> views.TrackFacts | None:
    """What the best file of a track says of it; None when that has no tags."""
    media = next((part.media for version in detail.versions for part in version.parts), None)
    if not isinstance(media, AudioTags):
        return None
    return views.TrackFacts(
        media.artist_credit, list(media.composers), media.disc_title, media.disc_total, media.track_total, media.isrc,
        media.bpm, media.sample_rate, media.bit_depth, media.compilation,
        msgspec.convert(media.replaygain, views.ReplayGain, from_attributes=True),
        msgspec.convert(media.musicbrainz, views.MusicBrainz, from_attributes=True),
        media.lyrics is not None or any(one.kind == "lyrics" for one in detail.sidecars),
    )  # fmt: skip


def loudness_view(gain: browse.Gain | None) -> views.Loudness | None:
    """How much to turn a track or an album up or down."""
    return None if gain is None else msgspec.convert(gain, views.Loudness, from_attributes=True)


def stream_views(media: MediaInfo | AudioTags | None, sidecars: Sequence[browse.Sidecar] = ()) -> list[views.Stream]:
    """The streams of a file, then the subtitles beside it."""
    found: list[views.Stream] = []
    if isinstance(media, MediaInfo):
        found += [_video(stream) for stream in media.video]
        found += [_audio(stream) for stream in media.audio]
        found += [_subtitle(stream) for stream in media.subtitles]
    elif media is not None:
        found.append(_only_audio(media))
    return found + [
        _beside(n, sidecar) for n, sidecar in enumerate(sidecars, SIDECAR_FROM) if sidecar.kind == "subtitle"
    ]


def chapter_views(media: MediaInfo | AudioTags | None, offset_ms: int = 0) -> list[views.Chapter]:
    """The chapters of a file that begins at `offset_ms` of its item."""
    if not isinstance(media, MediaInfo):
        return []
    return [views.Chapter(one.start_ms + offset_ms, one.end_ms + offset_ms, one.title) for one in media.chapters]


def language_name(code: str | None) -> str | None:
    """The English name of a language code or tag; the code itself when it is a rare one, None when it says nothing."""
    if not code or code.casefold() in ("und", "mis", "zxx"):
        return None
    primary = code.casefold().replace("_", "-").partition("-")[0]
    return _LANGUAGES.get(primary, code)


def _label(parts: Iterable[str | None], fallback: str) -> str:
    return " · ".join(dict.fromkeys(part for part in parts if part)) or fallback


def _codec(name: str) -> str:
    return _CODECS.get(name, name.upper())


def _dynamic_range(stream: VideoStream) -> str | None:
    plus = "HDR10+" if stream.hdr10_plus else None
    if stream.hdr == "hdr10" and plus:
        return plus
    return _label((_HDR.get(stream.hdr), plus), "") or None


def _video(stream: VideoStream) -> views.Stream:
    height = f"{min(stream.width, stream.height)}p" if stream.height > stream.width else f"{stream.height}p"
    return views.Stream(
        index=stream.index, type="video", codec=stream.codec, language=stream.language, title=stream.title,
        label=_label((stream.title, height, _codec(stream.codec), _dynamic_range(stream)), "Video"),
        default=stream.default, forced=False, width=stream.width, height=stream.height,
        hdr=None if stream.hdr == "sdr" else stream.hdr, hdr10_plus=stream.hdr10_plus, bitrate=stream.bitrate,
        profile=stream.profile, level=stream.level, bit_depth=stream.bit_depth, pixel_format=stream.pixel_format,
        fps=stream.fps, dovi_profile=stream.dovi_profile, dovi_base=stream.dovi_base, interlaced=stream.interlaced,
        rotation=stream.rotation,
    )  # fmt: skip


def _audio(stream: AudioStream) -> views.Stream:
    channels = _CHANNELS.get(stream.channels, f"{stream.channels} channels")
    note = "Commentary" if stream.commentary and "comment" not in (stream.title or "").casefold() else None
    facts = f"{_codec(stream.codec)} {channels}"
    return views.Stream(
        index=stream.index, type="audio", codec=stream.codec, language=stream.language, title=stream.title,
        label=_label((language_name(stream.language), stream.title, note, facts), "Audio"),
        default=stream.default, forced=False, channels=stream.channels, bitrate=stream.bitrate,
        profile=stream.profile, layout=stream.layout, sample_rate=stream.sample_rate or None,
        commentary=stream.commentary,
    )  # fmt: skip


def _subtitle(stream: SubtitleStream) -> views.Stream:
    return _words(
        stream.index,
        stream.codec,
        stream.language,
        stream.title,
        stream.default,
        stream.forced,
        stream.hearing_impaired,
    )


def _beside(index: int, sidecar: browse.Sidecar) -> views.Stream:
    suffix = sidecar.path.rpartition(b".")[2].decode("ascii", "replace").casefold()
    codec = {"srt": "subrip", "vtt": "webvtt"}.get(suffix, suffix)
    return _words(
        index, codec, sidecar.language, sidecar.title, sidecar.default, sidecar.forced, sidecar.hearing_impaired, True
    )


def _words(
    index: int,
    codec: str,
    language: str | None,
    title: str | None,
    default: bool,
    forced: bool,
    impaired: bool,
    external: bool = False,
) -> views.Stream:
    flags: list[Literal["Forced", "SDH"]] = []
    if forced and "forced" not in (title or "").casefold():
        flags.append("Forced")
    if impaired and "sdh" not in (title or "").casefold():
        flags.append("SDH")
    return views.Stream(
        index=index, type="subtitle", codec=codec, language=language, title=title, default=default, forced=forced,
        label=_label((language_name(language), title, *flags, _codec(codec)), "Subtitles"),
        hearing_impaired=impaired, external=external,
    )  # fmt: skip


def _only_audio(tags: AudioTags) -> views.Stream:
    channels = _CHANNELS.get(tags.channels or 0, f"{tags.channels} channels" if tags.channels else None)
    return views.Stream(
        index=0, type="audio", codec=tags.codec, language=None, title=None,
        label=" ".join(part for part in (_codec(tags.codec), channels) if part),
        default=True, forced=False, channels=tags.channels, bitrate=tags.bitrate, bit_depth=tags.bit_depth,
        sample_rate=tags.sample_rate,
    )  # fmt: skip
