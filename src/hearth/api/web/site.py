"""The built interface and the page of the API's description, held in memory as they were built: less than a megabyte,
for what is large was compressed by the build."""

import asyncio
import gzip
import mimetypes
from hashlib import sha256
from pathlib import Path

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath
from msgspec import Struct

from hearth.kit.errors import NotFound

# hls.js works in a blob worker; styles are set from scripts by position, which counts as inline.
CSP = (
    "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:;"
    " media-src 'self' blob:; connect-src 'self'; worker-src 'self' blob:; font-src 'self'; object-src 'none';"
    " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
_STATIC = Path(__file__).parent / "static"
_MISSING = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Hearth</title>
<h1>The web interface is not built</h1>
<p>The server runs, and its API answers under <code>/api/v1</code>, but the files of its pages are missing.</p>
<p>In a checkout, run <code>make ui</code> and start the server again. An installed Hearth carries them: install it
again.</p></html>"""


class File(Struct, frozen=True):
    """A file as it is sent, `body` compressed by gzip or not. `immutable` ones carry a hash of their content in their
    name."""

    body: bytes
    compressed: bool
    type: str
    etag: str
    immutable: bool


class Site(Struct, frozen=True):
    """The files by their path below the root, and the page that every address of the interface begins with."""

    files: dict[str, File]
    index: File
    built: bool


def read_site(folder: Path = _STATIC) -> Site:
    """The built files; a page that says what to do when there are none. Reads the disk."""
    index = folder / "index.html"
    if not index.is_file():
        return Site({}, _file("index.html", _MISSING.encode(), compressed=False), built=False)
    files: dict[str, File] = {}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            name = path.relative_to(folder).as_posix()
            plain = name.removesuffix(".gz")
            files[plain] = _file(plain, path.read_bytes(), compressed=plain != name)
    return Site(files, files["index.html"], built=True)


def web_handlers(site: Site) -> list[HTTPRouteHandler]:
    """Routes for the interface: its files, and its page for every other address without a file's ending."""

    @get(["/", "/{path:path}"], opt={"public": True}, include_in_schema=False)
    async def interface(request: Request[object, object, object], path: FromPath[str] = "/") -> Response[bytes]:  # type: ignore[type-var]  # handlers here need neither user nor state
        name = path.strip("/")
        if name.startswith(("api/", "health/")) or name in ("api", "health"):
            raise NotFound("There is no such address. The API is described at /docs and in /api/v1/openapi.json.")
        file = site.files.get("docs.html" if name == "docs" else name)
        if file is None:
            if "." in name.rsplit("/", 1)[-1]:
                raise NotFound("There is no such file. Load the page again: the server may have been updated.")
            file = site.index
        return await _answer(file, request.headers.get("accept-encoding", ""), request.headers.get("if-none-match", ""))

    return [interface]


async def _answer(file: File, accepts: str, known: str) -> Response[bytes]:
    headers = {
        "ETag": file.etag,
        "Cache-Control": "public, max-age=31536000, immutable" if file.immutable else "no-cache",
        "Vary": "Accept-Encoding",
    }
    if file.type.startswith("text/html"):
        headers["Content-Security-Policy"] = CSP
    if file.etag in known:
        return Response(b"", status_code=304, headers=headers)
    body = file.body
    if file.compressed and "gzip" in accepts:
        headers["Content-Encoding"] = "gzip"
    elif file.compressed:
        body = await asyncio.to_thread(gzip.decompress, body)
    return Response(body, media_type=file.type, headers=headers)


def _file(name: str, body: bytes, *, compressed: bool) -> File:
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    if kind.startswith("text/") or kind in ("application/javascript", "text/javascript"):
        kind += "; charset=utf-8"
    return File(body, compressed, kind, f'"{sha256(body).hexdigest()[:24]}"', name.startswith("assets/"))
