"""Journey 1: a request goes through the doors to the rows and comes back as views."""

from urllib.parse import urlsplit

from tests.journeys.server import Client, Server, eventually
from tests.media.processes import session_niceness


def test_the_server_says_what_it_is(server: Server, client: Client) -> None:
    told = client.http.get("/api/v1/server", headers={"Authorization": ""}).json()
    assert told["name"] == "Hearth"
    assert told["setup_required"] is False
    assert client.http.get("/health/ready").json()["parts"].items() >= {"database": "ok", "cache": "ok"}.items()
    again = client.http.post("/api/v1/setup", json={"username": "eve", "password": "a long enough one"})
    assert (again.status_code, again.headers["content-type"]) == (409, "application/problem+json")


def test_films_by_title_and_from_a_position(client: Client) -> None:
    page = client.get("/items", kind="movie", sort="title")
    titles = [item["title"] for item in page["items"]]
    assert (titles, page["total"], page["next"]) == (["Ember Season", "Paper Moons", "Quiet Harbour"], 3, None)
    first = client.get("/items", kind="movie", limit=2)
    rest = client.get("/items", kind="movie", limit=2, after=first["next"])
    assert [item["title"] for item in first["items"] + rest["items"]] == titles
    assert [item["title"] for item in client.get("/items", kind="movie", at=1, limit=1)["items"]] == ["Paper Moons"]
    assert client.http.get("/api/v1/items", params={"sort": "name;select 1"}).status_code == 400


def test_a_film_in_full_with_its_picture(client: Client) -> None:
    film = next(item for item in client.get("/items", kind="movie")["items"] if item["title"] == "Paper Moons")
    film = eventually(lambda: one if "poster" in (one := client.get(f"/items/{film['id']}"))["images"] else None)
    (version,) = film["versions"]
    assert {stream["type"] for stream in version["streams"]} == {"video", "audio", "subtitle"}
    assert film["play_target"]["id"] == film["id"]
    picture = client.http.get(film["images"]["poster"]["url"] + "&width=120")
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/webp")
    assert "immutable" in picture.headers["cache-control"]
    known = {"If-None-Match": picture.headers["etag"]}
    assert client.http.get(film["images"]["poster"]["url"] + "&width=120", headers=known).status_code == 304
    stranger = client.http.get(urlsplit(film["images"]["poster"]["url"]).path, headers={"Authorization": ""})
    assert stranger.status_code == 401


def test_a_show_by_seasons_and_an_album_by_tracks(client: Client) -> None:
    (series,) = client.get("/items", kind="series")["items"]
    seasons = client.get(f"/items/{series['id']}/children")["items"]
    assert [season["number"] for season in seasons] == [1, 2]
    episodes = client.get(f"/items/{seasons[0]['id']}/children")["items"]
    assert [(episode["group"], episode["number"]) for episode in episodes] == [(1, 1), (1, 2)]
    (album,) = client.get("/items", kind="album")["items"]
    tracks = client.get(f"/items/{album['id']}/children")["items"]
    assert [track["title"] for track in tracks] == ["Low Tide", "High Tide"]
    assert [artist["title"] for artist in album["artists"]] == ["Mara Quill"]


def test_search_forgives(client: Client) -> None:
    groups = client.get("/search", q="papr moon")["groups"]
    assert groups[0]["items"][0]["title"] == "Paper Moons"


def test_watched_and_favourite_are_felt_in_lists(client: Client) -> None:
    film = client.get("/items", kind="movie", q="Quiet Harbour")["items"][0]

    def marked() -> tuple[set[str], set[str]]:
        """The films that are favourites and those that were watched, by this and other tests."""
        favorite, watched = (client.get("/items", kind="movie", **{mark: True}) for mark in ("favorite", "watched"))
        return {one["id"] for one in favorite["items"]}, {one["id"] for one in watched["items"]}

    for mark in ("favorite", "watched"):
        client.send("DELETE", f"/items/{film['id']}/{mark}")
    before = marked()
    assert client.send("PUT", f"/items/{film['id']}/favorite")["favorite"] is True
    assert client.send("PUT", f"/items/{film['id']}/watched")["watched"] is True
    assert marked() == (before[0] | {film["id"]}, before[1] | {film["id"]})
    client.send("DELETE", f"/items/{film['id']}/favorite")
    client.send("DELETE", f"/items/{film['id']}/watched")
    assert marked() == before


def test_work_that_nobody_waits_for_gives_way_to_pages(server: Server, client: Client) -> None:
    del client  # with libraries, so that the worker is at work
    children = server.children()
    web = next(pid for name, pid in children.items() if name.startswith("web"))
    worker = next(pid for name, pid in children.items() if name.startswith("worker"))
    assert session_niceness(web) in (0, None)
    eventually(lambda: session_niceness(worker) in (15, None))
