"""Pictures that people send: looked at, made anew and kept below ``MEDIA_ROOT``.

What is kept was drawn here, pixel by pixel: nothing of the file that was sent gets through but what one sees.
A name is the house's own, used once and never for other content, so whoever replaces a picture removes it.
"""

from __future__ import annotations

import io
import os
import re
import secrets
import tempfile
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import IO, Any

import structlog
from flask import current_app
from werkzeug.security import safe_join

from ticketing.errors import Invalid, Unavailable, said
from ticketing.transaction import assert_none_open

log = structlog.get_logger(__name__)

LOGOS = "logos"
#: A logo as it is kept: what a printer shows of it where tickets have it, and enough for any screen.
LOGO_BOX = (640, 320)
COVERS = "covers"
#: An event's picture: as its own page shows it, twice as fine, and as lists do.
BANNER_BOX, THUMBNAIL_BOX = (1600, 1600), (800, 800)
LARGEST_FILE = 5 * 1024 * 1024
MOST_PIXELS = 16_000_000
_FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
_OURS = re.compile(r"[a-z]+/[0-9a-f]{32}\.(png|webp)")


def take_in(
    sent: IO[bytes] | bytes, *, folder: str, box: tuple[int, int], field: str, is_photograph: bool = False
) -> str:
    """Keep a picture, at most as large as ``box``, as PNG, a photograph as WebP on white; its name below
    ``MEDIA_ROOT``. PNG, JPEG, WebP and the first frame of a GIF are read, whatever the file is called. It is
    turned as its camera says, and what is transparent around it is cut off.

    :raises Invalid: it is too large, has too many pixels, shows nothing, or is none of these.
    :raises Unavailable: it cannot be written.
    """
    assert_none_open()
    data = sent if isinstance(sent, bytes) else sent.read(LARGEST_FILE + 1)
    picture = _redrawn(data, box, field, is_photograph)
    content = _webp(picture) if is_photograph else _png(picture)
    return _kept(folder, "webp" if is_photograph else "png", content)


def copied(name: str | None) -> str | None:
    """Keep a picture once more, under a name of its own; ``None`` where there is none any more. What was not
    taken in here is nobody's to remove, and keeps its name.

    :raises Unavailable: it cannot be written.
    """
    assert_none_open()
    if not name or not _OURS.fullmatch(name):
        return name
    content = read(name)
    if content is None:
        return None
    folder, _, file = name.partition("/")
    return _kept(folder, file.rpartition(".")[2], content)


def _kept(folder: str, form: str, content: bytes) -> str:
    name = f"{folder}/{secrets.token_hex(16)}.{form}"
    try:
        _write(_root() / name, content)
    except OSError as error:
        log.exception("picture_not_kept", name=name)
        raise Unavailable("The picture could not be kept. Please try again in a moment.") from error
    return name


def read(name: str | None) -> bytes | None:
    """What is kept under that name; ``None`` where there is none any more. Names are used once: what was read
    is remembered."""
    path = safe_join(str(_root()), name) if name else None
    if path is None:
        return None
    try:
        return _content(path)
    except (OSError, ValueError) as error:
        log.warning("picture_missing", name=name, error=str(error))
        return None


def drop(name: str | None) -> None:
    """Remove a picture that nothing refers to any more; only what was taken in here."""
    if not name or not _OURS.fullmatch(name):
        return
    try:
        (_root() / name).unlink(missing_ok=True)
    except OSError as error:
        # It takes up room, no more.
        log.warning("picture_not_removed", name=name, error=str(error))


def too_large(field: str) -> Invalid:
    """What is said of a file that is larger than any that is taken in."""
    sentence = f"A picture has at most {LARGEST_FILE // (1024 * 1024)} MB."
    return Invalid("picture_too_large", sentence, field=field)


@lru_cache(32)
def _content(path: str) -> bytes:
    return Path(path).read_bytes()


def _root() -> Path:
    return Path(current_app.config["MEDIA_ROOT"])


def _redrawn(data: bytes, box: tuple[int, int], field: str, is_photograph: bool) -> Any:
    """The pixels of the picture, made small."""
    if len(data) > LARGEST_FILE:
        raise too_large(field)
    if not data:
        raise Invalid("picture_empty", "This file is empty.", field=field)
    if _is_svg(data):
        sentence = said(
            "An SVG cannot be printed on tickets. Please send it as PNG, 640 pixels wide or more."
        )
        if is_photograph:
            sentence = said("An SVG cannot be shown here. Please send a PNG, JPEG, WebP or GIF file.")
        raise Invalid("picture_is_svg", sentence, field=field)
    try:
        picture = _opened(data, box, field)
    except Invalid:
        raise
    except Exception as error:
        # Pillow's readers raise whatever a broken file leads them to.
        log.info("picture_unreadable", error=str(error))
        sentence = said("We cannot read this picture. Please send a PNG, JPEG, WebP or GIF file.")
        raise Invalid("picture_unreadable", sentence, field=field) from error
    seen = picture.getchannel("A").getbbox()
    if seen is None:
        raise Invalid("picture_blank", "There is nothing to be seen in this picture.", field=field)
    picture = picture.crop(seen)
    picture.thumbnail(box)
    return picture


def _opened(data: bytes, box: tuple[int, int], field: str) -> Any:
    """Its pixels with their transparency, the right way up. Nothing is unpacked before its size is known."""
    from PIL import Image, ImageOps

    most = MOST_PIXELS // 1_000_000
    sentence = f"A picture has at most {most} million pixels. Please send a smaller one."
    too_many = Invalid("picture_too_many_pixels", sentence, field=field)
    try:
        opened = Image.open(io.BytesIO(data), formats=_FORMATS)
    except Image.DecompressionBombError as error:
        raise too_many from error
    with opened as picture:
        if picture.width * picture.height > MOST_PIXELS:
            raise too_many
        # What a camera makes is unpacked to no more than is needed; turned, it may be as wide as it is high.
        picture.draft("RGB", (2 * max(box), 2 * max(box)))
        with suppress(Exception):  # Notes that nobody can read turn nothing.
            ImageOps.exif_transpose(picture, in_place=True)
        if picture.mode.startswith("I"):
            # Greys of 16 bits would be cut off at 8 instead of scaled.
            return picture.convert("I").point(lambda grey: grey * (1 / 257)).convert("L").convert("RGBA")
        return picture.convert("RGBA")


def _png(picture: Any) -> bytes:
    """Nothing but pixels, no colours below what is transparent; no transparency where nothing is."""
    from PIL import Image

    bare = Image.alpha_composite(Image.new("RGBA", picture.size), picture)
    if picture.getchannel("A").getextrema() == (255, 255):
        bare = bare.convert("RGB")
    file = io.BytesIO()
    bare.save(file, "PNG", optimize=True)
    return file.getvalue()


def _webp(picture: Any) -> bytes:
    """Nothing but pixels, white where nothing is."""
    from PIL import Image

    bare = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("RGB")
    file = io.BytesIO()
    bare.save(file, "WEBP", quality=82, method=4)
    return file.getvalue()


def _is_svg(data: bytes) -> bool:
    start = data[:2048].lstrip(b"\xef\xbb\xbf\r\n\t ").lower()
    return start.startswith((b"<?xml", b"<!doctype", b"<!--", b"<svg")) and b"<svg" in data[:65536].lower()


def _write(path: Path, content: bytes) -> None:
    """Under its name there is the whole file or none, also after the power has failed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, part = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        Path(part).rename(path)
    except BaseException:
        Path(part).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
