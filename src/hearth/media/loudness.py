"""How loud a recording is: integrated loudness and true peak after EBU R 128 (ITU-R BS.1770), by ffmpeg's own meter.

The whole of it is decoded, which takes a minute of sound in some 20 ms of a core and more: work for the background.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

import msgspec

from . import ffmpeg as programs
from .facts import Unreadable

REFERENCE_LUFS = -18.0
"""What ReplayGain 2 brings everything to."""
_INTEGRATED = re.compile(r"^\s*I:\s+(-?\d+\.\d+) LUFS", re.MULTILINE)
_PEAK = re.compile(r"^\s*Peak:\s+(-?\d+\.\d+|-?inf) dBFS", re.MULTILINE)
# The meter's floor (BS.1770's absolute gate): nothing of it was loud enough to count.
_SILENT_LUFS = -70.0


class Loudness(msgspec.Struct, frozen=True):
    """Integrated loudness in LUFS, None of silence; the true peak as a fraction of full scale, which may exceed 1."""

    lufs: float | None
    peak: float | None


async def measure(
    ffmpeg: str,
    path: bytes,
    *,
    start_ms: int = 0,
    length_ms: int | None = None,
    timeout_s: float = 600.0,
    niceness: int = 15,
) -> Loudness:
    """Measures the first sound of a file, or a piece of it. Raises Unreadable.

    A single channel counts as two that are alike, which is how it is heard, and how loud it comes out of two speakers.
    """
    argv = [word for word in programs.start_argv(ffmpeg) if word not in ("-loglevel", "error")]
    argv += ["-loglevel", "info", "-nostats", "-threads", "1", "-vn", "-sn", "-dn"]
    argv += programs.input_argv(path, at_ms=start_ms, length_ms=length_ms)
    # What damage there is in the middle of a file is passed over, as players do.
    argv += ["-map", "0:a:0", "-map_metadata", "-1", "-filter_threads", "1"]
    argv += ["-af", "ebur128=framelog=quiet:peak=true:dualmono=true", "-f", "null", "-"]
    try:
        said = await programs.report(argv, timeout_s=timeout_s, niceness=niceness)
    except programs.Failed as error:
        raise Unreadable("damaged", f"How loud it is could not be measured: {error.reason}.") from None
    except TimeoutError:
        raise Unreadable("timeout", f"Measuring how loud it is took longer than {timeout_s:.0f} seconds.") from None
    # The file's own words (its tags) come before the meter's last ones.
    integrated, peak = _last(_INTEGRATED, said), _last(_PEAK, said)
    if integrated is None:
        raise Unreadable("damaged", "How loud it is could not be measured: there is no sound in it.")
    silent = integrated <= _SILENT_LUFS
    return Loudness(None if silent else integrated, 10 ** (peak / 20) if peak is not None and peak > -200 else None)


def together(parts: Sequence[tuple[Loudness, int]]) -> Loudness:
    """The loudness of several recordings (with their lengths in ms) one after the other, as an album is.

    The mean of their energies by length. R 128 over all of them at once would also leave out what is quiet beside the
    others, so albums with very quiet tracks come out slightly lower here.
    """
    energy = length = 0.0
    for one, length_ms in parts:
        if one.lufs is not None:
            energy += length_ms * 10 ** (one.lufs / 10)
            length += length_ms
    peaks = [one.peak for one, _ in parts if one.peak is not None]
    return Loudness(10 * math.log10(energy / length) if length else None, max(peaks, default=None))


def _last(pattern: re.Pattern[str], text: str) -> float | None:
    found = pattern.findall(text)
    return float(found[-1]) if found else None
