"""Writing from the right: the order in which a line is drawn, and the letter forms of Arabic."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import Any

_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_ARABIC = re.compile("[\u0600-\u06ff\u0750-\u077f]")
#: Vowel points: names read as well without them, and they would be drawn on the wrong letter.
_POINTS = re.compile("[\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670]")
_OPENING, _CLOSING = "([{<«‹⟨", ")]}>»›⟩"
_BRACKETS, _TURNED = _OPENING + _CLOSING, _CLOSING + _OPENING
#: Letters of dead scripts that stand in for brackets while a line is put in order.
_AS_LETTERS = {
    "L": str.maketrans(_BRACKETS, "".join(chr(0x10000 + i) for i in range(len(_BRACKETS)))),
    "R": str.maketrans(_BRACKETS, "".join(chr(0x10810 + i) for i in range(len(_BRACKETS)))),
}
_AS_BRACKETS = {
    letter: ord(char) for char, letter in zip(_BRACKETS, _AS_LETTERS["L"].values(), strict=True)
} | {letter: ord(char) for char, letter in zip(_TURNED, _AS_LETTERS["R"].values(), strict=True)}
#: Directions of characters that have one; numbers stand in right-to-left text as if they were part of it.
_STRONG = {"L": "L", "R": "R", "AL": "R", "EN": "R", "AN": "R"}


def is_right_to_left(text: str) -> bool:
    """Whether the first letter that has a direction is read from the right."""
    classes = map(unicodedata.bidirectional, text)
    return next((found for found in classes if found in ("L", "R", "AL")), "L") != "L"


def drawn(text: str) -> str:
    """One line in the order in which it is drawn, from left to right."""
    if not _RIGHT_TO_LEFT.search(text):
        return text
    from bidi import get_display

    base = "R" if is_right_to_left(text) else "L"
    ordered = str(get_display(_with_lettered_brackets(shaped(text), base), base_dir=base))
    return ordered.translate(_AS_BRACKETS)


def shaped(text: str) -> str:
    """Letters in the form that their neighbours give them."""
    if not _RIGHT_TO_LEFT.search(text):
        return text
    bare = _POINTS.sub("", text)
    return str(_reshaper().reshape(bare)) if _ARABIC.search(bare) else bare


@cache
def _reshaper() -> Any:
    from arabic_reshaper import ArabicReshaper

    # The word in one glyph is not in every font.
    return ArabicReshaper(configuration={"delete_harakat": True, "ARABIC LIGATURE ALLAH": False})


def _with_lettered_brackets(text: str, base: str) -> str:
    """Brackets as letters of the direction that they take (rules N0 to N2 of the bidirectional algorithm).
    The library puts characters in order and turns none, but those read from the right open the other way."""
    directions = _directions(text)
    partners = _pairs(text)
    chars = list(text)
    for index, char in enumerate(text):
        if char not in _BRACKETS:
            continue
        opening, closing = partners.get(index, (index, index))
        before = next((found for found in reversed(directions[:opening]) if found), base)
        inside = {found for found in directions[opening + 1 : closing] if found}
        if inside:
            direction = base if base in inside or before == base else before
        else:
            after = next((found for found in directions[closing + 1 :] if found), base)
            direction = before if before == after else base
        chars[index] = char.translate(_AS_LETTERS[direction])
    return "".join(chars)


def _directions(text: str) -> Sequence[str]:
    """``L``, ``R`` or nothing for each character; a number after Latin letters goes with them."""
    found: list[str] = []
    letter = ""
    for char in text:
        kind = unicodedata.bidirectional(char)
        found.append("L" if kind == "EN" and letter == "L" else _STRONG.get(kind, ""))
        if kind in ("L", "R", "AL"):
            letter = kind
    return found


def _pairs(text: str) -> dict[int, tuple[int, int]]:
    """For both brackets of a pair, where it opens and closes."""
    waiting: list[int] = []
    found = {}
    for index, char in enumerate(text):
        if char in _OPENING:
            waiting.append(index)
        elif char in _CLOSING:
            wanted = _OPENING[_CLOSING.index(char)]
            if any(text[at] == wanted for at in waiting):
                while text[(opened := waiting.pop())] != wanted:
                    pass
                found[opened] = found[index] = (opened, index)
    return found
