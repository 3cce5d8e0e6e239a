"""Row 17: an NFO that declares entities is refused: nothing is read, nothing is fetched, nothing grows."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from hearth.ingest.nfo import BadNfo, read_nfo
from tests import media_files as make
from tests.ingest.conftest import Shelf, films, root, worker  # noqa: F401 - fixtures

_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
EVIL = {
    "external": '<!DOCTYPE m [<!ENTITY x SYSTEM "file://{canary}">]><movie><title>T</title><plot>&x;</plot></movie>',
    "parameter": '<!DOCTYPE m [<!ENTITY % x SYSTEM "file://{canary}"> %x;]><movie><title>T</title></movie>',
    "remote": '<!DOCTYPE m SYSTEM "http://127.0.0.1:9/x.dtd"><movie><title>T</title></movie>',
    "laughs": f'<!DOCTYPE m [<!ENTITY l0 "ha">{_LAUGHS}]><movie><title>T</title><plot>&l11;</plot></movie>',
    "quadratic": f'<!DOCTYPE m [<!ENTITY a "{"a" * 50_000}">]><movie><plot>{"&a;" * 20_000}</plot></movie>',
}


@pytest.mark.parametrize("kind", EVIL)
def test_entities_are_refused_at_once(kind: str) -> None:
    began = time.process_time()
    with pytest.raises(BadNfo):
        read_nfo(EVIL[kind].replace("{canary}", "/etc/hostname").encode())
    assert time.process_time() - began < 1


async def test_a_scan_says_so_and_keeps_the_film(films: Shelf, root: Path, tmp_path: Path) -> None:  # noqa: F811
    (tmp_path / "canary").write_text("a secret of the machine")
    for kind, text in EVIL.items():
        folder = root / f"Film {kind} (2001)"
        make.video(folder / f"Film {kind} (2001).mp4")
        make.text(folder / "movie.nfo", text.replace("{canary}", str(tmp_path / "canary")))
    scan = await films.scan()
    assert scan.state == "done"
    assert await films.titles("movie") == sorted(f"Film {kind}" for kind in EVIL)
    async with films.database.transaction(readonly=True) as tx:
        listed = await tx.fetch("select path from libraries.scan_problem where scan_id = $1", scan.id)
    assert len([row for row in listed if row["path"].endswith(b"movie.nfo")]) == len(EVIL)
    assert not await films.rows("select from catalog.item where overview like '%secret%'")
