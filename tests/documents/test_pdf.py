"""Ticket PDFs, looked at as pictures and as text."""

from __future__ import annotations

import hashlib
import io
import re
import statistics
import threading
import time
from datetime import UTC, date, datetime
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from flask import Flask
from flask_babel import Babel, get_locale
from PIL import Image, ImageDraw

from tests.documents.sheets import A4, CODE, codes_in, logo, pages, picture_of, sheet, text_of
from ticketing.documents import tickets_pdf

LONG = "An Extraordinarily Long Evening of Chamber Music and Conversations with Everybody " * 12


def only_page(**values: Any) -> Any:
    (page,) = pages(tickets_pdf([sheet(**values)], title="Ticket"))
    return page


def metadata(pdf: bytes) -> dict[str, str]:
    found: dict[str, str] = pypdfium2.PdfDocument(pdf).get_metadata_dict()
    return found


def code_box(page: Any) -> tuple[float, float, float, float]:
    """Where the QR stands, from the drawing itself: left, bottom, right, top in points."""
    scale = 4
    picture = page.render(scale=scale).to_pil().convert("L")
    (found,) = zxingcpp.read_barcodes(picture)
    corners = found.position
    high = page.get_height()
    return (
        min(corners.top_left.x, corners.bottom_left.x) / scale,
        high - max(corners.bottom_left.y, corners.bottom_right.y) / scale,
        max(corners.top_right.x, corners.bottom_right.x) / scale,
        high - min(corners.top_left.y, corners.top_right.y) / scale,
    )


def text_boxes(page: Any) -> list[tuple[float, float, float, float]]:
    text = page.get_textpage()
    return [text.get_rect(index) for index in range(text.count_rects())]


def overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


LOADED = {
    "plain": {},
    "long": {
        "event_title": LONG,
        "ticket_name": LONG,
        "venue_name": LONG,
        "venue_address": LONG,
        "city": LONG,
        "attendee_name": LONG,
        "price_text": LONG,
        "order_number": LONG,
        "ticket_number": LONG,
        "terms": LONG * 20,
        "organizer_name": LONG,
        "organizer_logo": logo(900, 400),
    },
    "unbroken": {
        "event_title": "W" * 900,
        "attendee_name": "W" * 900,
        "ticket_name": "W" * 900,
        "terms": "W" * 90_000,
    },
    "bare": {
        "ticket_name": "",
        "venue_name": "",
        "venue_address": "",
        "city": "",
        "attendee_name": "",
        "price_text": "",
        "terms": "",
        "organizer_name": "",
    },
    "east_asian": {
        "event_title": "春の音楽会" * 90,
        "attendee_name": "王小明" * 40,
        "terms": "転売は固くお断り。" * 900,
    },
    "from_the_right": {
        "event_title": "أمسية موسيقية " * 40,
        "attendee_name": "محمد " * 40,
        "terms": "שלום " * 4000,
    },
}


@pytest.mark.parametrize("values", LOADED.values(), ids=LOADED)
@pytest.mark.parametrize("dpi", [72, 100])
def test_the_code_is_read_from_the_page_at_a_coarse_resolution(values: dict[str, Any], dpi: int) -> None:
    assert codes_in(picture_of(only_page(**values), dpi=dpi)) == [CODE]


def test_every_page_shows_its_own_code() -> None:
    codes = [hashlib.sha256(str(number).encode()).hexdigest() for number in range(12)]
    pdf = tickets_pdf([sheet(code=code, ticket_number=f"T-{code[:6]}") for code in codes], title="Twelve")
    found = pages(pdf)
    assert [codes_in(picture_of(page, dpi=72)) for page in found] == [[code] for code in codes]
    assert [f"T-{code[:6]}" in text_of(page) for page, code in zip(found, codes, strict=True)] == [True] * 12
    assert all(page.get_size() == pytest.approx(A4, abs=0.1) for page in found)


