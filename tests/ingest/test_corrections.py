"""What a person corrected stays corrected, whatever the files are called afterwards."""

from pathlib import Path

from tests import media_files as make
from tests.browse.house import House
from tests.ingest.conftest import Shelf, listed, send


async def settled(shelf: Shelf) -> None:
    """The scans that corrections asked for are over."""
    for row in await shelf.rows("select id from libraries.scan where state in ('queued', 'running')"):
        await shelf.ended(row["id"], pictures=False)


async def test_a_locked_field_survives_a_scan(films: Shelf, root: Path, house: House) -> None:
    folder = root / "Far Light (2016)"
    make.video(folder / "Far Light (2016).mp4")
    make.text(folder / "movie.nfo", "<movie><title>Far Light</title><plot>A lamp.</plot><genre>Drama</genre></movie>")
    await films.scan()
    id_ = (await listed(house, "movie"))["Far Light"]
    edit = {"title": "The Far Light", "year": 2017, "overview": "Mine.", "genres": ["Mystery"], "tagline": None,
            "credits": [{"name": "Ada Vale", "role": "director"}], "rating": 8.5}  # fmt: skip
    changed = await house.change("PATCH", f"/items/{id_}", edit)
    assert set(changed["locked"]) == {"credits", "genres", "overview", "rating", "tagline", "title", "year"}
    make.text(
        folder / "movie.nfo",
        "<movie><title>Far Off</title><year>1999</year><plot>Other.</plot><genre>War</genre><studio>Reel</studio>"
        "<tagline>Look.</tagline><rating>3</rating><actor><name>Somebody</name></actor></movie>",
    )
    await films.scan()
    after = await house.get(f"/items/{id_}")
    assert {name: after[name] for name in ("title", "year", "overview", "genres", "tagline", "rating")} == {
        name: edit[name] for name in ("title", "year", "overview", "genres", "tagline", "rating")
    }
    assert [person["name"] for person in after["credits"]] == ["Ada Vale"]
    assert after["studios"] == ["Reel"], "what is not locked is told by the files"
    assert (await house.get("/search?q=the far light"))["groups"][0]["items"][0]["id"] == id_
    await house.change("PATCH", f"/items/{id_}", {"locked": ["title"]})
    await settled(films)
    unlocked = await house.get(f"/items/{id_}")
    assert (unlocked["title"], unlocked["year"], unlocked["overview"]) == ("The Far Light", 1999, "Other.")
    assert (unlocked["genres"], unlocked["credits"][0]["name"]) == (["War"], "Somebody")


async def test_a_corrected_match_survives_a_rename(films: Shelf, root: Path, house: House) -> None:
    make.video(root / "fl-x264" / "fl-x264.mp4")
    make.video(root / "Quiet Harbour (2014)" / "Quiet Harbour (2014).mp4")
    await films.scan()
    id_ = (await listed(house, "movie"))["fl"]
    await house.change("PUT", f"/items/{id_}/favorite")
    told = await send(
        house, f"/items/{id_}/identify", {"title": "Far Light", "year": 2016, "provider_ids": {"tmdb": "7"}}
    )
    assert (told["title"], told["year"], told["provider_ids"]) == ("Far Light", 2016, {"tmdb": "7"})
    (root / "fl-x264").rename(root / "Something Else (1980)")
    (root / "Something Else (1980)" / "fl-x264.mp4").rename(
        root / "Something Else (1980)" / "Something Else (1980).mp4"
    )
    await films.scan()
    assert sorted(await listed(house, "movie")) == ["Far Light", "Quiet Harbour"]
    after = await house.get(f"/items/{id_}")
    assert (after["title"], after["year"], after["user"]["favorite"]) == ("Far Light", 2016, True)
    assert after["versions"][0]["files"] == ["Something Else (1980).mp4"]


async def test_two_films_become_one_and_stay_one(films: Shelf, root: Path, house: House) -> None:
    make.video(root / "Paper Moons (2021).mp4")
    make.video(root / "Papierne Monde (2021).mp4", size="320x180")
    await films.scan()
    ids = await listed(house, "movie")
    gone, kept = ids["Papierne Monde"], ids["Paper Moons"]
    await house.change("PUT", f"/items/{gone}/watched")
    await house.change("PUT", f"/items/{gone}/rating", {"rating": 9})
    merged = await send(house, f"/items/{gone}/merge", {"into": kept})
    assert (merged["id"], len(merged["versions"]), merged["user"]["watched"], merged["user"]["rating"]) == (
        kept,
        2,
        True,
        9,
    )
    assert await house.status(f"/items/{gone}") == 404
    (root / "Papierne Monde (2021).mp4").rename(root / "Luny (2022).mp4")
    (root / "Paper Moons (2021).mp4").rename(root / "Moons of Paper (2021).mp4")
    await films.scan()
    assert await listed(house, "movie") == {"Paper Moons": kept}
    after = await house.get(f"/items/{kept}")
    assert {version["files"][0] for version in after["versions"]} == {"Luny (2022).mp4", "Moons of Paper (2021).mp4"}


