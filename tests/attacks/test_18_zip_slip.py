"""Row 18: a backup whose members lead out of their folders is refused whole, before anything was touched."""

from __future__ import annotations

import gzip
import io
import tarfile
from pathlib import Path

import pytest

from hearth.db import backup, restore
from hearth.db.archive import MARK
from hearth.kit.errors import Invalid
from tests.backup.conftest import fingerprint, put_back

MARK_BYTES = b'{"format":1}'


def archive(path: Path, *members: tuple[tarfile.TarInfo, bytes], form: int = tarfile.GNU_FORMAT) -> Path:
    """A file that begins as a backup does and goes on with these members."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=form) as tar:
        for info, data in [(member(MARK), MARK_BYTES), *members]:
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    path.write_bytes(gzip.compress(plain.getvalue()))
    return path


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, link
    return info


HOSTILE = {
    "parent": member("files/artwork/../../../escaped"),
    "parent first": member("../escaped"),
    "absolute": member("/tmp/hearth-escaped"),
    "absolute below": member("files//tmp/hearth-escaped"),
    "backslash": member("files\\artwork\\..\\escaped"),
    "dot": member("files/artwork/./escaped"),
    "hidden": member("files/artwork/.escaped"),
    "another folder": member("files/postgres/18/PG_VERSION"),
    "the settings": member("files/hearth.toml"),
    "long name": member("files/artwork/" + "a/" * 120 + "../" * 130 + "escaped"),
    "not ascii": member("files/artwork/escap\u00e9d"),
    "new line": member("files/artwork/a\nb"),
    "symlink": member("files/artwork/escaped", tarfile.SYMTYPE, "/etc"),
    "hard link": member("files/secrets/signing.keys", tarfile.LNKTYPE, "/etc/passwd"),
    "fifo": member("files/artwork/escaped", tarfile.FIFOTYPE),
    "device": member("files/artwork/escaped", tarfile.CHRTYPE),
    "folder": member("files/artwork/escaped", tarfile.DIRTYPE),
    "sparse": member("files/artwork/escaped", tarfile.GNUTYPE_SPARSE),
    "table outside": member("tables/../escaped/000000"),
    "catalog of the system": member("tables/pg_catalog.pg_authid.x/000000"),
}


@pytest.mark.parametrize("case", HOSTILE)
@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT], ids=["gnu", "pax"])
def test_hostile_members_are_refused(case: str, form: int, tmp_path: Path) -> None:
    hostile = archive(
        tmp_path / "hostile.tar.gz", (member("files/artwork/a.webp"), b"good"), (HOSTILE[case], b"bad"), form=form
    )
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    with pytest.raises(Invalid):
        restore.check(hostile)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before
    assert not Path("/tmp/hearth-escaped").exists()


async def test_a_whole_backup_with_one_hostile_member_restores_nothing(
    database_url: str, empty_dsn: str, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    (data / "artwork" / "ab").mkdir(parents=True)
    (data / "artwork" / "ab" / "abcd.webp").write_bytes(b"a picture")
    good = tmp_path / "good.tar.gz"
    await backup.make(database_url, data, good, made_by="hearth test")
    for case, info in HOSTILE.items():
        plain = io.BytesIO()
        with (
            tarfile.open(good) as source,
            tarfile.open(fileobj=plain, mode="w", format=tarfile.GNU_FORMAT) as tar,
        ):
            for found in source:
                if found.name == "manifest.json":  # just before the end, when all else was right
                    info.size = 3
                    tar.addfile(info, io.BytesIO(b"bad"))
                tar.addfile(found, source.extractfile(found))
        hostile = tmp_path / "hostile.tar.gz"
        hostile.write_bytes(gzip.compress(plain.getvalue(), 1))
        there = tmp_path / "there"
        there.mkdir()
        with pytest.raises(Invalid):
            await put_back(empty_dsn, there, hostile)
        assert not list(there.iterdir()), case
        assert not await fingerprint(empty_dsn), case
        there.rmdir()
    there.mkdir()
    await put_back(empty_dsn, there, good)
    assert (there / "artwork" / "ab" / "abcd.webp").read_bytes() == b"a picture"
