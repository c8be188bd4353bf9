"""A place for pictures, and pictures that take no time where nobody looks at them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image

from ticketing import seeding
from ticketing.seeding import covers

SMALL = seeding.Counts(users=3, orgs=2, venues=2, cats=2, events=4, bookings=12)
Seed = Callable[..., seeding.Counts]


@pytest.fixture
def media(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``MEDIA_ROOT`` of this test."""
    monkeypatch.setitem(app.config, "MEDIA_ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def blank(media: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are drawn by nobody, and their files are empty."""
    monkeypatch.setattr(covers, "draw", lambda _family, _dice: Image.new("RGB", (1, 1)))
    monkeypatch.setattr(covers, "_webp", lambda _picture: b"")


@pytest.fixture
def seed(blank: None) -> Seed:
    """``seed()`` makes a small set of demo data; ``seed(events=7)`` changes a count."""

    def run(*, flush: bool = False, **changed: int) -> seeding.Counts:
        counts = seeding.Counts(**{name: getattr(SMALL, name) for name in SMALL.__slots__} | changed)
        seeding.seed(counts, flush=flush)
        return counts

    return run
