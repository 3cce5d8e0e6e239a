"""Folders of music become artists, albums and tracks."""

from pathlib import Path

import pytest

from hearth import accounts, playback
from hearth.ingest import pipeline, scan
from hearth.ingest.cue import read_cue
from hearth.kit.ids import new_id
from tests import media_files as make
from tests.ingest.conftest import Shelf


async def test_albums_from_tags_with_covers_and_lyrics(music: Shelf, root: Path) -> None:
    folder = root / "whatever"
    for number, title in enumerate(("Low Tide", "High Tide"), 1):
        make.audio(
            folder / f"{number}.flac", cover=True, title=title, artist="Mara Quill", albumartist="Mara Quill",
            album="Tides", tracknumber=str(number), date="2015", genre="Folk",
        )  # fmt: skip
    make.text(folder / "1.lrc", "[00:00.10]Water\n")
    scan = await music.scan(pictures=True)
    assert (scan.state, scan.counts.refused, scan.counts.items_added) == ("done", 0, 4)
    (album,) = await music.rows(
        "select b.title, b.year, b.genres, p.title as artist from catalog.item b join catalog.item p"
        " on p.id = b.parent_id where b.kind = 'album'"
    )
    assert tuple(album) == ("Tides", 2015, ["Folk"], "Mara Quill")
    tracks = await music.rows("select title, number from catalog.item where kind = 'track' order by number")
    assert [tuple(row) for row in tracks] == [("Low Tide", 1), ("High Tide", 2)]
    (image,) = await music.rows("select type, source from artwork.image")
    assert tuple(image) == ("poster", "embedded")
    assert [row["kind"] for row in await music.rows("select kind from catalog.sidecar")] == ["lyrics"]


async def test_discs_compilations_and_files_without_tags(music: Shelf, root: Path) -> None:
    for disc in (1, 2):
        make.audio(root / "Set" / f"CD{disc}" / "01.mp3", title=f"Part {disc}", artist="Oda", album="Set")
    for number, artist in enumerate(("Ann", "Ben"), 1):
        make.audio(root / "Mixed" / f"{number}.mp3", title=f"Song {number}", artist=artist, album="Mixed")
    make.audio(root / "Lone Artist" / "Lone Album" / "03 - Untagged.opus")
    await music.scan()
    albums = await music.rows(
        "select b.title, p.title as artist from catalog.item b join catalog.item p on p.id = b.parent_id"
        " where b.kind = 'album' order by b.title"
    )
    assert [tuple(row) for row in albums] == [
        ("Lone Album", "Lone Artist"),
        ("Mixed", "Various Artists"),
        ("Set", "Oda"),
    ]
    discs = await music.rows("select group_number, title from catalog.item where title like 'Part%' order by 1")
    assert [tuple(row) for row in discs] == [(1, "Part 1"), (2, "Part 2")]
    (untagged,) = await music.rows("select title, number from catalog.item where title = 'Untagged'")
    assert untagged["number"] == 3
    credits = await music.rows(
        "select a.title from catalog.artist_credit c join catalog.item t on t.id = c.item_id"
        " join catalog.item a on a.id = c.artist_id where t.title = 'Song 2'"
    )
    assert [row["title"] for row in credits] == ["Ben"]


async def test_featured_artists_are_credited(music: Shelf, root: Path) -> None:
    folder = root / "Mara Quill" / "Tides"
    make.audio(
        folder / "01.flac", title="Low Tide (feat. Ada Vale)", artist="Mara Quill", album="Tides", tracknumber="1"
    )
    make.audio(folder / "02.flac", title="High Tide", artist="Mara Quill ft. Ben Oak", album="Tides", tracknumber="2",
               albumartist="Mara Quill")  # fmt: skip
    make.audio(folder / "03.flac", title="Ebb", artist=["Mara Quill", "Ada Vale"], album="Tides", tracknumber="3")
    await music.scan()
    rows = await music.rows(
        "select t.title, a.title as artist from catalog.artist_credit c join catalog.item t on t.id = c.item_id"
        " join catalog.item a on a.id = c.artist_id where t.kind = 'track' order by t.number, c.position"
    )
    assert [(row["title"][:5], row["artist"]) for row in rows] == [
        ("Low T", "Mara Quill"), ("Low T", "Ada Vale"), ("High ", "Mara Quill"), ("High ", "Ben Oak"),
        ("Ebb", "Mara Quill"), ("Ebb", "Ada Vale"),
    ]  # fmt: skip
    (album,) = await music.rows(
        "select i.title, a.title as artist from catalog.item i join catalog.item a on a.id = i.parent_id"
        " where i.kind = 'album'"
    )
    assert tuple(album) == ("Tides", "Mara Quill"), "who is a guest on a track is none on the album"


