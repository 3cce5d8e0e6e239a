"""What the demo library holds: invented films, shows and albums, chosen to show every way media can lie on a disk."""

# ruff: noqa: E501 # a table reads best with one thing on a line

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from .demo_brush import Palette

Encoding = Literal["h264-mp4", "h264-mkv", "hevc-mkv", "mpeg4-mkv", "vp9-webm", "av1-webm"]

_VERSION = 1
"""Raise it whenever something below or how it is made changes: an older demo is then made anew."""

DUSK: Palette = ("#0b1533", "#e8825b", "#2f4a76", "#0c1730", "#ffe9b8")
SPACE: Palette = ("#05060f", "#141233", "#c86b4a", "#3a1a3d", "#ffd9a0")
PAPER: Palette = ("#233b5d", "#7a9bb5", "#5f87a3", "#16263d", "#f6ead2")
ORCHID: Palette = ("#1a0b2e", "#4a1942", "#e0567a", "#6a2c91", "#ffe2c6")
DAWN: Palette = ("#2b2d5b", "#f2a67e", "#b5657a", "#191733", "#ffe0b0")
LAGOON: Palette = ("#2fa7b5", "#06283d", "#1b6b80", "#031521", "#d9fbf2")
NEON: Palette = ("#0a0e24", "#3b2a5c", "#4b3a72", "#0a0b1c", "#ffcf7a")
SUNSET: Palette = ("#2a1a4a", "#f08a6b", "#e4576f", "#2a1440", "#ffe6a8")
MIST: Palette = ("#c9d8d3", "#e9e4d0", "#6f9a94", "#12312f", "#fff6d8")
POLAR: Palette = ("#08192b", "#1f5f66", "#3aa38a", "#06131f", "#d9ffe8")
MARS: Palette = ("#3b1420", "#e39b6b", "#b3543a", "#35101a", "#ffe0c0")
CREAM: Palette = ("#f2e3c9", "#eed7b0", "#d9593d", "#24556b", "#f4b942")
INK: Palette = ("#10151f", "#171d29", "#e4576f", "#0b0e15", "#ffd9c2")
EMERALD: Palette = ("#04140f", "#0d3b2e", "#1fa37a", "#0b5c57", "#f6e7a8")
LINEN: Palette = ("#dfe7ea", "#f4efe6", "#7fa3b5", "#22384a", "#ffffff")


@dataclass(frozen=True)
class Subtitles:
    """Lines shown one after another over the whole film; `language` as streams (eng) or file names (en) have it."""

    language: str
    lines: tuple[str, ...]
    forced: bool = False


@dataclass(frozen=True)
class Film:
    title: str
    year: int
    shots: tuple[str, ...]
    palette: Palette
    encoding: Encoding
    seconds: int
    tagline: str
    heights: tuple[int, ...] = (720,)
    audio: tuple[str, ...] = ("eng",)
    inside: tuple[Subtitles, ...] = ()
    beside: tuple[Subtitles, ...] = ()
    chapters: tuple[str, ...] = ()
    poster: bool = True
    backdrop: bool = False
    poster_text: str = "#ffffff"
    text_at: str = "bottom"


@dataclass(frozen=True)
class Show:
    title: str
    year: int
    palette: Palette
    poster_scene: str
    encoding: Encoding
    seasons: dict[int, tuple[tuple[str, str], ...]]
    """Season number (0: specials) to (episode title, scene)."""
    seconds: int = 22
    height: int = 360
    season_posters: bool = False


@dataclass(frozen=True)
class Track:
    title: str
    artist: str | None = None
    lyrics: str | None = None


@dataclass(frozen=True)
class Album:
    title: str
    artist: str
    year: int
    genre: str
    suffix: Literal["flac", "mp3", "opus", "m4a"]
    scene: str
    palette: Palette
    discs: tuple[tuple[Track, ...], ...]
    text: str = "#ffffff"
    embedded: bool = False
    compilation: bool = False
    seconds: int = 30
    root_note: float = 220.0
    scale: tuple[int, ...] = field(default=(0, 3, 7, 10, 12, 10, 7, 3))