@pytest.mark.parametrize("values", LOADED.values(), ids=LOADED)
def test_no_text_touches_the_code_or_its_quiet_zone_or_leaves_the_page(values: dict[str, Any]) -> None:
    page = only_page(**values)
    left, bottom, right, top = code_box(page)
    assert (right - left) / 72 * 25.4 >= 60
    quiet = 4 * (right - left) / 37 - 1
    guarded = (left - quiet, bottom - quiet, right + quiet, top + quiet)
    boxes = text_boxes(page)
    assert boxes
    assert [box for box in boxes if overlap(box, guarded)] == []
    assert [box for box in boxes if box[0] < 60 or box[2] > A4[0] - 60 or box[1] < 20 or box[3] > A4[1]] == []


@pytest.mark.parametrize("values", LOADED.values(), ids=LOADED)
def test_texts_do_not_lie_on_each_other(values: dict[str, Any]) -> None:
    """Lines of different rows may touch with their longest strokes, no more."""
    boxes = [(a, b + 0.25 * (d - b), c, d - 0.25 * (d - b)) for a, b, c, d in text_boxes(only_page(**values))]
    colliding = [
        (one, other) for index, one in enumerate(boxes) for other in boxes[index + 1 :] if overlap(one, other)
    ]
    assert colliding == []


def test_a_ticket_says_everything_that_its_holder_needs() -> None:
    text = text_of(only_page())
    for said in (
        "Midsummer Night in the Orangery",
        "Saturday June 20, 2026 7:30 PM – 11:00 PM CEST",
        "Central European Summer Time",
        "Orangery Spandauer Damm 22–24 Berlin",
        "Zoë Żółć",
        "Standing – Early bird",
        "€25.50",
        "ORD-7F3K9Q2M",
        "TKT-5H8W2N4QXR",
        "Doors open an hour before the start.",
        "Spree Sounds",
        "Foyer",
    ):
        assert said in text


@pytest.mark.parametrize(
    "name",
    [
        "Zoë Żółć-Nguyễn Ðặng",
        "Екатерина Щербакова",
        "Αλέξανδρος Παπαδόπουλος",
        "محمد عبد الله",
        "שרה כהן",
        "Արամ Խաչատրյան",
        "გიორგი ბერიძე",
        "王小明",
        "たなか ケンジ",
        "김민준",
    ],
)
def test_names_are_drawn_with_glyphs_of_their_own_and_can_be_copied(name: str) -> None:
    page = only_page(attendee_name=name, event_title=name, terms=name)
    assert text_of(page).count(name) == 3
    for font in fonts_of(page):
        assert font.startswith(("DejaVuSans", "DroidSansFallback"))


def fonts_of(page: Any) -> set[str]:
    text = pypdfium2.raw.FPDF_PAGEOBJ_TEXT
    return {found.get_font().get_base_name() for found in page.get_objects([text])}


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("สมชาย", "smchaay"),
        ("नमस्ते", "nmste"),
        ("𝓐𝓵𝓲𝓬𝓮", "Alice"),
        ("Ann \U0001f389 B\u200d", "Ann B"),
        ("\ue000A\x07\u202e\ud800", "A"),
    ],
)
def test_what_no_font_has_is_written_in_latin_letters_or_left_out(text: str, drawn: str) -> None:
    from ticketing.documents.lines import fit

    (row,) = fit(text, width=300, height=30, sizes=(12,)).lines
    assert "".join(run.text for run in row.runs) == drawn


def test_a_name_in_other_letters_is_still_copied_as_it_was_given() -> None:
    assert "Attendee สมชาย Ticket" in text_of(only_page(attendee_name="สมชาย"))


def test_a_name_of_which_nothing_can_be_drawn_leaves_no_empty_place() -> None:
    assert "Attendee" not in text_of(only_page(attendee_name="\U0001f389\U0001f389"))


def test_long_small_print_is_cut_with_an_ellipsis_and_short_is_kept() -> None:
    assert text_of(only_page(terms="Be on time. " * 2000)).count("…") == 1
    text = text_of(only_page(terms="Be on time.\n\nBring a friend.\nBring two."))
    assert "Be on time. Bring a friend. Bring two." in text
    assert "…" not in text


def test_a_day_pass_names_its_day_and_the_whole_event() -> None:
    text = text_of(
        only_page(day=date(2026, 6, 21), ends_at=datetime(2026, 6, 22, 20, tzinfo=UTC), language="en")
    )
    assert "Sunday June 21, 2026 Sat, Jun 20, 7:30 PM – Mon, Jun 22, 2026, 10:00 PM CEST" in text


