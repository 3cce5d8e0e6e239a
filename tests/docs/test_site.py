"""The site builds offline without a warning, and no page of it fetches anything from elsewhere."""

import functools
import http.server
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.browsers import chromium
from tests.engines import make_folder

ROOT = Path(__file__).parents[2]
# A quarter of a minute on a machine that does nothing else; the rest is for one that is busy.
_BUILD_S = 400
pytestmark = pytest.mark.timeout(_BUILD_S)
_FETCHED = re.compile(
    r"<(?:script|img|iframe|source|video|audio)\b[^>]*\bsrc=\"(?:https?:)?//|<link\b(?=[^>]*\brel=\"(?:stylesheet|preload|"
    r"preconnect|icon|dns-prefetch)\")[^>]*\bhref=\"(?:https?:)?//|@import\s+url\(\s*[\"']?https?:|url\(\s*[\"']?https?://"
)


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[Path, str]]:
    """The built site and what the build said; the network is out of reach while it runs."""
    folder = make_folder("hearth-site-")
    nowhere = "http://127.0.0.1:9"
    done = subprocess.run(
        [sys.executable, "-W", "default", "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)],
        cwd=ROOT,
        env={
            "NO_MKDOCS_2_WARNING": "1",  # an announcement of the theme's makers, not of our pages
            "PATH": "/usr/bin:/bin",
            "http_proxy": nowhere,
            "https_proxy": nowhere,
            "HOME": str(folder),
            "LANG": "C.UTF-8",
        },
        capture_output=True,
        text=True,
        timeout=_BUILD_S - 20,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    yield folder, done.stdout + done.stderr
    shutil.rmtree(folder, ignore_errors=True)


def test_the_site_builds_without_a_warning(site: tuple[Path, str]) -> None:
    folder, said = site
    assert not re.search(r"\b(WARNING|ERROR)\b", said), said
    for page in (
        "index.html",
        "tutorial/first-hour/index.html",
        "guides/scripts/index.html",
        "reference/settings/index.html",
    ):
        assert (folder / page).is_file()


def test_no_page_fetches_from_elsewhere(site: tuple[Path, str]) -> None:
    folder, _ = site
    looked = 0
    for path in [*folder.rglob("*.html"), *folder.rglob("*.css")]:
        found = _FETCHED.search(path.read_text("utf-8"))
        assert found is None, f"{path.relative_to(folder)}: {found}"
        looked += 1
    assert looked > 50


def test_what_would_fetch_is_noticed() -> None:
    for text in (
        '<script src="https://cdn.example.org/a.js">',
        '<link rel="stylesheet" href="//fonts.example.org/x.css">',
        '<img alt="x" src="http://example.org/a.png">',
        "@import url('https://example.org/a.css')",
    ):
        assert _FETCHED.search(text)
    assert not _FETCHED.search('<a href="https://example.org">there</a><img src="../a.png">')


def test_examples_stand_on_their_pages(site: tuple[Path, str]) -> None:
    folder, _ = site
    page = (folder / "reference/api-playback/index.html").read_text("utf-8")
    assert "Tried out" in page
    assert "&quot;method&quot;" in page or '"method"' in page


def test_the_pages_of_the_api_work_with_no_network(site: tuple[Path, str]) -> None:
    """In a browser that may reach this one server alone: pages, pictures and the search ask nobody else."""
    program = chromium()
    folder, _ = site
    handler = functools.partial(http.server.SimpleHTTPRequestHandler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as pages, sync_playwright() as playwright:
        threading.Thread(target=pages.serve_forever, daemon=True).start()
        here = f"http://127.0.0.1:{pages.server_address[1]}/"
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page()
        page.set_default_timeout(60_000)
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{here}reference/api-items/")
        page.get_by_role("heading", name="GET /api/v1/items", exact=False).first.wait_for()
        page.locator(".md-search__input").fill("progress")
        page.locator(".md-search-result__item").first.wait_for()
        browser.close()
        pages.shutdown()
    assert any("search" in url for url in asked)
    assert [url for url in asked if not url.startswith((here, "data:", "blob:"))] == []
