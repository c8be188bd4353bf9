"""What is on no list: nobody finds it by counting, and who was told where it is sees it."""

from __future__ import annotations

import re

import pytest

from tests.api.conftest import Api, organization_of
from tests.factories import (
    BuyerFactory,
    EventFactory,
    OfferFactory,
    OrderFactory,
    StaffFactory,
    SupportFactory,
    UserFactory,
    member_of,
)
from ticketing.extensions import db as extension
from ticketing.models import ActivityLog, Event, Offer
from ticketing.policy import Actor
from ticketing.services import events, listing
from ticketing.services.slugs import free_slug, secret_slug, without_secret

SECRET = re.compile(r"lantern-walk-[a-z2-7]{26}")


@pytest.fixture
def offer(api: Api) -> Offer:
    """What an unlisted event sells."""
    event = EventFactory(title="Whisper", is_unlisted=True, is_featured=True, slug="whisper-" + "a" * 26)
    return OfferFactory(event=event)


@pytest.fixture
def manager(offer: Offer) -> Actor:
    return member_of(organization_of(offer), "MANAGER")


def named(event: Event, key: object) -> list[str]:
    """Addresses of the event and of what it sells."""
    return [
        f"/api/v1/events/{key}/",
        f"/api/v1/events/{key}/tickets/",
        f"/api/v1/events/{key}/available-tickets/",
        f"/api/events/{key}/",
        f"/api/tickets/types/by_event/?event_id={key}",
    ]


def test_a_number_leads_strangers_nowhere_and_what_nobody_guesses_leads_there(api: Api, offer: Offer) -> None:
    event, kind = extension.session.get_one(Event, offer.event_id), offer.ticket_type
    sold = [
        ("/api/v1/tickets/{}/", offer.id, offer.uuid),
        ("/api/tickets/types/{}/", kind.id, kind.uuid),
    ]
    for by in (api, api.by(BuyerFactory())):
        assert [by.get(path).status_code for path in named(event, event.id)] == [404] * 5
        assert [by.get(path).status_code for path in named(event, event.uuid)] == [200] * 5
        assert [by.get(path).status_code for path in named(event, event.slug)[:4]] == [200] * 4
        for path, number, uuid in sold:
            assert by.get(path.format(number)).status_code == 404
            assert by.get(path.format(uuid)).status_code == 200


def test_its_people_support_and_who_has_ordered_find_it_by_its_number(
    api: Api, offer: Offer, manager: Actor
) -> None:
    event = extension.session.get_one(Event, offer.event_id)
    buyer = UserFactory()
    OrderFactory(event=event, user=buyer)
    for actor in (
        manager,
        member_of(organization_of(offer), "MEMBER"),
        StaffFactory(),
        SupportFactory(),
        buyer,
    ):
        by = api.by(actor)
        assert by.get(f"/api/v1/events/{event.id}/").status_code == 200
        assert by.get(f"/api/events/{event.id}/").status_code == 200


def test_no_list_has_it(api: Api, offer: Offer) -> None:
    event = extension.session.get_one(Event, offer.event_id)
    lists = [
        "/api/v1/events/", "/api/v1/events/?search=whisper", "/api/v1/events/?status=PUBLISHED",
        f"/api/v1/events/?organization={event.organization_id}",
        f"/api/v1/organizations/{event.organization_id}/events/",
        f"/api/v1/venues/{event.venue_id}/schedule/",
        "/api/v1/tickets/", f"/api/v1/tickets/?event={event.id}",
        "/api/events/", "/api/events/?search=whisper", "/api/events/upcoming/", "/api/events/featured/",
        "/api/tickets/types/", "/api/tickets/types/available/", f"/api/tickets/types/?event={event.id}",
    ]  # fmt: skip
    for by in (api, api.by(BuyerFactory())):
        for path in lists:
            answer = by.get(path)
            assert answer.status_code in (200, 401, 404), path
            text = answer.get_data(as_text=True)
            assert not any(told in text for told in ("Whisper", str(event.uuid), str(offer.uuid))), path
            if answer.status_code == 200:
                rows = answer.json if isinstance(answer.json, list) else answer.json["results"]
                assert rows == [], path


def test_strangers_who_would_change_it_are_told_that_there_is_none(api: Api, offer: Offer) -> None:
    stranger = api.by(member_of(organization_of(EventFactory()), "OWNER"))
    path = f"/api/v1/events/{offer.event_id}/"
    assert stranger.delete(path).status_code == stranger.patch(path, {"title": "x"}).status_code == 404
    assert stranger.post(f"{path}publish/").status_code == stranger.post(f"{path}cancel/").status_code == 404
    assert api.delete(path).status_code == 401


def test_off_the_lists_its_address_is_a_secret_and_back_on_them_a_plain_one(api: Api) -> None:
    event = EventFactory(title="Lantern Walk", slug="lantern-walk")
    manager = member_of(event.organization, "MANAGER")
    events.update(manager, event.id, is_unlisted=True)
    first = event.slug
    assert SECRET.fullmatch(first)
    assert api.get("/api/events/lantern-walk/").status_code == 404
    assert api.client.get("/events/lantern-walk").status_code == 404
    page = api.client.get(f"/events/{first}")
    assert (page.status_code, 'name="robots" content="noindex"' in page.text) == (200, True)
    events.update(manager, event.id, is_unlisted=True, title="Lanterns")
    assert event.slug == first, "saved again it keeps its address"
    listing.new_link(manager, event.id)
    assert SECRET.fullmatch(event.slug)
    assert event.slug != first
    assert api.client.get(f"/events/{first}").status_code == 404
    EventFactory(slug="lantern-walk")
    events.update(manager, event.id, is_unlisted=False)
    assert event.slug == "lantern-walk-2", "somebody else has taken the plain one"


def test_a_listed_event_has_no_secret_link_and_keeps_its_slug(api: Api) -> None:
    slug = "evening-with-" + "b" * 26
    event = EventFactory(slug=slug)
    manager = member_of(event.organization, "MANAGER")
    events.update(manager, event.id, is_unlisted=False, title="Another")
    assert event.slug == slug
    with pytest.raises(events.Invalid) as refused:
        listing.new_link(manager, event.id)
    assert refused.value.code == "listed"
    assert event.slug == slug


def test_a_secret_has_more_than_a_hundred_bits_and_fits_behind_the_longest_slug() -> None:
    made = {secret_slug("x" * 270) for _ in range(200)}
    assert len(made) == 200
    assert all(len(slug) <= 280 and without_secret(slug) == "x" * 200 for slug in made)
    assert 32**26 > 2**100
    letters = {letter for slug in made for letter in slug[-26:]}
    assert len(letters) == 32, "each letter is as likely as any other"


def test_the_secret_stays_out_of_the_activity_log(api: Api) -> None:
    event = EventFactory(title="Lantern Walk", slug="lantern-walk")
    manager = member_of(event.organization, "MANAGER")
    events.update(manager, event.id, is_unlisted=True)
    listing.new_link(manager, event.id)
    logged = [str(row.details) for row in extension.session.query(ActivityLog)]
    assert logged
    assert not any(event.slug[-26:] in details for details in logged)
    assert free_slug(Event, "Lantern Walk") == "lantern-walk"