FILMS: tuple[Film, ...] = (
    Film("The Last Lighthouse", 2019, ("lighthouse", "ridges", "rings", "lighthouse"), DUSK, "h264-mp4", 45,
         "Every light is a promise", backdrop=True),
    Film("Paper Moons", 2021, ("moons", "forest", "moons", "ridges"), PAPER, "h264-mkv", 60, "Cut along the dotted night",
         heights=(480,),          audio=("eng", "deu"), chapters=("Scissors", "The folding of hills", "Five moons", "Morning"), backdrop=True,
         inside=(Subtitles("eng", ("She kept the moon in a shoebox.", "Nobody had asked for it back.",
                                   "So she hung it up again.", "A little lower this time.", "Good night, all five of you.")),
                 Subtitles("deu", ("Sie hielt den Mond in einem Schuhkarton.", "Niemand hatte ihn zurückverlangt.",
                                   "Also hängte sie ihn wieder auf.", "Diesmal ein wenig tiefer.", "Gute Nacht, ihr fünf.")))),
    Film("A Quiet Orbit", 2022, ("orbit", "rings", "orbit"), SPACE, "h264-mp4", 30, "Nothing is nearer than home",
         heights=(1080, 480), backdrop=True),
    Film("Static Bloom", 2016, ("bloom", "strata", "bloom"), ORCHID, "hevc-mkv", 36, "Listen until it flowers",
         heights=(480,)),
    Film("Northbound", 2023, ("ridges", "forest", "ridges"), POLAR, "vp9-webm", 36, "Keep the cold on your left",
         heights=(480,), backdrop=True),
    Film("Monday Underwater", 2018, ("deep", "rings", "deep", "deep"), LAGOON, "h264-mp4", 45, "Hold your breath, it's only a week",
         heights=(480,),          beside=(Subtitles("en", ("It was Monday, and the sea had come in.", "The office plants were delighted.",
                                  "We swam to the meeting.", "It could have been a bubble.")),
                 Subtitles("de", ("MONTAG", "BÜRO GESCHLOSSEN"), forced=True)), backdrop=True),
    Film("Harbor Lights", 2014, ("city", "rings", "city"), NEON, "av1-webm", 30, "The city sleeps on water", heights=(480,)),
    Film("Ember Season", 2020, ("rings", "ridges"), SUNSET, "mpeg4-mkv", 30, "What the summer left", heights=(480,),
         poster=False),
    Film("The Cartographer's Daughter", 2024, ("forest", "ridges", "forest"), MIST, "h264-mkv", 36, "She drew the way back",
         heights=(480,), poster_text="#17403d", text_at="top"),
)  # fmt: skip

SHOWS: tuple[Show, ...] = (
    Show("Signal Hill", 2020, DAWN, "ridges", "h264-mkv", {
        0: (("The Making of the Hill", "strata"),),
        1: (("First Light", "ridges"), ("Carrier Wave", "strata"), ("The Long Antenna", "forest"), ("Noise Floor", "bloom")),
        2: (("Return Path", "orbit"), ("Harmonics", "rings"), ("Standing Wave", "deep"), ("Sign Off", "lighthouse")),
    }, season_posters=True),
    Show("Tiny Kitchens of Mars", 2023, MARS, "rings", "h264-mp4", {
        1: (("Dust Soup", "ridges"), ("Bread at a Third of the Weight", "moons"), ("The Greenhouse Dinner", "bloom")),
    }),
)  # fmt: skip

_LRC = (
    "[00:01.00]Slow weather, over the hill\n[00:07.50]Slow weather, holding still\n"
    "[00:14.00]Count the seconds, count the rain\n[00:20.50]Slow weather, home again"
)
ALBUMS: tuple[Album, ...] = (
    Album("Slow Weather", "Halden Vale", 2019, "Ambient", "flac", "rings", POLAR,
          ((Track("Slow Weather", lyrics=_LRC), Track("Barometer"), Track("First Snow, Last Bus"), Track("Isobars"),
            Track("Clearing from the West")),), root_note=196.0),
    Album("Night Garden", "Mira Okafor", 2022, "Electronic; Downtempo", "mp3", "bloom", EMERALD,
          ((Track("Moonflower"), Track("Gate Left Open", artist="Mira Okafor feat. Halden Vale"), Track("Nocturne for Moths"),
            Track("Dew Point")),), embedded=True, root_note=246.94, scale=(0, 4, 7, 11, 14, 11, 7, 4)),
    Album("Atlas of Small Things", "The Paper Lanterns", 2016, "Folk", "opus", "arches", CREAM,
          ((Track("Thimble"), Track("Postage"), Track("A Matchbox Sky")),
           (Track("Pocket Map"), Track("The Smallest Door"), Track("Fold Here"))),
          text="#24556b", root_note=261.63, scale=(0, 4, 7, 9, 12, 9, 7, 4)),
    Album("Salt", "Juno and the Tides", 2024, "Indie Rock", "m4a", "ridges", LINEN,
          ((Track("Breakwater"), Track("Undertow"), Track("Salt"), Track("Low Tide Telephone")),),
          text="#22384a", embedded=True, root_note=174.61, scale=(0, 5, 7, 12, 15, 12, 7, 5)),
    Album("Northern Lights Sessions", "Various Artists", 2018, "Jazz", "mp3", "strata", INK,
          ((Track("Blue Hour", artist="Oskar Lindqvist Trio"), Track("Kitchen Waltz", artist="Mira Okafor"),
            Track("Third Platform", artist="The Paper Lanterns"), Track("Ice Road", artist="Halden Vale"),
            Track("Slow Goodbye", artist="Ada Ferreira & Oskar Lindqvist")),),
          compilation=True, root_note=220.0, scale=(0, 3, 7, 10, 14, 12, 10, 5)),
)  # fmt: skip


@dataclass(frozen=True)
class Plan:
    """Everything one demo is made of. `version` changes with what would be made."""

    version: str
    films: tuple[Film, ...]
    shows: tuple[Show, ...]
    albums: tuple[Album, ...]
    art: float = 1.0
    """How large posters, backdrops and covers are, as a part of their full size."""


def full() -> Plan:
    return Plan(f"{_VERSION}", FILMS, SHOWS, ALBUMS)


def small() -> Plan:
    """The same library with short and tiny pictures, for tests: every kind of file, in seconds instead of minutes."""
    films = tuple(replace(film, seconds=8, heights=tuple(height // 4 for height in film.heights)) for film in FILMS)
    shows = tuple(replace(show, seconds=4, height=90) for show in SHOWS)
    return Plan(f"{_VERSION}-small", films, shows, tuple(replace(album, seconds=4) for album in ALBUMS), 0.3)
