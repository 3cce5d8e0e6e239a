"""The same content twice is found by its fingerprint; links and other content are none."""

import os
import shutil
from pathlib import Path

from tests import media_files as make
from tests.browse.house import House
from tests.ingest.conftest import Shelf


async def test_the_same_content_twice_is_found(films: Shelf, root: Path, house: House) -> None:
    make.video(root / "Paper Moons (2021).mp4")
    make.video(root / "Large (2001).mp4", size="640x360")
    make.video(root / "Other (2002).mp4")
    shutil.copy(root / "Paper Moons (2021).mp4", root / "pm copy (1999).mp4")
    shutil.copy(root / "Large (2001).mp4", root / "Larger (2003).mp4")
    os.link(root / "Other (2002).mp4", root / "Other again (2002).mp4")
    await films.scan()
    page = await house.get("/duplicates?limit=1")
    assert (page["total"], len(page["items"])) == (2, 1)
    (large,) = page["items"]
    assert sorted(copy["item"]["title"] for copy in large["copies"]) == ["Large", "Larger"]
    assert large["size"] == (root / "Large (2001).mp4").stat().st_size
    rest = await house.get(f"/duplicates?limit=1&after={page['next']}")
    assert sorted(Path(copy["path"]).name for copy in rest["items"][0]["copies"]) == [
        "Paper Moons (2021).mp4", "pm copy (1999).mp4",
    ]  # fmt: skip
    assert rest["next"] is None
    (root / "pm copy (1999).mp4").unlink()
    await films.scan()
    assert (await house.get("/duplicates"))["total"] == 1
