"""What an organization's tickets look like, chosen in a browser."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from flask import Flask
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from tests.browser.barriers import AXE, BEYOND, SMALL
from tests.browser.conftest import PHONE, sign_in
from tests.factories import MembershipFactory, OrganizationFactory
from ticketing.extensions import db as extension
from ticketing.models import Organization, User

pytestmark = [pytest.mark.browser, pytest.mark.one_database]
Visit = Callable[..., Page]


@pytest.fixture(autouse=True)
def media(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``MEDIA_ROOT`` of this test."""
    monkeypatch.setitem(app.config, "MEDIA_ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def address(user: User) -> str:
    """The page of an organization that the user owns."""
    organization = OrganizationFactory(name="Spree Sounds")
    MembershipFactory(organization=organization, user=user, role="OWNER")
    return f"/organizer/organizations/{organization.uuid}/look"


def picture(kind: str = "PNG") -> dict[str, Any]:
    """A logo as a file to choose."""
    drawn = Image.new("RGB", (320, 120), "#0a7f5c")
    ImageDraw.Draw(drawn).ellipse((20, 10, 120, 110), fill="#fff")
    file = io.BytesIO()
    drawn.save(file, kind)
    return {"name": "logo.png", "mimeType": "image/png", "buffer": file.getvalue()}


def opened(visit: Visit, user: User, address: str, **profile: Any) -> Page:
    page = visit("/sign-in", **profile)
    sign_in(page, user)
    page.goto(address)
    return page


def band(page: Page) -> str | None:
    return page.locator("[data-look-band]").get_attribute("fill")


def test_the_ticket_follows_what_is_chosen_and_then_what_is_saved(
    visit: Visit, user: User, address: str
) -> None:
    page = opened(visit, user, address)
    assert band(page) == "#ad124e"
    page.get_by_label("Pick a colour").fill("#0a7f5c")
    expect(page.get_by_label("Colour (optional)")).to_have_value("#0a7f5c")
    page.get_by_label("Logo", exact=True).set_input_files(picture())
    logo = page.locator("[data-look-logo]")
    expect(logo).to_be_visible()
    assert str(logo.get_attribute("src")).startswith("blob:")
    assert band(page) == "#0a7f5c"
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: this is what")).to_be_visible()
    assert band(page) == "#0a7f5c"
    assert str(logo.get_attribute("src")).startswith("/media/logos/")
    assert logo.evaluate("one => one.naturalWidth") == 320
    with page.expect_download() as download:
        page.get_by_role("link", name="See a sample ticket").click()
    assert download.value.suggested_filename == "spree-sounds-sample.pdf"
    assert len(pypdfium2.PdfDocument(download.value.path())) == 1
    page.get_by_label("Use no logo any more").check()
    expect(logo).to_be_hidden()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved: this is what")).to_be_visible()
    extension.session.expire_all()
    assert extension.session.query(Organization.logo, Organization.accent).one() == (None, "#0a7f5c")


def test_without_scripts_a_colour_is_typed_and_a_file_is_sent(visit: Visit, user: User, address: str) -> None:
    page = opened(visit, user, address, java_script_enabled=False)
    expect(page.get_by_label("Pick a colour")).to_be_hidden()
    page.get_by_label("Colour (optional)").fill("#123456")
    page.get_by_label("Logo", exact=True).set_input_files(picture("JPEG"))
    page.get_by_role("button", name="Save").click()
    expect(page.locator("[data-look-logo]")).to_be_visible()
    assert band(page) == "#123456"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_has_no_barrier_with_a_look_and_with_mistakes(
    visit: Visit, user: User, address: str, scheme: str
) -> None:
    page = opened(visit, user, address, color_scheme=scheme, viewport={"width": 320, "height": 844})
    for colour, chosen in (("#fff8c9", picture()), ("red", {**picture(), "buffer": b"<svg/>"})):
        page.get_by_label("Colour (optional)").fill(colour)
        page.get_by_label("Logo", exact=True).set_input_files(chosen)
        page.get_by_role("button", name="Save").click()
        page.wait_for_selector(".problems" if colour == "red" else ".specimen img[src*='/media/']")
        page.evaluate(AXE)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        assert [(one["id"], [node["html"][:120] for node in one["nodes"]]) for one in found] == []
        assert page.evaluate(BEYOND) <= 0
        assert page.evaluate(SMALL) == []


def test_far_too_much_is_answered_with_a_sentence(
    visit: Visit, user: User, address: str, tmp_path: Path
) -> None:
    (tmp_path / "huge.png").write_bytes(bytes(14 * 1024 * 1024))
    page = opened(visit, user, address, viewport=PHONE)
    page.get_by_label("Logo", exact=True).set_input_files(tmp_path / "huge.png")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("link", name="A picture has at most 5 MB.")).to_be_visible()
