"""Printed tickets carry their organizer's look: from the upload to the page."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select

from tests.documents.sheets import codes_in, pages, picture_of
from tests.factories import BuyerFactory, EventFactory, OfferFactory, OrganizationFactory, StaffFactory
from ticketing.extensions import db as extension
from ticketing.models import Organization, Ticket
from ticketing.policy import Actor
from ticketing.services import orders, organizations, tickets
from ticketing.services.orders import Line, terms_for
from ticketing.services.tickets import papers

RED, GREEN, HOUSE = (0xC8, 0x1E, 0x50), (0x0A, 0x7F, 0x5C), (0xAD, 0x12, 0x4E)


@pytest.fixture(autouse=True)
def media(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``MEDIA_ROOT`` of this test."""
    monkeypatch.setitem(app.config, "MEDIA_ROOT", tmp_path)
    return tmp_path


def logo(colour: tuple[int, int, int] = RED) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (600, 200), colour).save(file, "WEBP", lossless=True)
    return file.getvalue()


def bought(buyer: Actor, organization: Organization, quantity: int = 1) -> list[Ticket]:
    offer = OfferFactory(event=EventFactory(organization=organization), price=0)
    order_id = orders.place(buyer, [Line(offer.id, quantity)], terms=terms_for("web")).order_id
    return list(extension.session.scalars(select(Ticket).where(Ticket.order_id == order_id)))


def decorated(**look: Any) -> Organization:
    organization = OrganizationFactory()
    organizations.set_look(StaffFactory(), organization.id, **look)
    return organization


def colours(pdf: bytes, page: int = 0) -> set[Any]:
    shown = picture_of(pages(pdf)[page], dpi=72)
    return {colour for _, colour in shown.getcolors(1_000_000) or []}


def test_a_ticket_shows_the_logo_and_the_colour_of_its_organizer() -> None:
    buyer = BuyerFactory()
    (plain,) = bought(buyer, OrganizationFactory())
    (ticket,) = bought(buyer, decorated(accent="#0a7f5c", logo=logo()))
    assert colours(papers.pdf_of_ticket(buyer, ticket.id).content) >= {RED, GREEN}
    assert not colours(papers.pdf_of_ticket(buyer, plain.id).content) & {RED, GREEN}
    assert HOUSE in colours(papers.pdf_of_ticket(buyer, plain.id).content)


def test_another_look_counts_from_the_next_print_on() -> None:
    buyer, organization = BuyerFactory(), decorated(accent="#0a7f5c", logo=logo())
    (ticket,) = bought(buyer, organization)
    papers.pdf_of_ticket(buyer, ticket.id)
    organizations.set_look(StaffFactory(), organization.id, accent="", logo=logo((1, 2, 250)))
    shown = colours(papers.pdf_of_ticket(buyer, ticket.id).content)
    assert shown >= {HOUSE, (1, 2, 250)}
    assert not shown & {RED, GREEN}


def test_a_look_costs_no_statement_and_its_file_is_read_once(
    statements: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    buyer = BuyerFactory()
    rows = bought(buyer, decorated(accent="#0a7f5c", logo=logo()), 3)
    extension.session.commit()
    read, reading = [], Path.read_bytes

    def noted(path: Path) -> bytes:
        read.append(path.name)
        return reading(path)

    monkeypatch.setattr(Path, "read_bytes", noted)
    with statements() as seen:
        pdf = papers.pdf_of_order(buyer, rows[0].order_id)
    assert len(seen) == 2
    assert [len(codes_in(picture_of(page, dpi=100))) for page in pages(pdf.content)] == [1, 1, 1]
    assert all(colours(pdf.content, page) >= {RED, GREEN} for page in range(3))
    assert len([name for name in read if name.endswith(".png")]) == 1
    with statements() as seen:
        papers.pdf_of_ticket(buyer, rows[0].id)
    assert len(seen) == 1
    assert len([name for name in read if name.endswith(".png")]) == 1


@pytest.mark.parametrize("damage", ["gone", "broken", "a name from nowhere"])
def test_a_logo_that_is_no_longer_there_is_left_out_and_the_ticket_printed(media: Path, damage: str) -> None:
    buyer, organization = BuyerFactory(), decorated(accent="#0a7f5c", logo=logo())
    (ticket,) = bought(buyer, organization)
    file = media / str(organization.logo)
    if damage == "gone":
        file.unlink()
    elif damage == "broken":
        file.write_bytes(b"no picture")
    else:
        organization.logo = "../../../../etc/passwd"
        extension.session.commit()
    pdf = papers.pdf_of_ticket(buyer, ticket.id).content
    assert GREEN in colours(pdf)
    assert RED not in colours(pdf)
    code = tickets.code_of(ticket.uuid, ticket.code_version, ticket.key_version)
    assert codes_in(picture_of(pages(pdf)[0], dpi=100)) == [code]
