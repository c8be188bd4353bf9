"""Following organizers on the pages: buttons, the account's list, and the way out of a mail."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from tests.factories import PASSWORD, EventFactory, FollowFactory, OrganizationFactory, UserFactory
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing.extensions import db as extension
from ticketing.models import Event, Follow, Organization, User
from ticketing.services import following

LIST = "/account/following"


@pytest.fixture
def spree(app: Flask) -> Organization:
    return OrganizationFactory(name="Spree Sounds", slug="spree")


@pytest.fixture
def event(spree: Organization) -> Event:
    return EventFactory(organization=spree, title="Night Music", slug="night-music")


def followed_by(user: User) -> list[int]:
    extension.session.expire_all()
    return list(extension.session.scalars(select(Follow.organization_id).where(Follow.user_id == user.id)))


@pytest.mark.parametrize("page", ["/o/spree", "/events/night-music"])
def test_one_follows_and_stops_where_one_is(
    user: User, signed_in: FlaskClient, spree: Organization, event: Event, page: str
) -> None:
    form = Page(signed_in.get(page)).form("/o/spree/follow")
    assert signed_in.post("/o/spree/follow", data=form.fields).location == page
    assert followed_by(user) == [spree.id]
    shown = Page(signed_in.get(page))
    assert "You follow Spree Sounds" in shown.text
    form = shown.form("/o/spree/unfollow")
    assert signed_in.post("/o/spree/unfollow", data=form.fields).location == page
    assert followed_by(user) == []


@pytest.mark.parametrize("page", ["/o/spree", "/events/night-music"])
def test_without_an_account_it_is_a_plain_link_on_a_page_that_can_be_kept(
    client: FlaskClient, event: Event, page: str
) -> None:
    answer = client.get(page)
    shown = Page(answer)
    assert "Set-Cookie" not in answer.headers
    assert shown.link("Follow") == f"/o/spree/follow?next={page}"
    assert not [form for form in shown.forms if "follow" in form.action]


def test_a_visitor_signs_in_and_comes_back_following(
    app: Flask, client: FlaskClient, user: User, spree: Organization, event: Event
) -> None:
    answer = client.get("/o/spree/follow?next=/events/night-music")
    assert answer.location.startswith("/sign-in?next=/o/spree/follow")
    answer = client.post(answer.location, data={"email": user.email, "password": PASSWORD})
    answer = client.get(answer.location)
    assert (answer.status_code, answer.location) == (303, "/events/night-music")
    assert followed_by(user) == [spree.id]


def test_nobody_follows_because_a_page_made_their_browser_come_here(
    user: User, signed_in: FlaskClient, event: Event
) -> None:
    page = Page(signed_in.get("/o/spree/follow"))
    assert page.status == 200
    assert followed_by(user) == []
    signed_in.set_cookie("follow_wish", "made-up", path="/o/spree/follow")
    assert signed_in.get("/o/spree/follow").status_code == 200
    assert followed_by(user) == []
    answer = signed_in.post("/o/spree/follow", data=page.form("/o/spree/follow").fields)
    assert (answer.location, len(followed_by(user))) == ("/o/spree", 1)


def test_nobody_is_sent_elsewhere(signed_in: FlaskClient, event: Event) -> None:
    for target in ("https://evil.example/", "//evil.example", "/\\evil.example"):
        for deed in ("follow", "unfollow"):
            answer = signed_in.post(f"/o/spree/{deed}", data={"next": target})
            assert answer.location == "/o/spree"


def test_what_the_public_does_not_know_is_not_followed(signed_in: FlaskClient, spree: Organization) -> None:
    assert signed_in.get("/o/spree/follow").status_code == 404
    assert signed_in.post("/o/spree/follow").status_code == 404


def test_the_account_lists_whom_it_follows(
    user: User, signed_in: FlaskClient, spree: Organization, event: Event
) -> None:
    assert "Nobody yet" in Page(signed_in.get(LIST)).text
    FollowFactory(user=user, organization=spree)
    FollowFactory(organization=OrganizationFactory(name="Others"))
    page = Page(signed_in.get(LIST))
    assert "Spree Sounds" in page.text
    assert "1 event to come" in page.text
    assert "Others" not in page.text
    answer = signed_in.post("/o/spree/unfollow", data=page.form("/o/spree/unfollow").fields)
    assert answer.location == LIST
    assert followed_by(user) == []


def test_as_many_statements_for_fifty_organizers_as_for_five(
    user: User, signed_in: FlaskClient, statements: Any
) -> None:
    def visit() -> int:
        with statements() as seen:
            assert signed_in.get(LIST).status_code == 200
        return len(seen)

    def more(number: int) -> None:
        for _ in range(number):
            organization = OrganizationFactory()
            EventFactory(organization=organization)
            FollowFactory(user=user, organization=organization)

    more(5)
    few = visit()
    more(45)
    assert visit() == few <= 12


def test_the_way_out_of_a_mail_shows_a_page_and_does_it_when_asked(
    app: Flask, client: FlaskClient, user: User, spree: Organization, event: Event, monkeypatch: Any
) -> None:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    FollowFactory(user=user, organization=spree)
    token = following.unsubscribe_token(user.id, spree.id)
    page = Page(client.get(f"/unsubscribe?token={token}"))
    assert "Spree Sounds will not write to you" in page.text
    assert followed_by(user) == [spree.id], "looking ends nothing"
    done = Page(client.post("/unsubscribe", data=page.form("/unsubscribe").fields))
    assert (done.status, "Spree Sounds does not write to you" in done.text) == (200, True)
    assert followed_by(user) == []
    FollowFactory(user=user, organization=spree)
    one_click = client.post(f"/unsubscribe?token={token}", data={"List-Unsubscribe": "One-Click"})
    assert one_click.status_code == 200
    assert followed_by(user) == []


def test_another_account_s_session_changes_nothing_about_whose_mail_it_is(
    app: Flask, user: User, spree: Organization, event: Event
) -> None:
    other = UserFactory()
    for one in (user, other):
        FollowFactory(user=one, organization=spree)
    token = following.unsubscribe_token(user.id, spree.id)
    assert browser_of(app, other).post("/unsubscribe", data={"token": token}).status_code == 200
    assert (followed_by(user), followed_by(other)) == ([], [spree.id])


@pytest.mark.parametrize("token", ["", "x", "WzEsMV0.nonsense"])
def test_a_made_up_way_out_says_so(client: FlaskClient, event: Event, token: str) -> None:
    assert client.get(f"/unsubscribe?token={token}").status_code == 400
    assert client.post("/unsubscribe", data={"token": token}).status_code == 400
