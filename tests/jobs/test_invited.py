"""The mail that invites somebody into an organization, through a real mail server."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from tests.factories import OrganizationFactory, UserFactory, member_of
from ticketing.jobs import outbox
from ticketing.models.organizations import MANAGER, MEMBER, OWNER
from ticketing.policy import Actor
from ticketing.services import invitations


def link_in(letter: Any) -> str:
    """The secret of the only link."""
    (secret,) = set(
        re.findall(r"/invitation\?token=([\w-]+)", str(letter.get_body(("plain",)).get_content()))
    )
    return secret


@pytest.mark.parametrize(
    ("role", "words"),
    [
        (OWNER, "invites you to become an owner of Spree & Söhne."),
        (MANAGER, "invites you to manage the events of Spree & Söhne."),
        (MEMBER, "invites you to become a member of Spree & Söhne."),
    ],
)
def test_the_mail_says_who_offers_what_and_its_link_works(
    app: Flask, smtp_sink: Any, role: str, words: str
) -> None:
    organization = OrganizationFactory(name="Spree & Söhne")
    owner = member_of(organization)
    invitations.invite(owner, organization.id, email="guest@example.org", role=role)
    assert outbox.deliver_due() == 1
    (letter,) = smtp_sink.messages
    assert letter["to"] == "guest@example.org"
    assert letter["subject"] == "Join Spree & Söhne on Foyer"
    assert words in letter.get_body(("plain",)).get_content()
    page = letter.get_body(("html",)).get_content()
    assert words.replace("&", "&amp;") in page
    assert link_in(letter) in page
    guest = Actor.of(UserFactory(email="guest@example.org"))
    assert invitations.accept(guest, link_in(letter)).id == organization.id


def test_a_mail_that_is_sent_again_has_the_only_link_that_works(app: Flask, smtp_sink: Any) -> None:
    organization = OrganizationFactory()
    owner = member_of(organization)
    made = invitations.invite(owner, organization.id, email="guest@example.org")
    outbox.deliver_due()
    invitations.send_again(owner, organization.id, made.uuid)
    outbox.deliver_due()
    first, second = smtp_sink.messages
    assert first["message-id"] != second["message-id"]
    assert invitations.find_open(link_in(first)) is None
    assert invitations.find_open(link_in(second)) is not None


def test_what_was_taken_back_before_the_mail_went_out_is_not_sent(app: Flask, smtp_sink: Any) -> None:
    organization = OrganizationFactory()
    owner = member_of(organization)
    made = invitations.invite(owner, organization.id, email="guest@example.org")
    invitations.revoke(owner, organization.id, made.uuid)
    assert outbox.deliver_due() == 1
    assert smtp_sink.messages == []