SHEET = """REM GENRE Ambient
REM DATE 2015
PERFORMER "Mara Quill"
TITLE "Long Tides"
FILE "Long Tides.wav" WAVE
  TRACK 01 AUDIO
    TITLE "Ebb"
    INDEX 01 00:00:00
  TRACK 02 AUDIO
    TITLE "Flow (feat. Ada Vale)"
    PERFORMER "Mara Quill"
    INDEX 00 00:00:20
    INDEX 01 00:00:30
  TRACK 03 AUDIO
    TITLE "Slack"
    INDEX 01 00:00:60
"""


async def test_cue_sheets_become_tracks(music: Shelf, root: Path) -> None:
    folder = root / "Mara Quill" / "Long Tides"
    make.audio(folder / "Long Tides.flac")
    make.text(folder / "Long Tides.cue", SHEET)
    await music.scan()
    tracks = (
        "select i.id, i.title, i.number, i.duration_ms, i.year, i.genres, p.start_ms, p.end_ms from catalog.item i"
        " join catalog.version v on v.item_id = i.id join catalog.part p on p.version_id = v.id"
        " where i.kind = 'track' and i.available order by i.number"
    )
    rows = await music.rows(tracks)
    assert [(row["title"], row["number"], row["start_ms"], row["end_ms"]) for row in rows] == [
        ("Ebb", 1, 0, 400), ("Flow (feat. Ada Vale)", 2, 400, 800), ("Slack", 3, 800, None),
    ]  # fmt: skip
    assert [row["duration_ms"] for row in rows] == [400, 400, 200]
    assert (rows[0]["year"], rows[0]["genres"]) == (2015, ["Ambient"])
    assert await music.titles("album") == ["Long Tides"]
    assert await music.titles("artist") == ["Ada Vale", "Mara Quill"]
    (folder / "Long Tides.flac").rename(folder / "Tides, the long ones.flac")
    (folder / "Long Tides.cue").rename(folder / "Tides, the long ones.cue")
    again = await music.scan()
    assert again.counts.moved == 1
    assert [(row["id"], row["title"]) for row in await music.rows(tracks)] == [
        (row["id"], row["title"]) for row in rows
    ]
    make.text(folder / "Tides, the long ones.cue", SHEET.replace('"Slack"', '"Still"'))
    await music.scan()
    assert await music.titles("track") == ["Ebb", "Flow (feat. Ada Vale)", "Still"]
    (folder / "Tides, the long ones.cue").unlink()
    await music.scan()
    assert await music.titles("track") == ["Tides, the long ones"]


def test_sheets_are_read_as_programs_write_them() -> None:
    cue = read_cue('\ufeffTITLE "A"\r\nFILE "a.wav" WAVE\r\nTRACK 1 AUDIO\r\nINDEX 01 10:59:74\r\n'.encode())
    assert (cue.title, cue.tracks[0].start_ms, cue.tracks[0].end_ms) == ("A", 659_987, None)
    assert read_cue('PERFORMER "Bj\xf6rk"'.encode("cp1252")).performer == "Björk"
    backwards = b"FILE a.wav WAVE\nTRACK 01 AUDIO\nINDEX 01 05:00:00\nTRACK 02 AUDIO\nINDEX 01 01:00:00\n"
    assert read_cue(backwards).tracks == []
    data = b"FILE a.bin BINARY\nTRACK 01 MODE1/2352\nINDEX 01 00:00:00\nTRACK 02 AUDIO\nINDEX 01 01:00:00\n"
    assert [track.number for track in read_cue(data).tracks] == [2]
    assert read_cue(b"\x00\xff" * 1000 + b"INDEX 01 99999:99:99\nTRACK x\nFILE\n").tracks == []


async def test_playlists_are_read(music: Shelf, root: Path) -> None:
    async with music.database.transaction() as tx:
        await accounts.create_first_account(tx, "anna", "x")
    folder = root / "Mara Quill" / "Tides"
    for number, title in enumerate(("Low Tide", "High Tide", "Ebb"), 1):
        make.audio(
            folder / f"0{number} {title}.flac", title=title, artist="Mara Quill", album="Tides", tracknumber=str(number)
        )
    path = root / "Evening.m3u8"
    full = folder / "03 Ebb.flac"
    make.text(
        path,
        "#EXTM3U\n#EXTINF:1,Mara Quill - High Tide\nMara Quill\\Tides\\02 High Tide.flac\n"
        f"https://example.org/stream\n{full}\n../outside.flac\nnot here.flac\n#PLAYLIST:Evenings at sea\n",
    )
    lists = (
        "select l.name, l.shared, i.title from activity.list l join activity.entry e on e.list_id = l.id"
        " join catalog.item i on i.id = e.item_id where l.kind = 'playlist' order by e.rank"
    )
    await music.scan()
    assert [tuple(row) for row in await music.rows(lists)] == [
        ("Evenings at sea", True, "High Tide"), ("Evenings at sea", True, "Ebb"),
    ]  # fmt: skip
    make.text(path, "Mara Quill/Tides/01 Low Tide.flac\n")
    await music.scan()
    assert [row["title"] for row in await music.rows(lists)] == ["Low Tide"]
    path.unlink()
    await music.scan()
    assert await music.rows("select id from activity.list") == []


