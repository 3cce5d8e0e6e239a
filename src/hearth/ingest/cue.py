"""CUE sheets: where the tracks of one long recording begin.

Format: the CDRWIN user's guide, appendix A, as ripping programs write it. Times are minutes, seconds and frames of
1/75 s. A sheet is read up to 1 MB; text is UTF-8, else what Windows wrote for Western languages.
"""

import re

from msgspec import Struct

from hearth.media.facts import clean

MAX_SIZE = 2**20
_MAX_TRACKS = 999
_LINE = re.compile(r"\s*(\S+)(?:\s+(.*?))?\s*$")
_WORDS = re.compile(r'"([^"]*)"|(\S+)')
_TIME = re.compile(r"(\d{1,5}):(\d{1,2}):(\d{1,2})$")


class CueTrack(Struct):
    """A track of a sheet: where it begins in its file, and where the next one of that file does (None: at the end)."""

    file: str
    number: int
    title: str | None = None
    performer: str | None = None
    songwriter: str | None = None
    isrc: str | None = None
    start_ms: int | None = None
    end_ms: int | None = None


class Cue(Struct):
    """What a sheet says of the album, and its tracks in order."""

    title: str | None = None
    performer: str | None = None
    year: int | None = None
    genre: str | None = None
    disc: int | None = None
    tracks: list[CueTrack] = []


def read_cue(data: bytes) -> Cue:
    """What a sheet says; of one that says nothing of use the tracks are empty. Lines that make no sense are passed
    over: sheets are written by hand, too."""
    cue = Cue()
    file: str | None = None
    track: CueTrack | None = None
    for line in _text(data[:MAX_SIZE]).splitlines():
        match = _LINE.match(line)
        if match is None:
            continue
        command, rest = match[1].upper(), match[2] or ""
        words = [quoted or plain for quoted, plain in _WORDS.findall(rest)]
        if command == "FILE" and words:
            file, track = words[0], None
        elif command == "TRACK" and words and file is not None and words[0].isdecimal():
            if len(cue.tracks) >= _MAX_TRACKS:
                break
            track = None
            # Data tracks of mixed discs hold no sound.
            if len(words) < 2 or words[1].upper() == "AUDIO":
                track = CueTrack(file, int(words[0][:4]))
                cue.tracks.append(track)
        elif command == "INDEX" and track is not None and len(words) == 2 and words[0] in ("1", "01"):
            track.start_ms = _time(words[1])
        elif words:
            _tell(cue, track, command, words)
    cue.tracks = [one for one in cue.tracks if one.start_ms is not None]
    for one, following in zip(cue.tracks, cue.tracks[1:], strict=False):
        if following.file == one.file:
            one.end_ms = following.start_ms
    # A sheet whose times run backwards cannot be cut by.
    if any(one.end_ms is not None and one.end_ms <= (one.start_ms or 0) for one in cue.tracks):
        cue.tracks = []
    return cue


def _tell(cue: Cue, track: CueTrack | None, command: str, words: list[str]) -> None:
    value = clean(words[0], 300) or None
    if command == "TITLE":
        if track is not None:
            track.title = value
        elif not cue.tracks:
            cue.title = value
    elif command == "PERFORMER":
        if track is not None:
            track.performer = value
        elif not cue.tracks:
            cue.performer = value
    elif command == "SONGWRITER" and track is not None:
        track.songwriter = value
    elif command == "ISRC" and track is not None:
        track.isrc = value[:20] if value else None
    elif command == "REM" and len(words) > 1 and track is None:
        said = clean(words[1], 100)
        if words[0].upper() == "GENRE":
            cue.genre = said or None
        elif words[0].upper() == "DATE" and (match := re.search(r"(?:1[89]|2[01])\d\d", said)):
            cue.year = int(match[0])
        elif words[0].upper() == "DISCNUMBER" and said.isdecimal() and 0 < int(said[:3]) < 100:
            cue.disc = int(said[:3])


def _time(text: str) -> int | None:
    match = _TIME.match(text)
    if match is None or int(match[2]) > 59 or int(match[3]) > 74:
        return None
    return (int(match[1]) * 60 + int(match[2])) * 1000 + round(int(match[3]) * 1000 / 75)


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")
