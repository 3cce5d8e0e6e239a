"""An administrator at the browser: what the server is set to and what it works on, changed from there."""

from playwright.sync_api import Page, expect

from tests.journeys.server import Client, Server, eventually
from tests.journeys.test_the_first_hour import browser, page, signed_in

__all__ = ["browser", "page", "signed_in"]


def test_a_setting_is_changed_and_put_back(signed_in: Page, server: Server, client: Client) -> None:
    signed_in.goto(f"{server.address}/server/settings")
    keep = signed_in.locator("[data-key=backup_keep]")
    keep.get_by_role("spinbutton").fill("5")
    signed_in.locator("[data-key=server_name]").get_by_role("textbox").fill("Cellar")
    signed_in.get_by_test_id("save-settings").click()
    expect(keep.get_by_test_id("setting-default")).to_have_text("Back to 3")
    eventually(lambda: client.get("/server")["name"] == "Cellar")
    keep.get_by_test_id("setting-default").click()
    expect(keep.get_by_role("spinbutton")).to_have_value("3")
    signed_in.locator("[data-key=server_name]").get_by_test_id("setting-default").click()
    eventually(lambda: client.get("/server")["name"] == "Hearth")


def test_the_work_is_seen_and_found_by_its_state(signed_in: Page, server: Server) -> None:
    signed_in.get_by_test_id("profile-menu").click()
    signed_in.get_by_text("Work of the server").click()
    expect(signed_in.get_by_test_id("job").first).to_be_visible()
    signed_in.get_by_test_id("job-state").select_option("done")
    expect(signed_in.locator("[data-testid=job]:not([data-state=done])")).to_have_count(0)
    expect(signed_in.get_by_text("ingest.scan").first).to_be_visible()
    signed_in.get_by_test_id("job-state").select_option("parked")
    expect(signed_in.get_by_text("Nothing of that kind")).to_be_visible()
    signed_in.get_by_role("button", name="Show everything").click()
    expect(signed_in.get_by_test_id("job").first).to_be_visible()
