"""Signing in, in a browser: a second factor set up and asked for, passkeys, a television let in by its code."""

import time
from collections.abc import Callable
from uuid import uuid4

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.journeys.server import PASSWORD, Client, Server

OpenPage = Callable[..., Page]


@pytest.fixture
def ben(client: Client) -> str:
    """A user of this test alone; his name."""
    name = f"ben-{uuid4().hex[:8]}"
    client.send("POST", "/users", {"username": name, "password": PASSWORD, "role": "user"}, status=201)
    return name


def address(server: Server) -> str:
    """The server by a name: passkeys are bound to names, and numbers are none."""
    return server.address.replace("127.0.0.1", "localhost").rstrip("/")


def type_password(page: Page, name: str) -> None:
    page.get_by_test_id("username").fill(name)
    page.get_by_test_id("password").fill(PASSWORD)
    page.get_by_test_id("login-button").click()


def sign_in(page: Page, server: Server, name: str) -> None:
    page.goto(address(server))
    type_password(page, name)
    expect(page.get_by_test_id("profile-menu")).to_be_visible()


def sign_out(page: Page) -> None:
    page.get_by_test_id("profile-menu").click()
    page.get_by_role("menuitem", name="Sign out").click()
    expect(page.get_by_test_id("login-form")).to_be_visible()


def next_code(secret: str, used: str) -> str:
    """A code of the app other than one that was used: none is good twice."""
    app = pyotp.TOTP(secret)
    ahead = app.at(time.time() + 30)
    return ahead if ahead != used else app.at(time.time())


def set_up_app(page: Page) -> tuple[str, str, list[str]]:
    """From the button to the end; the secret, the code that was used, the recovery codes."""
    page.get_by_test_id("begin-app").click()
    expect(page.get_by_test_id("again")).to_be_focused()
    page.get_by_test_id("again").fill(PASSWORD)
    page.get_by_test_id("enrol-next").click()
    page.get_by_text("It cannot be scanned?").click()
    secret = page.get_by_test_id("totp-secret").inner_text()
    drawn = page.get_by_role("img", name="QR code").evaluate("image => image.decode().then(() => image.naturalWidth)")
    assert drawn > 100
    code = pyotp.TOTP(secret).now()
    page.get_by_test_id("totp-code").fill(code)
    page.keyboard.press("Enter")
    shown = page.get_by_test_id("recovery-codes").locator("span")
    expect(shown).to_have_count(10)
    codes = shown.all_inner_texts()
    page.get_by_test_id("enrol-done").click()
    return secret, code, codes


def add_key(page: Page) -> None:
    """Answers the question for a new passkey."""
    page.get_by_test_id("again").fill(PASSWORD)
    page.get_by_test_id("ask-yes").click()


