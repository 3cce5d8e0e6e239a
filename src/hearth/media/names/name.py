"""What a path says about a film or an episode."""

from typing import Literal

import msgspec

Kind = Literal["movie", "episode"]


class Name(msgspec.Struct, frozen=True, kw_only=True):
    """A path, understood. Fields are None or empty when the path does not say.

    kind: what it was read as; None when the caller did not know and nothing in the path tells.
    title: the film's or the series' title, for people. None for names that hold no title (digests, "S01E01.mkv").
    long_title: the title with its part ("Saga Part II") when `part` was taken off it; databases know films that way.
    season: 0 is specials. episodes: every episode in the file, in order, as the name numbers them.
    absolute: the same episodes as running numbers, when the name has no season or may be read both ways ("Show 112"
    is season 1 episode 12 and absolute 112): whoever knows the series decides.
    date: "YYYY-MM-DD" of a daily show. part: of a film or episode in several files.
    quality: the picture's height ("1080p"). format_3d: "sbs", "hsbs", "tab", "htab" ... when is_3d.
    provider_ids: {"tmdb": "603", "imdb": "tt0133093"}. country: "US" of "Show (US)".
    """

    kind: Kind | None
    title: str | None = None
    long_title: str | None = None
    year: int | None = None
    season: int | None = None
    episodes: tuple[int, ...] = ()
    absolute: tuple[int, ...] = ()
    date: str | None = None
    edition: str | None = None
    quality: str | None = None
    part: int | None = None
    episode_title: str | None = None
    provider_ids: dict[str, str] = {}
    release_group: str | None = None
    country: str | None = None
    is_3d: bool = False
    format_3d: str | None = None
