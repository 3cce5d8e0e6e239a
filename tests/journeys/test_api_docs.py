"""The page of the API's description, in a browser that can reach this server alone."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.journeys.server import PASSWORD, USERNAME, Client, Server


def test_the_description_is_a_page_that_asks_nobody_else(
    open_page: Callable[..., Page], server: Server, client: Client
) -> None:
    page = open_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{server.address}/docs")
    expect(page.get_by_role("heading", name="Hearth")).to_be_visible()
    described = client.get("/openapi.json")["paths"]
    many = sum(len(set(path) & {"get", "post", "put", "patch", "delete"}) for path in described.values())
    for group in page.locator(".opblock-tag-section h3").all():
        group.click()
    expect(page.locator(".opblock")).to_have_count(many)
    elsewhere = [url for url in asked if not url.startswith((server.address, "data:", "blob:"))]
    assert elsewhere == []


def test_whoever_is_signed_in_tries_operations_as_themselves(sized_page: Page, server: Server) -> None:
    sized_page.goto(f"{server.address}/docs#/accounts/ApiV1MeMe")
    operation = sized_page.locator(".opblock", has_text="/api/v1/me").first
    operation.get_by_role("button", name="Try it out").click()
    operation.get_by_role("button", name="Execute").click()
    expect(operation.locator(".live-responses-table")).to_contain_text(f'"username": "{USERNAME}"')
    assert PASSWORD not in sized_page.content()


def test_large_files_come_compressed_and_as_they_are(server: Server, client: Client) -> None:
    script = re.search(r"/assets/docs-[^\"]+\.js", client.http.get("/docs").text)
    assert script is not None
    compressed = client.http.get(script[0], headers={"Accept-Encoding": "gzip"})
    plain = client.http.get(script[0], headers={"Accept-Encoding": "identity"})
    assert compressed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert int(compressed.headers["content-length"]) < len(plain.content) / 2
    assert compressed.content == plain.content  # taken apart by the client
    assert "javascript" in plain.headers["content-type"]
