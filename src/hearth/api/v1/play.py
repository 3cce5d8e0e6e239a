"""Playing: a session is asked for, reported on, and ended."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from litestar import delete, post, put
from litestar.di import NamedDependency as Given
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_204_NO_CONTENT

from hearth import browse, playback
from hearth.accounts import Viewer
from hearth.api.v1 import views
from hearth.api.v1.access import requires
from hearth.api.v1.item_streams import chapter_views, loudness_view, stream_views
from hearth.api.v1.item_views import ref_view
from hearth.db import Database
from hearth.jobs import Settings
from hearth.kit.errors import Invalid, NotFound
from hearth.playback import Client, Decision, Projector, Session, Source

_PLAYABLE = frozenset({"movie", "episode", "track", "extra"})
_ORDER = {"direct": 0, "remux": 1, "transcode": 2}


@post("/items/{item_id:uuid}/play", opt=requires("items:play"), tags=["playback"])
async def play(
    item_id: FromPath[UUID],
    data: JSONBody[views.PlayRequest],
    viewer: Given[Viewer],
    database: Given[Database],
    projector: Given[Projector],
    settings: Given[Settings],
) -> views.PlaySession:
    """Begins a play: decides how, and answers where the bytes are. An earlier play of it on this sign-in ends."""
    client = _client(data.client)
    async with database.transaction(readonly=True) as tx:
        detail = await browse.item(tx, viewer, item_id)
        item = detail.item
        if item.kind not in _PLAYABLE:
            raise Invalid("Only films, episodes, tracks and extras can be played: choose one below this.")
        start = data.start_ms if data.start_ms is not None else item.state.position_ms
        found = await playback.sources(tx, item_id, start)
    source = _choose(found, data, client)
    plan = await playback.plan(source, client, projector.cache, audio=data.audio, subtitle=data.subtitle)
    now = settings.config
    caps = playback.Caps(server=now.encode_limit, account=now.encode_limit_per_user)
    async with database.transaction() as tx:
        session = await playback.begin(
            tx, viewer, source, plan.decision, cuts=plan.cuts, position_ms=start, caps=caps
        )  # fmt: skip
    base = f"/api/v1/media/{projector.passes.issue(session.id)}"
    return _view(detail, source, plan.decision, session, base)


@put("/play/{session_id:uuid}", opt=requires("items:play"), status_code=HTTP_204_NO_CONTENT, tags=["playback"])
async def report(
    session_id: FromPath[UUID], data: JSONBody[views.PlayReport], viewer: Given[Viewer], database: Given[Database]
) -> None:
    """Where the player is; asked for every ten seconds, while paused too. A session not heard of for long ends."""
    async with database.transaction() as tx:
        await playback.report(tx, viewer, session_id, data.position_ms, data.paused)


@delete("/play/{session_id:uuid}", opt=requires("items:play"), status_code=HTTP_204_NO_CONTENT, tags=["playback"])
async def end(
    session_id: FromPath[UUID], viewer: Given[Viewer], database: Given[Database], projector: Given[Projector]
) -> None:
    """Ends a play where it was last reported; its addresses answer no more."""
    async with database.transaction() as tx:
        await playback.end(tx, viewer, session_id)
    projector.forget(session_id)


def _client(told: views.Client) -> Client:
    return Client(
        tuple(told.containers), tuple(told.video), tuple(told.audio), tuple(told.subtitles),
        told.max_height, told.max_bitrate,
    )  # fmt: skip


def _choose(found: Sequence[Source], data: views.PlayRequest, client: Client) -> Source:
    """The version asked for, else the best one among those that take the least work to play."""
    if data.version is not None:
        for source in found:
            if source.version_id == data.version:
                return source
        raise NotFound("There is no such version of this, or its file is not there any more.")
    return min(found, key=lambda source: _ORDER[playback.decide(source.media, client).method])


def _view(detail: browse.Detail, source: Source, decision: Decision, session: Session, base: str) -> views.PlaySession:
    streams = stream_views(source.media, detail.sidecars)
    text = set(playback.text_streams(source.media))
    heard = [stream for stream in streams if stream.type == "audio"]
    audio = decision.audio.index if decision.audio is not None else None
    return views.PlaySession(
        session=session.id,
        item=ref_view(detail.item.ref()),
        method=decision.method,
        reasons=list(decision.reasons),
        url=f"{base}/file" if decision.method == "direct" else f"{base}/master.m3u8",
        mime_type=decision.mime_type,
        duration_ms=session.duration_ms,
        position_ms=session.position_ms,
        version=source.version_id,
        audio=audio if audio is not None or not heard else heard[0].index,
        audio_streams=heard,
        video=next((s for s in streams if decision.video is not None and s.index == decision.video.index), None),
        # Those of the file that are pictures are left out: they cannot be served as text.
        subtitles=[
            views.PlaySubtitle(s.index, s.label, s.language, s.forced, s.default, f"{base}/subtitles/{s.index}.vtt")
            for s in streams
            if s.type == "subtitle" and (s.index in text or s.index >= playback.SIDECAR_FROM)
        ],
        chapters=chapter_views(source.media, source.offset_ms),
        clip=_clip(source),
        loudness=loudness_view(detail.gain),
    )


def _clip(source: Source) -> views.Clip | None:
    if source.stack_ms is None and not source.start_ms and source.end_ms is None:
        return None
    return views.Clip(source.start_ms, source.end_ms, source.offset_ms, source.more)


handlers = [play, report, end]
