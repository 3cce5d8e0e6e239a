"""ETags of what is read: who has an answer already is told so, and it does not travel again.

The tag is a digest of the answer's bytes, so it is right whatever changed it, in whichever process, and asks nothing of
anybody to keep it so. Answers are made anew each time, but for the few that `kept` remembers.
"""

from __future__ import annotations

from hashlib import blake2b

from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

_JSON = b"application/json"
_MAX_TOLD = 2048
# The catalogue's routes alone: what is said of accounts and settings is kept nowhere.
_READS = ("items:read", "libraries:read")


class Etags(ASGIMiddleware):
    """For GET answers of one piece that are JSON, good (200) and do not say themselves how they may be kept."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        if (
            scope["type"] != ScopeType.HTTP
            or scope["method"] != "GET"
            or scope["route_handler"].opt.get("permission") not in _READS
        ):
            await next_app(scope, receive, send)
            return
        begun: HTTPResponseStartEvent | None = None

        async def tagged(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start" and _is_plain(message):
                begun = message
                return
            if begun is not None and message["type"] == "http.response.body":
                start, begun = begun, None
                if not message.get("more_body"):
                    tag = b'"' + blake2b(message["body"], digest_size=12).hexdigest().encode() + b'"'
                    headers = [*start["headers"], (b"etag", tag), (b"cache-control", b"private, no-cache")]
                    if told(scope, tag):
                        start["status"], message["body"] = 304, b""
                        headers = [h for h in headers if h[0].lower() not in (b"content-length", b"content-type")]
                    start["headers"] = headers
                await send(start)
            await send(message)

        await next_app(scope, receive, tagged)


def told(scope: Scope, tag: bytes) -> bool:
    """If-None-Match (RFC 9110, section 13.1.2): a list of tags, weak ones too, or a star."""
    for name, value in scope["headers"]:
        if name == b"if-none-match":
            tags = [one.strip().removeprefix(b"W/") for one in value[:_MAX_TOLD].split(b",")]
            return tag in tags or tags == [b"*"]
    return False


def _is_plain(start: HTTPResponseStartEvent) -> bool:
    headers = {name.lower(): value for name, value in start["headers"]}
    kind = headers.get(b"content-type", b"")
    return start["status"] == 200 and kind.startswith(_JSON) and b"cache-control" not in headers
