"""Cover pictures: drawn, saved below ``MEDIA_ROOT`` and dealt out to events."""

from __future__ import annotations

import io
import random
import secrets
import shutil
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageOps

from ticketing.seeding.bulk import Advance
from ticketing.seeding.motifs import draw

#: Below ``MEDIA_ROOT``; everything in it was made here and may be removed.
FOLDER = "events/demo"
#: More events than this share pictures.
MOST_PICTURES = 48
THUMBNAIL = (600, 400)
_LARGEST_FILE = 40_000


@dataclass(frozen=True, slots=True)
class Cover:
    """Paths relative to ``MEDIA_ROOT``."""

    banner: str
    thumbnail: str


def paint(media: Path, families: Sequence[str], advance: Advance) -> tuple[Path, list[Cover]]:
    """Draw covers for events of these families; the folder they lie in, and one cover for each event.

    More than ``MOST_PICTURES`` events share them within their family. ``advance`` hears of every picture.
    """
    folder = f"{FOLDER}/{secrets.token_hex(6)}"
    (media / folder).mkdir(parents=True, exist_ok=True)
    drawn: dict[str, list[Cover]] = {}
    # Deals the pictures out evenly: a family with more events than others has more of them.
    for family, number in Counter(families).items():
        share = max(1, number * MOST_PICTURES // max(len(families), MOST_PICTURES))
        drawn[family] = [_save(media, f"{folder}/{family}-{one}", family, advance) for one in range(share)]
    turn: Counter[str] = Counter()
    covers = []
    for family in families:
        covers.append(drawn[family][turn[family] % len(drawn[family])])
        turn[family] += 1
    return media / folder, covers


def number_of_pictures(families: Sequence[str]) -> int:
    """How many will be drawn."""
    most = max(len(families), MOST_PICTURES)
    return sum(max(1, number * MOST_PICTURES // most) for number in Counter(families).values())


def remove_others(media: Path, keep: Path | None) -> None:
    """Remove the covers of earlier runs."""
    for folder in (media / FOLDER).glob("*"):
        if folder != keep and folder.is_dir():
            shutil.rmtree(folder, ignore_errors=True)


def _save(media: Path, name: str, family: str, advance: Advance) -> Cover:
    picture = draw(family, random.Random())
    cover = Cover(f"{name}-banner.webp", f"{name}-thumbnail.webp")
    (media / cover.banner).write_bytes(_webp(picture))
    (media / cover.thumbnail).write_bytes(_webp(ImageOps.fit(picture, THUMBNAIL, Image.Resampling.LANCZOS)))
    advance(1)
    return cover


def _webp(picture: Image.Image) -> bytes:
    """At most ``_LARGEST_FILE`` bytes, at the best quality that allows it."""
    for quality in (82, 70, 55, 35, 15):
        file = io.BytesIO()
        picture.save(file, "WEBP", quality=quality, method=2)
        if file.tell() <= _LARGEST_FILE:
            break
    return file.getvalue()
