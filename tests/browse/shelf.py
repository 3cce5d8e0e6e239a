"""A shelf of films, shows and albums, put straight into the tables: small, quick, and made of what a test names."""

# ruff: noqa: S608 - column names come from the tests

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct

from hearth.accounts import Viewer
from hearth.db import Tx
from hearth.kit.ids import new_id
from hearth.kit.text import fold, sort_key

LONG_AGO = datetime(2024, 1, 1, tzinfo=UTC)


class Show(Struct, frozen=True):
    """A show by its ids: `episodes[season - 1][episode - 1]`."""

    id: UUID
    seasons: list[UUID]
    episodes: list[list[UUID]]


class Album(Struct, frozen=True):
    id: UUID
    artist: UUID
    tracks: list[UUID]


class Shelf:
    """Builders take what matters to a test; the rest is made up. Later things were added later."""

    def __init__(self, tx: Tx) -> None:
        self.tx = tx
        self.count = 0
        self.artists: dict[tuple[UUID, str], UUID] = {}

    async def library(self, name: str = "Films", kind: str = "movies") -> UUID:
        id_ = new_id()
        await self.tx.execute(
            "insert into libraries.library (id, name, name_key, kind) values ($1, $2, $3, $4)",
            id_,
            name,
            str(id_),
            kind,
        )
        return id_

    async def viewer(
        self, name: str | None = None, libraries: Sequence[UUID] | None = None, max_age: int | None = None
    ) -> Viewer:
        """An account of its own; `libraries` None sees all."""
        id_ = new_id()
        await self.tx.execute(
            """insert into accounts.account (id, username, username_key, password_hash, role)
               values ($1, $2, $3, 'x', 'user')""",
            id_, name or str(id_), name or str(id_),
        )  # fmt: skip
        allowed = None if libraries is None else tuple(libraries)
        return Viewer(
            id_, name or str(id_), "user", frozenset(), session_id=new_id(), libraries=allowed, max_age=max_age
        )

    async def item(self, library: UUID, kind: str, title: str, **facts: Any) -> UUID:
        self.count += 1
        row = {
            "id": new_id(), "library_id": library, "kind": kind, "identity": f"{kind} {self.count}", "title": title,
            "sort_title": sort_key(title), "search": fold(title), "added_at": LONG_AGO + timedelta(days=self.count),
        } | facts  # fmt: skip
        names = ", ".join(row)
        places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
        await self.tx.execute(f"insert into catalog.item ({names}) values ({places})", *row.values())
        return UUID(str(row["id"]))

    async def movie(self, library: UUID, title: str = "Film", **facts: Any) -> UUID:
        return await self.item(library, "movie", title, **{"duration_ms": 6_000_000} | facts)

    async def show(
        self,
        library: UUID,
        title: str = "Show",
        seasons: int = 2,
        episodes: int = 3,
        *,
        specials: int = 0,
        **facts: Any,
    ) -> Show:
        series = await self.item(library, "series", title, **facts)
        show = Show(series, [], [])
        for number in [*range(1, seasons + 1), *([0] if specials else [])]:
            season = await self.item(
                library, "season", f"Season {number}", parent_id=series, top_id=series, number=number, **facts
            )
            show.seasons.append(season)
            show.episodes.append(
                [
                    await self.item(
                        library, "episode", f"{title} {number}x{n}", parent_id=season, top_id=series,
                        group_number=number, number=n, duration_ms=2_400_000, **facts,
                    )
                    for n in range(1, (episodes if number else specials) + 1)
                ]
            )  # fmt: skip
        return show

    async def artist(self, library: UUID, name: str) -> UUID:
        if (library, name) not in self.artists:
            self.artists[library, name] = await self.item(library, "artist", name)
        return self.artists[library, name]

    async def album(
        self, library: UUID, title: str = "Album", artist: str = "Artist", tracks: int = 3, **facts: Any
    ) -> Album:
        by = await self.artist(library, artist)
        album = await self.item(library, "album", title, parent_id=by, top_id=by, **facts)
        made = Album(album, by, [])
        await self.credit_artist(album, by)
        for n in range(1, tracks + 1):
            track = await self.item(
                library, "track", f"{title} track {n}", parent_id=album, top_id=by, group_number=1, number=n,
                duration_ms=200_000,
            )  # fmt: skip
            await self.credit_artist(track, by)
            made.tracks.append(track)
        return made

    async def credit_artist(self, item: UUID, artist: UUID, position: int = 0) -> None:
        await self.tx.execute("insert into catalog.artist_credit values ($1, $2, $3)", item, position, artist)

    async def credit(self, item: UUID, name: str, role: str = "actor", character: str | None = None) -> UUID:
        person = await self.tx.fetchval(
            """insert into catalog.person (id, name, name_key) values ($1, $2, $3)
               on conflict (name_key) do update set name = excluded.name returning id""",
            new_id(), name, fold(name),
        )  # fmt: skip
        await self.tx.execute(
            """insert into catalog.credit (item_id, position, person_id, role, character)
               select $1, count(*), $2, $3, $4 from catalog.credit where item_id = $1""",
            item, person, role, character,
        )  # fmt: skip
        return UUID(str(person))

    async def image(self, item: UUID, type_: str = "poster", content: bytes = b"\x01") -> bytes:
        digest = content.ljust(32, b"\0")
        await self.tx.execute(
            """insert into artwork.image (item_id, type, source, source_key, hash, width, height, thumbhash, color)
               values ($1, $2, 'local', 'x', $3, 600, 900, $4, '#102030')""",
            item, type_, digest, b"\x09\x08",
        )  # fmt: skip
        return digest

    async def state(self, viewer: Viewer, item: UUID, **facts: Any) -> None:
        """What the viewer did, as it would lie there: `watched=True, last_played_at=...`."""
        row = {"user_id": viewer.account_id, "item_id": item} | facts
        places = ", ".join(f"${n}" for n in range(1, len(row) + 1))
        changes = ", ".join(f"{name} = excluded.{name}" for name in row)
        await self.tx.execute(
            f"""insert into activity.state ({", ".join(row)}) values ({places})
                on conflict (user_id, item_id) do update set {changes}""",
            *row.values(),
        )

    async def version(
        self,
        item: UUID,
        library: UUID,
        names: Sequence[str],
        media: object = None,
        *,
        label: str = "1080p",
        rank: int = 0,
    ) -> UUID:
        """A version of parts that lie in the library's root."""
        root = await self.tx.fetchval("select id from libraries.root where library_id = $1", library)
        if root is None:
            root = new_id()
            path = f"/media/{library}".encode()
            await self.tx.execute(
                "insert into libraries.root (id, library_id, path) values ($1, $2, $3)", root, library, path
            )
        version = new_id()
        await self.tx.execute(
            "insert into catalog.version (id, item_id, label, rank) values ($1, $2, $3, $4)", version, item, label, rank
        )
        for position, name in enumerate(names):
            file = new_id()
            await self.tx.execute(
                """insert into libraries.file (id, root_id, folder, name, kind, size, mtime_ns, inode, media)
                   values ($1, $2, $3, $4, 'video', 1000, 1, 1, $5)""",
                file, root, b"folder", name.encode(), media,
            )  # fmt: skip
            await self.tx.execute("insert into catalog.part values ($1, $2, $3)", version, position, file)
        return version
