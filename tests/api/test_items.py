"""Items over HTTP: the shapes, what is refused, what one may not see, pictures and what the viewer says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import msgspec
import pytest
import pyvips

from hearth.api.v1 import views
from hearth.db import Database
from hearth.media import Attachment, AudioStream, Chapter, MediaInfo, SubtitleStream, VideoStream
from tests.browse.house import House, open_house

MEDIA = MediaInfo(
    container="matroska", size=1000, duration_ms=6_000_000, bitrate=8_000_000,
    video=(
        VideoStream(
            index=0, codec="hevc", width=3840, height=2160, hdr="hdr10", profile="Main 10", level=153, bit_depth=10,
            fps=23.976, dovi_profile=8, dovi_base="hdr10", hdr10_plus=True,
        ),
    ),
    audio=(
        AudioStream(
            index=1, codec="eac3", channels=6, sample_rate=48000, language="ger", default=True, layout="5.1(side)"
        ),
        AudioStream(index=2, codec="aac", channels=2, sample_rate=48000, commentary=True),
    ),
    subtitles=(SubtitleStream(index=3, codec="subrip", text=True, language="en-GB", forced=True),),
    chapters=(Chapter(0, 60_000, "Opening"),),
    attachments=(Attachment(4, "4.ttf", "font/ttf", 9),),
)  # fmt: skip


@pytest.fixture
async def house(database: Database, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(database, tmp_path) as opened:
        yield opened


async def test_lists_and_pages(house: House) -> None:
    async with house.shelf() as shelf:
        library = await shelf.library()
        titles = [f"Film {n}" for n in range(7)]
        for title in titles:
            await shelf.movie(library, title, year=2000, rating=7.3)
        await shelf.show(await shelf.library("Shows", "shows"))
    page = await house.get("/items?kind=movie&limit=3&sort=title")
    msgspec.convert(page, views.ItemPage)
    assert (page["total"], [item["title"] for item in page["items"]]) == (7, titles[:3])
    assert page["items"][0]["rating"] == 7.3
    assert page["items"][0]["user"]["watched"] is False
    second = await house.get(f"/items?kind=movie&limit=3&sort=title&after={page['next']}")
    assert [item["title"] for item in second["items"]] == titles[3:6]
    last = await house.get("/items?kind=movie&limit=3&sort=title&at=6")
    assert ([item["title"] for item in last["items"]], last["next"], last["total"]) == (titles[6:], None, 7)
    by_comma, by_key = await house.get("/items?kind=movie,series"), await house.get("/items?kind=movie&kind=series")
    assert by_comma == by_key
    assert by_comma["total"] == 8
    assert (await house.get(f"/items?library={library}&watched=false&favorite=false"))["total"] == 7
    assert (await house.get("/items?q=film%206"))["total"] == 1
    assert (await house.get("/items?sort=random&seed=1&kind=movie"))["total"] == 7


BAD = [
    "sort=name;select%20pg_sleep(9)", "sort=password", "sort=", "kind=film", "limit=0", "limit=501", "limit=x", "at=-1",
    "at=1&after=x", "after=x", "after=%00", "library=1", "parent=x", "year=x", "year=99999", "watched=maybe",
    "q=a%00b", "genre=%00", "q=" + "x" * 201, "seed=x", "sort=random&seed=-1", "kind=" + "movie," * 100, "password=A",
]  # fmt: skip


async def test_attack_29_bad_queries_are_refused(house: House) -> None:
    for query in BAD:
        answer = await house.door.call("GET", f"/api/v1/items?{query}", token=house.token)
        assert answer.status == 400, (query, answer.body)
        assert answer.json["type"] == "urn:hearth:problem:invalid"
    assert await house.status("/items?kind=") == 200, "nothing is asked for: every kind"


async def test_attack_28_filters_do_not_reach_other_columns_or_patterns(house: House) -> None:
    async with house.shelf() as shelf:
        await shelf.movie(await shelf.library(), "Film")
    for text in ("%25", "_", "%25%25", "F_lm", "%5C"):
        assert (await house.get(f"/items?q={text}"))["total"] == 0, text
        assert (await house.get(f"/search?q={text}"))["groups"] == [], text
    assert await house.status("/items?password=A") == 400


async def test_detail(house: House) -> None:
    async with house.shelf() as shelf:
        library = await shelf.library()
        film = await shelf.movie(library, "Alien", overview="In space.", provider_ids={"tmdb": "348"})
        await shelf.version(film, library, ["Alien.mkv"], MEDIA, label="4K")
        file = await shelf.tx.fetchval("select id from libraries.file")
        await shelf.tx.execute(
            "insert into catalog.sidecar (item_id, file_id, kind, language) values ($1, $2, 'subtitle', 'fre')",
            film,
            file,
        )
        await shelf.credit(film, "Sigourney Weaver", "actor", "Ripley")
        await shelf.image(film, content=b"\x01\x02")
    found = await house.get(f"/items/{film}")
    msgspec.convert(found, views.ItemDetail)
    assert (found["overview"], found["provider_ids"]) == ("In space.", {"tmdb": "348"})
    (version,) = found["versions"]
    assert (version["label"], version["files"], version["duration_ms"]) == ("4K", ["Alien.mkv"], 6_000_000)
    facts = ("profile", "level", "bit_depth", "fps", "dovi_profile", "dovi_base", "hdr", "hdr10_plus")
    told = [version["streams"][0][fact] for fact in facts]
    assert told == ["Main 10", 153, 10, 23.976, 8, "hdr10", "hdr10", True]
    sound = [(one["layout"], one["sample_rate"], one["commentary"]) for one in version["streams"][1:3]]
    assert sound == [("5.1(side)", 48000, False), (None, 48000, True)]
    assert version["attachments"] == [{"index": 4, "name": "4.ttf", "mimetype": "font/ttf", "size": 9}]
    assert [(stream["index"], stream["type"], stream["label"]) for stream in version["streams"]] == [
        (0, "video", "2160p · HEVC · HDR10+"),
        (1, "audio", "German · E-AC-3 5.1"),
        (2, "audio", "Commentary · AAC stereo"),
        (3, "subtitle", "English · Forced · SRT"),
        (500, "subtitle", "French · MKV"),
    ]
    assert version["chapters"] == [{"start_ms": 0, "end_ms": 60_000, "title": "Opening"}]
    assert found["images"]["poster"] == {
        "url": f"/api/v1/items/{film}/images/poster?v=0102000000000000",
        "width": 600, "height": 900, "thumbhash": "CQg=", "color": "#102030",
    }  # fmt: skip
    numbers = {"group": None, "number": None, "last_number": None}
    assert found["play_target"] == {"id": str(film), "kind": "movie", "title": "Alien"} | numbers


async def test_what_is_not_there_is_not_found(house: House) -> None:
    async with house.shelf() as shelf:
        film = await shelf.movie(await shelf.library(), available=False)
    for id_ in (film, uuid4()):
        for method, path, body in (
            ("GET", "", None), ("GET", "/children", None), ("GET", "/images/poster", None), ("PUT", "/watched", None),
            ("DELETE", "/watched", None), ("PUT", "/favorite", None), ("DELETE", "/favorite", None),
            ("PUT", "/rating", {"rating": 5}), ("PUT", "/progress", {"position_ms": 5}), ("DELETE", "/progress", None),
        ):  # fmt: skip
            assert await house.status(f"/items/{id_}{path}", method, body) == 404, (method, path)
    assert await house.status("/items/nonsense") == 404
    async with house.database.transaction(readonly=True) as tx:
        assert await tx.fetchval("select count(*) from activity.state") == 0


async def test_children_home_and_search(house: House) -> None:
    async with house.shelf() as shelf:
        show = await shelf.show(await shelf.library("Shows", "shows"), "Dark", 2, 2)
        await shelf.state(house.viewer, show.episodes[0][0], position_ms=70_000)
    seasons = await house.get(f"/items/{show.id}/children")
    msgspec.convert(seasons, views.ItemPage)
    assert [season["number"] for season in seasons["items"]] == [1, 2]
    episodes = await house.get(f"/items/{show.seasons[0]}/children?sort=-number&limit=1")
    assert [(e["group"], e["number"], e["series"]["title"]) for e in episodes["items"]] == [(1, 2, "Dark")]
    found = await house.get("/home")
    msgspec.convert(found, views.Home)
    assert [item["id"] for item in found["resume"]] == [str(show.episodes[0][0])]
    assert [item["id"] for item in found["latest"][0]["items"]] == [str(show.episodes[1][1])] or found["latest"]
    answer = await house.get("/search?q=dakr")
    msgspec.convert(answer, views.SearchAnswer)
    assert answer["groups"][0]["items"][0]["title"].startswith("Dark")
    assert await house.status("/search") == 400
    assert await house.status("/search?q=" + "x" * 201) == 400


async def test_saying_things_about_items(house: House) -> None:
    async with house.shelf() as shelf:
        library = await shelf.library("Shows", "shows")
        show = await shelf.show(library, "Dark", 2, 2)
        album = await shelf.album(await shelf.library("Music", "music"), tracks=1)
    one = show.episodes[0][0]
    state = await house.change("PUT", f"/items/{one}/progress", {"position_ms": 600_000})
    assert (state["position_ms"], state["watched"]) == (600_000, False)
    assert await house.status(f"/items/{one}/progress", "DELETE") == 204
    assert (await house.get(f"/items/{one}"))["user"]["position_ms"] == 0
    state = await house.change("PUT", f"/items/{one}/progress", {"position_ms": 2_399_000})
    assert (state["position_ms"], state["watched"], state["play_count"]) == (0, True, 1)
    state = await house.change("PUT", f"/items/{show.id}/watched")
    assert (state["watched"], state["unwatched"]) == (True, 0)
    state = await house.change("DELETE", f"/items/{show.seasons[0]}/watched")
    assert (state["watched"], state["unwatched"]) == (False, 2)
    assert (await house.get(f"/items/{show.id}"))["user"]["unwatched"] == 2
    assert (await house.change("PUT", f"/items/{album.id}/watched"))["watched"] is True
    assert (await house.change("PUT", f"/items/{show.id}/favorite"))["favorite"] is True
    assert (await house.get("/items?favorite=true"))["total"] == 1
    assert (await house.change("DELETE", f"/items/{show.id}/favorite"))["favorite"] is False
    assert (await house.change("PUT", f"/items/{one}/rating", {"rating": 8}))["rating"] == 8
    assert (await house.change("PUT", f"/items/{one}/rating", {"rating": None}))["rating"] is None
    track = await house.change("PUT", f"/items/{album.tracks[0]}/progress", {"position_ms": 100_000})
    assert track["position_ms"] == 0, "tracks start over"
    for body in ({"rating": 0}, {"rating": 11}, {"rating": 1.5}, {}, {"rating": 1, "user": "x"}, None):
        assert await house.status(f"/items/{one}/rating", "PUT", body) == 400, body
    for wrong in ({"position_ms": -1}, {"position_ms": 10**10}, {"position_ms": None}, {}):
        assert await house.status(f"/items/{one}/progress", "PUT", wrong) == 400, wrong
    assert await house.status(f"/items/{show.id}/progress", "PUT", {"position_ms": 1}) == 400


async def test_guests_read_and_change_nothing(house: House) -> None:
    async with house.shelf() as shelf:
        film = await shelf.movie(await shelf.library())
    _, guest = await house.door.person(house.token, "guest", "guest")
    assert (await house.door.call("GET", f"/api/v1/items/{film}", token=guest)).status == 200
    for method, path in (("PUT", "watched"), ("DELETE", "watched"), ("PUT", "favorite"), ("PUT", "progress")):
        answer = await house.door.call(method, f"/api/v1/items/{film}/{path}", {"position_ms": 1}, token=guest)
        assert answer.status == 403
    for path in ("/items", f"/items/{film}", "/home", "/search?q=a", f"/items/{film}/images/poster", "/events"):
        assert (await house.door.call("GET", f"/api/v1{path}")).status == 401


async def test_pictures(house: House) -> None:
    picture: bytes = pyvips.Image.black(900, 1350, bands=3).pngsave_buffer()
    kept = await house.store.keep(picture)
    async with house.shelf() as shelf:
        film = await shelf.movie(await shelf.library())
        await shelf.image(film, "poster", kept.hash)
        await shelf.image(film, "banner", b"not in the store")
    url = (await house.get(f"/items/{film}"))["images"]["poster"]["url"]

    async def get(path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        answer = await house.door.call("GET", path, token=house.token, headers=headers)
        return answer.status, dict(answer.headers), answer.body

    status, headers, whole = await get(url)
    assert (status, headers["content-type"]) == (200, "image/webp")
    assert headers["cache-control"] == "private, max-age=31536000, immutable"
    assert pyvips.Image.new_from_buffer(whole, "").width == 900
    status, small_headers, small = await get(f"{url}&width=150")
    assert pyvips.Image.new_from_buffer(small, "").width == 160
    assert small_headers["etag"] != headers["etag"]
    # Attack 21: sizes are clamped to a few steps, so ten thousand of them are a handful of files.
    assert [(await get(f"{url}&width={width}"))[2] for width in (97, 159, 160)] == [small] * 3
    status, _, huge = await get(f"{url}&width=1000000000")
    assert (status, pyvips.Image.new_from_buffer(huge, "").width) == (200, 900)
    for etag in (headers["etag"], f'"x", W/{headers["etag"]}', "*"):
        status, told, body = await get(url, **{"if-none-match": etag})
        assert (status, body, told["etag"]) == (304, b"", headers["etag"])
    assert (await get(url, **{"if-none-match": '"x"'}))[0] == 200
    status, stale, _ = await get(url.replace("?v=", "?v=ff"))
    assert (status, stale["cache-control"]) == (200, "private, no-cache")
    # Attack 11: a type is one of five words.
    for wrong in ("thumb", "..%2Fposter", "%2e%2e", "poster.webp", "POSTER", "banner"):
        assert (await get(f"/api/v1/items/{film}/images/{wrong}"))[0] == 404, wrong
    assert (await get(f"{url}&width=0"))[0] == 400
