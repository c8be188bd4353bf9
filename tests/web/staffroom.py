"""What the tests of the pages for staff do again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask.testing import FlaskClient

from tests.web.page import Page


def rows(page: Page) -> int:
    """How many rows the page's tables have, their heads aside."""
    heads = sum(tag == "thead" for tag, _known in page.attributes)
    return sum(tag == "tr" for tag, _known in page.attributes) - heads


def done(browser: FlaskClient, address: str, **data: Any) -> Page:
    """Open the page that asks, say yes, and follow to where that leads."""
    asked = browser.get(address)
    assert asked.status_code == 200, asked.status_code
    answer = browser.post(address, data=data)
    return Page(browser.get(answer.location) if answer.status_code == 303 else answer)


def statements_of(
    browser: FlaskClient, address: str, make: Callable[[], object], statements: Callable[[], Any]
) -> list[int]:
    """How many statements the page takes with five rows, and with fifty."""
    counted = []
    for number in (5, 45):
        for _ in range(number):
            make()
        browser.get(address)
        with statements() as seen:
            assert browser.get(address).status_code == 200
        counted.append(len(seen))
    return counted
