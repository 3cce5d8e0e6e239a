"""File extensions a scanner cares about, and `.disc` stub files.

All extensions are lower case and include the dot.
"""

from typing import Literal

import msgspec

from hearth.media.names.vocabulary import words

VIDEO = words(
    """.3g2 .3gp .asf .avi .divx .dv .dvr-ms .f4v .flv .img .iso .m2t .m2ts .m2v .m4v .mk3d .mkv .mov .mp4 .mpe .mpeg
    .mpg .mts .mxf .nsv .nuv .ogm .ogv .qt .rec .rm .rmvb .strm .tp .trp .ts .vob .webm .wmv .wtv .xvid"""
)
AUDIO = words(
    """.3ga .aac .ac3 .aif .aiff .alac .amr .ape .au .caf .dff .dsd .dsf .dts .eac3 .flac .m4a .m4b .m4p .mid .midi
    .mka .mp2 .mp3 .mpa .mpc .oga .ogg .opus .ra .shn .spx .tak .tta .wav .wma .wv"""
)
SUBTITLE = words(".ass .dfxp .idx .mks .pgs .sami .smi .srt .ssa .stl .sub .sup .ttml .vtt")
IMAGE = words(".avif .bmp .gif .heic .jpeg .jpg .jxl .png .svg .tbn .tif .tiff .webp")

# What may follow a stem without saying anything about the item itself.
KNOWN = VIDEO | AUDIO | SUBTITLE | IMAGE | frozenset({".disc", ".nfo", ".torrent", ".xml", ".txt", ".nzb"})

StubKind = Literal["bluray", "dvd", "hddvd", "vhs", "tv"]

_STUBS: dict[str, StubKind] = {
    "bd": "bluray",
    "bd25": "bluray",
    "bd50": "bluray",
    "bluray": "bluray",
    "brrip": "bluray",
    "uhd": "bluray",
    "dvd": "dvd",
    "dvd5": "dvd",
    "dvd9": "dvd",
    "hddvd": "hddvd",
    "vhs": "vhs",
    "dsr": "tv",
    "hdtv": "tv",
    "pdtv": "tv",
    "tv": "tv",
}


class Stub(msgspec.Struct, frozen=True):
    """A `.disc` file: it stands for a film on a shelf, not on the drive. `kind` is None when the name does not say."""

    kind: StubKind | None


def stub(path: str) -> Stub | None:
    """The stub that `path` is (`Film.bluray.disc`), or None for every other file."""
    stem, extension = split_extension(path)
    if extension != ".disc":
        return None
    return Stub(_STUBS.get(stem.rpartition(".")[2].lower()) if "." in stem else None)


def split_extension(name: str) -> tuple[str, str]:
    """`("stem", ".ext")` of a name; the extension is lower case, and empty unless it is one we know."""
    dot = name.rfind(".")
    if dot <= 0:
        return name, ""
    extension = name[dot:].lower()
    return (name[:dot], extension) if extension in KNOWN else (name, "")
