"""The table of cases behind every play: which file goes to which player in which way, and what is said about it."""

from __future__ import annotations

import msgspec
import pytest

from hearth.media import AudioStream, AudioTags, MediaInfo, SubtitleStream, VideoStream
from hearth.playback import Client, Decision, Limits, decide

H264 = VideoStream(0, "h264", 1920, 1080, profile="High", level=40, pixel_format="yuv420p", fps=24, default=True)
HEVC = msgspec.structs.replace(
    H264, codec="hevc", profile="Main 10", level=120, pixel_format="yuv420p10le", bit_depth=10
)
AAC = AudioStream(1, "aac", 2, 48000, default=True, bitrate=160_000)
BROWSER = Client(
    ("mp4", "webm", "mp3", "flac", "ogg", "wav"), ("h264", "vp9", "av1"), ("aac", "mp3", "opus", "flac", "vorbis")
)
SAFARI = Client(("mp4", "mp3", "wav"), ("h264", "hevc", "hdr10", "hlg"), ("aac", "mp3", "ac3", "eac3", "alac", "flac"))
TV = Client(("mkv", "mp4", "ts"), ("h264", "hevc", "av1", "vp9", "hdr10", "dovi", "interlaced", "mpeg2video"),
            ("aac", "ac3", "eac3", "dts", "truehd", "mp3", "flac", "opus", "tracks"))  # fmt: skip


def film(
    container: str = "mp4", video: VideoStream | None = H264, *audio: AudioStream, rate: int = 5_000_000
) -> MediaInfo:
    return MediaInfo(
        container,
        10**9,
        duration_ms=6_000_000,
        bitrate=rate,
        video=(video,) if video else (),
        audio=audio or (AAC,),
    )


def v(**changes: object) -> VideoStream:
    return msgspec.structs.replace(H264, **changes)


def hevc(**changes: object) -> VideoStream:
    return msgspec.structs.replace(HEVC, **changes)


def a(codec: str, channels: int = 2, index: int = 1, *, default: bool = True) -> AudioStream:
    return AudioStream(index, codec, channels, 48000, default=default)


def song(container: str, codec: str, rate: int = 320_000) -> AudioTags:
    return AudioTags(container, codec, 10**7, duration_ms=200_000, bitrate=rate, sample_rate=44100, channels=2)


def small(client: Client, height: int | None = None, rate: int | None = None) -> Client:
    return msgspec.structs.replace(client, max_height=height, max_bitrate=rate)


UNMAPPED = hevc(hdr="dovi", dovi_profile=5)
CROSS = hevc(hdr="dovi", dovi_profile=8, dovi_base="hdr10")

