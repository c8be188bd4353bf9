"""The parts that need no database: texts, names, pictures."""

from __future__ import annotations

import random
from pathlib import Path
from zoneinfo import available_timezones

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from tests.seeding.conftest import Seed
from ticketing.seeding import covers, motifs
from ticketing.seeding.cities import CITIES
from ticketing.seeding.names import Slugs, Taken, numbered
from ticketing.seeding.programme import CATEGORIES, Family, Words

FAMILIES = {family.key: family for _name, _icon, _text, family in CATEGORIES}
PEOPLE = ("Ada Byron", "Grace Murray", "Mary Keller", "Jean Sammet", "Radia Kay", "Lynn Ada")


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_every_text_finds_words_for_its_gaps(family: Family) -> None:
    texts = (*family.titles, *family.leads, *family.openings, *family.bodies, *family.closings, *family.tags)
    for seed in range(20):
        words = Words(family, random.Random(seed), PEOPLE, venue="The Hall", city="Lisbon")
        for text in texts:
            assert "{" not in words.say(text)


def test_a_gap_keeps_its_words_and_another_one_has_others() -> None:
    words = Words(FAMILIES["music"], random.Random(1), PEOPLE)
    first, second = words.say("{act}"), words.say("{act.2}")
    assert words.say("{act} and {act.2}") == f"{first} and {second}"
    assert first != second


def test_zones_of_cities_exist() -> None:
    assert {city.zone for city in CITIES} <= available_timezones()


def test_names_are_taken_whatever_their_capitals() -> None:
    taken = Taken(["Velvet Hall"])
    assert not taken.claim("VELVET hall")
    assert taken.first_free(numbered("Velvet Hall")) == "Velvet Hall 2"


def test_slugs_are_free_and_mean_nothing_else() -> None:
    slugs = Slugs(["a-night"])
    assert slugs.make("A Night") == "a-night-2"
    assert slugs.make("A night!") == "a-night-3"
    assert slugs.make("Featured") == "the-featured"
    assert slugs.make("1984") == "the-1984"


@pytest.mark.parametrize("family", FAMILIES)
def test_pictures_are_small_files_of_the_right_size(family: str, tmp_path: Path) -> None:
    _folder, (cover,) = covers.paint(tmp_path, [family], lambda _number: None)
    for name, size in ((cover.banner, (1200, 630)), (cover.thumbnail, (600, 400))):
        assert (tmp_path / name).stat().st_size <= 40_000
        with Image.open(tmp_path / name) as picture:
            assert (picture.format, picture.size) == ("WEBP", size)


def test_every_family_has_its_look() -> None:
    assert set(motifs.LOOKS) == set(FAMILIES)


@pytest.mark.usefixtures("blank")
def test_many_events_share_pictures(tmp_path: Path) -> None:
    families = [key for key in FAMILIES for _ in range(20)]
    _folder, dealt = covers.paint(tmp_path, families, lambda _number: None)
    assert len(dealt) == len(families)
    assert len(set(dealt)) == covers.number_of_pictures(families) <= covers.MOST_PICTURES


def test_pictures_are_served_and_go_with_a_flush(
    app: Flask, client: FlaskClient, seed: Seed, media: Path
) -> None:
    seed()
    (old,) = (media / covers.FOLDER).iterdir()
    shown = next(old.glob("*-banner.webp")).relative_to(media)
    answer = client.get(f"/media/{shown}")
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    other = media / "events/own.webp"
    other.write_bytes(b"somebody's own")
    seed(flush=True)
    assert not old.exists()
    assert other.exists()
    assert len(list((media / covers.FOLDER).iterdir())) == 1
