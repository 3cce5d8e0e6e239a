"""Row 19: a small file that unpacks to a large one is left when that shows, by its size and by its ratio."""

from __future__ import annotations

import gzip
import io
import resource
import tarfile
import time
from pathlib import Path

import pytest

from hearth.db import restore
from hearth.db.archive import MARK, Limits, members
from hearth.kit.errors import Invalid
from tests.attacks.test_18_zip_slip import MARK_BYTES, archive, member

MB = 2**20


class Zeros(io.RawIOBase):
    """As many zeros as are asked for."""

    def read(self, size: int = -1, /) -> bytes:
        return bytes(size)


def bomb(path: Path, name: str, size: int) -> Path:
    with (
        path.open("wb") as file,
        gzip.GzipFile(fileobj=file, mode="wb", compresslevel=9) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        first = member(MARK)
        first.size = len(MARK_BYTES)
        tar.addfile(first, io.BytesIO(MARK_BYTES))
        info = member(name)
        info.size = size
        tar.addfile(info, Zeros())
    return path


def test_the_ratio_stops_it(tmp_path: Path) -> None:
    hostile = bomb(tmp_path / "bomb.tar.gz", "files/artwork/a.webp", 200 * MB)
    assert hostile.stat().st_size < 300 * 1024
    began = time.process_time()
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Invalid, match="far more than its size"):
        restore.check(hostile)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024, "kilobytes"
    assert time.process_time() - began < 2


def test_the_size_stops_it(tmp_path: Path) -> None:
    hostile = bomb(tmp_path / "bomb.tar.gz", "files/artwork/a.webp", 40 * MB)
    limits = Limits(total=20 * MB, ratio=100_000)
    with pytest.raises(Invalid, match="more than a backup may hold"):
        restore.check(hostile, limits)
    read = 0
    with hostile.open("rb") as file, pytest.raises(Invalid):
        for one in members(file, limits):
            for piece in one.pieces():
                read += len(piece)
    assert read <= 20 * MB, "it stops there, it does not unpack first"


@pytest.mark.parametrize(
    ("name", "size"),
    [("files/artwork/a.webp", 300 * MB), ("tables/catalog.item/000000", 5 * MB), ("manifest.json", 300 * MB)],
)
def test_a_header_that_announces_too_much(name: str, size: int, tmp_path: Path) -> None:
    info = member(name)
    info.size = size
    mark = member(MARK)
    mark.size = len(MARK_BYTES)
    hostile = tmp_path / "hostile.tar.gz"
    hostile.write_bytes(gzip.compress(mark.tobuf() + MARK_BYTES.ljust(512, b"\0") + info.tobuf()))
    with pytest.raises(Invalid, match="larger than it may be"):
        restore.check(hostile)


def test_members_without_end(tmp_path: Path) -> None:
    many = [(member(f"files/artwork/{number}.webp"), b"x") for number in range(60)]
    with pytest.raises(Invalid, match="more members"):
        restore.check(archive(tmp_path / "many.tar.gz", *many), Limits(members=50))


def test_a_bomb_behind_the_end(tmp_path: Path) -> None:
    """Bytes behind the archive's end are no backup's, zeros neither when they are too many."""
    plain = archive(tmp_path / "small.tar.gz")
    whole = gzip.decompress(plain.read_bytes())
    plain.write_bytes(gzip.compress(whole + bytes(100 * MB)))
    with pytest.raises(Invalid):
        restore.check(plain)
    plain.write_bytes(gzip.compress(whole) + gzip.compress(b"another archive" * 100))
    with pytest.raises(Invalid):
        restore.check(plain)


def test_a_header_with_a_huge_note_is_not_read_into_memory(tmp_path: Path) -> None:
    note = member("files/artwork/note", tarfile.XHDTYPE)
    with pytest.raises(Invalid, match="not an ordinary file"):
        restore.check(archive(tmp_path / "note.tar.gz", (note, b"x" * 2 * MB)))
