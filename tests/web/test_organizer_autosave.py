"""Drafts that are kept while they are written, and two who write at once."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.factories import EventFactory, MembershipFactory, OfferFactory, OrganizationFactory, VenueFactory
from tests.web.conftest import browser_of
from tests.web.page import Page
from tests.web.test_organizer_editor import NEW, beside, boxes, edit, written
from ticketing.extensions import db as extension
from ticketing.models import Event, Organization, Venue
from ticketing.models.organizations import MANAGER, OWNER

KEEP_NEW = "/organizer/events/autosave"


@pytest.fixture
def organization(app: Flask) -> Organization:
    return OrganizationFactory(name="Lantern Company")


@pytest.fixture
def manager(app: Flask, organization: Organization) -> FlaskClient:
    """The browser of somebody who manages it."""
    return browser_of(app, MembershipFactory(organization=organization, role=MANAGER).user)


@pytest.fixture
def draft(organization: Organization) -> Event:
    return EventFactory(organization=organization, title="Walk", status="draft", published_at=None)


def keep(event: Event) -> str:
    return f"/organizer/events/{event.uuid}/autosave"


def venue_of(event: Event) -> str:
    """What the choice of its place says."""
    return str(extension.session.get_one(Venue, event.venue_id).uuid)


def form_of(event: Event, browser: FlaskClient, **typed: Any) -> dict[str, Any]:
    """What the edit page would send if only this were typed."""
    page = Page(browser.get(edit(event)))
    empty = {name for name, is_ticked in boxes(page).items() if not is_ticked}
    stored = {name: value for name, value in page.form("").fields.items() if name not in empty}
    chosen = {"venue": venue_of(event), "category": "", "timezone": event.timezone}
    texts = {name: getattr(event, name) for name in ("description", "terms_and_conditions", "refund_policy")}
    return stored | chosen | texts | {"check_in_policy": event.check_in_policy} | typed


# ---------------------------------------------------------------- while it is written


def test_a_draft_is_kept_and_its_next_version_told(manager: FlaskClient, draft: Event) -> None:
    sent = form_of(draft, manager, title="Lantern Walk", tags=" jazz ,Open  air, jazz,")
    first = manager.post(keep(draft), data=sent)
    assert (first.status_code, first.json["saved"], first.json["except_for"]) == (200, True, [])
    extension.session.expire_all()
    assert (draft.title, draft.tags) == ("Lantern Walk", "jazz, Open air")
    assert first.json["version"] != sent["version"]
    sent |= {"title": "Lanterns", "version": first.json["version"]}
    assert manager.post(keep(draft), data=sent).json["saved"]
    extension.session.expire_all()
    assert draft.title == "Lanterns"


@pytest.mark.parametrize(
    ("typed", "label"),
    [
        ({"capacity": "many"}, "Capacity"),
        ({"ends_at": "2020-01-01T10:00"}, "Ends"),
        ({"title": " "}, "Title"),
        ({"venue": "", "venue_name": "Barn"}, "City"),
        ({"is_free": "y"}, "This event is free"),
        ({"age_restriction": "0"}, "Minimum age"),
    ],
)
def test_what_is_wrong_is_named_and_everything_else_is_kept(
    manager: FlaskClient, draft: Event, typed: dict[str, str], label: str
) -> None:
    OfferFactory(event=draft, price=900)
    before = {column.key: getattr(draft, column.key) for column in Event.__table__.columns}
    sent = form_of(draft, manager, short_description="By candlelight.", **typed)
    answer = manager.post(keep(draft), data=sent)
    assert (answer.status_code, answer.json["saved"]) == (200, True)
    assert label in answer.json["except_for"]
    extension.session.expire_all()
    after = {column.key: getattr(draft, column.key) for column in Event.__table__.columns}
    changed = {name for name in before if before[name] != after[name]} - {"updated_at", "category_id"}
    assert changed == {"short_description"}, "good values are not written over by wrong ones"


def test_a_new_event_becomes_a_draft_once_it_can_be_one(
    manager: FlaskClient, organization: Organization
) -> None:
    venue, once = VenueFactory(), Page(manager.get(NEW)).form("").fields["once"]
    early = manager.post(KEEP_NEW, data=written(once=once, starts_at="", venue=""))
    assert (early.status_code, early.json["saved"]) == (200, False)
    assert early.json["waiting"] == ["Place", "Starts"]
    assert extension.session.query(Event).count() == 0
    born = manager.post(KEEP_NEW, data=written(once=once, venue=str(venue.uuid), capacity="many"))
    assert (born.json["saved"], born.json["except_for"]) == (True, ["Capacity"])
    event = extension.session.query(Event).one()
    assert (event.status, event.organization_id) == ("draft", organization.id)
    assert born.json["address"] == edit(event)
    # Its answer was lost on the way: the next try changes what was made.
    again = manager.post(KEEP_NEW, data=written(once=once, venue=str(venue.uuid), title="Lanterns"))
    assert (again.json["saved"], again.json["address"]) == (True, edit(event))
    assert extension.session.query(Event.title).scalar() == "Lanterns"


def test_a_published_event_is_never_kept_by_itself(manager: FlaskClient, organization: Organization) -> None:
    event = EventFactory(organization=organization, title="Walk")
    assert "data-autosave" not in Page(manager.get(edit(event))).html
    answer = manager.post(keep(event), data=form_of(event, manager, title="Lanterns"))
    assert (answer.status_code, answer.json["saved"]) == (400, False)
    assert "published by now" in answer.json["why"]
    extension.session.expire_all()
    assert event.title == "Walk"


def test_strangers_find_no_draft_to_keep(app: Flask, client: FlaskClient, draft: Event) -> None:
    stranger = browser_of(app, MembershipFactory(role=OWNER).user)
    assert stranger.post(keep(draft), data=written()).status_code == 404
    assert client.post(keep(draft), data=written()).location.startswith("/sign-in")
    assert draft.title == "Walk"


def test_the_link_of_an_unlisted_draft_is_told_with_it(manager: FlaskClient, draft: Event) -> None:
    assert manager.post(keep(draft), data=form_of(draft, manager)).json["link"] == ""
    told = manager.post(keep(draft), data=form_of(draft, manager, is_unlisted="y")).json["link"]
    extension.session.expire_all()
    assert told.endswith(f"/events/{draft.slug}")
    assert len(draft.slug) > 26


# ---------------------------------------------------------------- two at once


def test_who_saves_over_somebody_elses_change_is_asked_and_loses_nothing(
    manager: FlaskClient, organization: Organization
) -> None:
    event = EventFactory(organization=organization, title="Walk", short_description="")
    mine = form_of(event, manager, title="Lantern Walk")
    theirs = form_of(event, manager, short_description="By candlelight.", capacity="70")
    assert manager.post(edit(event), data=theirs).status_code == 303
    asked = Page(manager.post(edit(event), data=mine))
    assert asked.status == 409
    assert "Somebody else has changed this event" in asked.text
    for stored in ("By candlelight.", "70", "Walk"):
        assert f"<dd>{stored}</dd>" in asked.html
    shown = asked.form("").fields
    assert shown["title"] == "Lantern Walk"
    assert shown["version"] != mine["version"]
    assert 'data-guard="typed"' in asked.html
    extension.session.expire_all()
    assert (event.title, event.capacity) == ("Walk", 70)
    assert manager.post(edit(event), data=mine | {"version": shown["version"]}).status_code == 303
    extension.session.expire_all()
    assert (event.title, event.short_description) == ("Lantern Walk", "")


def test_a_draft_that_two_write_is_not_kept_over_the_others_words(manager: FlaskClient, draft: Event) -> None:
    mine, theirs = form_of(draft, manager, title="Mine"), form_of(draft, manager, title="Theirs")
    assert manager.post(keep(draft), data=theirs).json["saved"]
    answer = manager.post(keep(draft), data=mine)
    assert (answer.status_code, answer.json["saved"]) == (409, False)
    extension.session.expire_all()
    assert draft.title == "Theirs"


def test_what_else_changes_an_event_is_no_reason_to_ask(manager: FlaskClient, draft: Event) -> None:
    sent = form_of(draft, manager, title="Lantern Walk")
    draft.lowest_price, draft.banner_image = 700, "covers/x.webp"
    extension.session.commit()
    assert manager.post(edit(draft), data=sent).status_code == 303
    extension.session.expire_all()
    assert draft.title == "Lantern Walk"


# ---------------------------------------------------------------- twice


def test_a_form_that_is_sent_twice_makes_one_event(manager: FlaskClient) -> None:
    sent = written(venue=str(VenueFactory().uuid), once=Page(manager.get(NEW)).form("").fields["once"])
    first, second = manager.post(NEW, data=sent), manager.post(NEW, data=sent)
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    assert extension.session.query(Event).count() == 1


def test_a_form_that_comes_back_with_something_else_asks_before_it_makes_a_second_event(
    manager: FlaskClient,
) -> None:
    sent = written(venue=str(VenueFactory().uuid), once=Page(manager.get(NEW)).form("").fields["once"])
    manager.post(NEW, data=sent)
    asked = Page(manager.post(NEW, data=sent | {"title": "Another"}))
    assert (asked.status, asked.form("").fields["title"]) == (409, "Another")
    assert "“Lantern Walk” already" in asked.text
    assert [event.title for event in extension.session.query(Event)] == ["Lantern Walk"]
    again = sent | {"title": "Another", "once": asked.form("").fields["once"]}
    assert manager.post(NEW, data=again).status_code == 303
    assert extension.session.query(Event).count() == 2


# ---------------------------------------------------------------- what else the form says


def test_every_field_is_kept_and_shown_again(manager: FlaskClient, draft: Event) -> None:
    typed = {
        "tags": "jazz, open air", "age_restriction": "16", "is_free": "y", "is_unlisted": "y",
        "capacity": "90",
        "tickets_per_account": "4", "check_in_policy": "daily_entry", "short_description": "By candlelight.",
        "terms_and_conditions": "*Shoes*", "refund_policy": "None.",
    }  # fmt: skip
    assert manager.post(edit(draft), data=form_of(draft, manager, **typed)).status_code == 303
    extension.session.expire_all()
    assert (draft.tags, draft.age_restriction, draft.is_free, draft.is_unlisted) == (
        "jazz, open air",
        16,
        True,
        True,
    )
    assert (draft.capacity, draft.tickets_per_account, draft.check_in_policy) == (90, 4, "daily_entry")
    page = Page(manager.get(edit(draft)))
    fields = page.form("").fields
    for name in ("tags", "age_restriction", "tickets_per_account", "capacity", "short_description"):
        assert fields[name] == typed[name]
    assert boxes(page) == {"is_free": True, "is_unlisted": True}
    assert "How to format" in page.text
    assert ("Rules", "#rules") in page.links


def test_an_unlisted_event_shows_its_link_and_gives_another(
    manager: FlaskClient, client: FlaskClient, organization: Organization
) -> None:
    event = EventFactory(organization=organization, title="Walk", slug="walk")
    assert manager.post(edit(event), data=form_of(event, manager, is_unlisted="y")).status_code == 303
    extension.session.expire_all()
    first = event.slug
    assert f"/events/{first}" in Page(manager.get(edit(event))).html
    assert client.get(f"/events/{first}").status_code == 200
    again = manager.post(f"/organizer/events/{event.uuid}/link")
    assert again.status_code == 303
    assert client.get(f"/events/{first}").status_code == 404
    extension.session.expire_all()
    assert client.get(f"/events/{event.slug}").status_code == 200


def test_a_listed_event_has_no_link_to_renew(manager: FlaskClient, draft: Event) -> None:
    slug = draft.slug
    manager.post(f"/organizer/events/{draft.uuid}/link")
    assert "its link is no secret" in Page(manager.get(edit(draft))).text
    assert draft.slug == slug


def test_what_was_called_off_is_kindly_not_edited(manager: FlaskClient, organization: Organization) -> None:
    event = EventFactory(organization=organization, title="Walk", status="cancelled")
    page = Page(manager.get(edit(event)))
    assert "This event was called off" in page.text
    assert not [form for form in page.forms if "title" in form.fields]
    assert page.link("Make a copy") == f"/organizer/events/{event.uuid}/duplicate"
    refused = Page(manager.post(edit(event), data=written(venue=venue_of(event))))
    assert refused.status == 400
    assert "Nothing of what you typed was saved" in refused.text
    extension.session.expire_all()
    assert event.title == "Walk"


def test_a_free_event_announces_no_price_and_sells_none(manager: FlaskClient, draft: Event) -> None:
    draft.base_price = 500
    extension.session.commit()
    sent = form_of(draft, manager, is_free="y")
    assert manager.post(edit(draft), data=sent).status_code == 303
    extension.session.expire_all()
    assert (draft.is_free, draft.base_price) == (True, None)
    draft.is_free = False
    OfferFactory(event=draft, price=900)
    extension.session.commit()
    page = Page(manager.post(edit(draft), data=form_of(draft, manager, is_free="y")))
    assert page.status == 400
    assert "have a price" in page.text
    assert beside(Page(manager.post(edit(draft), data=sent | {"version": "", "tags": "x" * 501})), "tags")
