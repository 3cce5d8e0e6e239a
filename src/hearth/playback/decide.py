"""Whether a file is played as it is, repackaged, or encoded: a pure function of the file, the player and the limits."""

from __future__ import annotations

from hearth.media import AudioStream, AudioTags, MediaInfo, VideoStream

from .codecs import HLS_MIME, codec, container, mime_type, pretty
from .facts import AudioTarget, Client, Decision, Limits, Method, Range, ToneMap, VideoTarget
from .ladder import fit, h264_level

# What fragmented MP4 carries and players of HLS read from it (RFC 8216bis, CMAF). Vorbis, DTS, TrueHD and PCM are not;
# nor is MP3, which Chromium's media source refuses there though it plays MP3 files.
_COPY_VIDEO = frozenset({"h264", "hevc", "av1", "vp9"})
_COPY_AUDIO = frozenset({"aac", "ac3", "eac3", "opus", "flac", "alac"})
# Containers that do not say when a picture is shown: their video cannot be repackaged truthfully.
_TIMELESS = frozenset({"avi", "rm", "asf", "wtv"})
_MAX_LEVEL = {"h264": 52, "hevc": 186}
_PLAIN_PIXELS = ("yuv420p", "yuvj420p", "nv12")
_DEEP_PIXELS = ("yuv420p10", "p010")
_AAC_VIDEO, _AAC_MUSIC = 192_000, 256_000
_OVERHEAD = 1.05
_UNLIMITED = Limits()


def decide(
    media: MediaInfo | AudioTags,
    client: Client,
    limits: Limits = _UNLIMITED,
    *,
    audio: int | None = None,
    subtitle: int | None = None,
) -> Decision:
    """How `client` plays the file: direct when it can, remux when only the packaging is in the way, else transcode.

    `audio` and `subtitle` are stream indexes the person chose; unknown ones fall back to the file's own choice.
    """
    able = _Abilities(client, limits)
    if isinstance(media, AudioTags):
        sound = AudioStream(0, media.codec, media.channels or 2, media.sample_rate or 0, bitrate=media.bitrate)
        return _decide_audio(media.container, media.bitrate, sound, None, able)
    if not media.video:
        heard = choose_audio(media, audio)
        return _decide_audio(media.container, media.bitrate, heard, heard.index if heard else None, able)
    return _decide_video(media, able, audio, subtitle)


def choose_audio(media: MediaInfo, wanted: int | None) -> AudioStream | None:
    """The stream asked for, else the file's default, else the first that is not a commentary."""
    for stream in media.audio:
        if stream.index == wanted:
            return stream
    ranked = sorted(media.audio, key=lambda s: (s.commentary, not s.default, s.index))
    return ranked[0] if ranked else None


class _Abilities:
    """The player's words, normalised once."""

    def __init__(self, client: Client, limits: Limits) -> None:
        self.containers = {container(word) for word in client.containers}
        if "mkv" in self.containers:
            self.containers.add("webm")
        self.video = {codec(word) for word in client.video}
        self.audio = {codec(word) for word in client.audio}
        self.max_height = client.max_height
        rates = [rate for rate in (client.max_bitrate, limits.max_bitrate) if rate]
        self.max_bitrate = min(rates) if rates else None
        self.limits = limits


def _decide_audio(
    name: str, bitrate: int | None, stream: AudioStream | None, index: int | None, able: _Abilities
) -> Decision:
    kind = container(name)
    if stream is None:
        raise ValueError("a file without video and without sound has no way to be played")
    reasons = []
    if kind not in able.containers:
        reasons.append(f"This player does not open {pretty(kind)} files.")
    wrong = _audio_reasons(stream, able)
    heavy = able.max_bitrate is not None and (bitrate or 0) > able.max_bitrate
    if heavy:
        reasons.append(_too_fast(bitrate or 0, able.max_bitrate or 0))
    if not reasons and not wrong:
        target = _audio_copied(stream, index)
        return Decision("direct", kind, None, target, (), mime_type(kind, video=False), bitrate)
    sound = _audio_target(stream, index, able, encode=bool(wrong) or heavy, rate=_AAC_MUSIC)
    method: Method = "transcode" if sound.action == "encode" else "remux"
    if not wrong and not heavy and sound.action == "encode":
        reasons.append(f"{pretty(codec(stream.codec))} sound cannot be repackaged for streaming.")
    rate = sound.bitrate or bitrate
    return Decision(method, "hls", None, sound, (*reasons, *wrong), HLS_MIME, _with_overhead(rate))


