"""Row 12: links in a library lead nowhere unless they are allowed, and loops of links end either way."""

from __future__ import annotations

import os
from pathlib import Path

from hearth.ingest.walk import Seen, walk
from tests import media_files as make
from tests.ingest.conftest import Shelf, films, root, worker  # noqa: F401 - fixtures


async def test_links_are_skipped_and_said(films: Shelf, root: Path, tmp_path: Path) -> None:  # noqa: F811
    make.video(root / "Glass (2017)" / "Glass (2017).mp4")
    make.video(tmp_path / "outside" / "Secret (2000).mp4")
    (root / "etc").symlink_to("/etc")
    (root / "Out (2001)").symlink_to(tmp_path / "outside")
    (root / "Glass (2017)" / "Linked (2000).mp4").symlink_to(tmp_path / "outside" / "Secret (2000).mp4")
    (root / "Glass (2017)" / "poster.png").symlink_to("/etc/hostname")
    (root / "Glass (2017)" / "movie.nfo").symlink_to("/etc/passwd")
    (root / "Nowhere (2002).mp4").symlink_to(tmp_path / "nothing")
    (root / "Round").symlink_to(root)
    scan = await films.scan(pictures=True)
    assert scan.state == "done"
    assert await films.titles("movie") == ["Glass"]
    reasons = await films.problems(scan)
    assert {"etc", "Out (2001)", "Linked (2000).mp4", "poster.png", "movie.nfo", "Round"} <= set(reasons)
    assert all("links are not followed" in reason for reason in reasons.values())
    rows = await films.rows("select name from libraries.file")
    assert [row["name"] for row in rows] == [b"Glass (2017).mp4"]


def test_loops_of_links_end_where_links_are_allowed(tmp_path: Path) -> None:
    make.text(tmp_path / "a" / "b" / "x.nfo", "x")
    (tmp_path / "a" / "b" / "up").symlink_to(tmp_path)
    (tmp_path / "a" / "self").symlink_to("self")
    (tmp_path / "a" / "beside").symlink_to(tmp_path / "a" / "b")
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    seen = [one for one in walk(os.fsencode(tmp_path), links=True) if isinstance(one, Seen)]
    assert len(seen) == 3, "the top, a and b, each once however many links lead there"
    assert not [one.problem for one in seen if one.problem]
