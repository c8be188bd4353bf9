"""QR codes as files."""

from __future__ import annotations

import hashlib
import io
import re

import pytest
import segno
from PIL import Image, ImageDraw

from tests.documents.sheets import CODE, codes_in
from ticketing.documents import qr, qr_png, qr_svg


@pytest.mark.parametrize("scale", [2, 8])
def test_a_png_is_read_back(scale: int) -> None:
    picture = Image.open(io.BytesIO(qr_png(CODE, scale)))
    assert codes_in(picture) == [CODE]
    assert picture.size == (45 * scale, 45 * scale)


def test_every_code_is_read_back_whatever_its_pattern() -> None:
    for number in range(60):
        code = hashlib.sha256(str(number).encode()).hexdigest()
        assert codes_in(Image.open(io.BytesIO(qr_png(code, 3)))) == [code]


def test_a_quarter_of_the_data_may_be_dirty() -> None:
    """Error correction M restores 15 % of the code words."""
    picture = Image.open(io.BytesIO(qr_png(CODE, 8))).convert("L")
    ImageDraw.Draw(picture).rectangle((170, 170, 240, 240), fill=0)
    assert codes_in(picture) == [CODE]
    assert segno.make_qr(CODE, error="m", mask=qr._MASK).error in ("M", "Q", "H")


def test_four_light_modules_surround_a_code() -> None:
    picture = Image.open(io.BytesIO(qr_png(CODE, 1))).convert("L")
    inner = picture.crop((4, 4, 41, 41))
    assert picture.point(lambda value: 255 - value).getbbox() == (4, 4, 41, 41)
    assert inner.getpixel((0, 0)) == inner.getpixel((36, 0)) == inner.getpixel((0, 36)) == 0


def test_an_svg_draws_the_same_modules_as_the_png() -> None:
    picture = Image.new("L", (45, 45), 255)
    pen = ImageDraw.Draw(picture)
    dark = re.search(r'fill="#000" d="([^"]+)"', qr_svg(CODE))
    assert dark
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1h-\3z", dark[1]):
        pen.rectangle((int(x), int(y), int(x) + int(width) - 1, int(y)), fill=0)
    assert picture.tobytes() == Image.open(io.BytesIO(qr_png(CODE, 1))).convert("L").tobytes()
    assert codes_in(picture.resize((360, 360), Image.Resampling.NEAREST)) == [CODE]


def test_an_svg_holds_nothing_that_a_content_policy_refuses() -> None:
    svg = qr_svg(CODE)
    assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg"')
    assert not re.search(r"style|script|href|\son\w+=|<!", svg)
    assert set(re.findall(r"<(\w+)", svg)) == {"svg", "path"}


@pytest.mark.parametrize("code", ["", "x" * 5000])
def test_what_no_qr_can_hold_is_refused(code: str) -> None:
    with pytest.raises(ValueError):
        qr_png(code)
    with pytest.raises(ValueError):
        qr_svg(code)
