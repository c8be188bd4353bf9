"""What an organization's tickets look like: who says so, and what becomes of the files."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from tests.factories import BuyerFactory, EventFactory, OrganizationFactory, StaffFactory, member_of
from ticketing.errors import Invalid, NotAllowed, NotFound, NotSignedIn, Unavailable
from ticketing.extensions import db as extension
from ticketing.models import ActivityLog, Organization
from ticketing.models.organizations import MANAGER, MEMBER, OWNER
from ticketing.policy import Actor
from ticketing.services import activity, organizations
from ticketing.transaction import TransactionOpen, transactional


@pytest.fixture(autouse=True)
def media(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``MEDIA_ROOT`` of this test."""
    monkeypatch.setitem(app.config, "MEDIA_ROOT", tmp_path)
    return tmp_path


def logo(colour: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (90, 30), colour).save(file, "PNG")
    return file.getvalue()


def files(media: Path) -> list[str]:
    return sorted(path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file())


def refusal(actor: Actor, organization: Organization, **look: Any) -> Invalid:
    with pytest.raises(Invalid) as refused:
        organizations.set_look(actor, organization.id, **look)
    return refused.value


@pytest.mark.parametrize("role", [OWNER, MANAGER])
def test_owners_and_managers_say_what_tickets_look_like(role: str, media: Path) -> None:
    organization = OrganizationFactory()
    actor = member_of(organization, role)
    organizations.set_look(actor, organization.uuid, accent="#0A7F5C", logo=io.BytesIO(logo()))
    assert organization.accent == "#0a7f5c"
    assert files(media) == [organization.logo]
    noted = extension.session.scalars(
        select(ActivityLog).where(ActivityLog.action == "organization_look_set")
    ).one()
    assert (noted.user_id, noted.object_id) == (actor.user_id, organization.id)
    assert noted.details == {"changed": {"accent": ["", "#0a7f5c"], "logo": [None, organization.logo]}}


def test_nobody_else_does_and_their_file_is_not_even_looked_at(media: Path) -> None:
    organization = OrganizationFactory()
    refused: list[tuple[Actor, type[Exception]]] = [
        (member_of(organization, MEMBER), NotAllowed),
        (member_of(OrganizationFactory(), OWNER), NotAllowed),
        (BuyerFactory(), NotAllowed),
        (Actor(), NotSignedIn),
    ]
    for actor, kind in refused:
        with pytest.raises(kind):
            organizations.set_look(actor, organization.id, accent="#000000", logo=b"no picture")
    assert (organization.accent, organization.logo, files(media)) == ("", None, [])
    organizations.set_look(StaffFactory(), organization.id, accent="#000000")
    with pytest.raises(NotFound):
        organizations.set_look(StaffFactory(), 10**9, accent="")


@pytest.mark.parametrize("accent", ["red", "#12345", "#1234567", "#12345g", "#123456\n", "０x", "123456"])
def test_what_is_no_colour_is_refused_and_no_file_is_kept(accent: str, media: Path) -> None:
    organization = OrganizationFactory(accent="#123456")
    refused = refusal(member_of(organization), organization, accent=accent, logo=logo())
    assert (refused.code, list(refused.fields)) == ("bad_accent", ["accent"])
    assert (organization.accent, files(media)) == ("#123456", [])


def test_what_is_no_picture_leaves_the_look_as_it_was(media: Path) -> None:
    organization = OrganizationFactory(accent="#123456")
    refused = refusal(member_of(organization), organization, accent="#000000", logo=b"<svg/>")
    assert (refused.code, list(refused.fields)) == ("picture_is_svg", ["logo"])
    assert (organization.accent, organization.logo) == ("#123456", None)


def test_a_logo_stays_until_another_or_none_is_wanted(media: Path) -> None:
    organization = OrganizationFactory()
    actor = member_of(organization)
    organizations.set_look(actor, organization.id, accent="", logo=logo())
    first = organization.logo
    organizations.set_look(actor, organization.id, accent="#000000")
    assert files(media) == [first] == [organization.logo]
    organizations.set_look(actor, organization.id, accent="", logo=logo("blue"), remove_logo=True)
    assert files(media) == [organization.logo] != [first]
    organizations.set_look(actor, organization.id, accent="", remove_logo=True)
    assert (organization.logo, files(media)) == (None, [])


def test_who_removes_a_logo_takes_it_from_nobody_else(media: Path) -> None:
    one, other = OrganizationFactory(), OrganizationFactory()
    for organization in (one, other):
        organizations.set_look(StaffFactory(), organization.id, accent="", logo=logo())
    organizations.set_look(StaffFactory(), one.id, accent="", remove_logo=True)
    assert files(media) == [other.logo]


def test_a_file_is_not_left_behind_by_a_command_that_was_refused(
    media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization = OrganizationFactory()
    actor = member_of(organization)

    def busy(*_args: Any, **_details: Any) -> None:
        raise Unavailable

    organizations.set_look(actor, organization.id, accent="", logo=logo())
    with monkeypatch.context() as patch:
        patch.setattr(activity, "record", busy)
        with pytest.raises(Unavailable):
            organizations.set_look(actor, organization.id, accent="", logo=logo("blue"))
    extension.session.expire_all()
    assert files(media) == [organization.logo]


def test_an_organization_takes_its_logo_along(media: Path) -> None:
    kept, gone = OrganizationFactory(), OrganizationFactory()
    for organization in (kept, gone):
        organizations.set_look(StaffFactory(), organization.id, accent="", logo=logo())
    EventFactory(organization=kept)
    organizations.delete(StaffFactory(), gone.id)
    with pytest.raises(Invalid):
        organizations.delete(StaffFactory(), kept.id)
    assert files(media) == [kept.logo]


def test_pictures_are_not_made_while_locks_are_held() -> None:
    organization = OrganizationFactory()
    command = transactional(organizations.set_look)
    with pytest.raises(TransactionOpen):
        command(StaffFactory(), organization.id, accent="", logo=logo())