def test_an_event_of_several_days_names_the_first_and_the_last() -> None:
    text = text_of(only_page(ends_at=datetime(2027, 1, 2, 20, tzinfo=UTC)))
    assert "Sat, Jun 20, 2026, 7:30 PM CEST – Sat, Jan 2, 2027, 9:00 PM CET" in text


def test_a_night_is_one_evening_and_a_zone_without_letters_is_told_by_its_distance() -> None:
    text = text_of(
        only_page(ends_at=datetime(2026, 6, 21, 3, tzinfo=UTC), timezone="America/Argentina/Buenos_Aires")
    )
    assert "Saturday June 20, 2026 2:30 PM – 12:00 AM UTC-03" in text


def test_dates_and_the_file_speak_the_language_of_the_ticket() -> None:
    pdf = tickets_pdf([sheet(language="de-AT")], title="Karten")
    assert "Samstag 20. Juni 2026 19:30 – 23:00 CEST" in text_of(pages(pdf)[0])
    assert re.search(rb"/Lang \(de-AT\)", pdf)


@pytest.mark.parametrize("language", ["", "xx", "not a language", "../de", "zz_ZZ"])
def test_a_language_that_nobody_knows_is_english(language: str) -> None:
    assert "Saturday June 20, 2026" in text_of(only_page(language=language))


def test_the_file_says_what_it_is_and_from_whom() -> None:
    sheets = [sheet(), sheet(), sheet(organizer_name="Öffentliche Bühne")]
    found = metadata(tickets_pdf(sheets, title="Tickets for Zoë"))
    assert found["Title"] == "Tickets for Zoë"
    assert found["Author"] == "Spree Sounds, Öffentliche Bühne"
    assert found["Creator"] == "Foyer"


@pytest.mark.parametrize(
    ("size", "kind", "mode"),
    [
        ((1, 1), "PNG", "RGBA"),
        ((1, 4000), "PNG", "RGB"),
        ((4000, 1), "PNG", "L"),
        ((300, 100), "JPEG", "CMYK"),
        ((3000, 2000), "JPEG", "RGB"),
        ((64, 64), "PNG", "P"),
        ((64, 64), "PNG", "1"),
        ((64, 64), "PNG", "LA"),
    ],
)
def test_a_logo_of_any_shape_stands_in_its_place(size: tuple[int, int], kind: str, mode: str) -> None:
    page = only_page(organizer_logo=logo(*size, kind=kind, mode=mode))
    (image,) = page.get_objects([pypdfium2.raw.FPDF_PAGEOBJ_IMAGE])
    left, bottom, right, top = image.get_bounds()
    assert right - left <= 131
    assert top - bottom <= 45
    assert left >= 60
    assert codes_in(picture_of(page, dpi=100)) == [CODE]


@pytest.mark.parametrize("size", [(640, 40), (640, 200), (90, 300)])
@pytest.mark.parametrize("name", ["Spree Sounds", "The Society of Friends of Chamber Music in Berlin " * 2])
def test_logo_and_name_stand_in_the_middle_of_one_another(size: tuple[int, int], name: str) -> None:
    page = only_page(organizer_logo=logo(*size), organizer_name=name)
    (image,) = page.get_objects([pypdfium2.raw.FPDF_PAGEOBJ_IMAGE])
    _left, bottom, right, top = image.get_bounds()
    beside = [box for box in text_boxes(page) if box[0] > right and box[1] > 730]
    middle = (min(box[1] for box in beside) + max(box[3] for box in beside)) / 2
    assert middle == pytest.approx((bottom + top) / 2, abs=2.5)


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"GIF89a", b"\x89PNG\r\n\x1a\n" + b"\x00" * 40, logo(300, 300)[:200], b"<svg/>"]
)
def test_a_broken_logo_does_not_lose_the_ticket(data: bytes) -> None:
    page = only_page(organizer_logo=data)
    assert codes_in(picture_of(page, dpi=100)) == [CODE]
    assert not list(page.get_objects([pypdfium2.raw.FPDF_PAGEOBJ_IMAGE]))