def give_device(page: Page) -> None:
    """The browser's own stand-in for a device with a fingerprint reader, whose owner always agrees."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
        "isUserVerified": True, "automaticPresenceSimulation": True,
    }  # fmt: skip
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_second_factor_is_set_up_and_asked_for(open_page: OpenPage, server: Server, ben: str) -> None:
    page = open_page(390, 844)
    sign_in(page, server, ben)
    page.goto(f"{address(server)}/account")
    secret, used, codes = set_up_app(page)
    expect(page.get_by_test_id("second-factor-on")).to_be_visible()
    sign_out(page)
    type_password(page, ben)
    expect(page.get_by_test_id("second-step")).to_be_visible()
    page.get_by_test_id("second-code").fill("000000")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("form-problem")).to_be_visible()
    page.get_by_test_id("second-code").fill(next_code(secret, used))
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("profile-menu")).to_be_visible()
    sign_out(page)
    type_password(page, ben)
    page.get_by_test_id("use-recovery").click()
    page.get_by_test_id("second-code").fill(codes[3].lower())
    page.get_by_test_id("second-button").click()
    expect(page.get_by_test_id("profile-menu")).to_be_visible()
    page.goto(f"{address(server)}/account")
    expect(page.get_by_test_id("second-factor-panel")).to_contain_text("9 recovery codes are left")
    page.get_by_test_id("end-app").click()
    page.get_by_test_id("again").fill("not the password")
    page.get_by_test_id("ask-yes").click()
    expect(page.get_by_test_id("form-problem")).to_contain_text("password is wrong")
    page.get_by_test_id("again").fill(PASSWORD)
    page.get_by_test_id("ask-yes").click()
    expect(page.get_by_test_id("begin-app")).to_be_visible()


def test_a_passkey_is_made_renamed_used_and_removed(open_page: OpenPage, server: Server, ben: str) -> None:
    page = open_page()
    give_device(page)
    sign_in(page, server, ben)
    page.goto(f"{address(server)}/account")
    page.get_by_test_id("add-passkey").click()
    page.get_by_test_id("passkey-name").fill("Desk")
    add_key(page)
    expect(page.get_by_test_id("passkey")).to_contain_text("Desk")
    page.get_by_test_id("rename-passkey").click()
    page.get_by_test_id("passkey-name").fill("The blue desk")
    page.get_by_test_id("ask-yes").click()
    expect(page.get_by_test_id("passkey")).to_contain_text("The blue desk")
    sign_out(page)
    page.get_by_test_id("passkey-button").click()
    expect(page.get_by_test_id("profile-menu")).to_be_visible()
    page.goto(f"{address(server)}/account")
    expect(page.get_by_test_id("passkey")).to_contain_text("used just now")
    page.get_by_test_id("remove-passkey").click()
    page.get_by_test_id("ask-yes").click()
    expect(page.get_by_test_id("passkey")).to_have_count(0)
    sign_out(page)
    page.get_by_test_id("passkey-button").click()
    expect(page.get_by_test_id("form-problem")).to_be_visible()


def test_who_must_have_a_second_factor_sees_nothing_else(
    open_page: OpenPage, server: Server, client: Client, ben: str
) -> None:
    page = open_page()
    give_device(page)
    (user,) = [one for one in client.get("/users", limit=500)["items"] if one["username"] == ben]
    client.send("PATCH", f"/users/{user['id']}", {"second_factor_required": True})
    page.goto(f"{address(server)}/search")
    type_password(page, ben)
    expect(page.get_by_test_id("enrol-page")).to_be_visible()
    page.goto(f"{address(server)}/account")
    expect(page.get_by_test_id("enrol-page")).to_be_visible()
    page.goto(f"{address(server)}/search")
    page.get_by_test_id("add-passkey").click()
    add_key(page)
    expect(page.get_by_test_id("search-input")).to_be_visible()  # where they were going
    sign_out(page)
    type_password(page, ben)
    page.get_by_test_id("second-passkey").click()
    expect(page.get_by_test_id("profile-menu")).to_be_visible()


def test_a_television_is_let_in_by_its_code(open_page: OpenPage, server: Server, ben: str) -> None:
    phone, television = open_page(390, 844), open_page()
    sign_in(phone, server, ben)
    phone.goto(f"{address(server)}/account")
    television.goto(address(server))
    television.get_by_test_id("code-button").click()
    code = television.get_by_test_id("quick-code")
    expect(code).not_to_contain_text("·")
    phone.get_by_test_id("connect-code").fill("AAAAAA")
    phone.get_by_test_id("find-code").click()
    expect(phone.get_by_test_id("form-problem")).to_contain_text("There is no such code")
    phone.get_by_test_id("connect-code").fill(code.inner_text().lower())
    phone.get_by_test_id("find-code").click()
    expect(phone.get_by_test_id("asking-device")).to_contain_text("Chrome on Linux")
    phone.get_by_test_id("refuse-code").click()
    expect(television.get_by_test_id("form-problem")).to_contain_text("refused")
    television.get_by_test_id("new-code").click()
    expect(code).not_to_contain_text("·")
    phone.get_by_test_id("connect-code").fill(code.inner_text())
    phone.keyboard.press("Enter")
    phone.get_by_test_id("approve-code").click()
    expect(television.get_by_test_id("profile-menu")).to_be_visible()
    phone.goto(f"{address(server)}/account")
    expect(phone.get_by_test_id("session")).to_have_count(2)
    phone.get_by_test_id("end-session").click()
    expect(phone.get_by_test_id("session")).to_have_count(1)
    television.goto(f"{address(server)}/account")
    expect(television.get_by_test_id("login-form")).to_be_visible()