async def test_a_version_becomes_a_film_of_its_own_and_goes_back(films: Shelf, root: Path, house: House) -> None:
    folder = root / "Northern Line (2018)"
    make.video(folder / "Northern Line (2018) - 1080p.mp4", size="1920x800")
    make.video(folder / "Northern Line (2018) - 480p.mp4", size="640x360")
    await films.scan()
    id_ = (await listed(house, "movie"))["Northern Line"]
    versions = (await house.get(f"/items/{id_}"))["versions"]
    small = next(version for version in versions if "480p" in version["files"][0])
    files = [part["id"] for part in small["parts"]]
    made = await send(house, f"/items/{id_}/split", {"files": files, "title": "Southern Line"}, 201)
    await settled(films)
    await films.scan()
    make.text(folder / "movie.nfo", "<movie><title>Northern Line</title><plot>Trains.</plot></movie>")
    await films.scan()
    assert await listed(house, "movie") == {"Northern Line": id_, "Southern Line": made["id"]}
    split = await house.get(f"/items/{made['id']}")
    assert (len(split["versions"]), split["quality"]) == (1, "SD")
    assert (await house.get(f"/items/{id_}"))["quality"] == "1080p"
    every = [part["id"] for version in (await house.get(f"/items/{id_}"))["versions"] for part in version["parts"]]
    answer = await house.door.call("POST", f"/api/v1/items/{id_}/split", {"files": every}, token=house.token)
    assert answer.status == 409, "an item keeps a file"
    await send(house, f"/items/{made['id']}/merge", {"into": id_})
    await films.scan()
    assert await listed(house, "movie") == {"Northern Line": id_}


async def test_parts_wrongly_stacked_are_taken_apart(films: Shelf, root: Path, house: House) -> None:
    make.video(root / "Long Road (2001)" / "Long Road (2001) cd1.mp4")
    make.video(root / "Long Road (2001)" / "Long Road (2001) cd2.mp4")
    await films.scan()
    id_ = (await listed(house, "movie"))["Long Road"]
    (version,) = (await house.get(f"/items/{id_}"))["versions"]
    made = await send(house, f"/items/{id_}/split", {"files": [version["parts"][1]["id"]], "title": "Short Road"}, 201)
    await settled(films)
    make.text(root / "Long Road (2001)" / "movie.nfo", "<movie><title>Long Road</title></movie>")
    await films.scan()
    assert await listed(house, "movie") == {"Long Road": id_, "Short Road": made["id"]}
    (left,) = (await house.get(f"/items/{id_}"))["versions"]
    assert left["files"] == ["Long Road (2001) cd1.mp4"]


async def test_an_episode_moves_to_its_season_and_stays(shows: Shelf, root: Path, house: House) -> None:
    for number in (1, 2):
        make.video(root / "Signal Hill" / "Season 1" / f"Signal Hill S01E0{number}.mp4")
    await shows.scan()
    id_ = (await listed(house, "episode"))["Episode 2"]
    moved = await house.change("PATCH", f"/items/{id_}", {"group": 0, "number": 7, "title": "A special"})
    assert [parent["title"] for parent in moved["parents"]] == ["Signal Hill", "Specials"]
    make.video(root / "Signal Hill" / "Season 1" / "Signal Hill S01E03.mp4")
    await shows.scan()
    after = await house.get(f"/items/{id_}")
    assert (after["group"], after["number"], after["parents"][1]["title"]) == (0, 7, "Specials")
    assert sorted(await listed(house, "season")) == ["Season 1", "Specials"]


async def test_two_series_become_one_and_new_episodes_join_it(shows: Shelf, root: Path, house: House) -> None:
    make.video(root / "Signal Hill" / "Season 1" / "Signal Hill S01E01.mp4")
    make.video(root / "Signal-Huegel" / "Season 1" / "Signal-Huegel S01E01.mp4", size="320x180")
    make.video(root / "Signal-Huegel" / "Season 1" / "Signal-Huegel S01E02.mp4")
    await shows.scan()
    ids = await listed(house, "series")
    gone, kept = ids["Signal-Huegel"], ids["Signal Hill"]
    second = (await listed(house, "episode"))["Episode 2"]
    await house.change("PUT", f"/items/{second}/watched")
    await send(house, f"/items/{gone}/merge", {"into": kept})
    assert await listed(house, "series") == {"Signal Hill": kept}
    make.video(root / "Signal-Huegel" / "Season 1" / "Signal-Huegel S01E03.mp4")
    make.video(root / "Signal-Huegel" / "Season 2" / "Signal-Huegel S02E01.mp4")
    await shows.scan()
    assert await listed(house, "series") == {"Signal Hill": kept}
    assert sorted(await listed(house, "season")) == ["Season 1", "Season 2"]
    episodes = (await house.get("/items?kind=episode&sort=number"))["items"]
    assert sorted((one["group"], one["number"]) for one in episodes) == [(1, 1), (1, 2), (1, 3), (2, 1)]
    assert (await house.get(f"/items/{second}"))["user"]["watched"] is True
    first = next(one["id"] for one in episodes if (one["group"], one["number"]) == (1, 1))
    assert len((await house.get(f"/items/{first}"))["versions"]) == 2


