"""What a list may be asked for, and the conditions it turns into. Values are bound, never written into SQL."""

# ruff: noqa: S608 - statements are put together from the literals of this room; values are bound

from collections.abc import Iterable
from typing import LiteralString, get_args
from uuid import UUID

from msgspec import Struct

from hearth.accounts import Viewer
from hearth.browse.rows import Kind
from hearth.browse.visible import see, sees_library
from hearth.browse.words import begins_with
from hearth.db import Where
from hearth.kit.errors import Invalid
from hearth.kit.paging import MAX_LIMIT
from hearth.kit.text import fold

KINDS: tuple[Kind, ...] = get_args(Kind)
_MAX_AT = 10_000_000
_MAX_ARMS = 32
_MAX_Q = 200
# How a thing's leaves hang below it: by the series or artist of all, or by the direct parent.
LINKS: dict[str, LiteralString] = {"series": "top_id", "artist": "top_id", "season": "parent_id", "album": "parent_id"}
LINKS_SQL: LiteralString = (
    "case when i.kind in ('series', 'artist') then 'top_id' when i.kind in ('season', 'album') then 'parent_id' "
    "else 'own' end"
)


BELONGING = frozenset({"season", "episode", "track", "extra"})
STANDS_ALONE: LiteralString = "i.kind in ('movie', 'series', 'artist', 'album', 'collection', 'playlist')"
IS_PART: LiteralString = "i.kind in ('season', 'episode', 'track', 'extra')"
"""The halves of the catalogue that have an index of words each; said so that the planner knows them again."""


class Filter(Struct, frozen=True, kw_only=True):
    """Which items, in which order, which part of the list.

    `kinds` empty means all but extras. `parent` are direct children (of an artist: the albums). `person` is a person's
    or artist's id, or a name. `sort` is a word of `sorts.SORTS`, "-" in front turns it; the default is the title, and
    the number below a parent. `after` is a page's `next`, `at` a position in the list; not both. `seed` makes random
    orders repeatable. `studio`, `resolution`, `hdr` and `audio` (a language) take the values that `facets` gives,
    `film_series` the name of a set of films.
    """

    kinds: tuple[str, ...] = ()
    library: UUID | None = None
    parent: UUID | None = None
    genre: str | None = None
    year: int | None = None
    person: str | None = None
    artist: UUID | None = None
    watched: bool | None = None
    favorite: bool | None = None
    watch_later: bool | None = None
    studio: str | None = None
    resolution: str | None = None
    hdr: str | None = None
    audio: str | None = None
    film_series: str | None = None
    q: str | None = None
    sort: str | None = None
    seed: int | None = None
    limit: int = 100
    after: str | None = None
    at: int | None = None


class Arm(Struct, frozen=True):
    """A part of a list: its conditions on `catalog.item i` and its kinds (none: any)."""

    where: Where
    kinds: tuple[str, ...]
    more: str = ""
    """A condition behind the others, and an order of its own, when the list's would be the same for its rows but hide
    that from the planner."""
    turned: str | None = None
    source: str = ""
    """What is joined with the items, and the list's keys when they come from there."""
    keys: str | None = None


def is_plain(wanted: Filter) -> bool:
    """Whether only kinds and libraries are asked for, which the ordered indexes answer alone."""
    narrowed = (
        wanted.parent, wanted.genre, wanted.year, wanted.person, wanted.artist, wanted.watched, wanted.favorite,
        wanted.watch_later, wanted.studio, wanted.resolution, wanted.hdr, wanted.audio, wanted.film_series, wanted.q,
    )  # fmt: skip
    return all(value is None for value in narrowed)


def is_marked(wanted: Filter) -> bool:
    """Whether something is asked for that the index of marks knows."""
    return any(getattr(wanted, name) is not None for name in MARKED)


def check(wanted: Filter) -> None:
    """Invalid, with what would be right, for a filter that makes no sense."""
    if unknown := sorted(set(wanted.kinds) - set(KINDS)):
        raise Invalid(f"There is no kind {', '.join(unknown)[:100]}: use {', '.join(KINDS)}.")
    if not 1 <= wanted.limit <= MAX_LIMIT:
        raise Invalid(f"The limit of a page is 1 to {MAX_LIMIT}.")
    if wanted.at is not None and wanted.after is not None:
        raise Invalid("Ask for a page by its cursor (after) or by its position (at), not by both.")
    if wanted.at is not None and not 0 <= wanted.at <= _MAX_AT:
        raise Invalid(f"A position (at) is 0 to {_MAX_AT}.")
    if wanted.year is not None and not 0 <= wanted.year <= 9999:
        raise Invalid("A year has up to four digits.")
    if wanted.seed is not None and not 0 <= wanted.seed < 2**31:
        raise Invalid("A seed is 0 to 2147483647.")
    for name, text in _texts(wanted):
        if text is not None and (len(text) > _MAX_Q or "\0" in text or not _is_text(text)):
            raise Invalid(f"{name} takes up to {_MAX_Q} characters, and none that cannot be printed.")


