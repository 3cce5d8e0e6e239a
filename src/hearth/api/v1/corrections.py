"""Doors for whoever corrects the catalogue: fields, matches, what belongs together and what does not."""

from __future__ import annotations

from uuid import UUID

from litestar import get, patch, post
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from msgspec import UNSET

from hearth import accounts, activity, browse, catalog, jobs, libraries
from hearth.accounts import Viewer
from hearth.api.v1 import views as plain
from hearth.api.v1.access import Access, Asked, requires
from hearth.api.v1.item_views import detail_view
from hearth.api.v1.views import corrections as views
from hearth.db import Database, Tx
from hearth.kit.errors import Invalid

_WRITE = requires("items:write")
_COLUMNS = {"group": "group_number"}
_APART = ("credits", "artists", "locked", "parent_id")
# What a wrong match told, and a new one takes away unless it was locked.
_TOLD = ("original_title", "overview", "tagline", "released", "content_rating", "rating")


@patch("/items/{item_id:uuid}", opt=_WRITE, tags=["corrections"])
async def change_item(
    item_id: FromPath[UUID],
    data: JSONBody[views.ItemPatch],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    database: Given[Database],
) -> plain.ItemDetail:
    """Changes fields of an item and locks them: no later scan changes them back.

    Taking a field out of `locked` lets the next scan tell it anew, and asks for one."""
    async with database.transaction() as tx:
        before = await browse.item(tx, viewer, item_id)
        written = {
            _COLUMNS.get(name, name): value
            for name in data.__struct_fields__
            if name not in _APART and (value := getattr(data, name)) is not UNSET
        }
        season = written.get("group_number")
        if data.parent_id is not UNSET:
            await browse.kind_of(tx, viewer, data.parent_id)
            there = await catalog.season_like(tx, item_id, data.parent_id)
            if there is None:
                await catalog.move_item(tx, item_id, data.parent_id)
            else:
                await _join(tx, access.by(request), before, there)
                item_id = there
        elif before.item.kind == "episode" and isinstance(season, int) and season != before.item.group:
            await catalog.move_item(tx, item_id, await catalog.season_of(tx, item_id, season))
        people = None
        if data.credits is not UNSET:
            people = [
                catalog.Credit(item_id, position, one.name, one.role, one.character)
                for position, one in enumerate(data.credits)
            ]
        artists = None
        if data.artists is not UNSET:
            from hearth import ingest  # see below

            artists = [(ingest.artist_identity(name), name.strip()) for name in data.artists if name.strip()]
        locked = None if data.locked is UNSET else [*data.locked, *(["parent"] if data.parent_id is not UNSET else [])]
        await catalog.edit_item(tx, item_id, written, people=people, artists=artists, locked=locked)
        if locked is not None and set(before.locked) - set(locked) - set(written):
            await _scan_again(tx, await catalog.files_below(tx, item_id))
        fields = sorted(name for name in data.__struct_fields__ if getattr(data, name) is not UNSET)
        await accounts.note(
            tx, access.by(request), "item.changed", before.item.kind, item_id, before.item.title, fields=fields
        )
        return await _changed(tx, viewer, item_id)


@get("/items/{item_id:uuid}/candidates", opt=_WRITE, tags=["corrections"])
async def item_candidates(
    item_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database]
) -> views.Candidates:
    """What an item may be instead: what its NFO, file and folder say, and the items of its library that are like it."""
    from hearth import ingest  # a fifth of what a web process would load before its first request

    async with database.transaction(readonly=True) as tx:
        found = await browse.item(tx, viewer, item_id)
        like = await browse.alike(tx, viewer, item_id)
        leaf = found if found.versions else None
        if leaf is None and found.play_target is not None:
            leaf = await browse.item(tx, viewer, found.play_target.id)
    files = [part.path for version in leaf.versions for part in version.parts] if leaf is not None else []
    said = await ingest.candidates(found.item.kind, files)
    return views.Candidates(
        [views.Candidate(one.title, one.year, one.source, None, found.item.kind) for one in said]
        + [views.Candidate(_told(one), one.year, "library", one.id, one.kind) for one in like]
    )


def _told(item: browse.Item) -> str:
    """A season by its series: there are many first ones."""
    return f"{item.series.title} · {item.title}" if item.kind == "season" and item.series is not None else item.title


