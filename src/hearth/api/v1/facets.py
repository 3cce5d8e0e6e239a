"""The filter panel of lists, the letters to jump to, the genres of a library."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from litestar import get
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, FromQuery, QueryParameter

from hearth import browse
from hearth.accounts import Viewer
from hearth.api.v1.access import Asked, requires
from hearth.api.v1.items import FACETED, Kinds, Text, Year, refuse_strangers, split_kinds
from hearth.api.v1.kept import KEPT
from hearth.api.v1.views import facets as views
from hearth.db import Database

OneKind = Annotated[str | None, QueryParameter(max_length=20, description="films, series or artists when not given")]


@get("/facets", opt=requires("items:read") | KEPT, tags=["items"])
async def facets(
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
    q: Text = None,
) -> views.Facets:
    """What the items of a list have, with counts: takes the filters of /items and answers for its filter panel."""
    refuse_strangers(request, FACETED)
    wanted = browse.Filter(
        kinds=split_kinds(kind), library=library, parent=parent, artist=artist, genre=genre, year=year, person=person,
        studio=studio, resolution=resolution, hdr=hdr, audio=audio, film_series=film_series, watched=watched,
        favorite=favorite, q=q,
    )  # fmt: skip
    async with database.transaction(readonly=True) as tx:
        found = await browse.facets(tx, viewer, wanted)
    named = ("genre", "year", "studio", "resolution", "hdr", "audio")
    return views.Facets(found.total, found.exact, *(_counts(found.values[facet]) for facet in named))


@get("/libraries/{library_id:uuid}/letters", opt=requires("items:read") | KEPT, tags=["items"])
async def letters(
    library_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database], kind: OneKind = None
) -> views.Letters:
    """The first letters of a library's titles, each with its position in the list by title."""
    async with database.transaction(readonly=True) as tx:
        found = await browse.letters(tx, viewer, library_id, kind)
    return views.Letters([views.Letter(one.letter.upper(), one.position, one.count) for one in found])


@get("/libraries/{library_id:uuid}/genres", opt=requires("items:read") | KEPT, tags=["items"])
async def genres(
    library_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database], kind: OneKind = None
) -> views.Genres:
    """The genres of a library's films, series or albums by name, with counts."""
    async with database.transaction(readonly=True) as tx:
        return views.Genres(_counts(await browse.genres(tx, viewer, library_id, kind)))


def _counts(found: list[browse.Count]) -> list[views.ValueCount]:
    return [views.ValueCount(one.value, one.count) for one in found]


handlers = [facets, letters, genres]
