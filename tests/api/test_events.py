"""Events (BTick 001 §2, 000 §4-6)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.api.conftest import Api, organization_of
from tests.factories import (
    BuyerFactory,
    EventFactory,
    OfferFactory,
    OrganizationFactory,
    StaffFactory,
    SupportFactory,
    UserFactory,
    member_of,
)
from ticketing import clock
from ticketing.services import orders

EVENTS = "/api/v1/events/"


def in_days(days: float) -> Any:
    return clock.now() + timedelta(days=days)


def titles(answer: Any) -> list[str]:
    return [row["title"] for row in answer.json]


# ---------------------------------------------------------------- reading


def test_anybody_lists_published_events_that_are_not_over_soonest_first(api: Api) -> None:
    EventFactory(title="later", starts_at=in_days(9))
    EventFactory(title="sooner", starts_at=in_days(2))
    EventFactory(title="running", starts_at=in_days(-0.01))
    EventFactory(title="over", starts_at=in_days(-2))
    EventFactory(title="draft", status="draft")
    EventFactory(title="cancelled", status="cancelled")
    EventFactory(title="unlisted", is_unlisted=True)
    assert titles(api.get(EVENTS)) == ["running", "sooner", "later"]


def test_a_list_of_events_is_one_statement_however_many_there_are(api: Api, statements: Any) -> None:
    for _ in range(5):
        OfferFactory()
    with statements() as seen:
        assert len(api.get(EVENTS).json) == 5
    assert len(seen) == 1


def test_outsiders_never_list_drafts_or_cancelled_events(api: Api) -> None:
    EventFactory(status="draft")
    EventFactory(status="cancelled")
    for caller in (api, api.by(BuyerFactory()), api.by(SupportFactory())):
        for status in ("DRAFT", "CANCELLED"):
            assert caller.get(f"{EVENTS}?status={status}").json == []


def test_members_list_their_own_drafts_and_staff_all(api: Api) -> None:
    mine = EventFactory(status="draft", title="mine")
    EventFactory(status="draft", title="other")
    for role in ("OWNER", "MANAGER", "MEMBER"):
        assert titles(api.by(member_of(organization_of(mine), role)).get(f"{EVENTS}?status=DRAFT")) == [
            "mine"
        ]
    assert sorted(titles(api.by(StaffFactory()).get(f"{EVENTS}?status=DRAFT"))) == ["mine", "other"]


def test_events_are_filtered_by_category_id_uuid_and_slug(api: Api) -> None:
    event = EventFactory()
    EventFactory()
    for key in (event.category_id, event.category.uuid, event.category.slug):
        assert titles(api.get(f"{EVENTS}?category={key}")) == [event.title]
    assert api.get(f"{EVENTS}?category=9999").json == []
    assert api.get(f"{EVENTS}?category=no-such-thing").json == []


def test_events_are_filtered_by_start_date_with_that_day_included(api: Api) -> None:
    event = EventFactory(starts_at=in_days(5).replace(hour=0, minute=0, second=0, microsecond=0))
    EventFactory(starts_at=in_days(2))
    day = event.starts_at.date().isoformat()
    for start in (day, f"{day}T00:00:00Z", f"{day}T00:00:00", f"{day}T02:00:00%2B02:00"):
        assert titles(api.get(f"{EVENTS}?starts_after={start}")) == [event.title]


def test_events_are_filtered_by_venue_organization_times_and_words(api: Api) -> None:
    event = EventFactory(title="Night of 100% noise", starts_at=in_days(5))
    EventFactory(title="Quiet", starts_at=in_days(40))
    before = in_days(20).strftime("%Y-%m-%d")
    for query in (
        f"venue={event.venue_id}",
        f"organization={event.organization.uuid}",
        f"starts_before={before}",
        f"ends_before={before}",
        "search=NOISE",
        "search=100%25",
        f"status=PUBLISHED&venue={event.venue_id}&search=night",
    ):
        assert titles(api.get(f"{EVENTS}?{query}")) == [event.title], query
    assert titles(api.get(f"{EVENTS}?ends_after={before}")) == ["Quiet"]
    assert api.get(f"{EVENTS}?search=_").json == []


@pytest.mark.parametrize("words", ["Über", "100%", "back\\slash", "under_score"])
def test_a_search_takes_its_words_literally(api: Api, words: str) -> None:
    EventFactory(title="Über 100% back\\slash under_score")
    EventFactory(title="Other 10 backslash underXscore")
    answer = api.get(EVENTS, query_string={"search": words})
    assert [title[:4] for title in titles(answer)] == ["Über"]


@pytest.mark.parametrize(
    ("ordering", "expected"),
    [
        ("title", ["a", "b", "c"]),
        ("-title", ["c", "b", "a"]),
        ("-starts_at", ["b", "c", "a"]),
        ("popularity", ["c", "a", "b"]),
        ("-popularity", ["c", "a", "b"]),
        ("nonsense", ["a", "c", "b"]),
    ],
)
def test_events_are_ordered_as_asked(api: Api, ordering: str, expected: list[str]) -> None:
    EventFactory(title="a", starts_at=in_days(1), sold_total=5)
    EventFactory(title="b", starts_at=in_days(3), sold_total=0)
    EventFactory(title="c", starts_at=in_days(2), sold_total=9)
    assert titles(api.get(f"{EVENTS}?ordering={ordering}")) == expected


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("status=draft-ish", "status"),
        ("starts_after=tomorrow", "starts_after"),
        ("starts_after=0001-01-01", "starts_after"),
        ("ends_before=9999-12-31T23:59:59-23:59", "ends_before"),
        ("search=%00", "search"),
        ("category=%00", "category"),
    ],
)
def test_a_filter_that_makes_no_sense_is_400_with_its_name(api: Api, query: str, field: str) -> None:
    answer = api.get(f"{EVENTS}?{query}")
    assert answer.status_code == 400
    assert list(answer.json["field_errors"]) == [field]


def test_empty_and_unknown_parameters_are_ignored(api: Api) -> None:
    EventFactory()
    assert len(api.get(f"{EVENTS}?category=&starts_after=&color=red").json) == 1


def test_anybody_reads_a_published_event_with_its_ticket_types(api: Api, statements: Any) -> None:
    event = EventFactory(capacity=12)
    dear = OfferFactory(event=event, price=9900, size=5)
    cheap = OfferFactory(event=event, price=1000)
    with statements() as seen:
        answer = api.get(f"{EVENTS}{event.id}/")
    assert [ticket["id"] for ticket in answer.json["tickets"]] == [cheap.id, dear.id]
    assert answer.json["tickets"][1]["price"] == "99.00"
    assert answer.json["tickets"][1]["available"] == 5
    assert len(seen) == 2


def test_a_draft_is_404_for_strangers_and_readable_for_members_and_staff(api: Api) -> None:
    event = EventFactory(status="draft")
    OfferFactory(event=event)
    for path in ("", "tickets/", "available-tickets/"):
        url = f"{EVENTS}{event.id}/{path}"
        assert api.get(url).status_code == 404
        assert api.by(BuyerFactory()).get(url).status_code == 404
        assert api.by(member_of(organization_of(event), "MEMBER")).get(url).status_code == 200
        assert api.by(StaffFactory()).get(url).status_code == 200


def test_a_cancelled_event_stays_readable(api: Api) -> None:
    event = EventFactory(status="cancelled", published_at=in_days(-1))
    assert api.get(f"{EVENTS}{event.id}/").json["status"] == "CANCELLED"


def test_available_tickets_are_those_that_are_left_the_cheapest_first(api: Api) -> None:
    event = EventFactory()
    dear, cheap = OfferFactory(event=event, price=900), OfferFactory(event=event, price=100)
    sold_out = OfferFactory(event=event, size=2)
    orders.place(BuyerFactory(), [orders.Line(sold_out.id, 2)], terms=orders.terms_for("btick"))
    answer = api.get(f"{EVENTS}{event.id}/available-tickets/")
    assert [ticket["id"] for ticket in answer.json] == [cheap.id, dear.id]
    everything = api.get(f"{EVENTS}{event.id}/tickets/")
    assert {ticket["id"] for ticket in everything.json} == {cheap.id, dear.id, sold_out.id}


def test_available_is_never_more_than_the_events_capacity_leaves(api: Api) -> None:
    boss = member_of(OrganizationFactory())
    event = EventFactory(organization=_organization_of(boss))
    api.by(boss).patch(f"{EVENTS}{event.id}/", {"capacity": 3})
    ticket = api.by(boss).post(
        "/api/v1/tickets/", {"event": event.id, "ticket_type": "VIP", "price": "10", "quota": 50}
    )
    assert ticket.json["available"] == 3
    assert ticket.json["quota"] == 50
    assert api.get(f"{EVENTS}{event.id}/available-tickets/").json[0]["available"] == 3


def test_my_events_are_those_of_all_organizations_that_i_belong_to(api: Api) -> None:
    draft, over = EventFactory(status="draft", title="draft"), EventFactory(starts_at=in_days(-9))
    for role in ("OWNER", "MANAGER", "MEMBER"):
        answer = api.by(member_of(organization_of(draft), role)).get(f"{EVENTS}my-events/")
        assert titles(answer) == ["draft"]
    assert titles(api.by(StaffFactory()).get(f"{EVENTS}my-events/")) == [over.title, "draft"]
    organizer = UserFactory(user_type="organizer")
    assert api.by(organizer).get(f"{EVENTS}my-events/").json == []


def test_my_events_are_for_organizers(api: Api) -> None:
    assert api.by(BuyerFactory()).get(f"{EVENTS}my-events/").status_code == 403
    assert api.get(f"{EVENTS}my-events/").status_code == 401


def test_my_events_take_the_same_filters(api: Api) -> None:
    event = EventFactory(status="draft")
    by = api.by(member_of(organization_of(event)))
    assert len(by.get(f"{EVENTS}my-events/?status=DRAFT").json) == 1
    assert by.get(f"{EVENTS}my-events/?status=PUBLISHED").json == []


def _organization_of(actor: Any) -> Any:
    from ticketing.extensions import db
    from ticketing.models import Membership, Organization

    found = db.session.query(Membership).filter_by(user_id=actor.user_id).one()
    return db.session.get(Organization, found.organization_id)
