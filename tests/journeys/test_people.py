"""Users, roles, access, keys and the record, as whoever looks after a server sees them in a browser."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests import plain
from tests.journeys.server import PASSWORD, USERNAME, Client, Server, eventually
from tests.journeys.test_signing_in import sign_in, sign_out, type_password

OpenPage = Callable[..., Page]


@pytest.fixture
def admin(open_page: OpenPage, server: Server, client: Client) -> Page:
    page = open_page()
    sign_in(page, server, USERNAME)
    return page


def base(page: Page) -> str:
    return "/".join(page.url.split("/")[:3])


def test_somebody_is_added_limited_and_deleted(admin: Page, open_page: OpenPage, server: Server) -> None:
    name = f"kim-{uuid4().hex[:8]}"
    admin.get_by_test_id("profile-menu").click()
    admin.get_by_role("menuitem", name="People and access").click()
    admin.get_by_test_id("add-user").click()
    admin.get_by_test_id("user-name").fill(name)
    admin.get_by_test_id("user-password").fill("password")
    admin.get_by_test_id("ask-yes").click()
    expect(admin.get_by_test_id("form-problem")).to_contain_text("password")
    admin.get_by_test_id("user-password").fill(PASSWORD)
    admin.get_by_test_id("role-choice").select_option("guest")
    admin.get_by_test_id("ask-yes").click()
    row = admin.locator(f"[data-user={name}]")
    expect(row).to_contain_text("guest")
    other = open_page(390, 844)
    sign_in(other, server, name)
    other.goto(f"{base(other)}/users")
    expect(other.get_by_test_id("trouble")).to_contain_text("may not do that")
    row.click()
    form = admin.get_by_test_id("user-form")
    form.get_by_test_id("age-limit").select_option("12")
    form.get_by_test_id("require-factor").check()
    form.get_by_test_id("save-user").click()
    expect(admin.get_by_test_id("toast").filter(has_text="is saved")).to_be_visible()
    other.goto(base(other))
    expect(other.get_by_test_id("enrol-page")).to_be_visible()
    form.get_by_test_id("require-factor").uncheck()
    form.get_by_test_id("disabled").check()
    form.get_by_test_id("save-user").click()
    expect(admin.get_by_test_id("user-devices")).to_contain_text("Signed in nowhere")
    other.goto(base(other))
    type_password(other, name)
    expect(other.get_by_test_id("form-problem")).to_contain_text("disabled")
    admin.get_by_test_id("delete-user").click()
    admin.get_by_test_id("ask-yes").click()
    expect(admin.get_by_test_id("users-page")).to_be_visible()
    expect(row).to_have_count(0)


def test_a_role_of_ones_own_opens_what_it_says(
    admin: Page, open_page: OpenPage, server: Server, client: Client
) -> None:
    role, name = f"kids-{uuid4().hex[:8]}", f"lea-{uuid4().hex[:8]}"
    admin.goto(f"{base(admin)}/roles")
    admin.get_by_test_id("new-role").click()
    admin.get_by_test_id("role-name").fill(role)
    admin.locator("[data-permission='libraries:manage']").check()
    admin.get_by_test_id("save-role").click()
    row = admin.locator(f"[data-role={role}]")
    expect(row).to_be_visible()
    client.send("POST", "/users", {"username": name, "password": PASSWORD, "role": role}, status=201)
    other = open_page()
    sign_in(other, server, name)
    other.goto(f"{base(other)}/libraries")
    other.get_by_test_id("library-access").first.click()
    expect(other.get_by_test_id("access-dialog")).to_be_visible()
    row.get_by_test_id("edit-role").click()
    admin.locator("[data-permission='libraries:manage']").uncheck()
    admin.get_by_test_id("save-role").click()
    expect(admin.get_by_test_id("role-dialog")).to_have_count(0)
    other.get_by_test_id("access-some").check()
    eventually(lambda: other.evaluate("fetch('/api/v1/filesystem').then(answer => answer.status)") == 403)
    other.get_by_test_id("save-access").click()
    expect(other.get_by_test_id("form-problem")).to_contain_text("may not do that")
    row.get_by_test_id("delete-role").click()
    admin.get_by_test_id("ask-yes").click()
    expect(admin.get_by_test_id("form-problem")).to_contain_text("another one first")


def test_a_library_is_shown_to_some(admin: Page, open_page: OpenPage, server: Server, client: Client) -> None:
    name = f"tom-{uuid4().hex[:8]}"
    client.send("POST", "/users", {"username": name, "password": PASSWORD, "role": "user"}, status=201)
    (music,) = [one["id"] for one in client.get("/libraries")["items"] if one["name"] == "Music"]
    other = open_page()
    sign_in(other, server, name)
    expect(other.locator(f"a[href='/library/{music}']").first).to_be_visible()
    admin.goto(f"{base(admin)}/libraries")
    try:
        admin.locator(f"[data-library='{music}']").get_by_test_id("library-access").click()
        admin.get_by_test_id("access-some").check()
        admin.locator("[data-testid=access-role][data-value=moderator]").check()
        admin.get_by_test_id("save-access").click()
        expect(admin.get_by_test_id("access-dialog")).to_have_count(0)
        other.goto(base(other))
        expect(other.get_by_test_id("profile-menu")).to_be_visible()
        expect(other.locator(f"a[href='/library/{music}']")).to_have_count(0)
        admin.locator(f"[data-library='{music}']").get_by_test_id("library-access").click()
        expect(admin.locator("[data-value=moderator]")).to_be_checked()
        admin.locator(f"[data-testid=access-user][data-value={name}]").check()
        admin.get_by_test_id("save-access").click()
        expect(admin.get_by_test_id("access-dialog")).to_have_count(0)
        other.goto(base(other))
        expect(other.locator(f"a[href='/library/{music}']").first).to_be_visible()
    finally:
        client.send("PUT", f"/libraries/{music}/access", {"everyone": True})


def test_a_key_is_shown_once_and_revoked(admin: Page) -> None:
    name = f"script {uuid4().hex[:8]}"
    admin.goto(f"{base(admin)}/account")
    admin.get_by_test_id("new-key").click()
    admin.get_by_test_id("key-name").fill(name)
    admin.get_by_test_id("make-key").click()
    expect(admin.get_by_test_id("form-problem")).to_contain_text("Choose what the key may do")
    admin.locator("[data-permission='items:read']").check()
    admin.get_by_test_id("make-key").click()
    secret = admin.get_by_test_id("api-key-secret").inner_text().strip()
    headers = {"Authorization": f"Bearer {secret}"}
    assert plain.get(f"{base(admin)}/api/v1/items", headers=headers).status_code == 200
    assert plain.get(f"{base(admin)}/api/v1/users", headers=headers).status_code == 403
    admin.get_by_test_id("key-done").click()
    row = admin.get_by_test_id("api-key").filter(has_text=name)
    expect(row).to_contain_text("1 permission")
    assert secret not in admin.content()
    row.get_by_test_id("revoke-key").click()
    admin.get_by_test_id("ask-yes").click()
    expect(row).to_have_count(0)
    assert plain.get(f"{base(admin)}/api/v1/items", headers=headers).status_code == 401


def test_the_record_is_looked_through(admin: Page, client: Client) -> None:
    name = f"eve-{uuid4().hex[:8]}"
    client.send("POST", "/users", {"username": name, "password": PASSWORD, "role": "user"}, status=201)
    admin.goto(f"{base(admin)}/audit")
    expect(admin.get_by_test_id("audit-line").filter(has_text=name)).to_contain_text(f"{USERNAME} added a user")
    admin.get_by_test_id("audit-action").select_option("login")
    expect(admin.locator("[data-action='user.created']")).to_have_count(0)
    expect(admin.locator("[data-action=login]").first).to_be_visible()
    assert "action=login" in admin.url
    admin.get_by_test_id("audit-until").fill("2001-01-01")
    expect(admin.get_by_test_id("audit-total")).to_contain_text("0 lines")


def test_the_own_password_is_changed(open_page: OpenPage, server: Server, client: Client) -> None:
    name, changed = f"ida-{uuid4().hex[:8]}", "nine quiet windmills"
    client.send("POST", "/users", {"username": name, "password": PASSWORD, "role": "user"}, status=201)
    page = open_page(390, 844)
    sign_in(page, server, name)
    page.goto(f"{base(page)}/account")
    form = page.get_by_test_id("password-form")
    form.get_by_test_id("current-password").fill("wrong words here")
    form.get_by_test_id("new-password").fill(changed)
    form.get_by_test_id("again-password").fill(f"{changed}!")
    form.get_by_test_id("change-password").click()
    expect(page.get_by_test_id("password-problem")).to_contain_text("differ")
    form.get_by_test_id("again-password").fill(changed)
    form.get_by_test_id("change-password").click()
    expect(page.get_by_test_id("password-problem")).to_contain_text("current password is wrong")
    form.get_by_test_id("current-password").fill(PASSWORD)
    form.get_by_test_id("change-password").click()
    expect(page.get_by_test_id("toast")).to_contain_text("Your password is changed")
    sign_out(page)
    type_password(page, name)
    expect(page.get_by_test_id("form-problem")).to_contain_text("wrong")


def test_long_names_fit_a_phone(open_page: OpenPage, server: Server, client: Client) -> None:
    """Whatever people call themselves, their keys and their devices, no page becomes wider than the screen."""
    name = f"{uuid4().hex[:8]}-a-name-that-somebody-chose-for-good-reasons-of-their-own"[:64]
    client.send("POST", "/users", {"username": name, "password": PASSWORD, "role": "admin"}, status=201)
    login = {"username": name, "password": PASSWORD, "device": "The living-room television, the old one by the window"}
    client.http.post("/api/v1/auth/login", json=login)
    page = open_page(390, 844)
    sign_in(page, server, name)
    page.goto(f"{base(page)}/account")
    page.get_by_test_id("new-key").click()
    expect(page.get_by_test_id("key-name")).to_be_focused()
    page.get_by_test_id("key-name").fill("The backup script on the machine under the stairs, each night")
    page.locator("[data-permission='items:read']").check()
    page.get_by_test_id("make-key").click()
    page.get_by_test_id("key-done").click()
    expect(page.get_by_test_id("api-key")).to_be_visible()
    expect(page.get_by_test_id("session")).to_have_count(2)
    fits(page)
    for path, shown in (("users", f"[data-user='{name}']"), ("roles", "table"), ("audit", "[data-testid=audit-line]")):
        page.goto(f"{base(page)}/{path}")
        expect(page.locator(shown).first).to_be_visible()
        fits(page)
    page.goto(f"{base(page)}/libraries")
    page.get_by_test_id("library-access").first.click()
    page.get_by_test_id("access-some").check()
    expect(page.locator(f"[data-testid=access-user][data-value='{name}']")).to_be_visible()
    fits(page, "dialog[open]")


def fits(page: Page, what: str = "html") -> None:
    over: int = page.evaluate("what => (e => e.scrollWidth - e.clientWidth)(document.querySelector(what))", what)
    assert over <= 0, page.url
