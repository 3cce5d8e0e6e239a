"""Items: lists, one in full, what lies below it, and what the viewer says about it."""

from __future__ import annotations

from typing import Annotated, get_args
from uuid import UUID

from litestar import delete, get, put
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK, HTTP_204_NO_CONTENT

from hearth import activity, browse
from hearth.accounts import Viewer
from hearth.api.v1 import views
from hearth.api.v1.access import Asked, requires
from hearth.api.v1.item_views import detail_view, item_views, user_state
from hearth.api.v1.kept import KEPT
from hearth.db import Database, Tx
from hearth.kit.errors import Invalid, NotFound
from hearth.kit.paging import MAX_LIMIT, Page

_KINDS = len(get_args(views.ItemKind))
Kinds = Annotated[
    list[str] | None, QueryParameter(description=f"{', '.join(get_args(views.ItemKind))}; several, or with commas")
]
Text = Annotated[str | None, QueryParameter(max_length=200)]
Year = Annotated[int | None, QueryParameter(ge=0, le=9999)]
Sort = Annotated[
    str | None,
    QueryParameter(max_length=32, description=f"{', '.join(browse.SORTS)}; with - in front the other way round"),
]
Seed = Annotated[int | None, QueryParameter(ge=0, lt=2**31, description="makes sort=random repeatable")]
Limit = Annotated[int, QueryParameter(ge=1, le=MAX_LIMIT)]
After = Annotated[str | None, QueryParameter(max_length=2048, description="`next` of the page before")]
At = Annotated[int | None, QueryParameter(ge=0, le=10_000_000, description="position in the list; not with `after`")]


_PAGING = frozenset({"kind", "sort", "limit", "after", "at"})
FACETED = frozenset({
    "kind", "library", "parent", "artist", "genre", "year", "person", "studio", "resolution", "hdr", "audio",
    "film_series", "watched", "favorite", "q",
})  # fmt: skip
_FILTERS = _PAGING | FACETED | {"watch_later", "seed"}


@get("/items", opt=requires("items:read") | KEPT, tags=["items"])
async def items(
    request: Asked,
    viewer: Given[Viewer],
    database: Given[Database],
    kind: Kinds = None,
    library: FromQuery[UUID | None] = None,
    parent: FromQuery[UUID | None] = None,
    artist: FromQuery[UUID | None] = None,
    genre: Text = None,
    year: Year = None,
    person: Text = None,
    studio: Text = None,
    resolution: Text = None,
    hdr: Text = None,
    audio: Text = None,
    film_series: Text = None,
    watched: FromQuery[bool | None] = None,
    favorite: FromQuery[bool | None] = None,
    watch_later: FromQuery[bool | None] = None,
    q: Text = None,
    sort: Sort = None,
    seed: Seed = None,
    limit: Limit = 100,
    after: After = None,
    at: At = None,
) -> views.ItemPage:
    """A page of the items that the viewer may see. `next` is null on the last page; `total` counts the whole list."""
    refuse_strangers(request, _FILTERS)
    wanted = browse.Filter(
        kinds=split_kinds(kind), library=library, parent=parent, artist=artist, genre=genre, year=year, person=person,
        studio=studio, resolution=resolution, hdr=hdr, audio=audio, film_series=film_series, watched=watched,
        favorite=favorite,
        watch_later=watch_later, q=q, sort=sort, seed=seed, limit=limit, after=after, at=at,
    )  # fmt: skip
    async with database.reading() as tx:
        page = await browse.items(tx, viewer, wanted)
    return _page(page)


@get("/items/{item_id:uuid}", opt=requires("items:read"), tags=["items"])
async def item(item_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]) -> views.ItemDetail:
    """One item in full."""
    async with database.reading() as tx:
        return detail_view(await browse.item(tx, viewer, item_id))


