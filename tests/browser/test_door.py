"""The scanner page with a network: reading codes, answering, finding people, taking back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from tests.browser import door
from tests.browser.wire import stretched
from tests.support.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.one_database]


@pytest.fixture
def doors(live_server: Server, app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[door.Doors]:
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    with stretched(live_server.url) as wire:
        made = door.Doors(wire, door.OwnComplaints(wire=wire))
        yield made
        for context in made.contexts:
            context.close()
        assert not made.complaints.found
        assert made.hosts == {wire.url.removeprefix("http://")}


def test_a_typed_code_is_answered_in_colour_word_and_name(chromium: Browser, doors: door.Doors) -> None:
    event = door.an_evening()
    ada, _ = door.tickets(event, "Ada Lovelace", "Emmy Noether")
    page = door.ready(doors.open(chromium, event))
    door.check(page, door.code(ada))
    door.keep(page, "green")
    door.expect_answer(page, "green", "Let in", "Ada Lovelace", "Walk and supper")
    door.check(page, door.code(ada))
    door.keep(page, "yellow")
    door.expect_answer(page, "yellow", "Wait", "Ada Lovelace", "used before", "Used ")
    door.check(page, "no such code")
    door.keep(page, "red")
    door.expect_answer(page, "red", "Stop", "no such ticket")
    expect(page.locator("[data-admitted]")).to_have_text("1")
    door.keep(page, "page", full=True)
    assert [(row.result, row.device) for row in door.scans()] == [
        ("admitted", "Phone 1"),
        ("refused", "Phone 1"),
        ("refused", "Phone 1"),
    ]
