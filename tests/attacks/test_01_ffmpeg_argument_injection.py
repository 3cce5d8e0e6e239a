"""Row 1: parameters of a play that try to become options or filters of ffmpeg (JF CVE-2026-35033, CVE-2025-31499)."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hearth.media import AudioStream, MediaInfo, VideoStream
from hearth.playback import Client, Encoder, decide, segment
from hearth.playback.argv import encoder_argv
from hearth.playback.cuts import even_cuts
from tests.playback.conftest import FFMPEG, World, media, media_folder, world
from tests.playback.house import NOTHING, House, open_house

__all__ = ["media", "media_folder", "world"]  # fixtures

CANARY = "drawtext=textfile=/etc/passwd"
EVIL = [
    CANARY,
    "-i /etc/passwd",
    "h264;-f",
    "h264,drawtext=text=x",
    "../../x",
    "$(id)",
    "`id`",
    "\x00",
    "-y",
    "concat:a|b",
]


@pytest.fixture
async def house(world: World, tmp_path: Path) -> AsyncIterator[House]:
    async with open_house(world, tmp_path) as opened:
        yield opened


async def test_words_of_a_client_never_reach_the_encoder(house: House, media: Callable[[str], Path]) -> None:
    """Every text that a play takes carries the attack: it is refused, or it is a codec that nobody has."""
    source = await house.world.put(media("film.mkv"))
    for evil in EVIL:
        client = {name: [evil] for name in ("containers", "video", "audio", "subtitles")}
        reply = await house.call("POST", f"/items/{source.item_id}/play", {"client": client})
        assert reply.status in (201, 400, 429, 503), reply.body
        for field in ("max_height", "max_bitrate"):
            bad = await house.call("POST", f"/items/{source.item_id}/play", {"client": {**NOTHING, field: evil}})
            assert bad.status == 400
        for field in ("audio", "subtitle", "start_ms", "version", "level", "profile", "encoder"):
            bad = await house.call("POST", f"/items/{source.item_id}/play", {"client": NOTHING, field: evil})
            assert bad.status == 400, field
    async with house.world.database.transaction() as tx:
        kept = await tx.fetchval("select coalesce(string_agg(decision::text, ' '), '') from playback.session")
    for evil in EVIL:
        assert f'"{evil}' not in kept


WORDS = st.lists(st.text(max_size=64), max_size=4).map(tuple)


@settings(max_examples=150, deadline=None)
@given(
    st.builds(
        Client, WORDS, WORDS, WORDS, WORDS,
        st.none() | st.integers(144, 8640), st.none() | st.integers(64_000, 10**9),
    ),
    st.text(max_size=30),
    st.text(max_size=30),
    st.sampled_from(["sdr", "hdr10", "hlg", "dovi"]),
    st.integers(0, 50),
)  # fmt: skip
def test_the_command_is_made_of_numbers_and_known_words(
    client: Client, codec: str, text: str, hdr: str, first: int
) -> None:
    """Whatever the player says and whatever the file calls its codecs, the command's words are ours or numbers."""
    video = VideoStream(3, codec, 1920, 1080, profile=text, pixel_format=text, fps=24.0, hdr=hdr, title=text)  # type: ignore[arg-type]  # four words
    info = MediaInfo(
        text, 10**9, duration_ms=3_600_000, video=(video,), audio=(AudioStream(5, text, 6, 48000, layout=text),)
    )
    decision = decide(info, client)
    if decision.method == "direct":
        return
    argv = encoder_argv("ffmpeg", b"/films/-i evil;.mkv", decision, even_cuts(3_600_000, 3000), first)
    known = re.compile(
        r"-?[a-z][a-z_0-9:+-]*|[0-9.,:]+|file:/films/-i evil;\.mkv|\+[a-z_+]+|-1|-2"
        r"|(?:(?:scale|setparams|bwdif|zscale|tonemap|format|aresample)=[a-z0-9=:_.-]+,?)+|[a-z0-9_,]+|expr"
    )
    for word in argv:
        assert known.fullmatch(word), word
    assert argv.count("-i") == 1
    assert os.fsencode(argv[argv.index("-i") + 1]) == b"file:/films/-i evil;.mkv"


@pytest.mark.parametrize(
    "name", [b"-y.mkv", b"concat:a|b.mkv", b"a;b.mkv", b"\xff\xfe.mkv", b"%d.mkv", b"a\nb.mkv", b"'.mkv"]
)
async def test_names_of_files_are_names(
    world: World, media: Callable[[str], Path], tmp_path: Path, name: bytes
) -> None:
    """Files whose names look like options, protocols, patterns or scripts play like any other."""
    folder = tmp_path / "library"
    folder.mkdir()
    path = Path(os.fsdecode(os.fsencode(folder) + b"/" + name))
    path.write_bytes(media("film.mkv").read_bytes())
    session = await world.begin(await world.put(path), Client((), (), ()))
    task = asyncio.create_task(Encoder(world.database, world.cache, FFMPEG).work(session.id))
    try:
        assert (await segment(world.database, world.cache, session, 1)).stat().st_size > 1000
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert [one.name for one in folder.iterdir()] == [path.name]
