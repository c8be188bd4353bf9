"""Static files: kept for ever, changed at once, and nothing that our own policy forbids."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import brotli
import pytest
from flask import Flask
from flask.testing import FlaskClient

import ticketing
from tests.factories import EventFactory, OfferFactory
from tests.web.conftest import Get
from ticketing.web.assets import content_hash, static_url

ROOT = Path(ticketing.__file__).parent
STATIC, TEMPLATES = ROOT / "static", ROOT / "templates"
STYLES = sorted((STATIC / "css").glob("*.css"))
#: Of pages: what is mailed is shown by mail programs, under their own rules.
ALL_TEMPLATES = sorted(path for path in TEMPLATES.rglob("*.html") if "mail" not in path.parts)
names = {"ids": lambda path: path.name}


def test_a_fingerprinted_file_is_kept_for_ever(client: FlaskClient, get: Get) -> None:
    page = get("/")
    linked = [
        known.get("href") or known.get("src", "")
        for tag, known in page.attributes
        if tag in ("link", "script", "img") and "/static/" in (known.get("href") or known.get("src", ""))
    ]
    assert len(linked) > 8
    for address in linked:
        with client.get(address) as answer:
            assert answer.status_code == 200
            assert "immutable" in answer.headers["Cache-Control"], address


def test_a_process_that_has_shown_no_page_yet_knows_the_fingerprint(client: FlaskClient, app: Flask) -> None:
    app.extensions["static_versions"].clear()
    version = content_hash(STATIC / "css" / "app.css")
    with client.get(f"/static/css/app.css?v={version}") as answer:
        assert "immutable" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("query", ["", "?v=", "?v=000000000000"])
def test_without_the_right_fingerprint_a_file_is_asked_for_again(client: FlaskClient, query: str) -> None:
    client.get("/")
    with client.get(f"/static/css/app.css{query}") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize(
    ("accepted", "encoding"),
    [("br, gzip", "br"), ("gzip", "gzip"), ("zstd", None), ("", None), ("br;q=0", None)],
)
def test_text_travels_as_its_reader_likes_it_best(
    client: FlaskClient, accepted: str, encoding: str | None
) -> None:
    content = (STATIC / "css" / "app.css").read_bytes()
    with client.get("/static/css/app.css", headers={"Accept-Encoding": accepted}) as answer:
        body = answer.data
        assert answer.headers.get("Content-Encoding") == encoding
        assert answer.headers["Content-Length"] == str(len(body))
        assert "Accept-Encoding" in answer.headers["Vary"]
        tag = answer.headers["ETag"]
    unpack = {"br": brotli.decompress, "gzip": gzip.decompress, None: bytes}[encoding]
    assert unpack(body) == content
    headers = {"Accept-Encoding": accepted, "If-None-Match": tag}
    with client.get("/static/css/app.css", headers=headers) as again:
        assert (again.status_code, again.data) == (304, b"")


def test_parts_of_files_and_what_is_packed_already_travel_as_they_are(client: FlaskClient) -> None:
    packed = {"Accept-Encoding": "br"}
    with client.get("/static/css/app.css", headers=packed | {"Range": "bytes=0-9"}) as part:
        assert (part.status_code, len(part.data)) == (206, 10)
        assert "Content-Encoding" not in part.headers
    font = "vendor/type-5.3.0/figtree-latin.woff2"
    with client.get(f"/static/{font}", headers=packed) as answer:
        assert "Content-Encoding" not in answer.headers


def test_the_list_weighs_less_than_100_kb_without_pictures(client: FlaskClient) -> None:
    for number in range(12):
        OfferFactory(event=EventFactory(title=f"A title of some length, number {number}"))
    packed = {"Accept-Encoding": "br"}
    page = client.get("/events/", headers=packed)
    weights = {"page": len(page.data)}
    text = brotli.decompress(page.data).decode()
    for address in set(re.findall(r'(?:href|src)="(/static/[^"#]+[.](?:css|js|svg)[^"#]*)', text)):
        with client.get(address, headers=packed) as answer:
            weights[address] = len(answer.data)
    fonts = sorted((STATIC / "vendor" / "type-5.3.0").glob("*-latin.woff2"))
    weights |= {font.name: font.stat().st_size for font in fonts}
    assert (len(weights) > 10, len(fonts)) == (True, 2)
    assert sum(weights.values()) < 100_000, weights


def test_the_fingerprint_follows_the_content(tmp_path: Path) -> None:
    file = tmp_path / "app.css"
    file.write_text("a {}")
    before = content_hash(file)
    file.write_text("b {}")
    assert content_hash(file) != before


def test_a_template_cannot_name_a_file_that_is_not_there(app: Flask) -> None:
    with app.test_request_context(), pytest.raises(FileNotFoundError):
        static_url("css/nothing.css")


@pytest.mark.parametrize("template", ALL_TEMPLATES, **names)
def test_templates_hold_no_inline_script_or_style(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"\sstyle\s*=", text)
    # What search engines read is data: it never runs, and no policy on scripts is about it.
    text = text.replace('<script type="application/ld+json">', "")
    assert not re.search(r"<style|<script(?![^>]*\ssrc=)|\son[a-z]+\s*=|javascript:", text, re.IGNORECASE)


@pytest.mark.parametrize("file", [*STYLES, *ALL_TEMPLATES, *sorted((STATIC / "js").glob("*.js"))], **names)
def test_nothing_is_fetched_from_elsewhere(file: Path) -> None:
    text = file.read_text()
    assert not re.search(r"(url\(|src=|href=|@import|fetch\()\s*[\"']?(https?:)?//", text)


@pytest.mark.parametrize("sheet", STYLES, **names)
def test_files_that_a_style_sheet_names_are_there(sheet: Path) -> None:
    for address in re.findall(r"url\(\"([^\"]+)\"\)", sheet.read_text()):
        assert (sheet.parent / address).resolve().is_file(), address


def test_every_icon_that_a_template_names_is_drawn() -> None:
    drawn = set(re.findall(r'<symbol id="([a-z]+)"', (STATIC / "img" / "icons.svg").read_text()))
    named = {
        name
        for template in ALL_TEMPLATES
        for name in re.findall(r"(?<!\w)(?:icon|result)\(\"([a-z]+)\"", template.read_text())
    }
    assert len(named) > 15
    assert named <= drawn


def test_vendored_libraries_carry_their_licence_and_no_source_map() -> None:
    folders = list((STATIC / "vendor").iterdir())
    assert len(folders) >= 4
    for folder in folders:
        assert (folder / "LICENSE").is_file(), folder
        assert not list(folder.glob("*.map"))
