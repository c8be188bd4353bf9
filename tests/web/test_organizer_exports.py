"""Attendees and orders as files: small ones at once, large ones by way of a page that shows how they grow."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from tests.documents.workbooks import Workbook
from tests.factories import EventFactory, MembershipFactory, OrganizationFactory, UserFactory
from tests.jobs.visits import concert, fill
from tests.web.conftest import browser_of
from tests.web.page import Page
from ticketing import clock
from ticketing.documents.tables import MIMETYPES, XLSX
from ticketing.extensions import db as extension
from ticketing.jobs import outbox
from ticketing.models import ActivityLog, Event, Export, Organization, User
from ticketing.models.organizations import MANAGER, MEMBER
from ticketing.web.organizer.desk import exports as pages

KINDS = ("attendees", "orders")


@pytest.fixture(autouse=True)
def _folder(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "PRIVATE_MEDIA_ROOT", tmp_path)


@pytest.fixture
def event(app: Flask) -> Event:
    made = concert(organization=OrganizationFactory(), timezone="Europe/Lisbon")
    fill(made, 12)
    return made


@pytest.fixture
def asker(event: Event) -> User:
    return somebody_of(event, MEMBER)


@pytest.fixture
def browser(app: Flask, asker: User) -> FlaskClient:
    return browser_of(app, asker)


@pytest.fixture
def only_few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "AT_ONCE", 3)


def somebody_of(event: Event, role: str) -> User:
    organization = extension.session.get_one(Organization, event.organization_id)
    user: User = MembershipFactory(organization=organization, role=role).user
    return user


def path(event: Event, rest: Any = "") -> str:
    return f"/organizer/events/{event.uuid}/exports/{rest}"


def asked(browser: FlaskClient, event: Event, kind: str = "attendees", **form: Any) -> TestResponse:
    return browser.post(path(event, kind), data={"form": "xlsx", **form})


def logged() -> list[tuple[str, dict[str, Any]]]:
    rows = select(ActivityLog).where(ActivityLog.action.endswith("_exported")).order_by(ActivityLog.id)
    return [(row.action, row.details) for row in extension.session.scalars(rows)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_small_file_comes_at_once(browser: FlaskClient, event: Event, kind: str) -> None:
    workbook = asked(browser, event, kind)
    assert workbook.mimetype == MIMETYPES[XLSX]
    assert f"{event.slug}-{kind}.xlsx" in workbook.headers["Content-Disposition"]
    assert workbook.headers["Cache-Control"].startswith("no-")
    assert len(Workbook(workbook.data).rows) == 13
    table = asked(browser, event, kind, form="csv")
    assert len(list(csv.reader(io.StringIO(table.data.decode("utf-8-sig"), newline="")))) == 13
    details = {"title": event.title, "rows": 12}
    assert logged() == [(f"{kind}_exported", {**details, "form": form}) for form in ("xlsx", "csv")]
    assert extension.session.scalar(select(Export.id)) is None


def test_orders_in_a_workbook_are_dates_and_sums(browser: FlaskClient, event: Event) -> None:
    cells = Workbook(asked(browser, event, "orders").data).records[0]
    assert cells["Ordered (Europe/Lisbon)"].shape == "yyyy-mm-dd hh:mm"
    assert (cells["Total"].kind, cells["Total"].shape) == ("number", "#,##0.00 [$USD]")
    assert cells["Tickets"].value == "1"


def test_the_file_holds_what_the_list_shows(browser: FlaskClient, event: Event) -> None:
    lists = f"/organizer/events/{event.uuid}"
    page = Page(browser.get(f"{lists}/orders?q=buyer7@&status=confirmed"))
    fields = [known for tag, known in page.attributes if tag == "input" and known.get("type") == "hidden"]
    sent = {known["name"]: known["value"] for known in fields if known["name"] in ("q", "status", "made")}
    assert sent == {"q": "buyer7@", "status": "confirmed"}
    assert len(Workbook(asked(browser, event, "orders", **sent).data).rows) == 2
    people = Page(browser.get(f"{lists}/attendees?q=TKT&standing=active"))
    fields = [known for tag, known in people.attributes if tag == "input" and known.get("type") == "hidden"]
    assert {"type": "hidden", "name": "standing", "value": "active"} in fields
    assert len(Workbook(asked(browser, event, "attendees", standing="used").data).rows) == 1


@pytest.mark.usefixtures("only_few_at_once")
def test_a_large_file_is_made_in_the_background(browser: FlaskClient, event: Event) -> None:
    address = asked(browser, event).location
    assert asked(browser, event).location == address
    page = Page(browser.get(address))
    assert "It begins in a moment." in page.text
    assert any(known.get("hx-get") == address for _tag, known in page.attributes)
    assert browser.get(f"{address}/file").status_code == 404
    outbox.deliver_due()
    page = Page(browser.get(address))
    assert "The file is ready: 12 rows." in page.text
    assert not any("hx-get" in known for _tag, known in page.attributes)
    answer = browser.get(page.link("Get harbour"[:4]))
    assert answer.mimetype == MIMETYPES[XLSX]
    assert answer.headers["Cache-Control"].startswith("no-")
    assert f"{event.slug}-attendees.xlsx" in answer.headers["Content-Disposition"]
    assert len(Workbook(answer.data).rows) == 13
    assert [action for action, _details in logged()] == ["attendees_exported"]


@pytest.mark.usefixtures("only_few_at_once")
def test_what_is_too_large_to_come_at_once_leads_back_to_the_list(browser: FlaskClient, event: Event) -> None:
    base = f"/organizer/events/{event.uuid}"
    for kind in KINDS:
        answer = browser.get(f"{base}/{kind}/{kind}.csv?q=o")
        assert answer.location == f"{base}/{kind}?q=o"
        assert "too many to come at once" in Page(browser.get(answer.location)).text
    assert logged() == []


@pytest.mark.usefixtures("only_few_at_once")
def test_a_failure_is_told_and_can_be_repeated(
    browser: FlaskClient, event: Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = asked(browser, event).location
    export = extension.session.scalars(select(Export)).one()
    export.status = "failed"
    extension.session.commit()
    page = Page(browser.get(address))
    assert "The file could not be made." in page.text
    answer = browser.post(f"{address}/again")
    assert answer.location == address
    outbox.deliver_due()
    assert "The file is ready" in Page(browser.get(address)).text


@pytest.mark.usefixtures("only_few_at_once")
def test_a_file_is_its_askers_and_the_managers(app: Flask, browser: FlaskClient, event: Event) -> None:
    address = asked(browser, event).location
    outbox.deliver_due()
    places = (address, f"{address}/file")
    manager = browser_of(app, somebody_of(event, MANAGER))
    assert [manager.get(place).status_code for place in places] == [200, 200]
    others = [
        somebody_of(event, MEMBER),
        UserFactory(),
        MembershipFactory(role="OWNER").user,
        UserFactory(is_support=True),
    ]
    for other in others:
        stranger = browser_of(app, other)
        assert [stranger.get(place).status_code for place in places] == [404, 404]
        assert stranger.post(f"{address}/again").status_code == 404


@pytest.mark.usefixtures("only_few_at_once")
def test_who_has_left_the_organization_cannot_fetch_it_any_more(
    app: Flask, browser: FlaskClient, asker: User, event: Event
) -> None:
    address = asked(browser, event).location
    outbox.deliver_due()
    assert browser.get(f"{address}/file").status_code == 200
    extension.session.execute(extension.text("DELETE FROM memberships WHERE user_id = :id"), {"id": asker.id})
    extension.session.commit()
    assert [browser.get(place).status_code for place in (address, f"{address}/file")] == [404, 404]


@pytest.mark.usefixtures("only_few_at_once")
def test_after_a_day_or_without_its_file_there_is_nothing(
    app: Flask, browser: FlaskClient, asker: User, event: Event, tmp_path: Path
) -> None:
    address = asked(browser, event).location
    outbox.deliver_due()
    with time_machine.travel(clock.now() + timedelta(hours=24, minutes=1)):
        assert browser_of(app, asker).get(f"{address}/file").status_code == 404
    for file in (tmp_path / "exports").iterdir():
        file.unlink()
    assert browser.get(f"{address}/file").status_code == 404


@pytest.mark.usefixtures("only_few_at_once")
def test_an_export_is_found_below_its_own_event_only(browser: FlaskClient, event: Event) -> None:
    uuid = asked(browser, event).location.rpartition("/")[2]
    sister = EventFactory(organization=extension.session.get_one(Organization, event.organization_id))
    assert browser.get(path(sister, uuid)).status_code == 404
    assert browser.get(path(event, uuid4())).status_code == 404


def test_strangers_export_nothing(app: Flask, client: FlaskClient, event: Event) -> None:
    stranger = browser_of(app, UserFactory())
    for kind in KINDS:
        assert asked(stranger, event, kind).status_code == 404
        assert asked(client, event, kind).location.startswith("/sign-in")
    assert asked(stranger, event, "payments").status_code == 404
    assert logged() == []


@pytest.mark.parametrize(
    "form",
    [{"form": "exe"}, {"type": "x"}, {"type": str(10**30)}, {"standing": "x"}, {"q": "\x00"}, {"page": "7"}],
)
def test_what_makes_no_sense_asks_for_nothing(
    browser: FlaskClient, event: Event, form: dict[str, str]
) -> None:
    assert asked(browser, event, **form).status_code == 200


def test_as_many_statements_for_many_rows_as_for_few(
    browser: FlaskClient, event: Event, statements: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def counted() -> list[int]:
        found = []
        for number in (5000, 3):
            monkeypatch.setattr(pages, "AT_ONCE", number)
            for kind in KINDS:
                address = path(event, kind)
                with statements() as seen:
                    answer = browser.post(address, data={"form": "xlsx"})
                assert answer.status_code == (200 if number == 5000 else 303)
                found.append(len(seen))
        with statements() as seen:
            assert browser.get(answer.location).status_code == 200
        return [*found, len(seen)]

    few = counted()
    outbox.deliver_due()
    organization = extension.session.get_one(Organization, event.organization_id)
    fill(concert(organization=organization, title="Other"), 60)
    assert counted() == few
    assert max(few) <= 12
