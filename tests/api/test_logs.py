"""The activity log for administrators, and what stands in it (SecureTicket 002)."""

from __future__ import annotations

import pytest
from flask_sqlalchemy import SQLAlchemy

from tests.api.conftest import Api
from tests.factories import (
    PASSWORD,
    ActivityLogFactory,
    BuyerFactory,
    OrganizationFactory,
    StaffFactory,
    SupportFactory,
    UserFactory,
    member_of,
)
from ticketing.models import ActivityLog, User

LOGS = "/api/logs/"
ENVELOPE = {"count", "next", "previous", "results"}


def test_the_log_is_for_administrators(api: Api) -> None:
    ActivityLogFactory()
    assert api.get(LOGS).status_code == 401
    for actor in (BuyerFactory(), SupportFactory(), member_of(OrganizationFactory())):
        assert api.by(actor).get(LOGS).status_code == 403
    assert api.by(StaffFactory()).get(LOGS).json["count"] == 1
    assert api.by(UserFactory(is_superuser=True)).get(LOGS).status_code == 200


def test_an_entry_says_who_did_what_to_what_from_where(api: Api, db: SQLAlchemy) -> None:
    user = UserFactory()
    headers = {"User-Agent": "a browser"}
    api.post("/api/auth/login/", {"email": user.email, "password": PASSWORD}, headers=headers)
    page = api.by(StaffFactory()).get(LOGS).json
    assert set(page) == ENVELOPE
    entry = page["results"][0]
    assert entry["user"] == {"id": str(user.uuid), "username": user.username, "email": user.email}
    assert (entry["action"], entry["object_type"], entry["object_id"]) == ("login", "user", str(user.id))
    assert (entry["ip_address"], entry["user_agent"]) == ("127.0.0.1", "a browser")
    assert entry["timestamp"].endswith("Z")


def test_an_accounts_part_is_found_by_either_id_and_holds_what_was_done_to_it(api: Api) -> None:
    user, staff = UserFactory(), StaffFactory()
    ActivityLogFactory(user_id=UserFactory().id)
    ActivityLogFactory(user_id=user.id, action="login")
    ActivityLogFactory(object_type="user", object_id=user.id, action="login_failed")
    ActivityLogFactory(object_type="event", object_id=user.id, action="event_created")
    for key in (user.id, user.uuid):
        found = api.by(staff).get(f"{LOGS}?user_id={key}").json["results"]
        assert [entry["action"] for entry in found] == ["login_failed", "login"]


def test_an_unknown_account_has_no_part_and_a_name_is_no_id(api: Api) -> None:
    ActivityLogFactory()
    staff = api.by(StaffFactory())
    for key in ("999999", "6f9619ff-8b86-4011-b42d-00c04fc964ff", "somebody"):
        assert staff.get(f"{LOGS}?user_id={key}").json["results"] == []


def test_an_action_can_be_chosen(api: Api) -> None:
    ActivityLogFactory(action="login")
    ActivityLogFactory(action="logout")
    found = api.by(StaffFactory()).get(f"{LOGS}?action=logout").json
    assert [entry["action"] for entry in found["results"]] == ["logout"]


def test_the_log_comes_page_by_page_newest_first(api: Api) -> None:
    numbers = [str(ActivityLogFactory(action="login").id) for _ in range(5)]
    staff = api.by(StaffFactory())
    seen, path = [], f"{LOGS}?action=login&page_size=2"
    while path:
        page = staff.get(path.removeprefix("http://localhost")).json
        assert page["count"] == 5
        seen += [entry["id"] for entry in page["results"]]
        path = page["next"]
    assert seen == numbers[::-1]
    last = staff.get(f"{LOGS}?action=login&page_size=2&page=3").json
    assert last["next"] is None
    assert last["previous"] == f"http://localhost{LOGS}?action=login&page_size=2&page=2"


@pytest.mark.parametrize("query", ["page=0", "page=x", "page_size=101", "page_size=0", "page=99999999999999"])
def test_a_page_that_cannot_be_is_400(api: Api, query: str) -> None:
    assert api.by(StaffFactory()).get(f"{LOGS}?{query}").status_code == 400


def test_behind_the_last_page_is_nothing_but_the_first_may_be_empty(api: Api) -> None:
    staff = api.by(StaffFactory())
    assert staff.get(f"{LOGS}?page=2").status_code == 404
    assert staff.get(LOGS).json == {"count": 0, "next": None, "previous": None, "results": []}


def test_deeds_outlive_accounts(api: Api, db: SQLAlchemy) -> None:
    user = UserFactory()
    entry = ActivityLogFactory(user_id=user.id)
    db.session.delete(db.session.get_one(User, user.id))
    db.session.commit()
    found = api.by(StaffFactory()).get(LOGS).json["results"]
    assert [(known["id"], known["user"]) for known in found] == [(str(entry.id), None)]
    assert db.session.query(ActivityLog).count() == 1
