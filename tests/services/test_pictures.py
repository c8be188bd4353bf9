"""Pictures that are sent: what is kept of them, and what is refused."""

from __future__ import annotations

import io
import stat
import struct
import zlib
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image, ImageDraw, PngImagePlugin

from ticketing.errors import Invalid, Unavailable
from ticketing.models import Organization
from ticketing.services import pictures
from ticketing.transaction import TransactionOpen, transactional

RED = (200, 30, 80)


@pytest.fixture
def media(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``MEDIA_ROOT`` of this test."""
    monkeypatch.setitem(app.config, "MEDIA_ROOT", tmp_path)
    return tmp_path


def drawn(size: tuple[int, int] = (90, 30), mode: str = "RGBA", fill: Any = (*RED, 255)) -> Image.Image:
    return Image.new(mode, size, fill)


def sent(picture: Image.Image | None = None, kind: str = "PNG", **options: Any) -> bytes:
    file = io.BytesIO()
    (picture or drawn()).save(file, kind, **options)
    return file.getvalue()


def take_in(data: Any, box: tuple[int, int] = pictures.LOGO_BOX) -> str:
    return pictures.take_in(data, folder=pictures.LOGOS, box=box, field="logo")


def kept(media: Path, name: str) -> Image.Image:
    picture = Image.open(media / name)
    picture.load()
    return picture


def refusal(data: Any) -> str:
    with pytest.raises(Invalid) as refused:
        take_in(data)
    assert list(refused.value.fields) == ["logo"]
    return refused.value.code


# ------------------------------------------------------------------ what is kept


@pytest.mark.parametrize(
    ("kind", "mode"),
    [
        ("PNG", "RGBA"),
        ("PNG", "RGB"),
        ("PNG", "L"),
        ("PNG", "LA"),
        ("PNG", "P"),
        ("PNG", "1"),
        ("JPEG", "RGB"),
        ("JPEG", "L"),
        ("JPEG", "CMYK"),
        ("WEBP", "RGBA"),
        ("WEBP", "RGB"),
        ("GIF", "P"),
    ],
)
def test_every_picture_of_the_web_is_kept_as_a_png_of_the_same_shape(
    media: Path, kind: str, mode: str
) -> None:
    fill = {"LA": (128, 255), "CMYK": (9, 9, 9, 9), "RGB": RED, "RGBA": (*RED, 255)}.get(mode, 1)
    name = take_in(sent(drawn(mode=mode, fill=fill), kind))
    picture = kept(media, name)
    assert (picture.format, picture.size) == ("PNG", (90, 30))
    assert picture.mode in ("RGB", "RGBA")


def test_colours_and_transparency_survive(media: Path) -> None:
    half = drawn()
    half.paste((*RED, 128), (45, 0, 90, 30))
    picture = kept(media, take_in(sent(half)))
    assert (picture.mode, picture.getpixel((0, 0)), picture.getpixel((80, 0))) == (
        "RGBA",
        (*RED, 255),
        (*RED, 128),
    )
    opaque = kept(media, take_in(sent(drawn())))
    assert (opaque.mode, opaque.getpixel((0, 0))) == ("RGB", RED)


def test_greys_of_sixteen_bits_stay_grey(media: Path) -> None:
    picture = kept(media, take_in(sent(drawn(mode="I;16", fill=0x8080))))
    assert picture.getpixel((0, 0)) == (128, 128, 128)


@pytest.mark.parametrize(
    ("size", "expected"),
    [((4000, 1000), (640, 160)), ((1000, 3000), (107, 320)), ((20, 10), (20, 10)), ((4000, 1), (640, 1))],
)
def test_it_is_made_smaller_where_it_is_large_and_never_larger(
    media: Path, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert kept(media, take_in(sent(drawn(size)))).size == expected


def test_a_photograph_that_lies_on_its_side_is_put_upright(media: Path) -> None:
    lying = drawn((60, 40), "RGB", "white")
    ImageDraw.Draw(lying).rectangle((0, 0, 29, 39), fill=RED)
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind in ("JPEG", "PNG", "WEBP"):
        picture = kept(media, take_in(sent(lying, kind, exif=exif))).convert("RGB")
        assert picture.size == (40, 60)
        top, bottom = picture.getpixel((20, 10)), picture.getpixel((20, 50))
        assert isinstance(top, tuple)
        assert isinstance(bottom, tuple)
        assert top[1] < 80, kind
        assert bottom[1] > 200, kind


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_notes_of_a_camera_that_nobody_can_read_do_no_harm(media: Path) -> None:
    for kind in ("PNG", "JPEG", "WEBP"):
        for notes in (b"Exif\x00\x00garbage", b"Exif\x00\x00II*\x00\xff\xff\xff\xff"):
            data = sent(drawn(mode="RGB", fill=RED), kind, exif=notes)
            assert kept(media, take_in(data)).size == (90, 30)


def test_nothing_is_kept_but_what_one_sees(media: Path) -> None:
    secret = b"52.5200N 13.4050E Zoe"
    exif = Image.Exif()
    exif[0x010E] = secret.decode()
    for kind in ("JPEG", "WEBP", "PNG"):
        data = sent(drawn(mode="RGB", fill=RED), kind, exif=exif, icc_profile=secret * 9)
        assert secret in data or kind == "PNG"
        name = take_in(data)
        assert secret not in (media / name).read_bytes()
        assert kept(media, name).info == {}
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", secret.decode())
    appended = sent(drawn(), pnginfo=text) + b"PK\x03\x04<script>alert(1)</script>"
    content = (media / take_in(appended)).read_bytes()
    assert secret not in content
    assert b"script" not in content


def test_colours_below_what_is_transparent_are_gone(media: Path) -> None:
    picture = drawn(fill=(*RED, 255))
    picture.paste((1, 2, 3, 0), (10, 10, 20, 20))
    assert kept(media, take_in(sent(picture))).getpixel((15, 15)) == (0, 0, 0, 0)


def test_what_is_transparent_around_it_is_cut_off(media: Path) -> None:
    picture = drawn((300, 300), fill=(0, 0, 0, 0))
    picture.paste((*RED, 255), (100, 140, 200, 160))
    assert kept(media, take_in(sent(picture))).size == (100, 20)


def test_of_a_moving_picture_the_first_frame_is_kept(media: Path) -> None:
    frames = [drawn((40, 40), "RGB", colour) for colour in (RED, (0, 0, 255), (0, 255, 0))]
    for kind in ("GIF", "WEBP"):
        data = sent(frames[0], kind, save_all=True, append_images=frames[1:], lossless=True)
        first = kept(media, take_in(data)).convert("RGB").getpixel((5, 5))
        assert first == RED, kind


def test_what_a_file_is_called_does_not_matter(media: Path) -> None:
    file = io.BytesIO(sent(drawn(mode="RGB", fill=RED), "JPEG"))
    file.name = "../../etc/passwd.svg"
    name = take_in(file)
    assert [path.relative_to(media).as_posix() for path in media.rglob("*") if path.is_file()] == [name]


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "picture_empty"),
        (b"hello", "picture_unreadable"),
        (b"GIF89a", "picture_unreadable"),
        (b"%PDF-1.7\n", "picture_unreadable"),
        (b"<html><body></body></html>", "picture_unreadable"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "picture_unreadable"),
        (sent(drawn((300, 300)))[:-40], "picture_unreadable"),
        (sent(drawn(mode="RGB", fill=RED), "BMP"), "picture_unreadable"),
        (sent(drawn(mode="RGB", fill=RED), "TIFF"), "picture_unreadable"),
        (sent(drawn(fill=(0, 0, 0, 0))), "picture_blank"),
        (bytes(pictures.LARGEST_FILE + 1), "picture_too_large"),
    ],
)
def test_what_is_no_picture_is_refused_and_nothing_is_kept(media: Path, data: bytes, code: str) -> None:
    assert refusal(data) == code
    assert list(media.rglob("*")) == []


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xef\xbb\xbf\n<?xml version='1.0'?>\n<!-- made by hand --><SVG></SVG>",
        b"<!DOCTYPE svg PUBLIC '-//W3C//DTD SVG 1.1//EN'><svg onload='alert(1)'/>",
        b"<!-- " + b"x" * 5000 + b" --><svg/>",
    ],
)
def test_a_drawing_is_told_what_to_send_instead(media: Path, data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        take_in(data)
    assert refused.value.code == "picture_is_svg"
    assert "as PNG" in refused.value.sentence


def bomb(width: int, height: int) -> bytes:
    """A small file that says that it is huge."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + check

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(bytes(1000)))
    return b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("width", "height"), [(4001, 4000), (16_000_001, 1), (60_000, 60_000), (2**31 - 1, 2**31 - 1)]
)
def test_a_bomb_is_not_unpacked(
    media: Path, monkeypatch: pytest.MonkeyPatch, width: int, height: int
) -> None:
    def unpacked(*_values: Any) -> Any:
        raise AssertionError("it was unpacked")

    monkeypatch.setattr(Image.Image, "convert", unpacked)
    assert refusal(bomb(width, height)) == "picture_too_many_pixels"


