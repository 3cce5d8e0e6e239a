"""The vocabulary of release names: which words are about the copy and not about the work.

A *strong* word ("1080p", "x264", "BluRay") ends a title wherever it stands. A *weak* word ("web", "limited", "german")
may well be part of a title, and is noise only next to something strong. Editions are weak words with a value of their
own (`editions.py`).
"""

import re
from functools import lru_cache
from typing import Literal, NamedTuple

Kind = Literal["word", "strong", "weak", "language", "edition"]


class Token(NamedTuple):
    """One word of a name: where it stands, what it says in lower case, and what sort it is."""

    start: int
    end: int
    text: str
    kind: Kind


_STRONG = frozenset(
    ["4k", "8k", "uhd", "ultrahd", "fullhd", "hdc", "10bit", "8bit", "12bit", "10bits", "hi10", "hi10p", "hi444pp", "ma10p", "hdr", "hdr10", "hdr10plus", "dovi", "sdr", "bt2020", "hlg", "bluray", "bdrip", "brrip", "bdremux", "bd25", "bd50", "bd66", "bd100", "bdmv", "bdmux", "brmux", "bdripmux", "brripmux", "bluraymux", "blurayrip", "dvdrip", "dvdripmux", "dvdscr", "dvdscreener", "dvdr", "dvdfull", "dvdmux", "dvd5", "dvd9", "vhsrip", "hddvd", "hdtv", "hdtvrip", "hdtvmux", "pdtv", "sdtv", "ahdtv", "uhdtv", "dsr", "dsrip", "dthrip", "dvb", "dvbrip", "tvrip", "satrip", "webrip", "webripmux", "webdl", "webdlrip", "webdlmux", "webmux", "webuhd", "webcap", "dlmux", "hdrip", "hdripmux", "hdcam", "hdcamrip", "camrip", "hdts", "hdtc", "telesync", "telecine", "workprint", "ppvrip", "vodrip", "dmrip", "hdlight", "mhd", "remux", "bdremux", "netflixuhd", "uhdrip", "dcp", "x264", "x265", "h264", "h265", "h263", "h262", "x262", "hevc", "avc", "avchd", "xvid", "divx", "vp7", "vp8", "vp9", "av1", "vc1", "mpeg2", "mpeg4", "nvenc", "wmv", "svq1", "dts", "dtshd", "dtses", "dtsma", "dtsx", "dtshdma", "truehd", "atmos", "ac3", "ac3d", "eac3", "ddp", "ddpa", "ddp2", "ddp5", "ddp7", "dd2", "dd5", "dd51", "dd20", "ddp51", "ddp20", "aac", "aac2", "aac5", "aac20", "aac51", "heaac", "flac", "lpcm", "opus", "mp3", "mp2", "dxva", "hfr", "2ch", "6ch", "8ch", "nfofix", "readnfo", "dirfix", "subforced", "vostfr", "hardsub", "hardsubs", "softsub", "softsubs", "multisub", "multisubs", "nlsubs", "nlsub", "hebsubs", "engsubs", "esub", "esubs", "swesub", "fastsub", "legendado", "dublado", "dubbing", "truefrench", "swissgerman", "uncensoredbd", "repack", "rerip", "webhd", "hdweb", "amzn", "hmax", "dsnp", "atvp", "pcok", "itunes", "hdrezka", "upscaled", "bdrips", "lostfilm", "kbps", "mbps"]
)
_WEAK = frozenset(
    ["web", "dl", "dvd", "blu", "ray", "bd", "br", "hd", "sd", "fhd", "hq", "lq", "cam", "ts", "tc", "r5", "scr", "screener", "pal", "ntsc", "secam", "ws", "internal", "int", "proper", "real", "complete", "custom", "dub", "dubbed", "subbed", "sub", "subs", "subtitles", "subtitulado", "dual", "audio", "multi", "multilang", "line", "ld", "md", "mic", "read", "nfo", "retail", "hybrid", "dv", "dolby", "vision", "nf", "hulu", "cr", "mux", "batch", "raw", "rip", "vhs", "vcd", "svcd", "tv", "cd", "docu", "doku", "documentary", "anime", "vo", "vf", "vff", "vfq", "vfi", "vost", "vosta", "pcm", "ita", "lpcm", "p2p", "stv", "preair", "webisode", "promax", "fps", "bit", "hdtvs", "hdlp", "bits", "season", "episodes", "dvdrips", "oad", "ova", "ona", "softcoded", "retail", "obfuscated", "scrambled", "uncut", "dkidz", "ai", "upscale", "sbs", "hsbs", "htab", "tab", "3d", "mvc", "ddc", "hc", "korsub", "rarbg", "full", "conform", "eur", "usa"]
)
_LANGUAGE = frozenset(
    ["english", "eng", "french", "francais", "fr", "fre", "fra", "vff", "german", "deutsch", "ger", "deu", "spanish", "castellano", "espanol", "español", "esp", "spa", "italian", "italiano", "ita", "russian", "rus", "japanese", "jap", "jpn", "jp", "korean", "kor", "chinese", "chi", "chs", "cht", "mandarin", "cantonese", "hindi", "hin", "tamil", "telugu", "portuguese", "por", "ptbr", "brazilian", "dutch", "nl", "flemish", "vlaams", "swedish", "swe", "norwegian", "nor", "danish", "dan", "finnish", "fin", "polish", "pol", "pl", "czech", "cze", "hungarian", "hun", "turkish", "tur", "greek", "gre", "hebrew", "heb", "arabic", "ara", "ukrainian", "ukr", "romanian", "ro", "rum", "thai", "tha", "vietnamese", "vie", "nordic", "multi", "latino", "catalan", "cat", "persian", "bulgarian", "croatian", "serbian", "slovenian"]
)
_EDITION = frozenset(
    ["extended", "unrated", "uncut", "uncensored", "remastered", "restored", "theatrical", "directors", "director", "director's", "director’s", "recut", "limited", "festival", "special", "ultimate", "collector", "collectors", "collector's", "collector’s", "criterion", "alternative", "alternate", "final", "imax", "se", "dc", "om", "ee", "cut", "edition", "version", "edit", "anniversary", "assembly", "despecialized", "redux", "integral", "rekall", "diamond", "signature", "imperial", "fanedit", "2in1", "3in1", "4in1"]
)
_PAIRS = frozenset(
    ["web-dl", "blu-ray", "h-264", "h-265", "x-264", "x-265", "dd-5", "ddp-5", "dd-2", "ddp-2", "dts-hd", "dts-x", "dts-es", "vc-1", "open-matte", "read-nfo", "dolby-vision", "dual-audio", "multi-subs", "multiple-subtitle", "multi-audio", "bd-rip", "br-rip", "web-rip", "vhs-rip", "dvd-rip", "hd-dvd", "hd-tv", "hd-rip", "tv-rip", "ultra-hd", "full-hd", "hd-cam", "dvd-scr", "e-ac3", "he-aac", "mpeg-2", "mpeg-4", "web-hd", "10-bit", "8-bit", "1-cd", "2-cd", "3-cd", "h-263", "hdr-10"]
)
_RESOLUTIONS = frozenset(["240", "288", "352", "360", "368", "384", "404", "432", "480", "540", "544", "576", "640", "720", "816", "900", "1080", "1440", "2160", "4320"])
_WORD = re.compile(r"[^\W_]+(?:['’*@][^\W_]+)*")
_SHAPE = re.compile(
    r"(?P<lines>\d{3,4})[pi]\d{0,3}(?:hd|hi)?|(?P<wide>\d{3,4})[x*](?P<high>\d{3,4})|\d?cds?\d?|cd\d(?:of\d)?"
    r"|(?:hdtv|pdtv|web|dvdrip|bdrip|bluray|webrip)[xh]26[45]|(?:x|h)26[45].{1,6}|(?:dts|flac|aac|ac3|atmos|dd|ddp)x?\d{1,2}"
    r"|\d{2,4}(?:kbit|kbps|mbps|fps|mb|gb|tb|ch|hz|khz)|\d(?:ch|gb|tb)|\d{2,3}bits?|[a-z]{2,8}(?:subs|subbed)"
    r"|hdr10.{0,4}|lame\d.*|dvd\d|dvdr?\d?|bd\d{2,3}"
)