# ruff: noqa: E501 # a table is read by its columns
# name: (media, client, method, video, audio, words that the reasons must hold)
CASES: dict[str, tuple[MediaInfo | AudioTags, Client, str, str | None, str | None, str]] = {
    "plain mp4": (film(), BROWSER, "direct", "copy", "copy", ""),
    "mov is mp4": (film("mov"), BROWSER, "direct", "copy", "copy", ""),
    "m4v is mp4": (film("m4v"), BROWSER, "direct", "copy", "copy", ""),
    "ffprobe's long name": (film("mov,mp4,m4a,3gp,3g2,mj2"), BROWSER, "direct", "copy", "copy", ""),
    "client says video/mp4": (film(), Client(("video/mp4",), ("avc1.640028",), ("mp4a.40.2",)), "direct", "copy", "copy", ""),
    "client in capitals": (film(), Client(("MP4",), ("H264",), ("AAC",)), "direct", "copy", "copy", ""),
    "mkv to a browser": (film("mkv"), BROWSER, "remux", "copy", "copy", "does not open Matroska"),
    "matroska to a tv": (film("matroska"), TV, "direct", "copy", "copy", ""),
    "webm vp9 opus": (film("webm", v(codec="vp9", level=None), a("opus")), BROWSER, "direct", "copy", "copy", ""),
    "webm where mkv opens": (film("webm", v(codec="vp9"), a("opus")), TV, "direct", "copy", "copy", ""),
    "webm is not mkv": (film("mkv", v(codec="vp9"), a("opus")), BROWSER, "remux", "copy", "copy", "Matroska"),
    "webm to safari": (film("webm", v(codec="vp9"), a("opus")), SAFARI, "transcode", "encode", "encode", "VP9 is not supported"),
    "ts": (film("mpegts"), BROWSER, "remux", "copy", "copy", "MPEG-TS"),
    "ts to a tv": (film("ts"), TV, "direct", "copy", "copy", ""),
    "avi h264": (film("avi"), BROWSER, "transcode", "encode", "copy", "AVI files cannot be repackaged"),
    "avi xvid mp3": (film("avi", v(codec="mpeg4"), a("mp3")), BROWSER, "transcode", "encode", "encode", "MPEG-4"),
    "wmv": (film("asf", v(codec="wmv3"), a("wmav2")), BROWSER, "transcode", "encode", "encode", "WMA"),
    "mpeg2 dvd": (film("ps", v(codec="mpeg2video", height=576, width=720), a("ac3", 6)), BROWSER, "transcode", "encode",
                  "encode", "MPEG-2"),
    "hevc to a browser": (film("mkv", HEVC), BROWSER, "transcode", "encode", "copy", "The video codec HEVC is not supported"),
    "hevc mp4 to safari": (film("mp4", HEVC), SAFARI, "direct", "copy", "copy", ""),
    "hevc mkv to safari": (film("mkv", HEVC), SAFARI, "remux", "copy", "copy", "Matroska"),
    "hevc level 6.2": (film("mp4", hevc(level=186)), SAFARI, "direct", "copy", "copy", ""),
    "hevc 4:2:2": (film("mp4", hevc(pixel_format="yuv422p10le")), SAFARI, "transcode", "encode", "copy", "colour format"),
    "hevc 12 bit": (film("mp4", hevc(pixel_format="yuv420p12le", bit_depth=12)), SAFARI, "transcode", "encode", "copy",
                    "colour format"),
    "av1": (film("mp4", v(codec="av1", level=8)), BROWSER, "direct", "copy", "copy", ""),
    "av1 10 bit": (film("mp4", v(codec="av1", pixel_format="yuv420p10le", bit_depth=10)), BROWSER, "direct", "copy", "copy", ""),
    "av1 by another name": (film("mp4", v(codec="av01")), BROWSER, "direct", "copy", "copy", ""),
    "av1 to safari": (film("mp4", v(codec="av1")), SAFARI, "transcode", "encode", "copy", "AV1"),
    "vp8": (film("webm", v(codec="vp8"), a("vorbis")), Client(("webm",), ("vp8",), ("vorbis",)), "direct", "copy", "copy", ""),
    "vp8 in mkv": (film("mkv", v(codec="vp8"), a("vorbis")), Client(("webm",), ("vp8",), ("vorbis",)), "transcode", "encode",
                   "encode", "VP8 video cannot be repackaged"),
    "high10 is not h264": (film("mp4", v(bit_depth=10, pixel_format="yuv420p10le")), BROWSER, "transcode", "encode", "copy",
                           "10 bits"),
    "high10 where it is named": (film("mp4", v(bit_depth=10, pixel_format="yuv420p10le")),
                                 Client(("mp4",), ("h264", "h264-10bit"), ("aac",)), "direct", "copy", "copy", ""),
    "h264 4:2:2": (film("mp4", v(pixel_format="yuv422p")), BROWSER, "transcode", "encode", "copy", "colour format"),
    "h264 4:4:4": (film("mp4", v(pixel_format="yuv444p")), BROWSER, "transcode", "encode", "copy", "colour format"),
    "full range": (film("mp4", v(pixel_format="yuvj420p")), BROWSER, "direct", "copy", "copy", ""),
    "h264 level 5.2": (film("mp4", v(level=52)), BROWSER, "direct", "copy", "copy", ""),
    "h264 level 6": (film("mp4", v(level=60)), BROWSER, "transcode", "encode", "copy", "level"),
    "interlaced": (film("mp4", v(interlaced=True)), BROWSER, "transcode", "encode", "copy", "interlaced"),
    "interlaced to a tv": (film("ts", v(interlaced=True)), TV, "direct", "copy", "copy", ""),
    "rotated": (film("mp4", v(rotation=90)), BROWSER, "direct", "copy", "copy", ""),
    "rotated in mkv": (film("mkv", v(rotation=90)), BROWSER, "remux", "copy", "copy", "Matroska"),
    "hdr10 to sdr": (film("mp4", v(codec="av1", hdr="hdr10", bit_depth=10, pixel_format="yuv420p10le")), BROWSER, "transcode",
                     "encode", "copy", "HDR10"),
    "hlg to sdr": (film("mp4", v(codec="vp9", hdr="hlg", bit_depth=10, pixel_format="yuv420p10le")), BROWSER, "transcode",
                   "encode", "copy", "HLG"),
    "hdr10 to hdr": (film("mp4", hevc(hdr="hdr10")), SAFARI, "direct", "copy", "copy", ""),
    "hlg to hdr": (film("mp4", hevc(hdr="hlg")), SAFARI, "direct", "copy", "copy", ""),
    "hlg to an hdr10 tv": (film("mkv", hevc(hdr="hlg")), TV, "transcode", "encode", "copy", "HLG"),
    "dovi to dovi": (film("mkv", UNMAPPED), TV, "direct", "copy", "copy", ""),
    "dovi 8 to hdr10": (film("mp4", CROSS), SAFARI, "direct", "copy", "copy", ""),
    "dovi 5 to hdr10": (film("mp4", UNMAPPED), SAFARI, "transcode", "encode", "copy", "only approximated"),
    "dovi on sdr base": (film("mp4", hevc(hdr="dovi", dovi_base="sdr")), SAFARI, "direct", "copy", "copy", ""),
    "ac3": (film("mp4", H264, a("ac3", 6)), BROWSER, "transcode", "copy", "encode", "Dolby Digital is not supported"),
    "ac3 to safari": (film("mp4", H264, a("ac3", 6)), SAFARI, "direct", "copy", "copy", ""),
    "eac3 in mkv": (film("mkv", H264, a("eac3", 6)), SAFARI, "remux", "copy", "copy", "Matroska"),
    "dts in mkv": (film("mkv", H264, a("dts", 6)), BROWSER, "transcode", "copy", "encode", "DTS"),
    "dca is dts": (film("mkv", H264, a("dca", 6)), TV, "direct", "copy", "copy", ""),
    "truehd": (film("mkv", HEVC, a("truehd", 8)), SAFARI, "transcode", "copy", "encode", "TrueHD"),
    "truehd to a tv": (film("mkv", HEVC, a("truehd", 8)), TV, "direct", "copy", "copy", ""),
    "5.1 aac": (film("mp4", H264, a("aac", 6)), BROWSER, "direct", "copy", "copy", ""),
    "5.1 to stereo": (film("mp4", H264, a("aac", 6)), Client(("mp4",), ("h264",), ("aac", "stereo")), "transcode", "copy",
                      "encode", "6 channels"),
    "vorbis in mkv": (film("mkv", H264, a("vorbis")), BROWSER, "transcode", "copy", "encode", "Vorbis sound cannot be repackaged"),
    "flac in mkv": (film("mkv", H264, a("flac")), BROWSER, "remux", "copy", "copy", "Matroska"),
    "pcm in mov": (film("mov", H264, a("pcm_s16le")), BROWSER, "transcode", "copy", "encode", "PCM"),
    "no sound": (msgspec.structs.replace(film(), audio=()), BROWSER, "direct", "copy", None, ""),
    "no sound in mkv": (msgspec.structs.replace(film("mkv"), audio=()), BROWSER, "remux", "copy", None, "Matroska"),
    "too tall": (film("mp4", v(width=3840, height=2160)), small(BROWSER, 1080), "transcode", "encode", "copy", "2160 lines"),
    "tall enough": (film(), small(BROWSER, 1080), "direct", "copy", "copy", ""),
    "portrait": (film("mp4", v(width=1080, height=1920)), small(BROWSER, 1080), "direct", "copy", "copy", ""),
    "too fast": (film(rate=25_000_000), small(BROWSER, None, 8_000_000), "transcode", "encode", "copy", "25.0 Mbit/s"),
    "fast enough": (film(rate=8_000_000), small(BROWSER, None, 8_000_000), "direct", "copy", "copy", ""),
    "nothing known of the player": (film(), Client(()), "transcode", "encode", "encode", "does not open MP4"),
    "commentary first": (film("mp4", H264, AudioStream(1, "aac", 2, 48000, commentary=True), a("aac", 2, 2, default=False)),
                         BROWSER, "remux", "copy", "copy", "Another audio track"),
    "second by default": (film("mp4", H264, a("aac", 2, 1, default=False), a("aac", 2, 2)), BROWSER, "remux", "copy", "copy",
                          "Another audio track"),
    "second by default to a tv": (film("mp4", H264, a("aac", 2, 1, default=False), a("aac", 2, 2)), TV, "direct", "copy",
                                  "copy", ""),
    "mp3": (song("mp3", "mp3"), BROWSER, "direct", None, "copy", ""),
    "flac": (song("flac", "flac", 900_000), BROWSER, "direct", None, "copy", ""),
    "flac to safari": (song("flac", "flac", 900_000), SAFARI, "remux", None, "copy", "does not open FLAC"),
    "flac where it is unknown": (song("flac", "flac"), Client(("mp4",), (), ("aac",)), "transcode", None, "encode", "FLAC"),
    "m4a": (song("m4a", "aac"), BROWSER, "direct", None, "copy", ""),
    "alac": (song("m4a", "alac"), BROWSER, "transcode", None, "encode", "ALAC"),
    "alac to safari": (song("m4a", "alac"), SAFARI, "direct", None, "copy", ""),
    "ogg vorbis": (song("ogg", "vorbis"), BROWSER, "direct", None, "copy", ""),
    "ogg vorbis to safari": (song("ogg", "vorbis"), SAFARI, "transcode", None, "encode", "Vorbis"),
    "opus": (song("opus", "opus"), BROWSER, "direct", None, "copy", ""),
    "wav": (song("wav", "pcm"), Client(("wav",), (), ("pcm_s16le",)), "direct", None, "copy", ""),
    "wma": (song("wma", "wma"), BROWSER, "transcode", None, "encode", "WMA"),
    "flac over a slow line": (song("flac", "flac", 900_000), small(BROWSER, None, 320_000), "transcode", None, "encode",
                              "0.9 Mbit/s"),
    "mka": (film("mkv", None, a("opus")), BROWSER, "remux", None, "copy", "Matroska"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_case(name: str) -> None:
    media, client, method, video, audio, words = CASES[name]
    decision = decide(media, client)
    assert (decision.method, _action(decision.video), _action(decision.audio)) == (method, video, audio)
    said = " ".join(decision.reasons)
    assert words in said
    assert bool(decision.reasons) == (method != "direct")
    assert all(reason.endswith(".") and reason[0].isupper() for reason in decision.reasons)
    assert (decision.container == "hls") == (method != "direct")
    assert msgspec.json.decode(msgspec.json.encode(decision), type=Decision) == decision


def _action(target: object) -> str | None:
    return getattr(target, "action", None)


def test_encode_targets_are_what_any_player_shows() -> None:
    source = hevc(width=3840, height=2160, hdr="hdr10", fps=23.976)
    target = decide(film("mkv", source, rate=60_000_000), BROWSER).video
    assert target is not None
    assert (target.codec, target.width, target.height, target.tone_map) == ("h264", 1920, 1080, "hdr10")
    assert target.range == "SDR"
    assert target.level == 40


@pytest.mark.parametrize(
    ("source", "client", "size"),
    [
        (v(width=3840, height=1600, codec="hevc"), BROWSER, (2592, 1080)),
        (v(width=1920, height=800, codec="hevc"), BROWSER, (1920, 800)),
        (v(width=1920, height=1080, codec="hevc"), small(BROWSER, 720), (1280, 720)),
        (v(width=1920, height=1080, codec="hevc", rotation=90), BROWSER, (1080, 1920)),
        (v(width=720, height=576, codec="hevc"), BROWSER, (720, 576)),
        (v(width=853, height=481, codec="hevc"), BROWSER, (852, 480)),
        (v(width=1920, height=1080, codec="hevc"), small(BROWSER, None, 1_000_000), (640, 360)),
        (v(width=1920, height=1080, codec="hevc"), small(BROWSER, None, 64_000), (256, 144)),
    ],
)
def test_size_of_an_encode(source: VideoStream, client: Client, size: tuple[int, int]) -> None:
    target = decide(film("mkv", source, rate=12_000_000), client).video
    assert target is not None
    assert (target.width, target.height) == size


def test_rate_of_an_encode_keeps_to_what_was_asked() -> None:
    decision = decide(film("mkv", HEVC, a("dts", 6), rate=30_000_000), small(BROWSER, None, 4_000_000))
    assert decision.video is not None
    assert decision.bitrate is not None
    assert decision.bitrate <= 4_000_000
    assert decision.video.bitrate is not None
    assert decision.video.bitrate > 3_000_000


def test_limits_of_the_server_bind_too() -> None:
    decision = decide(film(rate=9_000_000), BROWSER, Limits(max_bitrate=3_000_000, encode_height=480))
    assert decision.method == "transcode"
    assert decision.video is not None
    assert decision.video.height == 480


def test_without_keyframes_nothing_is_cut_unencoded() -> None:
    decision = decide(film("ts"), BROWSER, Limits(cuttable=False))
    assert decision.method == "transcode"
    assert "no index of keyframes" in " ".join(decision.reasons)
    assert decide(film("mp4"), BROWSER, Limits(cuttable=False)).method == "direct"


def test_chosen_audio_is_played() -> None:
    media = film("mp4", H264, a("aac", 2, 1), a("ac3", 6, 2, default=False))
    decision = decide(media, BROWSER, audio=2)
    assert decision.audio is not None
    assert (decision.method, decision.audio.index, decision.audio.action) == ("transcode", 2, "encode")
    assert decide(media, BROWSER, audio=99) == decide(media, BROWSER)


def test_picture_subtitles_are_reported_honestly() -> None:
    media = msgspec.structs.replace(
        film(), subtitles=(SubtitleStream(2, "hdmv_pgs_subtitle", text=False), SubtitleStream(3, "subrip", text=True))
    )
    asked = decide(media, BROWSER, subtitle=2)
    assert asked.method == "direct"
    assert "pictures (PGS)" in asked.reasons[0]
    assert decide(media, BROWSER, subtitle=3).reasons == ()


def test_mono_stays_mono_and_more_becomes_stereo() -> None:
    for channels, expected in ((1, 1), (2, 2), (6, 2), (8, 2)):
        target = decide(film("mp4", H264, a("dts", channels)), BROWSER).audio
        assert target is not None
        assert (target.codec, target.channels) == ("aac", expected)
