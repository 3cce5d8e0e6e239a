"""What folders say: a season's number, a series' name, and which folders say nothing at all."""

import re
from functools import lru_cache

from hearth.media.names.numbers import SEASON_WORDS, number
from hearth.media.names.paths import parts
from hearth.media.names.titles import clean, folded
from hearth.media.names.tokens import tokens
from hearth.media.names.vocabulary import words

_F = re.IGNORECASE
_SEASON = re.compile(
    rf"(?:(?:{SEASON_WORDS}|series|book|livre|volume)[ ._\-]{{0,3}}(?P<s>\d{{1,4}})|s[ ]?(?P<t>\d{{1,4}})"
    r"|第[ ]?(?P<v>\d{1,3})[ ]?[季期部]"
    rf"|(?P<u>\d{{1,4}})(?:st|nd|rd|th|ª|º)?[ .]{{0,2}}(?:{SEASON_WORDS}))(?!\w)(?P<more>.*)",
    _F | re.DOTALL,
)
_SPECIALS = words("specials special extras sp ova ovas oav bonus speciale spéciaux especiales")
_EPISODE = re.compile(r"(?<!\w)(?:s\d{1,4}[ ._]?x?e\d|\d{1,2}x\d{2}|e(?:p|pisode)?[ .]?\d)", _F)
_MARK = re.compile(
    rf"[ ._\-(\[]{{0,6}}(?<!\w)(?:s\d{{1,4}}(?:[ ._]?x?e\d+)?(?!\w)"
    rf"|(?:{SEASON_WORDS})[ ._]\d{{1,4}}(?!\w)|\d{{1,2}}x\d{{2,3}}(?!\w)).*$",
    _F | re.DOTALL,
)
_YEAR = re.compile(r"[ ._\-]{0,4}[(\[](?:19|20)\d\d(?:[-–](?:(?:19|20)\d\d)?)?[)\]]\s*$")
_IDS = re.compile(r"[\[{(](?:imdb|tmdb|tvdb|anidb|anilist|mal|tt\d{6,9})[^\]})]*[\]})]", _F)
_GENERIC = words(
    """tv shows tvshows show series serien séries anime animes cartoons movies movie films film filme pelis peliculas
    video videos media medias downloads download completed complete unsorted incoming tmp temp home mnt data
    volumes server share shares nas public storage drive disk torrents mkv mp4 avi library libraries
    autosubliminal postprocessing test av usr var srv opt root documentaries kids watched new minisodes
    webisodes c d"""
) | {"tv shows", "tv series", "tv drop", "my movies", "my shows", "home videos"}

_SET_OF_FILMS = re.compile(
    r"[ \-([]*(?<!\w)(collection|duology|trilogy|tetralogy|quadrilogy|quadrology|pentalogy|hexalogy|anthology|saga"
    r"|box[ -]?set)[ )\]]*$",
    _F,
)
_NO_SET = words("the a my our your all dvd bluray blu-ray 4k uhd hd vhs classic disney family foreign criterion")


def season_folder(path: str, parent: str | None = None, *, specials: bool = True, numbers: bool = True) -> int | None:
    """The season that the folder `path` holds, 0 for specials, or None when it is no season's folder.

    parent: the folder above, when `path` does not have it; its name at the start of a folder's name is passed over.
    specials: names such as "Specials" count as season 0. numbers: a folder named by a mere number is a season. A
    library of mixed kinds should turn both off.
    """
    pieces = parts(path)
    if not pieces:
        return None
    above = parts(parent)[-1:] if parent else pieces[-2:-1]
    return season_of(pieces[-1].strip(), above[0] if above else "", specials, numbers)


@lru_cache(maxsize=4096)
def season_of(name: str, above: str, specials: bool = True, numbers: bool = True) -> int | None:
    """The season of the folder `name` in the folder `above` (see `season_folder`)."""
    if name.isdecimal():
        return int(name) if numbers and len(name) <= 4 else None
    if specials and folded(name) in _SPECIALS:
        return 0
    return _named(_without(name, above) if above else name)


def _without(name: str, above: str) -> str:
    """`name` without the series' name it starts with ("The Show/The Show Season 1")."""
    title = clean(_IDS.sub("", _YEAR.sub("", above)))
    spaced = re.sub(r"[._]", " ", name)
    if title and len(title) < len(spaced) and spaced.casefold().startswith(title.casefold()):
        rest = re.sub(r"^[ \-]*(?:\((?:19|20)\d\d\)|(?:19|20)\d\d(?=[ ]))?[ \-]*", "", spaced[len(title) :])
        if not rest[:1].isdecimal():
            return rest or name
    return name


def _named(name: str) -> int | None:
    match = _SEASON.match(name)
    if match is None or _EPISODE.search(name):
        return None
    more = match["more"]
    if more and not _says_nothing(more):
        return None
    return number(match["s"] or match["t"] or match["u"] or match["v"])


def _says_nothing(text: str) -> bool:
    """True for what may follow a season's number: a year, a title after a dash, release words."""
    text = _IDS.sub("", text)
    if re.match(r"\s*(?:[(\[\-–:|]|$)", text):
        return True
    words = tokens(text)
    return bool(words) and (words[0].kind != "word" or words[0].text.isdecimal())


def series_folder(path: str) -> str:
    """The name of the series in a folder's path: of the folder itself, or of the one above when it is a season's."""
    pieces = parts(path)
    while len(pieces) > 1 and is_season("/".join(pieces[-2:])):
        pieces.pop()
    return series_name(pieces[-1]) if pieces else ""


def film_series(path: str) -> str | None:
    """The set of films that a folder above the film at `path` is named after, the nearest: "The Quay Collection", "Low
    Water Trilogy (1999-2003)". None where no folder says so, and for collections of just anything ("My Collection")."""
    for folder in reversed(parts(path)[:-1]):
        bare = _YEAR.sub("", _IDS.sub("", re.sub(r"[._]", " ", folder)).rstrip())
        match = _SET_OF_FILMS.search(bare)
        if match is None:
            continue
        name = bare[: match.start()].strip()
        if len(name) > 1 and not is_generic(name) and folded(name) not in _NO_SET:
            return f"{name} {match[1]}"
    return None


def is_season(path: str) -> bool:
    """True for a season's folder in a library of shows."""
    return season_folder(path) is not None


def series_name(folder: str) -> str:
    """A folder's name as a series' name: without season, episode, year and provider ids."""
    bare = _IDS.sub("", folder.replace("_", " "))
    cut = _MARK.sub("", bare)
    bare = cut if cut.strip(" ._-") else bare
    bare = _YEAR.sub("", bare.rstrip())
    return clean(bare, asides=True).rstrip(".") or clean(folder, asides=True)


def is_generic(folder: str) -> bool:
    """True for folders that no title can be taken from: libraries, shares, download folders, single letters."""
    name = folded(folder)
    return not name or name in _GENERIC or len(name) == 1
