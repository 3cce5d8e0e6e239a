"""Folders of music become artists, albums and tracks."""

from pathlib import Path

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
