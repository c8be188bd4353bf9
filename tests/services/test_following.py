"""Following an organization, and being told of what it publishes: once, through a real mail server."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from tests.factories import (
    BuyerFactory,
    EventFactory,
    FollowFactory,
    OfferFactory,
    OrganizationFactory,
    UserFactory,
    member_of,
)
from ticketing import clock
from ticketing.errors import Invalid, NotFound, NotSignedIn
from ticketing.extensions import db as extension
from ticketing.jobs import outbox
from ticketing.models import ActivityLog, Event, Follow, Organization, OutboxMessage
from ticketing.models.events import DRAFT
from ticketing.policy import ANONYMOUS, SYSTEM, Actor
from ticketing.services import events, following, notifications


@pytest.fixture
def organization(app: Flask) -> Organization:
    """One that the public knows."""
    made: Organization = OrganizationFactory(name="Spree Sounds", slug="spree")
    EventFactory(organization=made)
    return made


def draft(organization: Organization, **details: Any) -> Event:
    event: Event = EventFactory(organization=organization, status=DRAFT, published_at=None, **details)
    OfferFactory(event=event)
    return event


def follows(number: int | None, organization: Organization) -> int:
    wanted = select(func.count()).where(Follow.user_id == number, Follow.organization_id == organization.id)
    return extension.session.scalar(wanted) or 0


def promised(kind: str = notifications.NEW_EVENT) -> list[OutboxMessage]:
    extension.session.expire_all()
    return list(extension.session.scalars(select(OutboxMessage).where(OutboxMessage.kind == kind)))


def test_following_twice_is_following_once(organization: Organization) -> None:
    buyer = BuyerFactory()
    for _ in range(2):
        following.follow(buyer, "spree")
    assert follows(buyer.user_id, organization) == 1
    for _ in range(2):
        following.unfollow(buyer, "spree")
    assert follows(buyer.user_id, organization) == 0
    noted = extension.session.scalars(select(ActivityLog.action).order_by(ActivityLog.id)).all()
    assert noted == ["organization_followed", "organization_unfollowed"]


def test_only_accounts_follow_and_only_what_the_public_knows(organization: Organization) -> None:
    with pytest.raises(NotSignedIn):
        following.follow(ANONYMOUS, "spree")
    hidden = OrganizationFactory(slug="hidden")
    draft(hidden)
    for key in ("hidden", "nobody", "\x00", hidden.id):
        with pytest.raises(NotFound):
            following.follow(BuyerFactory(), key)


def test_followers_are_told_of_an_event_in_their_language(organization: Organization, smtp_sink: Any) -> None:
    owner = member_of(organization)
    told = UserFactory(email="told@example.org")
    FollowFactory(user=told, organization=organization)
    FollowFactory(organization=OrganizationFactory())
    FollowFactory(user=UserFactory(is_active=False), organization=organization)
    event = draft(organization, title="Night <Music>", short_description="By the river")
    events.publish(owner, event.id)
    outbox.deliver_due()
    (letter,) = smtp_sink.messages
    assert letter["to"] == "told@example.org"
    assert letter["subject"] == "New from Spree Sounds: Night <Music>"
    text, page = (letter.get_body((form,)).get_content() for form in ("plain", "html"))
    for words in (f"/events/{event.slug}", "By the river", "because you follow Spree Sounds"):
        assert words in text
        assert words in page
    assert "Night &lt;Music&gt;" in page


def test_the_way_out_of_a_mail_needs_no_account(organization: Organization, smtp_sink: Any) -> None:
    told = UserFactory()
    FollowFactory(user=told, organization=organization)
    other = FollowFactory(organization=organization)
    events.publish(SYSTEM, draft(organization).id)
    outbox.deliver_due()
    letter = next(one for one in smtp_sink.messages if one["to"] == told.email)
    assert letter["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    (address,) = re.findall(r"<(http\S+)>", letter["list-unsubscribe"].replace("\n", ""))
    token = address.partition("?token=")[2]
    assert address in letter.get_body(("plain",)).get_content()
    for _ in range(2):
        assert following.unsubscribe(token).id == organization.id
    assert follows(told.id, organization) == 0
    assert follows(other.user_id, organization) == 1


@pytest.mark.parametrize("token", ["", "x", "\x00", "WzEsMV0.nonsense", "\ud800"])
def test_a_made_up_way_out_leads_nowhere(organization: Organization, token: str) -> None:
    for deed in (following.unsubscribe, following.read_token):
        with pytest.raises(Invalid):
            deed(token)


def test_nobody_is_told_twice(organization: Organization, smtp_sink: Any) -> None:
    FollowFactory(organization=organization)
    event = draft(organization)
    events.publish(SYSTEM, event.id)
    with pytest.raises(Invalid):
        events.publish(SYSTEM, event.id)
    (message,) = promised(following.TELL)
    for _ in range(2):
        assert following.carry_out(message.id) is None
    event.status = DRAFT
    extension.session.commit()
    events.publish(SYSTEM, event.id)
    outbox.deliver_due()
    assert len(promised(following.TELL)) == 1
    assert len(smtp_sink.messages) == 1


def test_of_what_is_on_no_list_nobody_is_told(organization: Organization) -> None:
    FollowFactory(organization=organization)
    events.publish(SYSTEM, draft(organization, is_unlisted=True).id)
    assert promised(following.TELL) == []


def test_of_what_ended_or_was_hidden_meanwhile_nobody_is_told(
    organization: Organization, smtp_sink: Any
) -> None:
    FollowFactory(organization=organization)
    for change in ({"status": "cancelled"}, {"is_unlisted": True}, {"status": DRAFT}):
        event = draft(organization)
        events.publish(SYSTEM, event.id)
        for column, value in change.items():
            setattr(event, column, value)
        extension.session.commit()
    begun = draft(organization)
    events.publish(SYSTEM, begun.id)
    with time_machine.travel(begun.starts_at + timedelta(minutes=1)):
        outbox.deliver_due()
    assert promised() == []
    assert smtp_sink.messages == []


def test_who_stops_before_the_mail_goes_out_gets_none(organization: Organization, smtp_sink: Any) -> None:
    user = UserFactory()
    FollowFactory(user=user, organization=organization)
    events.publish(SYSTEM, draft(organization).id)
    (message,) = promised(following.TELL)
    following.carry_out(message.id)
    assert len(promised()) == 1
    following.unfollow(Actor.of(user), organization.id)
    outbox.deliver_due()
    assert smtp_sink.messages == []


def test_who_follows_later_is_not_told_of_what_was_there(organization: Organization) -> None:
    FollowFactory(organization=organization)
    events.publish(SYSTEM, draft(organization).id)
    with time_machine.travel(clock.now() + timedelta(hours=1)):
        FollowFactory(organization=organization)
        outbox.deliver_due()
    assert len(promised()) == 1


def test_batches_go_on_where_the_last_one_ended(
    organization: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(following, "BATCH", 2)
    monkeypatch.setattr(following, "MOST_WAITING", 3)
    followers = [FollowFactory(organization=organization).user_id for _ in range(7)]
    events.publish(SYSTEM, draft(organization).id)
    (message,) = promised(following.TELL)
    rounds = 0
    while (again := following.carry_out(message.id)) is not None:
        rounds += 1
        assert clock.now() < again <= clock.now() + following.PAUSE
        assert sum(one.status == "queued" for one in promised()) <= 4
        for one in promised():
            one.status = "sent"
        extension.session.commit()
    assert rounds == 2
    assert [one.payload["user_id"] for one in promised()] == followers
