"""Events are found by their words, alike on both databases, whoever has written them."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, text, update

from tests.factories import CategoryFactory, EventFactory, VenueFactory
from ticketing.extensions import db as extension
from ticketing.models import Event, EventCategory, Venue
from ticketing.models.events import CANCELLED, DRAFT
from ticketing.models.types import table
from ticketing.policy import ANONYMOUS
from ticketing.queries import events, search
from ticketing.seeding import flush

pytestmark = pytest.mark.usefixtures("app")

INDEX_IDS = {"sqlite": "SELECT rowid FROM event_search", "postgresql": "SELECT event_id FROM event_search"}


def found(words: str) -> set[str]:
    """Titles of all events that match, whatever their status."""
    return set(extension.session.scalars(select(Event.title).where(search.matching(words))))


def indexed() -> list[int]:
    connection = extension.session.connection()
    return sorted(connection.scalars(text(INDEX_IDS[connection.dialect.name])))


def all_ids() -> list[int]:
    return sorted(extension.session.scalars(select(Event.id)))


def copy_of_the_event(title: str) -> dict[str, Any]:
    """The row of the only event under another title, without its id."""
    row = dict(extension.session.execute(select(*table(Event).c)).mappings().one())
    del row["id"]
    return row | {"uuid": uuid.uuid4(), "slug": title.lower().replace(" ", "-"), "title": title}


@pytest.mark.parametrize(
    "word", ["lantern", "riverside", "paper", "family", "harbour", "porto", "promenade", "LANTERN", "harb"]
)
def test_an_event_is_found_by_each_of_its_texts(word: str) -> None:
    EventFactory(
        title="Lantern Walk",
        short_description="A riverside evening",
        description="Bring paper and a candle.",
        tags="family, outdoors",
        venue=VenueFactory(name="Harbour Hall", city="Porto"),
        category=CategoryFactory(name="Promenades"),
    )
    EventFactory(title="Something else")
    assert found(word) == {"Lantern Walk"}


def test_all_words_are_needed_wherever_they_stand() -> None:
    EventFactory(title="Lantern Walk", venue=VenueFactory(city="Porto"))
    EventFactory(title="Lantern Dance")
    assert found("porto walk lantern") == {"Lantern Walk"}
    assert found("lantern porto dance") == set()


def test_a_word_is_the_beginning_of_a_word_and_not_its_middle() -> None:
    EventFactory(title="Moonlight Sonata")
    assert found("moon son") == found("m") == found("moonlight") == {"Moonlight Sonata"}
    assert found("light") == found("moonlights") == set()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Café", "CAFE"),
        ("Cafe\u0301", "café"),
        ("ŁÓDŹ", "lodz"),
        ("Straße", "STRASSE"),
        ("GROẞE", "große"),
        ("Øresund", "oresund"),
        ("Ærø", "aero"),
        ("Đorđe", "dorde"),
        ("Þingvellir", "thingvellir"),
        ("Sigur Rós", "SIGUR ROS"),
        ("Việt Nam", "viet nam"),
        ("Diyarbakır", "diyarbakir"),
        ("İSTANBUL", "istanbul"),
        ("Αθήνα", "ΑΘΗΝΑ"),
        ("ΟΔΥΣΣΕΥΣ", "Οδυσσεύς"),
        ("Концерт", "КОНЦЕРТ"),
        ("Ёлка", "елка"),
    ],
)
def test_case_and_marks_on_letters_make_no_difference(one: str, other: str) -> None:
    EventFactory(title=one)
    assert found(other) == {one}
    extension.session.execute(update(Event).values(title=other))
    assert found(one) == {other}


@pytest.mark.parametrize(
    ("title", "typed"),
    [
        ("हिन्दी संगीत", "संगी"),
        ("서울 재즈", "재즈"),
        ("موسيقى الليل", "الليل"),
        ("२०२६ मेला", "२०२६"),
        ("คอนเสิร์ต", "คอน"),
    ],
)
def test_every_script_is_searched(title: str, typed: str) -> None:
    EventFactory(title=title)
    EventFactory(title="Other")
    assert found(typed) == {title}


def test_a_run_without_spaces_is_one_word() -> None:
    EventFactory(title="東京ジャズ祭")
    assert found("東京ジャ") == {"東京ジャズ祭"}
    assert found("ジャズ") == set()


@pytest.mark.parametrize(
    "between",
    [" ", "-", "–", "/", "·", "・", "、", "'", "’", "_", ".", "@", "://", "🎷", "🫶", "🤩", "\u00a0"],
)
def test_everything_but_letters_and_digits_separates_words(between: str) -> None:
    title = f"Rock{between}Pop{between}2026"
    EventFactory(title=title)
    for typed in ("rock", "pop", "2026", f"pop{between}rock", title):
        assert found(typed) == {title}, typed


@pytest.mark.parametrize(
    "typed",
    ["AND", "OR", "NOT", "NEAR", "jazz AND blues", "jazz OR blues", "jazz NOT blues", "NEAR(jazz blues)",
     "words:jazz", "title : jazz", "jazz + blues", "jazz | blues", "jazz <-> blues",
     "'jazz':* | 'blues':*", '"jazz" OR "blues"', "jazz\x00blues", "event_search", "rank"],
)  # fmt: skip
def test_nothing_that_is_typed_is_an_operator(typed: str) -> None:
    EventFactory(title="Jazz")
    EventFactory(title="Blues")
    assert found(typed) == set()


@pytest.mark.parametrize(
    "typed", ["jazz*", "^jazz", "!jazz", '"jazz', "jazz'", "-jazz", "(jazz", "jazz:*", "\\jazz\\", "{jazz}"]
)
def test_signs_beside_a_word_mean_nothing(typed: str) -> None:
    EventFactory(title="Jazz")
    assert found(typed) == {"Jazz"}


@pytest.mark.parametrize(
    "typed", ["", " ", "%", "_", "*", '"', "'", "-", "\\", ":*", "\x00", "…", "🎷", "❤️", "\u0301"]
)
def test_a_text_without_letters_and_digits_finds_nothing(typed: str) -> None:
    EventFactory(title="100 % * \" ' _ 🎷 ❤️")
    assert found(typed) == set()


def test_six_words_of_fifty_letters_are_looked_at() -> None:
    title = "one two three four five six"
    EventFactory(title=title, description="ß" * 60 + " " + "x" * 3000)
    assert found(f"{title} seven eight") == {title}
    assert found("x" * 2999) == found("x" * 4000) == found("ß" * 60) == {title}
    assert search.words_of("x" * 60) == ["x" * 50]


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(st.characters(codec="utf-8"), max_size=80))
@example(typed="\x00")
@example(typed="'':* & \"\"")
@example(typed="\ufdfa" * 60)
def test_any_text_can_be_searched_for(app: Flask, typed: str) -> None:
    with app.app_context():
        extension.session.scalars(select(Event.id).where(search.matching(typed))).all()


@settings(deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.text(st.characters(codec="utf-8", categories=("L", "N", "M", "P", "S", "Z")), max_size=40))
@example(title="ŉ ß ﬃ ǆ")
def test_whatever_a_title_says_finds_it(db: SQLAlchemy, title: str) -> None:
    event_id = db.session.scalar(select(Event.id)) or EventFactory().id
    db.session.execute(update(Event).values(title=title))
    ids = db.session.scalars(select(Event.id).where(search.matching(title))).all()
    assert ids == ([event_id] if search.words_of(title) else [])


@pytest.mark.parametrize("column", ["title", "short_description", "description", "tags"])
def test_a_changed_text_is_found_and_the_old_one_is_not(column: str) -> None:
    event = EventFactory(**{column: "Before"})
    extension.session.execute(update(Event).values({column: "After"}))
    assert (found("before"), found("after")) == (set(), {event.title if column != "title" else "After"})


def test_a_renamed_venue_or_category_moves_its_events_and_no_others() -> None:
    hall, jazz = VenueFactory(name="Old Hall", city="Porto"), CategoryFactory(name="Jazz")
    EventFactory(title="Here", venue=hall, category=jazz)
    EventFactory(title="There", venue=VenueFactory(name="Old Barn", city="Porto"))
    extension.session.execute(update(Venue).where(Venue.id == hall.id).values(name="Arena", city="Braga"))
    assert (found("arena braga"), found("old"), found("porto")) == ({"Here"}, {"There"}, {"There"})
    extension.session.execute(update(EventCategory).where(EventCategory.id == jazz.id).values(name="Blues"))
    assert (found("blues"), found("jazz")) == ({"Here"}, set())


def test_an_event_that_moves_is_found_where_it_is() -> None:
    event = EventFactory(venue=VenueFactory(name="Arena"), category=CategoryFactory(name="Jazz"))
    event.venue, event.category = VenueFactory(name="Barn"), None
    extension.session.flush()
    assert (found("arena"), found("barn"), found("jazz")) == (set(), {event.title}, set())


def test_a_deleted_event_leaves_nothing_in_the_index() -> None:
    event = EventFactory(title="Gone")
    EventFactory(title="Here")
    extension.session.execute(delete(Event).where(Event.id == event.id))
    assert found("gone") == set()
    assert indexed() == all_ids() != []


def test_clearing_for_demo_data_clears_the_index() -> None:
    EventFactory()
    flush.clear()
    assert indexed() == []


def test_many_rows_at_once_are_found() -> None:
    EventFactory(title="Pattern")
    extension.session.execute(insert(table(Event)), [copy_of_the_event(f"Bulk {n}") for n in range(1, 60)])
    assert len(found("bulk")) == 59
    assert found("bulk 7") == {"Bulk 7"}
    assert indexed() == all_ids()


def test_plain_sql_is_noticed() -> None:
    EventFactory(title="Before")
    extension.session.execute(text("UPDATE events SET title = 'After'"))
    assert (found("before"), found("after")) == (set(), {"After"})


def test_sales_and_unchanged_texts_do_not_touch_the_index() -> None:
    event = EventFactory(title="Jazz")
    extension.session.execute(text("DELETE FROM event_search"))
    event.venue.capacity += 1
    event.category.icon = "note"
    extension.session.flush()
    extension.session.execute(
        update(Event).values(
            sold_total=7, status=CANCELLED, lowest_price=5, title=Event.title, tags=Event.tags
        )
    )
    extension.session.execute(update(Venue).values(name=Venue.name))
    assert indexed() == []
    extension.session.execute(update(Event).values(title="Blues"))
    assert found("blues") == {"Blues"}


def test_the_programme_searches_what_is_on_show() -> None:
    EventFactory(title="Jazz tonight")
    EventFactory(title="Jazz planned", status=DRAFT)
    EventFactory(title="Jazz off", status=CANCELLED)
    EventFactory(title="Jazz for friends", is_unlisted=True)
    rows = events.programme(ANONYMOUS, events.Filter(search="jazz"), 10)
    assert [row.title for row in rows] == ["Jazz tonight"]


def test_a_search_uses_the_index(db: SQLAlchemy) -> None:
    condition = search.matching("jazz night")
    connection = db.session.connection()
    on_sqlite = connection.dialect.name == "sqlite"
    if not on_sqlite:
        connection.execute(text("SET LOCAL enable_seqscan = off"))
    statement = select(Event.id).where(condition).compile(connection, compile_kwargs={"literal_binds": True})
    plan = connection.execute(
        text(f"EXPLAIN {'QUERY PLAN ' if on_sqlite else ''}{statement}".replace(":", "\\:"))
    )
    said = "\n".join(str(row) for row in plan)
    assert ("event_search VIRTUAL TABLE INDEX 0:M" if on_sqlite else "ix_event_search_document") in said


def test_emptied_tables_empty_the_index(committed: SQLAlchemy) -> None:
    EventFactory()
    connection = committed.session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(text("TRUNCATE events CASCADE"))
    else:
        connection.execute(text("DELETE FROM events"))
    assert indexed() == []


def test_an_event_made_while_its_venue_is_renamed_is_found_by_the_new_name(
    app: Flask, committed: SQLAlchemy
) -> None:
    venue = VenueFactory(name="Old Hall")
    EventFactory(title="First", venue=venue)
    row = copy_of_the_event("Second")
    errors: list[Exception] = []

    def add() -> None:
        with app.app_context(), extension.engine.connect() as connection:
            try:
                connection.execute(insert(table(Event)), row)
            except Exception as error:
                errors.append(error)

    adding = threading.Thread(target=add)
    with extension.engine.connect() as connection:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.dialect.name == "sqlite" else "BEGIN")
        connection.execute(update(table(Venue)).values(name="New Hall"))
        adding.start()
        adding.join(0.5)
        connection.exec_driver_sql("COMMIT")
    adding.join(20)
    assert errors == []
    assert (found("old"), found("new hall")) == (set(), {"First", "Second"})


def test_marks_that_stand_alone_are_no_words() -> None:
    assert search.words_of("\u0301 a\u0301b \ufe0f 7") == ["a\u0301b", "7"]
