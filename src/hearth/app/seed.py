"""A believable catalogue of any size, straight into the database: for measurements, tests and screenshots.

Items are made here, for their sort and search keys are Python's; what hangs on them the database makes of them.
Everything follows from one number, ids and times aside. Nothing lies on disk: it can be browsed, not played.
"""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from msgspec import Struct

from hearth.app import seed_words as words
from hearth.db import Database, Tx
from hearth.kit.errors import Conflict
from hearth.kit.ids import new_id
from hearth.kit.text import fold, sort_key

LIBRARIES = (
    ("Films", "movies", 0.75), ("Documentaries", "movies", 0.15), ("Children's films", "movies", 0.10),
    ("Shows", "shows", 0.8), ("Anime", "shows", 0.2), ("Music", "music", 0.9), ("Concerts", "music", 0.1),
)  # fmt: skip
# Of a hundred items: the rest is music.
_FILMS, _SHOWS = 6, 30
_BATCH = 20_000
_NEWEST = datetime(2026, 1, 1, tzinfo=UTC)
_COLUMNS = (
    "id", "library_id", "kind", "parent_id", "top_id", "identity", "title", "sort_title", "original_title", "search",
    "year", "released", "overview", "content_rating", "rating", "duration_ms", "group_number", "number", "quality",
    "genres", "studios", "audio_languages", "added_at",
)  # fmt: skip
_QUALITIES = ("1080p", "1080p", "1080p", "720p", "4K", "4K HDR", "4K Dolby Vision", "SD")
_LANGUAGES: tuple[list[str], ...] = (
    ["eng"],
    ["eng"],
    ["eng", "ger"],
    ["fre"],
    ["jpn", "eng"],
    ["eng", "fre", "spa"],
    ["kor"],
    [],
)
_RATINGS = ("PG-13", "R", "PG", "G", "FSK 12", "FSK 16", None)
_USERS = ("grace", "alan", "edsger", "barbara")
Row = tuple[object, ...]


class Seeded(Struct, frozen=True):
    """What there is afterwards, by kind."""

    counts: dict[str, int]


