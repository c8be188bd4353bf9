"""A browser whose camera sees what a test shows it: a film of QR codes, drawn as those on tickets are."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import segno
from PIL import Image
from playwright.sync_api import Browser

from tests.browser.chromium import ARGUMENTS, executable

SIZE, PICTURES_A_SECOND = (640, 480), 5


def picture_of(code: str) -> Image.Image:
    """A code held before the camera; nothing but the wall for the empty one."""
    view = Image.new("L", SIZE, 90)
    if code:
        drawn = io.BytesIO()
        segno.make(code, error="m").save(drawn, kind="png", scale=6, border=4)
        qr = Image.open(drawn).convert("L")
        view.paste(qr, ((SIZE[0] - qr.width) // 2, (SIZE[1] - qr.height) // 2))
    return view


def write_film(path: Path, scenes: Sequence[tuple[str, float]]) -> None:
    """A film in YUV4MPEG2, shown over and over: each code for so many seconds."""
    width, height = SIZE
    grey = bytes([128]) * (width * height // 2)
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{width} H{height} F{PICTURES_A_SECOND}:1 Ip A1:1 C420\n".encode())
        for code, seconds in scenes:
            frame = b"FRAME\n" + picture_of(code).tobytes() + grey
            film.write(frame * round(seconds * PICTURES_A_SECOND))


@contextmanager
def seeing(browser: Browser, film: Path) -> Iterator[Browser]:
    """A second browser beside that one, whose only camera shows the film. It is read when a page starts the
    camera, and the browser asks nobody for permission."""
    own = [
        "--use-fake-device-for-media-stream",
        "--use-fake-ui-for-media-stream",
        f"--use-file-for-fake-video-capture={film}",
    ]
    second = browser.browser_type.launch(executable_path=executable(), args=[*ARGUMENTS, *own])
    try:
        yield second
    finally:
        second.close()
