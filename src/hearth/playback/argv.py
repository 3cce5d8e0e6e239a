"""The command of an encoder run: fixed words, integers, enums and one path; nothing that a request worded."""

from __future__ import annotations

from collections.abc import Sequence

from hearth.media.ffmpeg import input_argv, seconds, start_argv

from .facts import AudioTarget, Decision, VideoTarget
from .segmenter import OFFSET_S

# How long before the first wanted segment a run begins: decoders and the sound encoder settle, and packets of sound
# that lie before their picture in the file are not missed. The segmenter drops what is too early.
_LEAD_ENCODE_MS = 250
_LEAD_COPY_MS = 1_500
_AAC_FRAME = 1024
_FRAGMENT_US = 400_000

# The colours that HDR sources are declared to have, for files that forgot to say so themselves.
_HDR_SOURCE = {
    "hdr10": "setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc",
    "hlg": "setparams=color_primaries=bt2020:color_trc=arib-std-b67:colorspace=bt2020nc",
}
_TO_SDR = (
    "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=tonemap=hable:desat=0,"
    "zscale=t=bt709:m=bt709:r=tv,format=yuv420p"
)


def encoder_argv(
    ffmpeg: str, path: bytes, decision: Decision, cuts: Sequence[int], first: int, *, threads: int = 0
) -> list[str]:
    """Makes fragmented MP4 on standard output from the cut `first` on, its times those of the source plus 100 s."""
    start_ms = _run_start(decision, cuts, first)
    argv = start_argv(ffmpeg)
    argv += [*input_argv(path, at_ms=start_ms), "-copyts", "-start_at_zero"]
    if decision.video is not None:
        argv += ["-map", f"0:{int(decision.video.index)}"]
    if decision.audio is not None:
        argv += ["-map", "0:a:0" if decision.audio.index is None else f"0:{int(decision.audio.index)}"]
    argv += ["-sn", "-dn", "-map_metadata", "-1", "-map_chapters", "-1"]
    if decision.video is not None:
        argv += _video(decision.video, cuts[first:-1], threads)
    if decision.audio is not None:
        argv += _audio(decision.audio, start_ms)
    return [
        *argv,
        *("-avoid_negative_ts", "disabled", "-output_ts_offset", str(OFFSET_S), "-max_error_rate", "1"),
        *("-use_editlist", "0", "-movflags", "+delay_moov+default_base_moof+frag_discont+skip_trailer"),
        *("-frag_duration", str(_FRAGMENT_US), "-flush_packets", "1", "-strict", "-2", "-f", "mp4", "pipe:1"),
    ]


def _run_start(decision: Decision, cuts: Sequence[int], first: int) -> int:
    lead = _LEAD_ENCODE_MS if decision.encodes_video or decision.video is None else _LEAD_COPY_MS
    return max(0, int(cuts[first]) - lead)


def _video(target: VideoTarget, cuts: Sequence[int], threads: int) -> list[str]:
    if target.action == "copy":
        return ["-c:v", "copy", *(("-tag:v", "hvc1") if target.codec == "hevc" else ())]
    rate = int(target.bitrate or 4_000_000)
    return [
        *("-c:v", "libx264", "-preset", "veryfast", "-profile:v", "high", "-pix_fmt", "yuv420p"),
        *("-threads:v", str(int(threads))),
        *("-level:v", str(int(target.level or 41)), "-crf", "21", "-maxrate", str(rate), "-bufsize", str(rate * 2)),
        *("-vf", _filters(target), "-fps_mode", "passthrough", "-enc_time_base:v", "1:90000"),
        # As a list: in an expression the times would count from the run's first picture, wherever that fell.
        *("-force_key_frames", ",".join(_brief(cut) for cut in cuts), "-g", "1200"),
    ]


def _brief(ms: int) -> str:
    """Whole seconds without decimals: the list of a very long film has to fit into one argument (128 KB)."""
    return str(ms // 1000) if ms % 1000 == 0 else seconds(ms)


def _filters(target: VideoTarget) -> str:
    parts = ["bwdif=mode=send_frame:parity=auto:deint=all"] if target.deinterlace else []
    parts.append(f"scale=w={int(target.width)}:h={int(target.height)}:flags=bicubic")
    if target.tone_map is not None:
        parts += [_HDR_SOURCE[target.tone_map], _TO_SDR]
    return ",".join([*parts, "format=yuv420p"])


def _audio(target: AudioTarget, start_ms: int) -> list[str]:
    if target.action == "copy":
        # AAC of broadcasts carries its parameters in every block; MP4 wants them once. Other AAC passes unchanged.
        return ["-c:a", "copy", *(("-bsf:a", "aac_adtstoasc") if target.codec == "aac" else ())]
    rate = int(target.sample_rate)
    # Every run encodes the same blocks of 1024 samples, counted from the beginning of the file: where one run ends and
    # another goes on, no block is missing, doubled or shifted. `first_pts` counts samples of what comes in, so the rate
    # is converted before.
    block = -(-start_ms * rate // (1000 * _AAC_FRAME))
    return [
        *("-c:a", "aac", "-b:a", str(int(target.bitrate or 128_000)), "-ac", str(int(target.channels))),
        *("-ar", str(rate), "-af", f"aresample={rate},aresample={rate}:async=1:first_pts={block * _AAC_FRAME}"),
    ]
