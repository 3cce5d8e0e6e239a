"""Collections and playlists by a rule, made and changed in the browser; and the ways that lead to them."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.server import Client, Server
from tests.journeys.test_the_first_hour import page, signed_in

__all__ = ["page", "signed_in"]


@pytest.mark.timeout(300)
def test_a_collection_by_rule_from_making_to_deleting(signed_in: Page, server: Server, client: Client) -> None:
    signed_in.goto(f"{server.address}/libraries")
    signed_in.get_by_test_id("collections-link").click()
    signed_in.get_by_test_id("make-collection").click()
    assert signed_in.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert signed_in.get_by_test_id("list-dialog").evaluate("it => it.scrollWidth <= it.clientWidth")
    signed_in.get_by_test_id("list-name").fill("Of 2021")
    signed_in.get_by_test_id("rule-year").fill("21")
    signed_in.get_by_test_id("save-list").click()
    expect(signed_in.get_by_test_id("form-problem")).to_contain_text("four digits")
    signed_in.get_by_test_id("rule-year").fill("2021")
    signed_in.get_by_test_id("save-list").click()
    here = signed_in.get_by_test_id("collection-page")
    expect(here.get_by_text("Paper Moons").first).to_be_visible()
    expect(here.get_by_text("Quiet Harbour")).to_have_count(0)
    (made,) = client.get("/collections")["items"]
    assert made["rule"] == {"kinds": ["movie"], "year": 2021}
    # Another rule: what fits now is shown at once.
    signed_in.get_by_test_id("edit-list").click()
    signed_in.get_by_test_id("rule-year").fill("2014")
    signed_in.get_by_test_id("save-list").click()
    expect(here.get_by_text("Quiet Harbour").first).to_be_visible()
    expect(here.get_by_text("Paper Moons")).to_have_count(0)
    signed_in.get_by_test_id("edit-list").click()
    signed_in.get_by_test_id("delete-list").click()
    signed_in.get_by_test_id("delete-list-sure").click()
    expect(signed_in.get_by_test_id("collections-page")).to_be_visible()
    assert client.get("/collections")["items"] == []