async def test_a_renamed_folder_of_a_merged_series_stays_with_it(shows: Shelf, root: Path, house: House) -> None:
    make.video(root / "Signal Hill" / "Season 1" / "Signal Hill S01E01.mp4")
    for number in (1, 2):
        make.video(root / "Signal-Huegel" / "Season 1" / f"Signal-Huegel S01E0{number}.mp4", size="320x180")
    await shows.scan()
    ids = await listed(house, "series")
    kept = ids["Signal Hill"]
    second = (await listed(house, "episode"))["Episode 2"]
    await send(house, f"/items/{ids['Signal-Huegel']}/merge", {"into": kept})
    old, new = root / "Signal-Huegel" / "Season 1", root / "Signalberg" / "Season 1"
    new.mkdir(parents=True)
    for number in (1, 2):
        (old / f"Signal-Huegel S01E0{number}.mp4").rename(new / f"Signalberg S01E0{number}.mp4")
    old.rmdir()
    old.parent.rmdir()
    await shows.scan(accept_missing=True)
    assert await listed(house, "series") == {"Signal Hill": kept}
    assert (await listed(house, "episode"))["Episode 2"] == second
    make.video(new / "Signalberg S01E03.mp4")
    make.video(root / "Signalberg" / "Season 2" / "Signalberg S02E01.mp4")
    await shows.scan()
    assert await listed(house, "series") == {"Signal Hill": kept}
    episodes = (await house.get("/items?kind=episode&sort=number"))["items"]
    assert sorted((one["group"], one["number"]) for one in episodes) == [(1, 1), (1, 2), (1, 3), (2, 1)]
    # The folder that gave the series its name, too.
    (root / "Signal Hill").rename(root / "Signalhuegel HD")
    await shows.scan(accept_missing=True)
    assert await listed(house, "series") == {"Signal Hill": kept}
    # One file moved out of a folder that stays is meant to be something else.
    (root / "Far Light" / "Season 1").mkdir(parents=True)
    (new / "Signalberg S01E03.mp4").rename(root / "Far Light" / "Season 1" / "Far Light S01E03.mp4")
    await shows.scan()
    assert sorted(await listed(house, "series")) == ["Far Light", "Signal Hill"]


async def test_a_track_moves_to_another_album_and_stays(music: Shelf, root: Path, house: House) -> None:
    for album in ("Tides", "Harbour"):
        make.audio(root / "Mara Quill" / album / "01.flac", title=f"Of {album}", artist="Mara Quill", album=album)
    await music.scan()
    albums, tracks = await listed(house, "album"), await listed(house, "track")
    await house.change("PATCH", f"/items/{tracks['Of Tides']}", {"parent_id": albums["Harbour"]})
    make.audio(
        root / "Mara Quill" / "Tides" / "01.flac", title="Of Tides", artist="Mara Quill", album="Tides", seconds=2
    )
    await music.scan()
    held = (await house.get(f"/items/{albums['Harbour']}/children"))["items"]
    assert sorted(one["id"] for one in held) == sorted(tracks.values())


async def test_what_was_merged_looks_as_its_best_file_does_now(films: Shelf, root: Path, house: House) -> None:
    make.video(root / "Paper Moons (2021).mp4")
    make.video(root / "Papierne Monde (2021).mp4", size="1280x720", seconds=2)
    await films.scan()
    ids = await listed(house, "movie")
    kept = ids["Paper Moons"]
    await send(house, f"/items/{ids['Papierne Monde']}/merge", {"into": kept})
    make.video(root / "Papierne Monde (2021).mp4", size="1920x1080", seconds=3)
    await films.scan()
    found = await house.get(f"/items/{kept}")
    assert (found["quality"], found["versions"][0]["label"]) == ("1080p", "1080p")
    assert 2900 <= found["duration_ms"] <= 3200
    make.video(root / "Paper Moons (2021).mp4", size="320x180")
    await films.scan()
    found = await house.get(f"/items/{kept}")
    assert found["quality"] == "1080p", "the file that gives the name is not the best one"
    (root / "Papierne Monde (2021).mp4").unlink()
    await films.scan(accept_missing=True)
    assert (await house.get(f"/items/{kept}"))["quality"] == "SD"


