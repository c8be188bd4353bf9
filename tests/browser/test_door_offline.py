"""The scanner page while the network is gone: what it lets in, what it keeps, and what it tells later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from tests.browser import door
from tests.browser.barriers import AXE
from tests.browser.camera import seeing, write_film
from tests.support.server import Server
from ticketing import clock
from ticketing.extensions import db
from ticketing.models import ScannerLink, Ticket
from ticketing.policy import SYSTEM
from ticketing.services import checkin
from ticketing.services.checkin import Scan

pytestmark = [pytest.mark.browser, pytest.mark.one_database]

#: What the device keeps, as one string each.
_KEPT = """() => new Promise(resolve => {
    const request = indexedDB.open("door");
    request.onsuccess = () => {
        const store = request.result.transaction("scans").objectStore("scans").getAll();
        store.onsuccess = () => { request.result.close(); resolve(store.result.map(one => one.scan_id)); };
    };
})"""
#: Somebody changes the kept list: every ticket may come in once more.
_TAMPER = """() => new Promise(resolve => {
    const request = indexedDB.open("door");
    request.onsuccess = () => {
        const transaction = request.result.transaction("lists", "readwrite");
        const store = transaction.objectStore("lists");
        store.getAll().onsuccess = found => {
            const row = found.target.result.find(one => one.jws);
            const [head, content, signature] = row.jws.split(".");
            const text = atob(content.replace(/-/g, "+").replace(/_/g, "/"));
            const other = btoa(text.replaceAll('"used",1', '"active",0'));
            const forged = other.replace(/\\+/g, "-").replace(/\\//g, "_").replace(/=/g, "");
            row.jws = [head, forged, signature].join(".");
            store.put(row);
        };
        transaction.oncomplete = () => { request.result.close(); resolve(); };
    };
})"""

#: The server's own list with another signature, as somebody between the two could send it.
_FORGED_ON_THE_WAY = """async () => {
    const settings = JSON.parse(document.body.dataset.door);
    const part = text => btoa(text).replace(/=/g, "");
    const forged = [part('{"alg":"ES256"}'), part('{"v":1,"tickets":[]}'), part("x".repeat(64))].join(".");
    const list = Door.makeList(settings, () => []);
    return [await list.refresh(async () => ({ data: forged, etag: null })), list.state];
}"""


@pytest.fixture
def doors(live_server: Server, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[door.Doors]:
    """Scanner pages of the running shop."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    with door.watched(live_server) as made:
        yield made


def expect_link(page: Page, state: str, *words: str) -> None:
    """The badge says how the connection is."""
    badge = page.locator(f"[data-link={state}]")
    expect(badge).to_be_visible()
    for word in words:
        expect(badge).to_contain_text(word)


def back_online(page: Page, doors: door.Doors) -> None:
    """The wire is mended, and the device notices."""
    doors.wire.mend()
    page.evaluate("() => window.dispatchEvent(new Event('online'))")
    expect_link(page, "on", "Online")


def test_without_a_network_the_page_opens_decides_and_tells_everything_once_afterwards(
    chromium: Browser, doors: door.Doors
) -> None:
    event = door.an_evening()
    ada, emmy = door.tickets(event, "Ada Lovelace", "Emmy Noether")
    page = door.ready(doors.open(chromium, event), kept=True)
    page.evaluate("async () => { await caches.open('door-0:/old'); await caches.open('other'); }")
    page.reload()
    door.ready(page, kept=True)
    assert page.evaluate("() => caches.keys()") == [f"door-1:/checkin/{event.uuid}/", "other"]
    door.check(page, door.code(emmy))
    door.expect_answer(page, "green", "Emmy Noether")
    doors.wire.cut()
    page.reload()
    door.ready(page)
    expect_link(page, "off", "Offline", "list up to date")
    before = clock.now()
    door.check(page, door.code(ada))
    door.keep(page, "offline-green")
    door.expect_answer(page, "green", "Ada L.", "Walk and supper", "without a network")
    door.check(page, door.code(ada))
    door.expect_answer(page, "yellow", "Wait", "used before", "Used ")
    door.check(page, door.code(emmy))
    door.expect_answer(page, "yellow", "Emmy N.", "used before")
    door.check(page, "no such code")
    door.expect_answer(page, "red", "no such ticket")
    expect_link(page, "off", "4 waiting")
    expect(page.locator("[data-admitted]")).to_have_text("2")
    door.keep(page, "offline", full=True)
    page.reload()
    door.ready(page)
    expect_link(page, "off", "4 waiting")
    assert len(door.scans()) == 1
    back_online(page, doors)
    expect(page.locator("[data-link]")).not_to_contain_text("Sending")
    expect(page.get_by_text("Turned out differently")).to_be_hidden()
    rows = door.scans()
    assert [(row.result, row.claimed) for row in rows] == [
        ("admitted", ""),
        ("admitted", "admitted"),
        ("refused", "refused"),
        ("refused", "refused"),
        ("refused", "refused"),
    ]
    assert before - timedelta(seconds=1) <= rows[1].scanned_at < rows[1].created_at
    assert all(row.scan_id for row in rows)
    page.reload()
    door.ready(page)
    assert len(door.scans()) == 5
    expect(page.locator("[data-admitted]")).to_have_text("2")


def test_the_camera_reads_codes_after_a_reload_without_a_network(
    chromium: Browser, doors: door.Doors, tmp_path: Path
) -> None:
    event = door.an_evening()
    (ada,) = door.tickets(event, "Ada Lovelace")
    film = tmp_path / "film.y4m"
    write_film(film, [("", 1)])
    with seeing(chromium, film) as browser:
        page = door.ready(doors.open(browser, event, permissions=["camera"]), kept=True)
        doors.wire.cut()
        write_film(film, [("", 1), (door.code(ada), 3)])
        page.reload()
        door.expect_answer(page, "green", "Ada L.", "without a network")
        expect_link(page, "off", "1 waiting")
        doors.contexts.pop().close()


def test_an_answer_that_gets_lost_is_asked_for_under_the_same_name(
    chromium: Browser, doors: door.Doors
) -> None:
    event = door.an_evening()
    (ada,) = door.tickets(event, "Ada Lovelace")
    page = door.ready(doors.open(chromium, event), kept=True)
    doors.wire.mute()
    door.check(page, door.code(ada))
    door.expect_answer(page, "green", "Ada L.", "without a network")
    expect(page.get_by_role("button", name="Undo: Ada L.")).to_be_hidden()
    doors.wire.cut()
    (first,) = door.scans()
    back_online(page, doors)
    expect(page.get_by_role("button", name="Undo: Ada Lovelace")).to_be_visible()
    (row,) = door.scans()
    assert (row.id, row.result, row.claimed) == (first.id, "admitted", "")
    expect(page.get_by_text("Turned out differently")).to_be_hidden()


def test_what_the_server_sees_differently_is_listed(chromium: Browser, doors: door.Doors) -> None:
    event = door.an_evening()
    ada, _ = door.tickets(event, "Ada Lovelace", "Emmy Noether")
    page = door.ready(doors.open(chromium, event, gate="North", reduced_motion="reduce"), kept=True)
    doors.wire.cut()
    checkin.scan(SYSTEM, event.id, Scan(code=door.code(ada), gate="South", device="Phone 2"))
    door.check(page, door.code(ada))
    door.expect_answer(page, "green", "Ada L.")
    back_online(page, doors)
    listed = page.get_by_role("region", name="Turned out differently")
    for words in ("Ada L.", "without a network: let in", "used before", "Phone 1", "North"):
        expect(listed).to_contain_text(words)
    page.evaluate(AXE)
    assert not page.evaluate("() => axe.run(document, {resultTypes: ['violations']})")["violations"]
    door.keep(page, "conflict", full=True)
    page.reload()
    door.ready(page)
    listed.get_by_role("button", name="Seen to").click()
    expect(listed).to_be_hidden()
    assert [(row.result, row.claimed) for row in door.scans()] == [("admitted", ""), ("refused", "admitted")]


def test_without_a_network_people_are_found_let_in_and_taken_back(
    chromium: Browser, doors: door.Doors
) -> None:
    event = door.an_evening()
    door.tickets(event, "Ada Lovelace", "Zoë Żółć")
    page = door.ready(doors.open(chromium, event), kept=True)
    doors.wire.cut()
    page.evaluate("() => window.dispatchEvent(new Event('offline'))")
    expect_link(page, "off")
    page.get_by_label("Name or order number").press_sequentially("zoe")
    page.get_by_role("button", name="Let in: Zoë Ż.").click()
    door.expect_answer(page, "green", "Zoë Ż.")
    expect_link(page, "off", "1 waiting")
    page.get_by_role("button", name="Undo: Zoë Ż.").click()
    expect(page.locator("[data-link]")).not_to_contain_text("waiting")
    page.get_by_role("button", name="Let in: Zoë Ż.").click()
    door.expect_answer(page, "green", "Zoë Ż.")
    back_online(page, doors)
    expect(page.locator("[data-link]")).not_to_contain_text("Sending")
    assert [(row.result, row.claimed) for row in door.scans()] == [("admitted", "admitted")]


def test_a_list_that_somebody_changed_is_thrown_away(chromium: Browser, doors: door.Doors) -> None:
    event = door.an_evening()
    (ada,) = door.tickets(event, "Ada Lovelace", status="used", admissions=1, used_at=clock.now())
    page = door.ready(doors.open(chromium, event), kept=True)
    page.evaluate(_TAMPER)
    doors.wire.cut()
    page.reload()
    door.ready(page)
    expect(page.get_by_role("alert").filter(has_text="was not signed by the server")).to_be_visible()
    expect_link(page, "off", "list not genuine")
    door.check(page, door.code(ada))
    door.expect_answer(page, "red", "cannot be checked here")
    assert page.evaluate(_FORGED_ON_THE_WAY) == [False, "forged"]
    back_online(page, doors)
    expect(page.get_by_role("alert").filter(has_text="was not signed by the server")).to_be_hidden()
    door.check(page, door.code(ada))
    door.expect_answer(page, "yellow", "used before")


def test_scans_outlive_the_pass_and_are_sent_with_the_next_one(chromium: Browser, doors: door.Doors) -> None:
    event = door.an_evening()
    (ada,) = door.tickets(event, "Ada Lovelace")
    page = door.ready(doors.open(chromium, event), kept=True)
    doors.wire.cut()
    door.check(page, door.code(ada))
    door.expect_answer(page, "green", "Ada L.")
    checkin.revoke_link(SYSTEM, db.session.scalars(db.select(ScannerLink.id)).one())
    doors.wire.mend()
    with doors.expecting("status of 401"):
        page.evaluate("() => window.dispatchEvent(new Event('online'))")
        expect(page.get_by_text("1 scans are kept on this device")).to_be_visible()
    assert page.evaluate(_KEPT)
    doors.enter(page, event)
    door.ready(page)
    expect(page.get_by_role("button", name="Undo: Ada Lovelace")).to_be_visible()
    (row,) = door.scans()
    assert (row.result, row.claimed, row.ticket_id) == ("admitted", "admitted", ada.id)
    assert db.session.get_one(Ticket, ada.id).admissions == 1


def test_a_list_stays_no_longer_than_its_event_needs_it(chromium: Browser, doors: door.Doors) -> None:
    event, old = door.an_evening(), door.an_evening()
    door.tickets(event, "Ada Lovelace")
    page = door.ready(doors.open(chromium, old), kept=True)
    page.evaluate(
        """async event => {
        await Door.store.put("lists", { event: event + "#checked", at: 0, until: Date.now() - 1000 });
    }""",
        str(old.uuid),
    )
    doors.enter(page, event)
    door.ready(page)
    assert page.evaluate("() => Door.store.keys('lists')") == sorted(
        [str(event.uuid), f"{event.uuid}#checked"]
    )