@get("/items/{item_id:uuid}/children", opt=requires("items:read") | KEPT, tags=["items"])
async def children(
    request: Asked,
    item_id: FromPath[UUID],
    viewer: Given[Viewer],
    database: Given[Database],
    kind: Kinds = None,
    sort: Sort = None,
    limit: Limit = MAX_LIMIT,
    after: After = None,
    at: At = None,
) -> views.ItemPage:
    """What lies directly below an item: seasons, episodes and tracks by number, an artist's albums newest first."""
    refuse_strangers(request, _PAGING)
    wanted = browse.Filter(kinds=split_kinds(kind), sort=sort, limit=limit, after=after, at=at)
    async with database.reading() as tx:
        page = await browse.children(tx, viewer, item_id, wanted)
    return _page(page)


@put("/items/{item_id:uuid}/watched", opt=requires("activity:write"), status_code=HTTP_200_OK, tags=["activity"])
async def mark_watched(item_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]) -> views.UserState:
    """Marks an item as watched; of a series, season, album or artist all that is below it."""
    return await _mark(database, viewer, item_id, True)


@delete("/items/{item_id:uuid}/watched", opt=requires("activity:write"), status_code=HTTP_200_OK, tags=["activity"])
async def mark_unwatched(item_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]) -> views.UserState:
    """Marks an item as not watched, and forgets where the viewer was."""
    return await _mark(database, viewer, item_id, False)


async def _mark(database: Database, viewer: Viewer, item_id: UUID, watched: bool) -> views.UserState:
    async with database.transaction() as tx:
        kind = await browse.kind_of(tx, viewer, item_id)
        below = await browse.leaves(tx, viewer, item_id, kind)
        await activity.mark_watched(tx, viewer.account_id, below, watched)
        return await _state(tx, viewer, item_id)


@put("/items/{item_id:uuid}/favorite", opt=requires("activity:write"), status_code=HTTP_200_OK, tags=["activity"])
async def add_favorite(item_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]) -> views.UserState:
    """Puts an item among the viewer's favourites."""
    async with database.transaction() as tx:
        await browse.kind_of(tx, viewer, item_id)
        await activity.set_favorite(tx, viewer.account_id, item_id, True)
        return await _state(tx, viewer, item_id)


@delete("/items/{item_id:uuid}/favorite", opt=requires("activity:write"), status_code=HTTP_200_OK, tags=["activity"])
async def remove_favorite(item_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]) -> views.UserState:
    """Takes an item out of the viewer's favourites."""
    async with database.transaction() as tx:
        await browse.kind_of(tx, viewer, item_id)
        await activity.set_favorite(tx, viewer.account_id, item_id, False)
        return await _state(tx, viewer, item_id)


@put("/items/{item_id:uuid}/rating", opt=requires("activity:write"), status_code=HTTP_200_OK, tags=["activity"])
async def rate(
    item_id: FromPath[UUID], data: JSONBody[views.RatingChange], viewer: Given[Viewer], database: Given[Database]
) -> views.UserState:
    """The viewer's own rating from 1 to 10; null takes it back."""
    async with database.transaction() as tx:
        await browse.kind_of(tx, viewer, item_id)
        await activity.set_rating(tx, viewer.account_id, item_id, data.rating)
        return await _state(tx, viewer, item_id)


@put("/items/{item_id:uuid}/progress", opt=requires("activity:write"), status_code=HTTP_200_OK, tags=["activity"])
async def report_progress(
    item_id: FromPath[UUID], data: JSONBody[views.ProgressChange], viewer: Given[Viewer], database: Given[Database]
) -> views.UserState:
    """Where the viewer is in an item, for players without a play session; near the end it counts as watched."""
    async with database.transaction() as tx:
        row = await browse.brief(tx, viewer, item_id)
        if row.kind not in ("movie", "episode", "track", "extra"):
            raise Invalid("Only what plays has a position: a film, an episode, a track or an extra.")
        await activity.record_progress(
            tx, viewer.account_id, item_id, data.position_ms, row.duration_ms, resumes=row.kind != "track"
        )
        return await _state(tx, viewer, item_id)