class _Maker:
    """Rows of `catalog.item` for so many items, in the order of parents before children."""

    def __init__(self, items: int, libraries: dict[str, list[tuple[UUID, float]]], seed: int) -> None:
        self.rng = random.Random(seed)  # noqa: S311 - a catalogue, not a secret
        self.items = items
        self.libraries = libraries
        self.made = 0
        self.span = timedelta(days=3000) / max(items, 1)
        self.studios = [f"{words.surname(self.rng)} Pictures" for _ in range(min(400, 5 + items // 100))]

    def rows(self) -> Iterator[Row]:
        films, shows = self.items * _FILMS // 100, self.items * (_FILMS + _SHOWS) // 100
        while self.made < films:
            yield self.film()
        while self.made < shows:
            yield from self.show(shows - self.made)
        while self.made < self.items:
            yield from self.artist(self.items - self.made)

    def library(self, kind: str) -> UUID:
        ids, shares = zip(*self.libraries[kind], strict=True)
        chosen: UUID = self.rng.choices(ids, shares)[0]
        return chosen

    def row(self, kind: str, library: UUID, title: str, **facts: Any) -> Row:
        self.made += 1
        added = _NEWEST - self.span * (self.items - self.made)
        original = facts.get("original_title")
        row = {
            "id": new_id(), "library_id": library, "kind": kind, "identity": f"seed {kind} {self.made}", "title": title,
            "sort_title": sort_key(title), "search": fold(f"{title} {original}" if original else title),
            "genres": [], "studios": [], "audio_languages": [], "added_at": added,
        } | facts  # fmt: skip
        return tuple(row.get(name) for name in _COLUMNS)

    def dates(self) -> dict[str, object]:
        """A year, rather a late one, and a day of it; a few are not known."""
        if self.rng.random() < 0.03:
            return {}
        year = 2025 - min(int(self.rng.expovariate(1 / 18)), 100)
        return {"year": year, "released": date(year, self.rng.randrange(1, 13), self.rng.randrange(1, 29))}

    def film(self) -> Row:
        rng = self.rng
        return self.row(
            "movie", self.library("movies"), words.title(rng), **self.dates(), **self.picture(),
            original_title=rng.choice(words.FOREIGN) if rng.random() < 0.1 else None,
            overview=f"A {rng.choice(words.NOUNS).lower()} changes everything for {words.person(rng)}.",
            content_rating=rng.choice(_RATINGS), rating=round(rng.triangular(2, 9.8, 6.8), 1),
            duration_ms=rng.randrange(70, 190) * 60_000, genres=rng.sample(words.GENRES["movie"], rng.randrange(1, 4)),
            studios=[rng.choice(self.studios)],
        )  # fmt: skip

    def picture(self) -> dict[str, object]:
        return {"quality": self.rng.choice(_QUALITIES), "audio_languages": self.rng.choice(_LANGUAGES)}

    def show(self, room: int) -> Iterator[Row]:
        rng, library, dates = self.rng, self.library("shows"), self.dates()
        name, end = words.title(rng), self.made + room
        series = self.row(
            "series", library, name, **dates, overview=f"The people of {words.surname(rng)} and what they hide.",
            content_rating=rng.choice(_RATINGS), rating=round(rng.triangular(3, 9.8, 7), 1),
            genres=rng.sample(words.GENRES["series"], rng.randrange(1, 3)), studios=[rng.choice(self.studios)],
        )  # fmt: skip
        yield series
        for number in range(1, 1 + rng.choice((1, 1, 2, 3, 4, 5, 8))):
            if self.made >= end - 1:
                return
            season = self.row(
                "season", library, f"Season {number}", parent_id=series[0], top_id=series[0], number=number
            )
            yield season
            for episode in range(1, 1 + min(rng.choice((6, 8, 10, 10, 13, 22)), end - self.made)):
                yield self.row(
                    "episode", library, words.title(rng), parent_id=season[0], top_id=series[0], **dates,
                    **self.picture(), group_number=number, number=episode, duration_ms=rng.randrange(22, 60) * 60_000,
                    rating=round(rng.triangular(5, 9.8, 7.5), 1), overview="It does not go as they planned.",
                )  # fmt: skip

    def artist(self, room: int) -> Iterator[Row]:
        rng, library, end = self.rng, self.library("music"), self.made + room
        name = words.person(rng) if rng.random() < 0.6 else f"The {rng.choice(words.ADJECTIVES)} {words.surname(rng)}s"
        artist = self.row("artist", library, name)
        yield artist
        genres = rng.sample(words.GENRES["album"], rng.randrange(1, 3))
        for _ in range(rng.choice((1, 2, 3, 5, 8, 12))):
            if self.made >= end - 1:
                return
            dates = self.dates()
            album = self.row(
                "album", library, words.title(rng), parent_id=artist[0], top_id=artist[0], genres=genres, **dates
            )
            yield album
            for number in range(1, 1 + min(rng.choice((9, 10, 11, 12, 14, 18)), end - self.made)):
                yield self.row(
                    "track", library, words.title(rng), parent_id=album[0], top_id=artist[0], genres=genres, **dates,
                    group_number=1, number=number, duration_ms=rng.randrange(90, 420) * 1000,
                )  # fmt: skip


async def seed(
    database: Database, items: int, *, seed: int = 1, progress: Callable[[int], None] = lambda _: None
) -> Seeded:
    """Fills an empty catalogue; Conflict when there are items already. All or nothing, in one transaction.

    Secondary indexes are left out while it is filled and made at the end, which is several times quicker.
    """
    async with database.transaction() as tx:
        if await tx.fetchval("select exists (select from catalog.item)"):
            raise Conflict("There are items in this catalogue already: seed an empty data folder (--data DIR).")
        await tx.execute("set local statement_timeout = 0")
        await tx.execute("set local synchronous_commit = off")
        await tx.execute("set local session_replication_role = replica")  # foreign keys and counts: done right here
        await tx.execute("set local maintenance_work_mem = '256MB'")
        indexes = await _drop_indexes(tx)
        await _put_items(tx, items, seed, progress)
        for statement in _HANGING:
            await tx.execute(statement, timeout=_LONG_S)
        await _put_people(tx, max(3, items // 50), seed)
        await tx.execute("set local session_replication_role = origin")
        for statement in indexes:
            await tx.execute(statement, timeout=_LONG_S)
        await tx.execute("analyze catalog.item", timeout=_LONG_S)
        await _put_history(tx)
        await tx.execute("select catalog.recount(), catalog.relearn()", timeout=_LONG_S)
        rows = await tx.fetch("select kind, sum(n)::int from catalog.tally where facet = '' group by 1 order by 1")
    async with database.connection() as connection:
        for table in _TABLES:
            await connection.execute(f"vacuum (analyze) {table}", timeout=_LONG_S)
    return Seeded({row[0]: row[1] for row in rows})


_LONG_S = 3600.0
_TABLES = (
    "catalog.item", "catalog.tally", "catalog.word", "catalog.version", "catalog.part", "catalog.credit",
    "catalog.artist_credit", "catalog.person", "libraries.file", "artwork.image", "activity.state", "activity.play",
)  # fmt: skip


async def _drop_indexes(tx: Tx) -> list[str]:
    """Drops what no key needs, and gives the statements that make it again."""
    rows = await tx.fetch(
        """select i.indexrelid::regclass::text as name, pg_get_indexdef(i.indexrelid) as definition from pg_index i
           where i.indrelid = any($1::text[]::regclass[]) and not i.indisunique""",
        list(_TABLES),
    )
    for row in rows:
        await tx.execute(f"drop index {row['name']}")
    return [row["definition"] for row in rows]


async def _put_items(tx: Tx, items: int, seed: int, progress: Callable[[int], None]) -> None:
    libraries: dict[str, list[tuple[UUID, float]]] = {}
    for name, kind, share in LIBRARIES:
        id_ = new_id()
        await tx.execute(
            "insert into libraries.library (id, name, name_key, kind) values ($1, $2, $3, $4)",
            id_,
            name,
            fold(name),
            kind,
        )
        path = f"/seeded/{fold(name)}".encode()
        await tx.execute("insert into libraries.root (id, library_id, path) values ($1, $2, $3)", new_id(), id_, path)
        libraries.setdefault(kind, []).append((id_, share))
    maker = _Maker(items, libraries, seed)
    rows = maker.rows()
    while batch := [row for _, row in zip(range(_BATCH), rows, strict=False)]:
        await tx.copy_records_to_table("item", schema_name="catalog", columns=_COLUMNS, records=batch, timeout=_LONG_S)
        progress(maker.made)


# A file, a version and a part of each leaf; posters and backdrops; artists of albums and tracks.
_HANGING = (
    """insert into libraries.file (id, root_id, folder, name, kind, size, mtime_ns, inode, media)
       select i.id, r.id, convert_to(coalesce(i.top_id, i.id)::text, 'UTF8'),
           convert_to(i.id::text || case i.kind when 'track' then '.flac' else '.mkv' end, 'UTF8'),
           case i.kind when 'track' then 'audio' else 'video' end, coalesce(i.duration_ms, 1) * 500, 1, 1,
           case when i.kind <> 'track' then jsonb_build_object('type', 'media', 'container', 'matroska',
               'size', coalesce(i.duration_ms, 1) * 500, 'duration_ms', i.duration_ms, 'video', jsonb_build_array(
                   jsonb_build_object('index', 0, 'codec', 'h264', 'width', 1920, 'height', 1080)),
               'audio', (select jsonb_agg(jsonb_build_object('index', n, 'codec', 'aac', 'channels', 2,
                   'sample_rate', 48000, 'language', l)) from unnest(i.audio_languages) with ordinality a (l, n))) end
       from catalog.item i join libraries.root r on r.library_id = i.library_id
       where i.kind in ('movie', 'episode', 'track')""",
    """insert into catalog.version (id, item_id, label)
       select id, id, coalesce(quality, 'FLAC') from catalog.item where kind in ('movie', 'episode', 'track')""",
    "insert into catalog.part (version_id, position, file_id) select id, 0, id from catalog.version",
    """insert into artwork.image (item_id, type, source, source_key, hash, width, height, thumbhash, color)
       select i.id, t.type, 'local', 'seed', sha256(uuid_send(i.id)), t.width, t.height, '\\x2e0806', '#304050'
       from catalog.item i cross join (values
           ('poster', 600, 900), ('backdrop', 1920, 1080), ('thumb', 640, 360)) t (type, width, height)
       where case t.type when 'poster' then i.kind in ('movie', 'series', 'season', 'album')
           when 'backdrop' then i.kind in ('movie', 'series') else i.kind = 'episode' end""",
    """insert into catalog.artist_credit (item_id, position, artist_id)
       select id, 0, top_id from catalog.item where kind in ('album', 'track')""",
)


async def _put_people(tx: Tx, people: int, seed: int) -> None:
    """People, and six of them in each film and series: some are in many, most in few."""
    rng = random.Random(seed + 1)  # noqa: S311
    names = {fold(name): name for name in (words.person(rng) for _ in range(people))}
    rows = [(new_id(), name, key) for key, name in names.items()]
    await tx.copy_records_to_table(
        "person", schema_name="catalog", columns=("id", "name", "name_key"), records=rows, timeout=_LONG_S
    )
    await tx.execute(
        """with p as (select array_agg(id order by name_key) as ids, count(*) as many from catalog.person)
           insert into catalog.credit (item_id, position, person_id, role, character)
           select i.id, n,
               p.ids[1 + floor(p.many * power(((hashtextextended(i.id::text, n) & 1048575) / 1048576.0), 1.5))::int],
               case n when 0 then 'director' else 'actor' end, case n when 0 then null else 'Role ' || n end
           from catalog.item i cross join p cross join generate_series(0, 5) n where i.kind in ('movie', 'series')""",
        timeout=_LONG_S,
    )


async def _put_history(tx: Tx) -> None:
    """Users, and what everybody did: watched, began, liked; up to some thousand things each."""
    for name in _USERS:
        await tx.execute(
            """insert into accounts.account (id, username, username_key, password_hash, role)
               values ($1, $2, $2, '!', 'user') on conflict do nothing""",
            new_id(), name,
        )  # fmt: skip
    await tx.execute(
        """insert into activity.state (user_id, item_id, position_ms, watched, play_count, favorite, last_played_at)
           select a.id, i.id, case when h.m % 10 = 0 and i.kind <> 'track' then i.duration_ms / 3 else 0 end,
               h.m % 10 > 0, (h.m % 10 > 0)::int, h.m % 25 = 0, now() - make_interval(mins => (h.n % 500000)::int)
           from accounts.account a cross join catalog.item i
               cross join lateral (select hashtextextended(i.id::text || a.id::text, 1) & 2147483647 as n) r
               cross join lateral (select r.n, r.n / 4096 as m) h
           where i.kind in ('movie', 'episode', 'track')
               and h.n % greatest(10, (select count(*) / 3000 from catalog.item)) = 0""",
        timeout=_LONG_S,
    )
    await tx.execute(
        """insert into activity.play (id, user_id, item_id, method, started_at, stopped_at, position_ms)
           select gen_random_uuid(), user_id, item_id, 'direct', last_played_at - interval '1 hour', last_played_at, 0
           from activity.state where watched"""
    )