def _texts(wanted: Filter) -> list[tuple[str, str | None]]:
    return [
        (name, getattr(wanted, name))
        for name in ("genre", "person", "q", "studio", "resolution", "hdr", "audio", "film_series")
    ]


def _is_text(text: str) -> bool:
    """Whether it can be sent at all: a lone half of a surrogate pair cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def arms(
    wanted: Filter,
    viewer: Viewer,
    args: list[object],
    pairs: Iterable[tuple[UUID, str]] | None = None,
    *,
    ordered: bool = False,
) -> list[Arm]:
    """The list as a union of disjoint arms, one for each kind and library, all binding into `args`.

    An arm of one kind and library reads its index in order and stops early; "kind in (...)" would have to read and sort
    everything. What another index finds (children, words, people, favourites) is one arm: splitting would only repeat
    the search. `pairs` are the libraries and kinds in which there is anything, when those are known: one arm for each
    of them, which indexes that begin with the library answer. `ordered` when so many of a kind are wanted that reading
    them in order finds a page sooner than looking all of them up.
    """
    libraries = _libraries(wanted, viewer)
    if libraries == []:
        return []
    found_elsewhere = any(value is not None for value in (wanted.parent, wanted.artist, wanted.person))
    if found_elsewhere or wanted.favorite or wanted.watch_later:
        return [_arm(wanted, viewer, args, wanted.kinds, libraries)]
    if wanted.q is not None:
        asked = wanted.kinds or tuple(kind for kind in KINDS if kind != "extra")
        split = [tuple(k for k in asked if (k in BELONGING) is part) for part in (False, True)]
        return [_arm(wanted, viewer, args, kinds, libraries) for kinds in split if kinds]
    known = None if pairs is None else sorted(pairs)
    if known is not None and len(known) <= _MAX_ARMS:
        return [_arm(wanted, viewer, args, (kind,), [library], ordered=ordered) for library, kind in known]
    kinds = list(dict.fromkeys(wanted.kinds or (k for k in KINDS if k != "extra")))
    places: list[list[UUID] | None] = [None] if libraries is None else [[library] for library in libraries]
    if len(kinds) * len(places) > _MAX_ARMS:
        places = [libraries]
    return [_arm(wanted, viewer, args, (kind,), place, ordered=ordered) for kind in kinds for place in places]


def _libraries(wanted: Filter, viewer: Viewer) -> list[UUID] | None:
    """The libraries to look into, None for all."""
    if wanted.library is not None:
        return [wanted.library] if sees_library(viewer, wanted.library) else []
    return None if viewer.libraries is None else sorted(set(viewer.libraries))


def _arm(
    wanted: Filter,
    viewer: Viewer,
    args: list[object],
    kinds: tuple[str, ...],
    libraries: list[UUID] | None,
    *,
    ordered: bool = False,
) -> Arm:
    where = Where()
    where.args = args
    see(where, viewer, only=libraries[0] if libraries is not None and len(libraries) == 1 else None)
    marked = len(kinds) == 1 and any(getattr(wanted, name) is not None for name in MARKED)
    if marked and not ordered:
        pass  # marks say the kind, and the planner would take it for another thing that narrows them
    elif len(kinds) == 1:
        where.add("i.kind = {}", kinds[0])
    elif kinds:
        where.add("i.kind = any({}::text[])", list(kinds))
    else:
        where.add("i.kind <> 'extra'")
    _add_facts(where, wanted, kinds, ordered=ordered)
    _add_state(where, wanted, viewer, kinds)
    return Arm(where, kinds)


# The index of marks has the kind before each: it answers arms of one kind.
_MARKS: LiteralString = (
    "catalog.marks_of(i.kind, i.year, i.genres, i.studios, i.quality, i.audio_languages, i.film_series)"
)
MARKED = ("genre", "studio", "audio", "year", "resolution", "hdr", "film_series")


def _add_facts(where: Where, wanted: Filter, kinds: tuple[str, ...], *, ordered: bool) -> None:
    if wanted.parent is not None:
        where.add("i.parent_id = {}", wanted.parent)
    if wanted.artist is not None:
        where.add(
            """i.id in (select c.item_id from catalog.artist_credit c where c.artist_id = {}
                        union all select o.id from catalog.item o where o.top_id = {})""",
            wanted.artist, wanted.artist,
        )  # fmt: skip
    if wanted.person is not None:
        _add_person(where, wanted.person)
    if wanted.q is not None:
        begins_with(where, "i.search", wanted.q)
        _add_words_index(where, kinds)
    if len(kinds) == 1 and not ordered:
        given = [(name, getattr(wanted, name)) for name in MARKED]
        if marks := [f"{kinds[0]} {name} {value}" for name, value in given if value is not None]:
            where.add(f"{_MARKS} @> {{}}::text[]", marks)
    else:
        _add_plain_facts(where, wanted)


def _add_plain_facts(where: Where, wanted: Filter) -> None:
    if wanted.genre is not None:
        where.add("i.genres @> array[{}::text]", wanted.genre)
    if wanted.year is not None:
        where.add("i.year = {}::integer", wanted.year)
    if wanted.studio is not None:
        where.add("i.studios @> array[{}::text]", wanted.studio)
    if wanted.resolution is not None:
        where.add("split_part(i.quality, ' ', 1) = {}", wanted.resolution)
    if wanted.hdr is not None:
        where.add("i.quality like '% %' and substring(i.quality from ' (.+)$') = {}", wanted.hdr)
    if wanted.audio is not None:
        where.add("i.audio_languages @> array[{}::text]", wanted.audio)
    if wanted.film_series is not None:
        where.add("i.film_series = {}", wanted.film_series)


def _add_words_index(where: Where, kinds: tuple[str, ...]) -> None:
    """Says again of which half of the catalogue the kinds are, in the words of the two indexes."""
    if kinds and BELONGING.issuperset(kinds):
        where.add(IS_PART)
    elif kinds and BELONGING.isdisjoint(kinds):
        where.add(STANDS_ALONE)


def _add_person(where: Where, person: str) -> None:
    try:
        known = UUID(person)
    except ValueError:
        where.add(
            """i.id in (select c.item_id from catalog.credit c join catalog.person n on n.id = c.person_id
                        where n.name_key = {})""",
            fold(person),
        )
    else:
        where.add(
            """i.id in (select c.item_id from catalog.credit c where c.person_id = {}
                        union all select c.item_id from catalog.artist_credit c where c.artist_id = {})""",
            known, known,
        )  # fmt: skip


def _add_state(where: Where, wanted: Filter, viewer: Viewer, kinds: tuple[str, ...]) -> None:
    me = viewer.account_id
    if wanted.favorite is not None:
        where.add(
            f"""{_not(wanted.favorite)} exists (select from activity.state f
                where f.user_id = {{}} and f.item_id = i.id and f.favorite)""",
            me,
        )
    if wanted.watch_later is not None:
        where.add(
            f"""{_not(wanted.watch_later)} exists (select from activity.watch_later l
                where l.user_id = {{}} and l.item_id = i.id)""",
            me,
        )
    if wanted.watched is None:
        return
    leaf: LiteralString = """exists (select from activity.state w
        where w.user_id = {} and w.item_id = i.id and w.watched %s)"""
    if not set(kinds or KINDS) & LINKS.keys():
        # The kind is said again so that what was watched of it is found by itself, where that is less.
        where.add(f"{_not(wanted.watched)} {leaf % 'and w.kind = any({}::text[])'}", me, list(kinds or KINDS))
    elif len(kinds) == 1:
        leaves: LiteralString = "= 'episode'" if kinds[0] in ("series", "season") else "= 'track'"
        where.add(f"{_not(wanted.watched)} {_whole(LINKS[kinds[0]], leaves)}", me, me)
    else:
        where.add(
            f"""{_not(wanted.watched)} case when i.kind in ('series', 'artist') then {_whole("top_id")}
                when i.kind in ('season', 'album') then {_whole("parent_id")} else {leaf % ""} end""",
            me, me, me, me, me,
        )  # fmt: skip


def _not(positive: bool) -> LiteralString:
    return "" if positive else "not"


def _whole(link: LiteralString, leaf: LiteralString = "in ('episode', 'track')") -> LiteralString:
    """What holds others is watched when all that is playable below it is. Only what was begun is looked into."""
    return f"""i.id in (select x.id from (
            select distinct e.{link} as id from activity.state w join catalog.item e on e.id = w.item_id
            where w.user_id = {{}} and w.watched and e.available and e.kind {leaf}) x
        where not exists (select from catalog.item e where e.{link} = x.id and e.available and e.kind {leaf}
            and not exists (select from activity.state w where w.user_id = {{}} and w.item_id = e.id and w.watched)))"""
