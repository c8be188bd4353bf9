"""The page where an organization says what its tickets look like."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from tests.documents.sheets import codes_in, pages, picture_of, text_of
from tests.factories import EventFactory, MembershipFactory, OrganizationFactory, UserFactory
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing.errors import Invalid
from ticketing.extensions import db as extension
from ticketing.models import Organization
from ticketing.models.organizations import MANAGER, MEMBER, OWNER
from ticketing.policy import SYSTEM
from ticketing.services import checkin
from ticketing.services.tickets import samples


@pytest.fixture(autouse=True)
def media(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``MEDIA_ROOT`` of this test."""
    monkeypatch.setitem(app.config, "MEDIA_ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def organization(app: Flask) -> Organization:
    return OrganizationFactory(name="Spree Sounds")


@pytest.fixture
def manager(app: Flask, organization: Organization) -> FlaskClient:
    """The browser of somebody who manages it."""
    return browser_of(app, user_with(MANAGER, organization))


def user_with(role: str, organization: Organization) -> Any:
    user = UserFactory()
    MembershipFactory(organization=organization, user=user, role=role)
    return user


def address(organization: Organization, more: str = "") -> str:
    return f"/organizer/organizations/{organization.uuid}/look{more}"


def logo(colour: str = "#c81e50", kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (90, 30), colour).save(file, kind)
    return file.getvalue()


def sent(content: bytes = b"", name: str = "logo.png", **fields: str) -> dict[str, Any]:
    """A form as browsers send it: a file field that was left empty is there all the same."""
    data: dict[str, Any] = {"accent": "", **fields}
    data["logo"] = (io.BytesIO(content), name if content else "")
    return {"data": data, "content_type": "multipart/form-data"}


def test_owners_and_managers_see_the_page_and_members_and_strangers_do_not(
    app: Flask, client: FlaskClient, organization: Organization
) -> None:
    allowed = [user_with(OWNER, organization), user_with(MANAGER, organization)]
    strangers = [user_with(OWNER, OrganizationFactory()), UserFactory()]
    refused = [(user_with(MEMBER, organization), 403), *((one, 404) for one in strangers)]
    for user, status in [(one, 200) for one in allowed] + refused:
        browser = browser_of(app, user)
        for path in (address(organization), address(organization, "/sample.pdf")):
            assert browser.get(path).status_code == status
        if status != 200:
            assert browser.post(address(organization), **sent(accent="#000000")).status_code == status
    for answer in (client.get(address(organization)), client.post(address(organization), **sent())):
        assert answer.location.startswith("/sign-in")
    nowhere = "/organizer/organizations/00000000-0000-4000-8000-000000000000/look"
    assert browser_of(app, allowed[0]).get(nowhere).status_code == 404
    assert organization.accent == ""


@pytest.mark.parametrize(("role", "leads"), [(MANAGER, True), (MEMBER, False)])
def test_an_events_page_leads_there_whoever_may_change_it(
    app: Flask, organization: Organization, role: str, leads: bool
) -> None:
    event = EventFactory(organization=organization)
    page = Page(browser_of(app, user_with(role, organization)).get(f"/organizer/events/{event.uuid}/"))
    assert ("What tickets look like", address(organization)) in page.links or not leads
    assert (address(organization) in page.html) is leads


def test_a_colour_and_a_logo_are_saved_and_shown(
    manager: FlaskClient, organization: Organization, media: Path
) -> None:
    answer = manager.post(address(organization), **sent(logo(), accent=" #0A7F5C "), follow_redirects=True)
    page = Page(answer)
    assert "Saved" in page.text
    assert organization.accent == "#0a7f5c"
    assert page.form("").fields["accent"] == "#0a7f5c"
    assert any(tag == "rect" and known.get("fill") == "#0a7f5c" for tag, known in page.attributes)
    source = f"/media/{organization.logo}"
    assert any(known.get("src") == source for tag, known in page.attributes if tag == "img")
    picture = manager.get(source)
    assert (picture.status_code, picture.mimetype) == (200, "image/png")
    assert picture.headers["X-Content-Type-Options"] == "nosniff"
    assert picture.data == (media / str(organization.logo)).read_bytes()


def test_saving_a_colour_alone_keeps_the_logo_and_a_tick_removes_it(
    manager: FlaskClient, organization: Organization
) -> None:
    manager.post(address(organization), **sent(logo()))
    kept = organization.logo
    assert kept
    assert "remove_logo" in Page(manager.get(address(organization))).html
    manager.post(address(organization), **sent(accent="#000000"))
    assert (organization.logo, organization.accent) == (kept, "#000000")
    manager.post(address(organization), **sent(accent="#000000", remove_logo="y"))
    assert organization.logo is None
    assert manager.get(f"/media/{kept}").status_code == 404
    assert "remove_logo" not in Page(manager.get(address(organization))).html


@pytest.mark.parametrize(
    ("content", "name", "accent", "field", "sentence"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "logo.svg", "#000000", "logo", "as PNG"),
        (b"hello", "logo.png", "#000000", "logo", "PNG, JPEG, WebP or GIF"),
        (bytes(5 * 1024 * 1024 + 1), "logo.png", "#000000", "logo", "at most 5 MB"),
        (b"", "", "red", "accent", "#ad124e"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_is_saved(
    manager: FlaskClient,
    organization: Organization,
    content: bytes,
    name: str,
    accent: str,
    field: str,
    sentence: str,
) -> None:
    answer = manager.post(address(organization), **sent(content, name, accent=accent))
    page = Page(answer)
    assert page.status == 400
    (marked,) = [known for tag, known in page.attributes if known.get("aria-invalid") == "true"]
    assert marked["id"] == field
    assert f"{field}-error" in marked["aria-describedby"].split()
    assert sentence in page.html.split(f'id="{field}-error"')[1].split("</p>")[0]
    assert page.form("").fields["accent"] == accent
    assert (organization.accent, organization.logo) == ("", None)


def test_what_is_far_too_large_is_answered_by_the_same_page(
    app: Flask, manager: FlaskClient, organization: Organization
) -> None:
    manager.post(address(organization), **sent(accent="#0a7f5c"))
    content = bytes(app.config["MAX_CONTENT_LENGTH"] + 1)
    page = Page(manager.post(address(organization), **sent(content, accent="#000000")))
    assert page.status == 413
    assert "at most 5 MB" in page.html.split('id="logo-error"')[1]
    assert page.form("").fields["accent"] == "#0a7f5c", "saving once more loses nothing"
    stranger = browser_of(app, UserFactory())
    assert stranger.post(address(organization), **sent(content)).status_code == 404
    somebody = app.test_client().post(address(organization), **sent(content))
    assert somebody.location.startswith("/sign-in")


def test_a_name_that_would_leave_the_folder_leads_nowhere(
    manager: FlaskClient, organization: Organization, media: Path
) -> None:
    manager.post(address(organization), **sent(logo(kind="JPEG"), name="../../../logo.php"))
    assert [path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file()] == [
        organization.logo
    ]
    assert str(organization.logo).startswith("logos/")
    assert str(organization.logo).endswith(".png")


def test_a_sample_ticket_shows_the_look_and_admits_nobody(
    manager: FlaskClient, organization: Organization
) -> None:
    manager.post(address(organization), **sent(logo(), accent="#0a7f5c"))
    answer = manager.get(address(organization, "/sample.pdf"))
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("application/pdf", "no-store")
    assert "spree-sounds-sample.pdf" in answer.headers["Content-Disposition"]
    (page,) = pages(answer.data)
    picture = picture_of(page, dpi=100)
    colours = {colour for _, colour in picture.getcolors(1_000_000) or []}
    assert {(0x0A, 0x7F, 0x5C), (0xC8, 0x1E, 0x50)} <= colours
    assert "This is a sample. It admits nobody" in text_of(page)
    assert "Spree Sounds" in text_of(page)
    (code,) = codes_in(picture)
    assert code == samples.CODE
    with pytest.raises(Invalid):
        checkin.verify(SYSTEM, code)


def test_a_form_of_another_site_changes_nothing(
    app: Flask, manager: FlaskClient, organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    assert manager.post(address(organization), **sent(accent="#000000")).status_code == 400
    extension.session.expire_all()
    assert organization.accent == ""
