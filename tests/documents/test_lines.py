"""How texts become lines."""

from __future__ import annotations

import subprocess
import sys

import pytest

from ticketing.documents.directions import drawn
from ticketing.documents.lines import clean, fit, line


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Zoë (VIP)", "Zoë (VIP)"),
        ("שלום", "םולש"),
        ("שורה 12", "12 הרוש"),
        ("שלום (עולם)", "(םלוע) םולש"),
        ("שלום (ID) עולם", "םלוע (ID) םולש"),
        ("שלום (abc) [x] עולם", "םלוע [x] (abc) םולש"),
        ("abc (שלום) 12", "abc (םולש) 12"),
        ("abc (שלום def) ghi", "abc (םולש def) ghi"),
        ("שלום (12)", "(12) םולש"),
        ("(שלום", "םולש)"),
        ("abc (12) שלום (ב)", "abc (12) (ב) םולש"),
        ("שלום <a> {ב}", "{ב} <a> םולש"),
        ("«שלום»", "«םולש»"),
        ("Gate 7: שער 7", "Gate 7: 7 רעש"),
    ],
)
def test_each_line_is_put_into_the_order_in_which_it_is_drawn(text: str, expected: str) -> None:
    assert drawn(text) == expected


def test_arabic_letters_take_the_form_that_their_neighbours_give_them() -> None:
    assert drawn("بيت") == "ﺖﻴﺑ"
    assert drawn("لا") == "ﻻ"
    assert drawn("بَيْت") == "ﺖﻴﺑ"


def test_persian_letters_that_must_not_join_stay_apart() -> None:
    assert drawn(clean("می\u200cخواهم")) != drawn("میخواهم")


def test_a_text_is_broken_between_words_and_set_as_large_as_it_fits() -> None:
    short = fit("Zoë", width=200, height=40, sizes=(20, 14))
    assert (short.size, [row.text for row in short.lines]) == (20, ["Zoë"])
    long = fit("Zoë Żółć and her many guests", width=118, height=40, sizes=(20, 14))
    assert (long.size, [row.text for row in long.lines]) == (14, ["Zoë Żółć and", "her many guests"])
    assert all(row.width * long.size <= 118 for row in long.lines)


def test_what_does_not_fit_ends_with_an_ellipsis() -> None:
    (row,) = fit("one two three four five six", width=80, height=13, sizes=(10,)).lines
    assert row.text.endswith("…")
    assert row.width * 10 <= 80


def test_east_asian_text_breaks_anywhere_but_not_before_what_closes() -> None:
    rows = [row.text for row in fit("東京、" * 8, width=50, height=200, sizes=(10,)).lines]
    assert len(rows) > 3
    assert not [text for text in rows if text.startswith("、")]
    assert "".join(rows) == "東京、" * 8


def test_what_belongs_together_is_not_broken() -> None:
    rows = [
        row.text for row in fit("June 22, 1:00\u202fPM\u00a0PDT", width=100, height=99, sizes=(12,)).lines
    ]
    assert rows == ["June 22,", "1:00\u202fPM\u00a0PDT"]


def test_line_ends_are_kept_and_empty_lines_come_once() -> None:
    rows = [row.text for row in fit("\n\na\r\nb\n \n\n\nc\n\n", width=99, height=99, sizes=(9,)).lines]
    assert rows == ["a", "b", "", "c"]


def test_a_line_knows_how_wide_it_is_in_every_font() -> None:
    assert line("ab王").width == pytest.approx(line("ab").width + line("王").width)
    assert line("ab", bold=True).width > line("ab").width
    assert line("é").width == line("e\u0301").width


def test_marks_that_turn_the_direction_around_are_taken_out() -> None:
    assert clean("VIP\u202e123\u2066\x00\ud800\ufeff") == "VIP123"


def test_nothing_is_loaded_before_the_first_document() -> None:
    heavy = "{'reportlab', 'segno', 'icalendar', 'PIL', 'bidi', 'arabic_reshaper', 'text_unidecode'}"
    code = f"import sys, ticketing.documents; print(sorted({heavy} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
