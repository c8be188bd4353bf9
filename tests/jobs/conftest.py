"""A mail server that was out of reach in one test is no matter of the next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _fresh_line(request: pytest.FixtureRequest) -> Iterator[None]:
    app: Any = request.getfixturevalue("app") if "app" in request.fixturenames else None
    yield
    if app is not None:
        app.extensions.pop("mail_rest", None)
