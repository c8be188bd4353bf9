"""The page on which organizers give an event its picture."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from tests.factories import EventFactory, MembershipFactory, OrganizationFactory
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing.extensions import db as extension
from ticketing.models import Event, Organization
from ticketing.models.organizations import MANAGER, MEMBER, OWNER


@pytest.fixture(autouse=True)
def media(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``MEDIA_ROOT`` of this test."""
    monkeypatch.setitem(app.config, "MEDIA_ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def organization(app: Flask) -> Organization:
    return OrganizationFactory()


@pytest.fixture
def event(organization: Organization) -> Event:
    return EventFactory(organization=organization)


@pytest.fixture
def manager(app: Flask, organization: Organization) -> FlaskClient:
    """The browser of somebody who manages it."""
    return browser_of(app, MembershipFactory(organization=organization, role=MANAGER).user)


def at(event: Event, more: str = "") -> str:
    return f"/organizer/events/{event.uuid}/cover{more}"


def photograph(kind: str = "JPEG", size: tuple[int, int] = (2400, 1200)) -> bytes:
    file, notes = io.BytesIO(), Image.Exif()
    notes[0x010E] = "taken at home"
    Image.new("RGB", size, "#0a7f5c").save(file, kind, exif=notes)
    return file.getvalue()


def sent(content: bytes, name: str = "cover.jpg") -> dict[str, Any]:
    return {"data": {"picture": (io.BytesIO(content), name)}, "content_type": "multipart/form-data"}


def kept(media: Path) -> set[str]:
    return {path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file()}


def test_a_photograph_is_drawn_anew_in_two_sizes_and_shown(
    manager: FlaskClient, client: FlaskClient, event: Event, media: Path
) -> None:
    slug = event.slug
    assert manager.post(at(event), **sent(photograph())).status_code == 303
    extension.session.expire_all()
    assert kept(media) == {event.banner_image, event.thumbnail_image}
    for name, size in ((event.banner_image, (1600, 800)), (event.thumbnail_image, (800, 400))):
        assert str(name).startswith("covers/")
        content = (media / str(name)).read_bytes()
        assert b"taken at home" not in content
        with Image.open(io.BytesIO(content)) as picture:
            assert (picture.format, picture.size) == ("WEBP", size)
    assert f"/media/{event.banner_image}" in Page(client.get(f"/events/{slug}")).html
    picture = client.get(f"/media/{event.banner_image}")
    assert (picture.status_code, picture.mimetype) == (200, "image/webp")


def test_another_picture_takes_the_place_of_the_first_and_removal_leaves_none(
    manager: FlaskClient, event: Event, media: Path
) -> None:
    manager.post(at(event), **sent(photograph()))
    first = kept(media)
    manager.post(at(event), **sent(photograph("PNG", (300, 200))))
    assert len(kept(media)) == 2
    assert not kept(media) & first
    assert "Remove the picture" in Page(manager.get(at(event))).text
    assert manager.post(at(event, "/remove")).status_code == 303
    extension.session.expire_all()
    assert (event.banner_image, event.thumbnail_image, kept(media)) == (None, None, set())
    assert "Remove the picture" not in Page(manager.get(at(event))).text


def test_pictures_that_were_not_taken_in_here_stay_where_they_are(
    manager: FlaskClient, event: Event, media: Path
) -> None:
    (media / "events/demo").mkdir(parents=True)
    (media / "events/demo/shared.webp").write_bytes(photograph("WEBP"))
    event.banner_image = event.thumbnail_image = "events/demo/shared.webp"
    extension.session.flush()
    manager.post(at(event, "/remove"))
    assert kept(media) == {"events/demo/shared.webp"}


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"", "", "choose a file"),
        (b"hello", "cover.jpg", "PNG, JPEG, WebP or GIF"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "cover.svg", "SVG"),
        (bytes(5 * 1024 * 1024 + 1), "cover.jpg", "at most 5 MB"),
    ],
)
def test_what_is_no_picture_is_refused_beside_the_field(
    manager: FlaskClient, event: Event, media: Path, content: bytes, name: str, sentence: str
) -> None:
    page = Page(manager.post(at(event), **sent(content, name)))
    assert page.status == 400
    assert sentence in page.html.split('id="picture-error"')[1].split("</p>")[0]
    assert kept(media) == set()


def test_what_is_far_too_large_is_answered_by_the_same_page(
    app: Flask, manager: FlaskClient, event: Event
) -> None:
    content, address = bytes(app.config["MAX_CONTENT_LENGTH"] + 1), at(event)
    page = Page(manager.post(address, **sent(content)))
    assert page.status == 413
    assert "at most 5 MB" in page.html.split('id="picture-error"')[1]
    stranger = browser_of(app, MembershipFactory(role=OWNER).user)
    assert stranger.post(address, **sent(content)).status_code == 404
    elsewhere = Page(manager.post("/organizer/events/new", **sent(content)))
    assert elsewhere.status == 413
    assert "<header" in elsewhere.html, "the house's own page of errors"


def test_members_may_not_and_strangers_find_nothing(
    app: Flask, event: Event, organization: Organization, media: Path
) -> None:
    member = MembershipFactory(organization=organization, role=MEMBER).user
    stranger = MembershipFactory(role=OWNER).user
    for user, status in ((member, 403), (stranger, 404)):
        browser = browser_of(app, user)
        assert browser.get(at(event)).status_code == status
        assert browser.post(at(event), **sent(photograph())).status_code == status
        assert browser.post(at(event, "/remove")).status_code == status
    assert kept(media) == set()