def _decide_video(media: MediaInfo, able: _Abilities, audio: int | None, subtitle: int | None) -> Decision:
    picture = next((s for s in media.video if s.default), media.video[0])
    sound = choose_audio(media, audio)
    kind = container(media.container)
    reasons = [] if kind in able.containers else [f"This player does not open {pretty(kind)} files."]
    if sound is not None and "tracks" not in able.audio and not _is_own_choice(media, sound):
        reasons.append("Another audio track than the file's first was chosen.")
    bad_picture = _video_reasons(picture, media.bitrate, able)
    bad_sound = _audio_reasons(sound, able) if sound is not None else []
    notes = _subtitle_notes(media, subtitle)
    if not reasons and not bad_picture and not bad_sound:
        heard = (
            AudioTarget(sound.index, "copy", codec(sound.codec), sound.channels, sound.sample_rate) if sound else None
        )
        shown = _copied(picture, able)
        mime = mime_type(kind, video=True)
        return Decision("direct", kind, shown, heard, notes, mime, media.bitrate, subtitle)
    if not bad_picture and (obstacle := _copy_obstacle(picture, kind, able.limits)):
        bad_picture = [obstacle]
    heard = None
    if sound is not None:
        share = (sound.bitrate or 0) * 4
        if bad_picture and not bad_sound and able.max_bitrate is not None and share > able.max_bitrate:
            bad_sound = ["The sound alone would fill much of the bitrate that was asked for or is allowed."]
        heard = _audio_target(sound, sound.index, able, encode=bool(bad_sound), rate=_AAC_VIDEO)
        if not bad_sound and heard.action == "encode":
            bad_sound = [f"{pretty(codec(sound.codec))} sound cannot be repackaged for streaming."]
    shown = _encoded(picture, media, able, _audio_rate(heard, sound)) if bad_picture else _copied(picture, able)
    encodes = shown.action == "encode" or (heard is not None and heard.action == "encode")
    rate = shown.bitrate + (_audio_rate(heard, sound)) if shown.bitrate else media.bitrate
    return Decision(
        "transcode" if encodes else "remux",
        "hls",
        shown,
        heard,
        (*reasons, *bad_picture, *bad_sound, *notes),
        HLS_MIME,
        _with_overhead(rate),
        subtitle,
    )


def _is_own_choice(media: MediaInfo, sound: AudioStream) -> bool:
    """Whether any player left alone plays this stream: the first, and not overruled by another's default flag."""
    return sound is media.audio[0] and (sound.default or not any(s.default for s in media.audio))


def _video_reasons(stream: VideoStream, total_rate: int | None, able: _Abilities) -> list[str]:
    """Why the player cannot show the picture as it is; empty when it can."""
    name = codec(stream.codec)
    found = []
    if name not in able.video:
        return [f"The video codec {pretty(name)} is not supported by this player."]
    if problem := _sampling_problem(stream, name, able):
        found.append(problem)
    if (limit := _MAX_LEVEL.get(name)) and (stream.level or 0) > limit:
        found.append(f"The video's {pretty(name)} level is higher than players can be trusted with.")
    if hdr := _unshown_hdr(stream, able):
        found.append(hdr)
    if stream.interlaced and "interlaced" not in able.video:
        found.append("The video is interlaced, which this player would show with comb lines.")
    height = min(stream.width, stream.height)
    if able.max_height is not None and height > able.max_height:
        found.append(f"The picture has {height} lines; this player wants at most {able.max_height}.")
    rate = total_rate or stream.bitrate or 0
    if able.max_bitrate is not None and rate > able.max_bitrate:
        found.append(_too_fast(rate, able.max_bitrate))
    return found


def _sampling_problem(stream: VideoStream, name: str, able: _Abilities) -> str | None:
    pixels = stream.pixel_format or "yuv420p"
    deep = stream.bit_depth > 8
    if name == "h264" and deep and "h264-10bit" not in able.video:
        return f"H.264 with {stream.bit_depth} bits a colour is not supported by this player."
    if name == "vp8" or (not deep and pixels.startswith(_PLAIN_PIXELS)):
        return None
    if deep and stream.bit_depth == 10 and pixels.startswith((*_DEEP_PIXELS, "yuv420p")):
        return None
    return f"The video's colour format ({pretty(name)}, {pixels}) is not supported by this player."