async def test_two_artists_become_one_with_their_albums(music: Shelf, root: Path, house: House) -> None:
    for name, album in (("Mara Quill", "Tides"), ("M. Quill", "Tides"), ("M. Quill", "Sands")):
        make.audio(root / name / album / "01.flac", title=f"{album} one", artist=name, album=album, tracknumber="1")
    await music.scan()
    ids = await listed(house, "artist")
    await send(house, f"/items/{ids['M. Quill']}/merge", {"into": ids["Mara Quill"]})
    make.audio(
        root / "M. Quill" / "Sands" / "02.flac", title="Sands two", artist="M. Quill", album="Sands", tracknumber="2"
    )
    await music.scan()
    assert await listed(house, "artist") == {"Mara Quill": ids["Mara Quill"]}
    assert sorted(await listed(house, "album")) == ["Sands", "Tides"]
    assert sorted(await listed(house, "track")) == ["Sands one", "Sands two", "Tides one"]


async def test_the_artists_of_a_track_stay_as_a_person_wrote_them(music: Shelf, root: Path, house: House) -> None:
    for number, artist in ((1, "Mara Quill & Ada Vale"), (2, "Mara Quill")):
        make.audio(
            root / "Tides" / f"{number}.flac", title=f"Tide {number}", artist=artist, albumartist="Mara Quill",
            album="Tides", tracknumber=str(number),
        )  # fmt: skip
    await music.scan()
    track = (await listed(house, "track"))["Tide 1"]
    mara = (await listed(house, "artist"))["Mara Quill"]
    found = await house.change("PATCH", f"/items/{track}", {"artists": ["Mara Quill", " Earth, Wind and Ada "]})
    assert [one["title"] for one in found["artists"]] == ["Mara Quill", "Earth, Wind and Ada"]
    assert found["artists"][0]["id"] == mara
    assert found["locked"] == ["artists"]
    assert sorted(await listed(house, "artist")) == ["Earth, Wind and Ada", "Mara Quill"], "who has nothing left goes"
    make.audio(
        root / "Tides" / "1.flac", title="Tide 1", artist="Mara Quill & Ada Vale", albumartist="Mara Quill",
        album="Tides", tracknumber="1", comment="changed",
    )  # fmt: skip
    await music.scan()
    found = await house.get(f"/items/{track}")
    assert [one["title"] for one in found["artists"]] == ["Mara Quill", "Earth, Wind and Ada"]
    assert sorted(await listed(house, "artist")) == ["Earth, Wind and Ada", "Mara Quill"]
    await house.change("PATCH", f"/items/{track}", {"locked": []})
    await settled(music)
    found = await house.get(f"/items/{track}")
    assert [one["title"] for one in found["artists"]] != ["Mara Quill", "Earth, Wind and Ada"]
    answer = await house.door.call("PATCH", f"/api/v1/items/{mara}", {"artists": ["X"]}, token=house.token)
    assert answer.status == 400, "an artist has no artists"


async def test_candidates_come_from_nfo_names_and_the_library(films: Shelf, root: Path, house: House) -> None:
    make.video(root / "Paper Moons (2021)" / "pm.1999.mp4")
    make.text(root / "Paper Moons (2021)" / "pm.1999.nfo", "<movie><title>Moons</title><year>2020</year></movie>")
    make.video(root / "Moon Papers (2011).mp4")
    make.video(root / "Moons (2002).mp4")
    await films.scan()
    rows = (await house.get("/items?kind=movie&year=2020"))["items"]
    found = (await house.get(f"/items/{rows[0]['id']}/candidates"))["items"]
    told = {(one["source"], one["title"], one["year"]) for one in found}
    assert ("nfo", "Moons", 2020) in told
    assert ("file", "pm", 1999) in told
    assert ("folder", "Paper Moons", 2021) in told
    assert ("library", "Moons", 2002) in told


async def test_what_makes_no_sense_is_refused(films: Shelf, root: Path, house: House) -> None:
    make.video(root / "Quiet Harbour (2014).mp4")
    await films.scan()
    (id_,) = (await listed(house, "movie")).values()
    for method, path, body in [
        ("PATCH", "", {"title": None}), ("PATCH", "", {"rating": 11}), ("PATCH", "", {"password": "x"}),
        ("PATCH", "", {"locked": ["quality"]}), ("POST", "/merge", {"into": id_}), ("POST", "/identify", {}),
        ("POST", "/split", {"files": [id_]}), ("PATCH", "", {"parent_id": id_}),
    ]:  # fmt: skip
        answer = await house.door.call(method, f"/api/v1/items/{id_}{path}", body, token=house.token)
        assert answer.status == 400, (method, path, body, answer.body)