@delete("/items/{item_id:uuid}/progress", opt=requires("activity:write"), status_code=HTTP_204_NO_CONTENT,
        tags=["activity"])  # fmt: skip
async def forget_progress(item_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]) -> None:
    """Takes an item off the Continue row; it starts over next time."""
    async with database.transaction() as tx:
        await browse.kind_of(tx, viewer, item_id)
        await activity.clear_progress(tx, viewer.account_id, item_id)


@put("/items/{item_id:uuid}/watch-later", opt=requires("activity:write"), status_code=HTTP_204_NO_CONTENT,
     tags=["activity"])  # fmt: skip
async def watch_later(item_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]) -> None:
    """Puts an item among what the viewer means to watch; `?watch_later=true` of /items lists it."""
    await _mark_later(database, viewer, item_id, True)


@delete("/items/{item_id:uuid}/watch-later", opt=requires("activity:write"), status_code=HTTP_204_NO_CONTENT,
        tags=["activity"])  # fmt: skip
async def not_later(item_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]) -> None:
    """Takes an item out of what the viewer means to watch."""
    await _mark_later(database, viewer, item_id, False)


async def _mark_later(database: Database, viewer: Viewer, item_id: UUID, later: bool) -> None:
    async with database.transaction() as tx:
        await browse.kind_of(tx, viewer, item_id)
        await activity.set_watch_later(tx, viewer.account_id, item_id, later)


@get("/items/{item_id:uuid}/similar", opt=requires("items:read"), tags=["items"])
async def similar(item_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]) -> views.SimilarItems:
    """Up to twenty items of the same kind that share people, genres, a studio or their time with this one.

    Points: 3 for a shared director, 2 for any other person, up to 5 for genres in common, 1 for a studio, 1 for years
    at most five apart.
    """
    async with database.transaction(readonly=True) as tx:
        return views.SimilarItems(item_views(await browse.similar(tx, viewer, item_id)))


@get("/items/{item_id:uuid}/lyrics", opt=requires("items:read"), tags=["items"])
async def item_lyrics(item_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]) -> views.Lyrics:
    """The words of a track, with the times of their lines when they are known: from the file beside it, else its tags.

    404 when there are none.
    """
    async with database.transaction(readonly=True) as tx:
        words = await browse.lyrics(tx, viewer, item_id)
    words = await browse.read_words(words)
    if words.lyrics is None:
        raise NotFound("No lyrics are known of this.")
    lines = [views.LyricLine(line.start_ms, line.text) for line in words.lyrics.lines]
    return views.Lyrics(words.source, words.lyrics.text, lines)


async def _state(tx: Tx, viewer: Viewer, item_id: UUID) -> views.UserState:
    return user_state((await browse.brief(tx, viewer, item_id)).state)


def refuse_strangers(request: Asked, known: frozenset[str]) -> None:
    """A filter that we do not know must not look as if it had been applied."""
    if strangers := sorted(set(request.query_params.keys()) - known):
        raise Invalid(f"There is no filter {strangers[0][:50]!r}: use {', '.join(sorted(known))}.")


def split_kinds(kinds: list[str] | None) -> tuple[str, ...]:
    """`kind=movie&kind=series` and `kind=movie,series` are the same."""
    found = tuple(word for text in kinds or () for word in text.split(",") if word)
    if len(found) > 4 * _KINDS:
        raise Invalid("That is more kinds than there are.")
    return found


def _page(page: Page[browse.Item]) -> views.ItemPage:
    return views.ItemPage(item_views(page.items), page.next, page.total)


handlers = [
    items, item, children, mark_watched, mark_unwatched, add_favorite, remove_favorite, rate, report_progress,
    forget_progress, watch_later, not_later, similar, item_lyrics,
]  # fmt: skip