def _unshown_hdr(stream: VideoStream, able: _Abilities) -> str | None:
    if stream.hdr == "sdr" or stream.hdr in able.video:
        return None
    if stream.hdr == "dovi":
        if stream.dovi_base == "sdr" or (stream.dovi_base is not None and stream.dovi_base in able.video):
            return None
        if stream.dovi_base is None:
            return "The video is Dolby Vision without a compatible layer; its colours are only approximated."
    names = {"hdr10": "HDR10", "hlg": "HLG", "dovi": "Dolby Vision"}
    return f"The video is HDR ({names[stream.hdr]}), which this player cannot show; its colours are converted."


def _copy_obstacle(stream: VideoStream, kind: str, limits: Limits) -> str | None:
    name = codec(stream.codec)
    if name not in _COPY_VIDEO:
        return f"{pretty(name)} video cannot be repackaged for streaming."
    if kind in _TIMELESS:
        return f"Video in {pretty(kind)} files cannot be repackaged for streaming."
    if not limits.cuttable:
        return "The file has no index of keyframes to cut it by."
    return None


def _audio_reasons(stream: AudioStream, able: _Abilities) -> list[str]:
    name = codec(stream.codec)
    if name not in able.audio:
        return [f"The audio codec {pretty(name)} is not supported by this player."]
    if stream.channels > 2 and "stereo" in able.audio:
        return [f"The sound has {stream.channels} channels; this player wants stereo."]
    return []


def _subtitle_notes(media: MediaInfo, wanted: int | None) -> tuple[str, ...]:
    for stream in media.subtitles:
        if stream.index == wanted and not stream.text:
            return (f"The chosen subtitles are pictures ({pretty(codec(stream.codec))}) and cannot be shown yet.",)
    return ()


def _audio_target(stream: AudioStream, index: int | None, able: _Abilities, *, encode: bool, rate: int) -> AudioTarget:
    name = codec(stream.codec)
    if not encode and name in _COPY_AUDIO:
        return _audio_copied(stream, index)
    channels = 1 if stream.channels == 1 else 2
    budget = rate * channels // 2
    if able.max_bitrate is not None:
        budget = max(48_000, min(budget, able.max_bitrate // 4))
    return AudioTarget(index, "encode", "aac", channels, 48_000, budget)


def _audio_copied(stream: AudioStream, index: int | None) -> AudioTarget:
    return AudioTarget(index, "copy", codec(stream.codec), stream.channels, stream.sample_rate)


def _shown_range(stream: VideoStream, able: _Abilities) -> Range:
    hdr = stream.hdr if stream.hdr != "dovi" or "dovi" in able.video else stream.dovi_base
    return "HLG" if hdr == "hlg" else "PQ" if hdr in ("hdr10", "dovi") else "SDR"


def _copied(stream: VideoStream, able: _Abilities) -> VideoTarget:
    width, height = _upright(stream)
    name, fps = codec(stream.codec), stream.fps or 25.0
    return VideoTarget(stream.index, "copy", name, width, height, fps, range=_shown_range(stream, able))


def _encoded(stream: VideoStream, media: MediaInfo, able: _Abilities, sound_rate: int) -> VideoTarget:
    """H.264 that any player shows: 8 bits, progressive, upright, SDR, no larger than asked for or than the source."""
    width, height = _upright(stream)
    fps = min(stream.fps or 25.0, 120.0)
    lines = min(x for x in (able.max_height, able.limits.encode_height, min(width, height)) if x is not None)
    budget = int(able.max_bitrate / _OVERHEAD) - sound_rate if able.max_bitrate else None
    out_width, out_height, rate = fit(
        (width, height), lines, fps, budget=budget, source_rate=stream.bitrate or media.bitrate
    )
    tone: ToneMap | None = None
    base = stream.dovi_base or "hdr10" if stream.hdr == "dovi" else stream.hdr
    if base in ("hdr10", "hlg"):
        tone = "hlg" if base == "hlg" else "hdr10"
    level = h264_level(out_width, out_height, fps, rate)
    return VideoTarget(stream.index, "encode", "h264", out_width, out_height, fps, rate, level, tone, stream.interlaced)


def _upright(stream: VideoStream) -> tuple[int, int]:
    return (stream.height, stream.width) if stream.rotation in (90, 270) else (stream.width, stream.height)


def _audio_rate(heard: AudioTarget | None, stream: AudioStream | None) -> int:
    if heard is None:
        return 0
    return heard.bitrate or (stream.bitrate if stream and stream.bitrate else 96_000 * max(2, heard.channels))


def _with_overhead(rate: int | None) -> int | None:
    return int(rate * _OVERHEAD) if rate else None


def _too_fast(rate: int, limit: int) -> str:
    return f"The file needs {rate / 1e6:.1f} Mbit/s; at most {limit / 1e6:.1f} Mbit/s were asked for or are allowed."