def test_a_text_that_unpacks_to_very_much_is_no_picture(media: Path) -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "x" * 3_000_000, zip=True)
    assert refusal(sent(pnginfo=text)) == "picture_unreadable"


def test_of_a_file_without_end_no_more_is_read_than_is_needed(media: Path) -> None:
    class Endless(io.RawIOBase):
        taken = 0

        def read(self, size: int = -1) -> bytes:
            assert 0 < size <= pictures.LARGEST_FILE + 1
            self.taken += size
            return bytes(size)

    endless = Endless()
    assert refusal(endless) == "picture_too_large"
    assert endless.taken == pictures.LARGEST_FILE + 1


# ------------------------------------------------------------------ keeping and removing


def test_the_same_picture_twice_is_two_files_that_everybody_may_read(media: Path) -> None:
    data = sent()
    first, second = take_in(data), take_in(data)
    assert first != second
    assert pictures.read(first) == pictures.read(second)
    assert stat.S_IMODE((media / first).stat().st_mode) == 0o644


def test_a_disk_that_takes_nothing_leaves_nothing_behind(
    media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(Unavailable):
        take_in(sent())
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_no_picture_is_taken_in_while_locks_are_held(media: Path) -> None:
    @transactional
    def command() -> None:
        take_in(sent())

    with pytest.raises(TransactionOpen):
        command()


def test_what_is_dropped_is_gone_and_dropping_it_again_does_no_harm(media: Path) -> None:
    name = take_in(sent())
    pictures.drop(name)
    pictures.drop(name)
    pictures.drop(None)
    assert not (media / name).exists()


@pytest.mark.parametrize(
    "name", ["../secret.png", "events/demo/cover.png", "logos/../../secret.png", "/etc/passwd", "logos", ""]
)
def test_only_what_was_taken_in_is_dropped(media: Path, name: str) -> None:
    others = [media.parent / "secret.png", media / "events/demo/cover.png"]
    for path in others:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"kept")
    (media / "logos").mkdir()
    pictures.drop(name)
    assert all(path.read_bytes() == b"kept" for path in others)
    assert (media / "logos").is_dir()


@pytest.mark.parametrize(
    "name", [None, "", "logos/none.png", "../secret.png", "/etc/passwd", "logos", "\x00"]
)
def test_only_pictures_that_are_there_are_read(media: Path, name: str | None) -> None:
    (media.parent / "secret.png").write_bytes(b"secret")
    (media / "logos").mkdir()
    assert pictures.read(name) is None


def test_a_name_fits_its_column(media: Path) -> None:
    assert len(take_in(sent())) <= Organization.logo.type.length
