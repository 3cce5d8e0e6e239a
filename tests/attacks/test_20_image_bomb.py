"""Row 20: a picture that is small on disk and huge in memory is refused before it is decoded."""

from __future__ import annotations

import struct
import subprocess
import sys
import zlib
from pathlib import Path

from tests import media_files as make
from tests.ingest.conftest import Shelf, films, root, worker  # noqa: F401 - fixtures


def _bomb(width: int, height: int) -> bytes:
    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    packer = zlib.compressobj(1)
    row = bytes(width * 3 + 1)
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def test_it_is_refused_from_its_header(tmp_path: Path) -> None:
    """13000 x 13000 is refused from its header; the whole process stays below 200 MB."""
    path = tmp_path / "bomb.png"
    path.write_bytes(_bomb(13_000, 13_000))
    code = (
        "import sys\nfrom hearth.kit.errors import Invalid\nfrom hearth.media import images\n"
        "data = open(sys.argv[1], 'rb').read()\n"
        "for call in (images.describe, images.normalise, lambda d: images.resize(d, 320)):\n"
        "    try: call(data)\n    except Invalid as error: print('refused', error.detail)\n"
        # Not ru_maxrss, which a child inherits from the process that made it.
        "print(*[line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')])\n"
    )
    out = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    lines = out.stdout.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["refused"] * 3
    assert "13000 x 13000" in lines[0]
    assert int(lines[3]) < 200 * 1024


async def test_beside_a_film_it_costs_the_film_nothing(films: Shelf, root: Path) -> None:  # noqa: F811
    make.video(root / "Glass (2017)" / "Glass (2017).mp4")
    (root / "Glass (2017)" / "poster.png").write_bytes(_bomb(13_000, 13_000))
    assert (await films.scan(pictures=True)).state == "done"
    assert await films.titles("movie") == ["Glass"]
    kept = await films.rows("select width, height from artwork.image")
    assert all(row["width"] < 13_000 for row in kept), "a frame of the film stands in"