@lru_cache(maxsize=16384)
def _sort(word: str) -> Kind:
    if word in _STRONG:
        return "strong"
    if word in _EDITION:
        return "edition"
    if word in _LANGUAGE:
        return "language"
    if word in _WEAK:
        return "weak"
    shape = _SHAPE.fullmatch(word)
    if shape is None:
        return "word"
    lines = shape["lines"]
    if lines is not None and lines not in _RESOLUTIONS:
        return "word"
    return "strong"


def tokens(text: str) -> list[Token]:
    """The words of `text` in order, each with its sort; pairs such as "WEB-DL" count as one strong word each."""
    found: list[Token] = []
    before = ""
    for match in _WORD.finditer(text):
        word = match[0].lower()
        kind = _sort(word) if len(word) < 24 else "word"
        start, end = match.span()
        if before and f"{before}-{word}" in _PAIRS and start - found[-1].end <= 2:
            found[-1] = found[-1]._replace(kind="strong")
            kind = "strong"
        found.append(Token(start, end, word, kind))
        before = word
    return found


_QUALITY = re.compile(
    r"(?<![^\W_])(?:(?P<lines>240|288|360|480|540|576|720|900|1080|1440|2160|4320)(?:[pi]\d{0,3}|(?=\.hi10))(?:hd)?"
    r"|(?P<wide>\d{3,4})[x*×](?P<high>\d{3,4})|(?P<name>4k|8k|uhd|ultrahd))(?![^\W_])",
    re.IGNORECASE,
)
_NAMED = {"4k": "2160p", "uhd": "2160p", "ultrahd": "2160p", "8k": "4320p"}
_WIDTHS = ((7000, "4320p"), (3200, "2160p"), (2300, "1440p"), (1800, "1080p"), (1200, "720p"), (960, "540p"))


def quality(text: str) -> str | None:
    """The picture's height that `text` states, as lines and "p" ("1080p"); 4K and UHD are "2160p".

    A frame size is named by its width, as players do: 1920x804 is a 1080p picture with the bars cut off.
    """
    best: str | None = None
    for match in _QUALITY.finditer(text):
        if match["lines"]:
            return f"{match['lines']}p"
        if match["wide"]:
            wide = int(match["wide"])
            best = next((name for width, name in _WIDTHS if wide >= width), f"{int(match['high'])}p")
        else:
            best = best or _NAMED[match["name"].lower()]
    return best
