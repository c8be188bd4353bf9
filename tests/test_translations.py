"""Every sentence that a visitor reads is there in every language, and says the same."""

from __future__ import annotations

import ast
import re
from functools import lru_cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from tests.support.translations import SOURCE, TRANSLATED, compiled, gathered, is_whole, path_of, read

pytestmark = pytest.mark.one_database
#: Pages of organizers, of staff and of the developer fall back to English where a sentence is new.
INNER = ("web/organizer", "templates/organizer", "web/staff", "templates/staff", "devmail")
_VALUES = re.compile(r"%\(\w+\)[sd]|\{\w+\}|%%")
#: Words that are the same in other languages, or a name.
_LEAST = 4


_SENTENCE = re.compile(r"[A-Z“'][^\n]* [^\n]*[.?!]")
SERVICES = [SOURCE / "errors.py", SOURCE / "policy.py", *sorted((SOURCE / "services").rglob("*.py"))]
#: Said to programs, or kept in our books.
IN_ENGLISH = {
    "The account was deleted.",
    "Refunded at the payment provider.",
    "This is a sample ticket of Foyer. It admits nobody, and no door opens for it.",
    "Only organizers and staff can verify tickets.",
    "The token is invalid or has expired.",
    "This ticket type has no such offer.",
}


@lru_cache(1)
def source() -> Catalog:
    return gathered()


def forms(message: Message) -> tuple[str, ...]:
    return tuple(message.string) if isinstance(message.string, tuple | list) else (str(message.string),)


def is_public(message: Message) -> bool:
    return any(not any(part in name for part in INNER) for name, _line in message.locations)


def test_the_sentences_are_those_of_the_code() -> None:
    """``make translations`` brings new ones in."""
    wanted = {message.id for message in source() if message.id}
    for language in TRANSLATED:
        known = {message.id for message in read(language) if message.id}
        assert sorted(map(str, wanted - known)) == []


def sentences_in(path: Path) -> set[str]:
    """What a module has for people to read: whatever looks like a sentence and documents nothing."""
    tree = ast.parse(path.read_text())
    documented = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and is_text(node.value)
    }
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    found = (node for node in ast.walk(tree) if is_text(node) and id(node) not in documented | parts)
    return {node.value for node in found if _SENTENCE.fullmatch(node.value)}  # type: ignore[attr-defined]


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_no_refusal_escapes_its_translation() -> None:
    """A sentence that is no argument of a refusal is given to ``said``."""
    known = {form for message in source() for form in ids(message)}
    written = {text for path in SERVICES for text in sentences_in(path)}
    assert len(written) > 150
    assert sorted(written - known - IN_ENGLISH) == []


def ids(message: Message) -> tuple[str, ...]:
    return tuple(message.id) if isinstance(message.id, tuple | list) else (str(message.id),)


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_visitors_read_is_translated(language: str) -> None:
    known = {message.id: message for message in read(language) if message.id}
    public = [message.id for message in source() if message.id and is_public(message)]
    assert len(public) > 400
    assert [key for key in public if not is_whole(known[key])] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_same_values_in_it(language: str) -> None:
    wrong = []
    for message in filter(lambda one: one.id and is_whole(one), read(language)):
        own = message.id if isinstance(message.id, tuple | list) else (message.id,)
        # "This ticket" of one, "these 3 tickets" of several: either is right.
        allowed = [set(_VALUES.findall(str(form))) for form in own]
        wrong += [form for form in forms(message) if set(_VALUES.findall(form)) not in allowed]
    assert wrong == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_a_form_for_every_number(language: str) -> None:
    catalog = read(language)
    plural = [message for message in catalog if isinstance(message.id, tuple | list) and is_whole(message)]
    assert plural
    assert {len(forms(message)) for message in plural} == {catalog.num_plurals}


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_is_compiled_is_what_is_written(language: str) -> None:
    """``make translations`` compiles."""
    assert path_of(language, "mo").read_bytes() == compiled(language)


def test_russian_is_written_in_cyrillic() -> None:
    latin = [
        message.id
        for message in read("ru")
        if message.id and is_whole(message) and not re.search("[а-яё]", forms(message)[0], re.IGNORECASE)
    ]
    assert [key for key in latin if len(re.sub(r"%\(\w+\)s|\W", "", str(key))) > _LEAST] == []
