"""One name for each container and codec, whatever a player or a probe calls it, and the name people know it by."""

_CONTAINERS = {
    "matroska": "mkv", "x-matroska": "mkv", "mka": "mkv", "mk3d": "mkv",
    "mov": "mp4", "quicktime": "mp4", "m4v": "mp4", "m4a": "mp4", "m4b": "mp4", "3gp": "mp4", "fmp4": "mp4",
    "mpegts": "ts", "mp2t": "ts", "m2ts": "ts", "mts": "ts", "mpeg": "ps", "mpg": "ps", "vob": "ps",
    "oga": "ogg", "ogv": "ogg", "opus": "ogg", "wave": "wav", "adts": "aac", "aif": "aiff", "wmv": "asf", "wma": "asf",
}  # fmt: skip
_CODECS = {
    "avc": "h264", "avc1": "h264", "avc3": "h264", "h.264": "h264", "x264": "h264",
    "h265": "hevc", "h.265": "hevc", "hvc1": "hevc", "hev1": "hevc", "x265": "hevc",
    "av01": "av1", "vp09": "vp9", "vp08": "vp8", "mpeg2": "mpeg2video", "mp4v": "mpeg4", "xvid": "mpeg4",
    "divx": "mpeg4", "mp4a": "aac", "ac-3": "ac3", "ec-3": "eac3", "e-ac-3": "eac3", "dca": "dts", "mlp": "truehd",
    "mpga": "mp3", "wave": "pcm", "wav": "pcm", "mp4a.69": "mp3", "mp4a.6b": "mp3", "mp4a.34": "mp3",
}  # fmt: skip
_PRETTY = {
    "h264": "H.264", "hevc": "HEVC", "av1": "AV1", "vp9": "VP9", "vp8": "VP8", "mpeg2video": "MPEG-2",
    "mpeg1video": "MPEG-1", "mpeg4": "MPEG-4", "vc1": "VC-1", "theora": "Theora", "prores": "ProRes", "mjpeg": "MJPEG",
    "aac": "AAC", "mp3": "MP3", "mp2": "MP2", "ac3": "Dolby Digital", "eac3": "Dolby Digital Plus",
    "truehd": "Dolby TrueHD", "dts": "DTS",
    "flac": "FLAC", "alac": "ALAC", "opus": "Opus", "vorbis": "Vorbis", "pcm": "PCM", "wma": "WMA",
    "mkv": "Matroska (MKV)", "mp4": "MP4", "webm": "WebM", "ts": "MPEG-TS", "ps": "MPEG-PS", "avi": "AVI",
    "asf": "WMV", "ogg": "Ogg", "wav": "WAV", "aiff": "AIFF", "flv": "FLV",
    "hdmv_pgs_subtitle": "PGS", "dvd_subtitle": "VobSub", "dvb_subtitle": "DVB",
}  # fmt: skip
_MIME = {
    "mp4": ("video/mp4", "audio/mp4"), "webm": ("video/webm", "audio/webm"),
    "mkv": ("video/x-matroska", "audio/x-matroska"), "ts": ("video/mp2t", "video/mp2t"),
    "ps": ("video/mpeg", "video/mpeg"), "avi": ("video/x-msvideo", "video/x-msvideo"),
    "asf": ("video/x-ms-wmv", "audio/x-ms-wma"), "flv": ("video/x-flv", "video/x-flv"),
    "ogg": ("video/ogg", "audio/ogg"), "mp3": ("audio/mpeg", "audio/mpeg"), "flac": ("audio/flac", "audio/flac"),
    "wav": ("audio/wav", "audio/wav"), "aac": ("audio/aac", "audio/aac"), "aiff": ("audio/aiff", "audio/aiff"),
}  # fmt: skip

HLS_MIME = "application/vnd.apple.mpegurl"


def container(name: str) -> str:
    """The house's name: mkv, webm, mp4, ts, ps, avi, asf, ogg, mp3, flac, wav... "Matroska" and "m4v" find theirs."""
    word = name.strip().lower().partition(",")[0].rpartition("/")[2]
    return _CONTAINERS.get(word, word)


def codec(name: str) -> str:
    """ffprobe's name without variants: "avc1.640028" is h264, "pcm_s24le" is pcm, "mp4a.40.2" is aac."""
    word = name.strip().lower()
    if word in _CODECS:
        return _CODECS[word]
    stem = word.partition(".")[0]
    if stem.startswith("pcm_"):
        return "pcm"
    if stem.startswith("wmav") or stem == "wmapro":
        return "wma"
    return _CODECS.get(stem, stem)


def pretty(name: str) -> str:
    """What people call a codec or container."""
    return _PRETTY.get(name) or name.upper()


def mime_type(container_name: str, *, video: bool) -> str:
    """The media type of a file played directly; a neutral one for a container that has none of its own."""
    pair = _MIME.get(container(container_name))
    return pair[0 if video else 1] if pair else "application/octet-stream"
