"""What is shown where somebody shares a link: one picture each, drawn once, of what everybody may see."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from tests.factories import EventFactory, MembershipFactory, OrganizationFactory, UserFactory, VenueFactory
from tests.web.conftest import Get, browser_of
from tests.web.test_findability import metas
from ticketing import clock
from ticketing.extensions import db as extension
from ticketing.models import Event
from ticketing.models.events import CANCELLED, DRAFT
from ticketing.web import share_images

pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def media(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of its own for pictures."""
    monkeypatch.setitem(app.config, "MEDIA_ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was drawn, and not taken from the disk."""
    asked: list[Any] = []

    def drawing(shown: Any) -> bytes:
        asked.append(shown)
        return real(shown)

    real = share_images.share_image
    monkeypatch.setattr(share_images, "share_image", drawing)
    return asked


def kept(media: Path) -> list[Path]:
    return sorted((media / "share").glob("*"))


def cover(media: Path, color: str) -> str:
    Image.new("RGB", (800, 500), color).save(media / f"{color}.webp")
    return f"{color}.webp"


def test_an_events_picture_has_the_size_that_is_asked_for(client: FlaskClient, statements: Any) -> None:
    event = EventFactory(title="Lantern Walk")
    with statements() as seen:
        answer = client.get(f"/events/{event.slug}/share.png")
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    with Image.open(io.BytesIO(answer.data)) as picture:
        assert picture.size == (1200, 630)
    assert len(answer.data) < 300_000
    assert len(seen) == 1
    assert "Set-Cookie" not in answer.headers


def test_it_is_drawn_once_whoever_asks_and_however(
    client: FlaskClient, drawn: list[Any], media: Path
) -> None:
    event = EventFactory()
    for query in ("", "?v=1", "?v=2&x=y"):
        for language in ("en", "de"):
            client.get(f"/events/{event.slug}/share.png{query}", headers={"Accept-Language": language})
    assert len(drawn) == 1
    assert len(kept(media)) == 1


def test_what_changes_on_it_has_it_drawn_anew_and_the_old_one_removed(
    client: FlaskClient, get: Get, drawn: list[Any], media: Path
) -> None:
    house = OrganizationFactory()
    event = EventFactory(title="Before", organization=house)
    addresses, pictures = set(), set()

    def look() -> None:
        addresses.add(metas(get(f"/events/{event.slug}"))["og:image"])
        pictures.add(client.get(f"/events/{event.slug}/share.png").data)

    look()
    for change in (
        {"title": "After"},
        {"starts_at": event.starts_at.replace(hour=1)},
        {"banner_image": cover(media, "red")},
        {"banner_image": cover(media, "blue")},
    ):
        for name, value in change.items():
            setattr(event, name, value)
        extension.session.commit()
        look()
    house.accent = "#00aa88"
    extension.session.commit()
    look()
    assert len(addresses) == len(pictures) == len(drawn) == 6
    assert len(kept(media)) == 1


def test_what_is_not_on_it_has_it_not_drawn_anew(client: FlaskClient, drawn: list[Any]) -> None:
    event = EventFactory()
    client.get(f"/events/{event.slug}/share.png")
    event.description = "Longer"
    extension.session.commit()
    client.get(f"/events/{event.slug}/share.png")
    assert len(drawn) == 1


def test_the_cover_is_on_it(client: FlaskClient, media: Path) -> None:
    event = EventFactory(banner_image=cover(media, "red"))
    with Image.open(io.BytesIO(client.get(f"/events/{event.slug}/share.png").data)) as picture:
        red, green, blue = picture.convert("RGB").getpixel((1100, 300))
    assert red > 200
    assert max(green, blue) < 60


@pytest.mark.parametrize(
    "name", ["gone.webp", "../../etc/passwd", "/etc/passwd", "https://pictures.example/a.png"]
)
def test_a_cover_that_cannot_be_had_is_left_out(client: FlaskClient, name: str) -> None:
    event = EventFactory(banner_image=name)
    assert client.get(f"/events/{event.slug}/share.png").status_code == 200


@pytest.mark.parametrize(
    "title", ["東京フィルハーモニー", "أمسية موسيقية", "Ночь в опере", "🎉🎉🎉", "x" * 255, " "]
)
def test_any_title_can_be_drawn(client: FlaskClient, title: str) -> None:
    event = EventFactory(title=title, venue=VenueFactory(name=title, city=""))
    assert client.get(f"/events/{event.slug}/share.png").status_code == 200


def test_who_has_it_already_is_told_so(client: FlaskClient) -> None:
    event = EventFactory()
    first = client.get(f"/events/{event.slug}/share.png")
    again = client.get(f"/events/{event.slug}/share.png", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert "max-age" in first.headers["Cache-Control"]


def test_drafts_have_none_for_anybody(app: Flask, client: FlaskClient, media: Path) -> None:
    event: Event = EventFactory(status=DRAFT)
    member = UserFactory()
    MembershipFactory(organization=event.organization, user=member)
    for visitor in (client, browser_of(app, UserFactory()), browser_of(app, member)):
        assert visitor.get(f"/events/{event.slug}/share.png").status_code == 404
    assert client.get("/events/nothing/share.png").status_code == 404
    assert kept(media) == []


def test_what_was_called_off_keeps_its_picture(client: FlaskClient) -> None:
    event = EventFactory(status=CANCELLED, published_at=clock.now())
    assert client.get(f"/events/{event.slug}/share.png").status_code == 200


def test_an_organizer_has_one_too(client: FlaskClient, get: Get) -> None:
    house = OrganizationFactory(name="Night Shift", slug="night-shift")
    assert client.get("/o/night-shift/share.png").status_code == 404
    EventFactory(organization=house)
    assert client.get("/o/night-shift/share.png").mimetype == "image/png"
    assert "/o/night-shift/share.png?v=" in metas(get("/o/night-shift"))["og:image"]


def test_while_others_are_drawn_one_is_asked_to_come_again(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, drawn: list[Any]
) -> None:
    event = EventFactory()
    monkeypatch.setattr(share_images, "_PATIENCE", 0.01)
    with share_images._drawing:
        answer = client.get(f"/events/{event.slug}/share.png")
    assert (answer.status_code, drawn) == (503, [])
    assert "Retry-After" in answer.headers
    assert client.get(f"/events/{event.slug}/share.png").status_code == 200


def test_a_disk_that_takes_nothing_in_costs_time_only(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, media: Path
) -> None:
    (media / "file").write_text("no folder")
    monkeypatch.setitem(app.config, "MEDIA_ROOT", media / "file")
    assert client.get(f"/events/{EventFactory().slug}/share.png").status_code == 200
