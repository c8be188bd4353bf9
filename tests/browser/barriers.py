"""What keeps people from using a page: barriers that axe finds, what is wider than the screen, targets too
small for fingers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import DESKTOP, PHONE

AXE = (Path(__file__).parent / "vendor" / "axe-core-4.14.1" / "axe.min.js").read_text()
BEYOND = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
#: Controls that fingers must hit, and are smaller than 24 by 24 pixels (WCAG 2.2, 2.5.8; links inside
#: sentences are excepted there).
SMALL = """() => [...document.querySelectorAll("button, summary, nav a, .button, input, select")]
    .filter(one => one.checkVisibility() && one.type !== "hidden" && !one.closest(".skip"))
    .map(one => [one.outerHTML.slice(0, 90), one.getBoundingClientRect()])
    .filter(([, box]) => box.width > 0 && (box.width < 24 || box.height < 20))
    .map(([html]) => html)"""
#: Each page is looked at twice, in both colours and at both sizes: looking takes most of the suite's time.
LOOKS = [
    pytest.param({"color_scheme": "light", "viewport": DESKTOP}, id="desktop-light"),
    pytest.param({"color_scheme": "dark", "viewport": PHONE}, id="phone-dark"),
]


def of(page: Page, rules: list[str] | None = None) -> list[Any]:
    """What axe finds on the page as it is: the rule and the elements."""
    page.evaluate(AXE)
    options = {"resultTypes": ["violations"]} | ({"runOnly": rules} if rules else {})
    found = page.evaluate("options => axe.run(document, options)", options)["violations"]
    return [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found]


def in_the_way(page: Page) -> list[Any]:
    """All of it."""
    found = of(page) + list(page.evaluate(SMALL))
    if (beyond := page.evaluate(BEYOND)) > 0:
        found.append(f"{beyond} pixels too wide")
    return found
