"""The door of one evening, as browser tests need it: its tickets, its pages, and the wire in between."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.conftest import PHONE, Complaints
from tests.browser.wire import Wire, stretched
from tests.factories import (
    EventFactory,
    OfferFactory,
    OrderFactory,
    OrderItemFactory,
    TicketFactory,
    TicketTypeFactory,
)
from tests.support.server import Server
from ticketing import clock
from ticketing.extensions import db
from ticketing.models import CheckIn, Event, Offer, OrderItem, Ticket
from ticketing.models.orders import CONFIRMED
from ticketing.policy import SYSTEM
from ticketing.services import checkin
from ticketing.services.tickets import code_hash, code_of

#: What a browser says when nobody answers.
_UNREACHABLE = re.compile(
    "net::ERR_(CONNECTION_|EMPTY_RESPONSE|ABORTED|FAILED)|error occurred when fetching the script"
)


def an_evening(**columns: Any) -> Event:
    """An event that goes on now."""
    now = clock.now()
    given = {
        "title": "Lantern Walk",
        "starts_at": now - timedelta(hours=1),
        "ends_at": now + timedelta(hours=4),
    }
    made: Event = EventFactory(**{**given, **columns})
    return made


def tickets(event: Event, *names: str, kind: str = "Walk and supper", **columns: Any) -> list[Ticket]:
    """Confirmed tickets, one for each name, with codes that are really theirs."""
    offer = OfferFactory(event=event, ticket_type=TicketTypeFactory(event=event, name=kind), price=0)
    order = OrderFactory(event=event, status=CONFIRMED, expires_at=None, buyer_name="Grace Hopper")
    item = OrderItemFactory(order=order, offer=offer, quantity=len(names), ticket_name=kind)
    made = [a_ticket(offer, item, attendee_name=name, **columns) for name in names]
    db.session.commit()
    return made


def a_ticket(offer: Offer, item: OrderItem | None = None, **columns: Any) -> Ticket:
    """One confirmed ticket for that offer."""
    if item is None:
        event = db.session.get_one(Event, offer.event_id)
        order = OrderFactory(event=event, status=CONFIRMED, expires_at=None)
        item = OrderItemFactory(order=order, offer=offer)
    made: Ticket = TicketFactory(order_item=item, **columns)
    made.code_hash = code_hash(code(made))
    return made


def code(ticket: Ticket) -> str:
    """What its QR holds."""
    return code_of(ticket.uuid, ticket.code_version, ticket.key_version)


def scans() -> list[CheckIn]:
    """What the database knows by now, in the order in which it came."""
    db.session.rollback()
    db.session.expire_all()
    return list(db.session.scalars(db.select(CheckIn).order_by(CheckIn.id)))


@dataclass
class OwnComplaints(Complaints):
    """All complaints, but those of a browser whose wire was cut on purpose."""

    wire: Wire | None = None
    expected: str = ""

    def _console(self, page: Page, message: Any) -> None:
        if self.expected and self.expected in message.text:
            return
        if not (self._is_cut and _UNREACHABLE.search(message.text)):
            super()._console(page, message)

    def _failed(self, request: Any) -> None:
        if not (self._is_cut and _UNREACHABLE.search(request.failure or "")):
            super()._failed(request)

    @property
    def _is_cut(self) -> bool:
        return self.wire is not None and self.wire.was_cut


@dataclass
class Doors:
    """Opens scanner pages in new browser profiles, and watches what they ask for."""

    wire: Wire
    complaints: OwnComplaints
    contexts: list[BrowserContext] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)

    def open(
        self, browser: Browser, event: Event, *, gate: str = "", types: Any = (), **profile: Any
    ) -> Page:
        """The scanner page of the event, as whoever was given a scanner link sees it."""
        context = browser.new_context(base_url=self.wire.url, **({"viewport": PHONE} | profile))
        context.set_default_timeout(10_000)
        self.contexts.append(context)
        context.on("request", lambda request: self._note(request.url))
        page = context.new_page()
        self.complaints.listen(page)
        self.enter(page, event, gate=gate, types=types)
        return page

    def enter(self, page: Page, event: Event, *, gate: str = "", types: Any = ()) -> None:
        """Open a new scanner link there."""
        _, secret = checkin.create_link(SYSTEM, event.id, name="Main entrance", gate=gate, ticket_types=types)
        page.goto(f"/checkin/link/{secret}")
        page.get_by_label("Name of this device").fill("Phone 1")
        page.get_by_role("button", name="Start scanning").click()
        page.wait_for_url(re.compile(f"/checkin/{event.uuid}"))

    @contextmanager
    def expecting(self, words: str) -> Iterator[None]:
        """Browsers complain about each call that is refused; within the block these are meant to be."""
        self.complaints.expected = words
        yield

    def _note(self, address: str) -> None:
        parts = urlsplit(address)
        self.asked.append(parts.path)
        if parts.scheme in ("http", "https", "ws", "wss"):
            self.hosts.add(parts.netloc)


@contextmanager
def watched(server: Server) -> Iterator[Doors]:
    """Doors behind a wire. What their pages complained about, and calls of other hosts, fail the test."""
    with stretched(server.url) as wire:
        made = Doors(wire, OwnComplaints(wire=wire))
        yield made
        for context in made.contexts:
            context.close()
        assert not made.complaints.found, made.complaints.found
        assert made.hosts == {wire.url.removeprefix("http://")}, made.hosts


def ready(page: Page, *, kept: bool = False) -> Page:
    """Wait until the page has brought all that it wants; ``kept``: until it opens without a network, too."""
    expect(page.locator("body")).to_have_attribute("data-ready", "yes")
    if kept:
        expect(page.locator("body")).to_have_attribute("data-kept", "yes")
    return page


def check(page: Page, typed: str) -> None:
    """Type a code and send it."""
    page.get_by_label("Code by hand").fill(typed)
    page.get_by_role("button", name="Check").click()


def expect_answer(page: Page, tone: str, *words: str, close: bool = True) -> None:
    """The answer fills the screen, has this colour and these words; then it is put away. The page itself
    looks at every frame, because answers go away by themselves."""
    said = page.evaluate(_WAIT_FOR_ANSWER, [tone, list(words), close])
    assert said == "", f"no {tone} answer with {words}, but {said}"


_WAIT_FOR_ANSWER = """([tone, words, close]) => new Promise(resolve => {
    const box = document.querySelector("[data-answer]"), until = Date.now() + 12000;
    const look = () => {
        const said = box.hidden ? "nothing" : `${box.dataset.tone}: ${box.innerText}`;
        const full = box.offsetWidth >= innerWidth && box.offsetHeight >= innerHeight;
        if (full && box.dataset.tone === tone && words.every(word => said.includes(word))) {
            if (close) box.click();
            return resolve("");
        }
        return Date.now() > until ? resolve(said) : requestAnimationFrame(look);
    };
    look();
})"""


def hold(page: Page) -> None:
    """From now on answers stay until somebody puts them away."""
    page.evaluate("""() => {
        const later = window.setTimeout;
        window.setTimeout = (work, wait) => wait === 2000 || wait === 3500 ? 0 : later(work, wait);
    }""")


def keep(page: Page, name: str, *, full: bool = False) -> None:
    """A picture for whoever wants to look: ``SHOTS=folder``."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=full)