async def test_an_unmounted_drive_takes_no_playlist_along(music: Shelf, root: Path) -> None:
    async with music.database.transaction() as tx:
        await accounts.create_first_account(tx, "anna", "x")
    make.audio(root / "Tides" / "01.flac", title="Low Tide", artist="Mara Quill", album="Tides", tracknumber="1")
    make.text(root / "Evening.m3u", "Tides/01.flac\n")
    await music.scan()
    root.rename(root.with_name(root.name + "-away"))
    root.mkdir()
    scan = await music.scan()
    assert scan.state == "paused"
    assert len(await music.rows("select id from activity.list")) == 1
    root.rmdir()
    root.with_name(root.name + "-away").rename(root)


async def test_a_piece_of_a_recording_plays_as_one(music: Shelf, root: Path, tmp_path: Path) -> None:
    make.audio(root / "Long Tides" / "Long Tides.flac")
    make.text(root / "Long Tides" / "Long Tides.cue", SHEET)
    await music.scan()
    (row,) = await music.rows("select id from catalog.item where kind = 'track' and number = 2")
    async with music.database.transaction() as tx:
        (source,) = await playback.sources(tx, row["id"])
        account = await accounts.create_first_account(tx, "anna", "x")
        device = new_id()
        await tx.execute(
            "insert into accounts.session (id, account_id, expires_at) values ($1, $2, now() + interval '1 day')",
            device,
            account.id,
        )
        viewer = accounts.Viewer(account.id, "anna", "admin", frozenset(), session_id=device)
        plays = playback.Client(containers=("flac",), audio=("flac",))
        plan = await playback.plan(source, plays, tmp_path)
        session = await playback.begin(tx, viewer, source, plan.decision, cuts=plan.cuts, position_ms=10_000)
    assert (source.start_ms, source.end_ms, source.length_ms) == (400, 800, 400)
    assert (session.duration_ms, session.position_ms) == (400, 400), "positions count within the piece"


async def test_nfo_of_artist_and_album_win_over_tags(music: Shelf, root: Path) -> None:
    folder = root / "Mara Quill" / "Tides"
    make.audio(folder / "01.flac", title="Low Tide", artist="Mara Quill", album="Tides", tracknumber="1", genre="Rock")
    make.text(
        folder / "album.nfo",
        "<album><title>Tides (Remaster)</title><year>2016</year><genre>Folk</genre><review>Water.</review>"
        "<label>Reel</label><musicbrainzalbumid>8d4a2f9e-1111-4222-8333-444455556666</musicbrainzalbumid></album>",
    )
    make.text(
        root / "Mara Quill" / "artist.nfo",
        "<artist><name>Mara Quill</name><biography>A singer.</biography><genre>Folk</genre></artist>",
    )
    await music.scan()
    rows = await music.rows(
        "select title, year, genres, overview, studios, provider_ids from catalog.item order by kind"
    )
    album, artist = rows[:2]
    assert (album["title"], album["year"], album["genres"]) == ("Tides (Remaster)", 2016, ["Folk"])
    assert (album["overview"], album["studios"]) == ("Water.", ["Reel"])
    assert album["provider_ids"] == {"musicbrainz": "8d4a2f9e-1111-4222-8333-444455556666"}
    assert (artist["title"], artist["overview"], artist["genres"]) == ("Mara Quill", "A singer.", ["Folk"])
    make.text(
        root / "Mara Quill" / "artist.nfo", "<artist><name>Mara Quill</name><biography>More.</biography></artist>"
    )
    await music.scan()
    (artist,) = await music.rows("select overview from catalog.item where kind = 'artist'")
    assert artist["overview"] == "More.", "an NFO above the albums reaches them"


async def test_a_first_scan_tells_the_planner_what_came(
    music: Shelf, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "_TELLING", 3)
    known = "select reltuples from pg_class where oid = 'catalog.item'::regclass"
    ((before,),) = await music.rows(known)
    make.audio(root / "A" / "B" / "1.flac", title="One", artist="A", album="B")
    await music.scan()
    ((told,),) = await music.rows(known)
    assert (before <= 0, told) == (True, 3)
    make.audio(root / "A" / "C" / "1.flac", title="Two", artist="A", album="C")
    await music.scan()
    ((later,),) = await music.rows(known)
    assert later == 3, "what comes later PostgreSQL tells itself"


async def test_a_first_scan_tells_the_planner_again_when_much_more_came(
    music: Shelf, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scan, "_TELLING", 3)
    for name in ("_SMALLEST_BATCH", "_FIRST_BATCH", "_LARGEST_BATCH"):
        monkeypatch.setattr(pipeline, name, 1)
    for number in range(15):
        make.audio(root / "A" / f"B{number}" / "1.flac", title=f"T{number}", artist="A", album=f"B{number}")
    await music.scan()
    ((told,),) = await music.rows("select reltuples from pg_class where oid = 'catalog.item'::regclass")
    assert told == 31, "an artist, fifteen albums and their tracks"
