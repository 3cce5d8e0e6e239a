"""One item in full: its files, its neighbours, what "Play" plays, its pictures."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from hearth import browse
from hearth.accounts import Viewer
from hearth.browse.follow import Leaf, next_episode
from hearth.db import Tx
from hearth.kit.errors import NotFound
from hearth.kit.ids import new_id
from hearth.media import AudioStream, AudioTags, Chapter, MediaInfo, VideoStream
from tests.browse.shelf import LONG_AGO, Shelf

MEDIA = MediaInfo(
    container="matroska", size=1000, duration_ms=6_000_000, bitrate=8_000_000,
    video=(VideoStream(index=0, codec="hevc", width=3840, height=2160, hdr="hdr10"),),
    audio=(AudioStream(index=1, codec="eac3", channels=6, sample_rate=48000, language="eng"),),
    chapters=(Chapter(0, 60_000, "Opening"),),
)  # fmt: skip


async def test_a_film_with_everything(tx: Tx, shelf: Shelf) -> None:
    library, viewer = await shelf.library(), await shelf.viewer()
    film = await shelf.movie(
        library, "Alien", original_title="Alien!", overview="In space.", tagline="Nobody hears.", rating=8.1,
        genres=["Horror"], studios=["Brandywine"], provider_ids={"tmdb": "348"}, content_rating="R",
    )  # fmt: skip
    person = await shelf.credit(film, "Sigourney Weaver", "actor", "Ripley")
    await shelf.version(film, library, ["alien-cd1.avi", "alien-cd2.avi"], rank=1, label="SD")
    best = await shelf.version(film, library, ["alien.mkv"], MEDIA, label="4K")
    gone = await shelf.version(film, library, ["alien-gone.mkv"], MEDIA)
    await tx.execute(
        """update libraries.file set missing_since = now()
           where id in (select file_id from catalog.part where version_id = $1)""",
        gone,
    )
    trailer = await shelf.item(library, "extra", "Trailer", parent_id=film)
    found = await browse.item(tx, viewer, film)
    assert (found.item.title, found.original_title, found.overview, found.content_rating) == (
        "Alien", "Alien!", "In space.", "R",
    )  # fmt: skip
    assert (found.item.rating, found.genres, found.studios) == (8.1, ("Horror",), ("Brandywine",))
    assert found.provider_ids == {"tmdb": "348"}
    assert found.credits == (browse.Credit(person, "Sigourney Weaver", "actor", "Ripley"),)
    assert [(version.label, len(version.parts)) for version in found.versions] == [("4K", 1), ("SD", 2)]
    assert found.versions[0].id == best
    part = found.versions[0].parts[0]
    assert part.media == MEDIA
    assert (part.path, part.name, part.size) == (f"/media/{library}/folder/alien.mkv".encode(), "alien.mkv", 1000)
    assert [p.name for p in found.versions[1].parts] == ["alien-cd1.avi", "alien-cd2.avi"]
    assert [extra.id for extra in found.extras] == [trailer]
    assert (found.parents, found.previous, found.next) == ((), None, None)
    assert found.play_target == browse.Ref(film, "movie", "Alien")
    assert [ref.id for ref in (await browse.item(tx, viewer, trailer)).parents] == [film]


async def test_files_with_odd_names_and_odd_facts_are_shown(tx: Tx, shelf: Shelf) -> None:
    library, viewer = await shelf.library(), await shelf.viewer()
    film = await shelf.movie(library)
    tags = AudioTags(container="flac", codec="flac", size=9, duration_ms=4)
    await shelf.version(film, library, ["a"], {"type": "media", "container": 7})
    await shelf.version(film, library, ["b"], {"type": "problem", "kind": "empty", "reason": "It is empty."}, rank=1)
    await shelf.version(film, library, ["c"], tags, rank=2)
    await tx.execute("update libraries.file set name = $1 where name = 'a'", b"\xff.mkv")
    found = (await browse.item(tx, viewer, film)).versions
    assert [version.parts[0].media for version in found] == [None, None, tags]
    assert found[0].parts[0].name == "\ufffd.mkv"
    assert found[0].parts[0].path.endswith(b"/\xff.mkv")


async def test_neighbours(tx: Tx, shelf: Shelf) -> None:
    viewer = await shelf.viewer()
    show = await shelf.show(await shelf.library("Shows", "shows"), "Dark", 2, 2, specials=2)
    flat = [id_ for season in show.episodes for id_ in season]
    seen = []
    for id_ in flat:
        found = await browse.item(tx, viewer, id_)
        seen.append((found.previous.id if found.previous else None, found.next.id if found.next else None))
        assert [ref.kind for ref in found.parents] == ["series", "season"]
    a, b, c, d, e, f = flat
    # The specials, e and f, are a row of their own.
    assert seen == [(None, b), (a, c), (b, d), (c, None), (None, f), (e, None)]
    await tx.execute("update catalog.item set available = false where id = $1", b)
    found = await browse.item(tx, viewer, a)
    assert found.next is not None
    assert found.next.id == c
    season = await browse.item(tx, viewer, show.seasons[0])
    assert (season.previous, season.next and season.next.id) == (None, show.seasons[1])
    album = await shelf.album(await shelf.library("Music", "music"), tracks=2)
    track = await browse.item(tx, viewer, album.tracks[0])
    assert track.next is not None
    assert (track.next.id, [ref.kind for ref in track.parents]) == (album.tracks[1], ["artist", "album"])


async def target(tx: Tx, viewer: Viewer, id_: UUID) -> UUID | None:
    found = (await browse.item(tx, viewer, id_)).play_target
    return found.id if found else None


async def test_play_on_a_show_and_on_music(tx: Tx, shelf: Shelf) -> None:
    viewer = await shelf.viewer()
    show = await shelf.show(await shelf.library("Shows", "shows"), "Dark", 2, 2, specials=1)
    (one, two), (three, four) = show.episodes[:2]
    assert await target(tx, viewer, show.id) == one
    await shelf.state(viewer, one, watched=True, last_played_at=LONG_AGO)
    assert await target(tx, viewer, show.id) == two
    assert await target(tx, viewer, show.seasons[1]) == three
    await shelf.state(viewer, three, position_ms=9, last_played_at=LONG_AGO + timedelta(hours=1))
    assert await target(tx, viewer, show.id) == three
    await shelf.state(viewer, four, watched=True, last_played_at=LONG_AGO + timedelta(hours=2))
    assert await target(tx, viewer, show.id) == two
    music = await shelf.library("Music", "music")
    newer = await shelf.album(music, "Second", "Joni", 2, year=1972)
    older = await shelf.album(music, "First", "Joni", 2, year=1971)
    assert await target(tx, viewer, newer.id) == newer.tracks[0]
    assert await target(tx, viewer, older.artist) == older.tracks[0]


def episodes(spec: str) -> list[Leaf]:
    """`w` watched, `b` begun, `.` neither, and a digit for when; `s` in front for a special."""
    found = []
    for text in spec.split():
        special, word = text.startswith("s"), text.removeprefix("s")
        when = datetime(2025, 1, int(word[1]), tzinfo=UTC) if len(word) > 1 else None
        found.append(Leaf(new_id(), "", special, 100 if word[0] == "b" else 0, word[0] == "w", when))
    return found


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("", None),
        (". . .", 0),
        ("w1 . .", 1),
        ("w1 b2 .", 1),
        ("w3 b2 .", 1),  # begun counts as unwatched: it is the next one behind
        ("b2 w3 .", 2),  # the viewer has moved on since
        ("w1 w1 w1 .", 3),  # marked as one: the last of them counts
        (". . w1 .", 3),
        (". . w1", 0),  # nothing behind: the first that is left
        ("w1 w2 w3", 0),
        ("w1 w3 w2 .", 3),
        ("w2 . . w1 .", 1),
        ("w . .", 1),  # watched, nobody knows when
        (". . s.", 0),
        ("w1 w1 s.", 0),
        ("s. s.", 0),
        ("sw1 s.", 1),
        (". w1 sw2 s.", 3),
    ],
)
def test_next_episode(spec: str, expected: int | None) -> None:
    leaves = episodes(spec)
    assert next_episode(leaves) == (None if expected is None else leaves[expected])


async def test_pictures_stand_in_for_each_other(tx: Tx, shelf: Shelf) -> None:
    viewer = await shelf.viewer()
    show = await shelf.show(await shelf.library("Shows", "shows"), "Dark", 2, 1)
    await shelf.image(show.id, "poster", b"series")
    await shelf.image(show.id, "thumb", b"series thumb")
    await shelf.image(show.seasons[1], "poster", b"season 2")
    await shelf.image(show.episodes[0][0], "thumb", b"still")
    music = await shelf.library("Music", "music")
    old = await shelf.album(music, "Old", "Joni", 1, year=1970)
    new = await shelf.album(music, "New", "Joni", 1, year=1975)
    bare = await shelf.album(music, "Bare", "Nobody", 1)
    await shelf.image(old.id, "poster", b"old")
    await shelf.image(new.id, "poster", b"new")

    async def shown(id_: UUID) -> dict[str, bytes]:
        item = (await browse.item(tx, viewer, id_)).item
        for type_, picture in item.pictures.items():
            assert await browse.picture(tx, viewer, id_, type_) == picture
        return {type_: p.hash.rstrip(b"\0") for type_, p in item.pictures.items()}

    assert await shown(show.seasons[0]) == {"poster": b"series"}
    assert await shown(show.seasons[1]) == {"poster": b"season 2"}
    assert await shown(show.episodes[0][0]) == {"poster": b"series", "thumb": b"still"}
    assert await shown(show.episodes[1][0]) == {"poster": b"season 2"}
    assert await shown(old.tracks[0]) == {"poster": b"old"}
    assert await shown(old.artist) == {"poster": b"new"}
    assert await shown(bare.artist) == {}
    await shelf.image(old.artist, "poster", b"portrait")
    assert await shown(old.artist) == {"poster": b"portrait"}
    with pytest.raises(NotFound):
        await browse.picture(tx, viewer, bare.artist, "poster")


async def test_leaves(tx: Tx, shelf: Shelf) -> None:
    viewer = await shelf.viewer()
    show = await shelf.show(await shelf.library("Shows", "shows"), "Dark", 2, 2)
    album = await shelf.album(await shelf.library("Music", "music"), tracks=2)

    async def below(id_: UUID) -> set[UUID]:
        return set(await browse.leaves(tx, viewer, id_, await browse.kind_of(tx, viewer, id_)))

    assert await below(show.id) == {*show.episodes[0], *show.episodes[1]}
    assert await below(show.seasons[0]) == set(show.episodes[0])
    assert await below(show.episodes[0][0]) == {show.episodes[0][0]}
    assert await below(album.id) == await below(album.artist) == set(album.tracks)