@post("/items/{item_id:uuid}/identify", opt=_WRITE, status_code=HTTP_200_OK, tags=["corrections"])
async def identify_item(
    item_id: FromPath[UUID],
    data: JSONBody[views.Identify],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    database: Given[Database],
) -> plain.ItemDetail:
    """Says what an item really is. With `item_id` it becomes one with that item; with a title what the wrong match told
    goes, and title, year and ids are locked. Its files stay with it, whatever they are called."""
    async with database.transaction() as tx:
        before = await browse.item(tx, viewer, item_id)
        if data.item_id is not None:
            return await _merge(tx, viewer, access.by(request), before, data.item_id)
        if data.title is None:
            raise Invalid("Say what it is: a title, or another item.", extra={"field": "title"})
        written: dict[str, object] = {"title": data.title, "year": data.year}
        if data.provider_ids is not None:
            written["provider_ids"] = data.provider_ids
        told = {name: None for name in _TOLD if name not in before.locked}
        kept = [*before.locked, *written]
        people: list[catalog.Credit] | None = None if "credits" in before.locked else []
        await catalog.edit_item(tx, item_id, {**told, **written}, people=people)
        await catalog.edit_item(tx, item_id, written, locked=sorted(set(kept)))
        await catalog.pin_files(tx, item_id)
        await accounts.note(
            tx, access.by(request), "item.identified", before.item.kind, item_id, before.item.title, title=data.title
        )
        return await _changed(tx, viewer, item_id)


@post("/items/{item_id:uuid}/merge", opt=_WRITE, status_code=HTTP_200_OK, tags=["corrections"])
async def merge_item(
    item_id: FromPath[UUID],
    data: JSONBody[views.Merge],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    database: Given[Database],
) -> plain.ItemDetail:
    """Makes this item one with another of its kind and library, which is the answer: files become versions of it, what
    people watched and liked counts for it, and later scans keep that."""
    async with database.transaction() as tx:
        before = await browse.item(tx, viewer, item_id)
        return await _merge(tx, viewer, access.by(request), before, data.into)


@post("/items/{item_id:uuid}/split", opt=_WRITE, status_code=HTTP_201_CREATED, tags=["corrections"])
async def split_item(
    item_id: FromPath[UUID],
    data: JSONBody[views.Split],
    request: Asked,
    viewer: Given[Viewer],
    access: Given[Access],
    database: Given[Database],
) -> plain.ItemDetail:
    """Takes files out of an item: into another item, or into a new one, which is the answer. A new one is told by its
    own file's name unless a title is given."""
    async with database.transaction() as tx:
        before = await browse.item(tx, viewer, item_id)
        if data.into is not None:
            await browse.kind_of(tx, viewer, data.into)
            await catalog.move_files(tx, item_id, data.files, data.into)
            made = data.into
        else:
            made = await catalog.split(tx, item_id, data.files)
            if data.title is not None:
                await catalog.edit_item(tx, made, {"title": data.title, "year": data.year})
            await _scan_again(tx, data.files)
        await accounts.note(
            tx, access.by(request), "item.split", before.item.kind, item_id, before.item.title, into=str(made)
        )
        return await _changed(tx, viewer, made)


async def _merge(tx: Tx, viewer: Viewer, by: accounts.By, before: browse.Detail, into: UUID) -> plain.ItemDetail:
    await browse.kind_of(tx, viewer, into)
    await _join(tx, by, before, into)
    return await _changed(tx, viewer, into)


async def _join(tx: Tx, by: accounts.By, before: browse.Detail, into: UUID) -> None:
    pairs = await catalog.merge(tx, before.item.id, into)
    await activity.merge_states(tx, pairs)
    await catalog.forget_merged(tx, pairs)
    await accounts.note(tx, by, "item.merged", before.item.kind, into, before.item.title, gone=str(before.item.id))


async def _scan_again(tx: Tx, file_ids: list[UUID]) -> None:
    for library_id, folders in (await libraries.look_again(tx, file_ids)).items():
        await libraries.request_scan(tx, library_id, folders=folders)


async def _changed(tx: Tx, viewer: Viewer, item_id: UUID) -> plain.ItemDetail:
    found = await browse.item(tx, viewer, item_id)
    await jobs.announce(tx, catalog.ItemsChanged(found.item.library_id))
    return detail_view(found)


handlers = [change_item, item_candidates, identify_item, merge_item, split_item]
