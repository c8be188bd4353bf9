"""Events' pictures: taken in whole or not at all, by those who manage the event."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image

from tests.factories import EventFactory, OrganizationFactory, member_of
from ticketing.errors import Invalid, NotAllowed, NotFound, Refusal
from ticketing.models import Event
from ticketing.models.organizations import MANAGER, MEMBER
from ticketing.services import covers, pictures


@pytest.fixture(autouse=True)
def media(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``MEDIA_ROOT`` of this test."""
    monkeypatch.setitem(app.config, "MEDIA_ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def draft(app: Flask) -> Event:
    return EventFactory(status="draft", published_at=None)


def picture() -> bytes:
    file = io.BytesIO()
    Image.new("RGBA", (90, 60), (10, 127, 92, 128)).save(file, "PNG")
    return file.getvalue()


def kept(media: Path) -> list[Path]:
    return [path for path in media.rglob("*") if path.is_file()]


def test_only_those_who_manage_an_event_give_it_a_picture_or_take_it_away(draft: Event, media: Path) -> None:
    member = member_of(draft.organization, MEMBER)
    for actor, refusal in ((member, NotAllowed), (member_of(OrganizationFactory()), NotFound)):
        with pytest.raises(refusal):
            covers.set_cover(actor, draft.id, picture())
        with pytest.raises(refusal):
            covers.remove(actor, draft.id)
    assert kept(media) == []


def test_what_shows_through_is_white(draft: Event, media: Path) -> None:
    covers.set_cover(member_of(draft.organization, MANAGER), draft.id, picture())
    with Image.open(media / str(draft.banner_image)) as shown:
        assert shown.mode == "RGB"
        red, green, blue = shown.getpixel((45, 30))
    assert min(red, green, blue) > 100


def test_of_a_picture_that_cannot_be_kept_whole_nothing_is_kept(
    draft: Event, media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    manager = member_of(draft.organization, MANAGER)
    take_in = pictures.take_in

    def fail_at_the_small_one(*given: object, box: tuple[int, int], **options: object) -> str:
        if box == pictures.THUMBNAIL_BOX:
            raise Invalid("picture_unreadable", "No.", field="picture")
        return take_in(*given, box=box, **options)

    monkeypatch.setattr(pictures, "take_in", fail_at_the_small_one)
    with pytest.raises(Refusal):
        covers.set_cover(manager, draft.id, picture())
    assert kept(media) == []
    assert draft.banner_image is None