def test_a_photograph_takes_little_of_the_file_and_a_drawing_keeps_its_edges() -> None:
    photograph = Image.effect_noise((640, 320), 90).convert("RGB")
    drawing = Image.new("RGB", (640, 320), "white")
    ImageDraw.Draw(drawing).rectangle((100, 100, 300, 200), fill="#c81e50")
    for picture, is_photograph in ((photograph, True), (drawing, False)):
        file = io.BytesIO()
        picture.save(file, "PNG")
        pdf = tickets_pdf([sheet(organizer_logo=file.getvalue())], title="x")
        assert (b"/DCTDecode" in pdf) is is_photograph
        assert len(pdf) < 150_000
    shown = picture_of(pages(pdf)[0], dpi=300).crop((317, 283, 700, 466))
    assert {colour for _, colour in shown.getcolors(100_000) or []} >= {(200, 30, 80), (255, 255, 255)}


def test_a_logo_makes_a_ticket_little_slower() -> None:
    """A ceiling for busy machines; most of the time that it leaves is spare."""
    picture = Image.effect_noise((640, 320), 90).convert("RGB")
    file = io.BytesIO()
    picture.save(file, "PNG")
    shared = sheet(organizer_logo=file.getvalue())
    tickets_pdf([shared], title="x")
    times = []
    for _ in range(9):
        start = time.process_time()
        tickets_pdf([shared], title="x")
        times.append(time.process_time() - start)
    assert statistics.median(times) < 0.060


def test_a_logo_that_all_tickets_share_is_embedded_once() -> None:
    mark = logo(600, 300)
    pdf = tickets_pdf([sheet(organizer_logo=mark) for _ in range(5)], title="x")
    assert pdf.count(b"/Subtype /Image") == 1


@pytest.mark.parametrize("accent", ["#ffffff", "#000000", "#ffff00", "red", "", "#12345", "#12345g"])
def test_texts_and_code_stay_dark_on_white_whatever_the_accent(accent: str) -> None:
    picture = picture_of(only_page(accent=accent), dpi=72).convert("L")
    assert codes_in(picture) == [CODE]
    below_the_head = picture.crop((60, 60, 535, 830))
    assert below_the_head.getpixel((0, 0)) == 255
    assert below_the_head.getextrema() == (0, 255)


def test_a_file_is_small() -> None:
    assert len(tickets_pdf([sheet()], title="x")) < 60_000
    assert len(tickets_pdf([sheet(code=f"{n:064x}") for n in range(10)], title="x")) < 120_000


def test_the_same_tickets_make_the_same_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1780000000")
    sheets = [sheet(), sheet(event_title="春", attendee_name="محمد", organizer_logo=logo(90, 30))]
    assert tickets_pdf(sheets, title="x") == tickets_pdf(sheets, title="x")


def test_a_file_without_tickets_is_refused() -> None:
    with pytest.raises(ValueError):
        tickets_pdf([], title="x")


def test_tickets_are_made_within_an_application_too() -> None:
    app = Flask(__name__)
    Babel(app, default_locale="fr")
    with app.test_request_context():
        before = get_locale()
        text = text_of(only_page(language="de"))
        assert get_locale() == before
    assert "Samstag" in text


def test_threads_make_their_files_side_by_side() -> None:
    made: dict[int, bytes] = {}

    def make(number: int) -> None:
        made[number] = tickets_pdf(
            [sheet(attendee_name=f"Guest {number} 王 {chr(0x5D0 + number)}")], title="x"
        )

    threads = [threading.Thread(target=make, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number in range(6):
        assert f"Guest {number} 王" in text_of(pages(made[number])[0])


def test_a_ticket_takes_milliseconds() -> None:
    """Processor time: what else runs on the machine is not this code's."""
    sheets = [sheet(code=f"{number:064x}", ticket_number=f"T-{number}") for number in range(10)]
    tickets_pdf(sheets, title="x")
    taken = []
    for _ in range(5):
        start = time.process_time()
        tickets_pdf(sheets, title="x")
        taken.append((time.process_time() - start) / len(sheets))
    assert statistics.median(taken) < 0.060
