"""The list that a device at the door keeps for the time without a network, signed.

It holds what decides and no more: the SHA-256 of each code, never a code; of a person the first name and an
initial. The signature is ES256. Its key is derived from the key that makes tickets' codes, so that every
process signs alike and nothing more has to be kept secret; decision 0012 has the reasons.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

import orjson
from flask import current_app
from sqlalchemy import Row

from ticketing import clock
from ticketing.models.tickets import LAPSED, VOID
from ticketing.queries import door
from ticketing.services.checkin.rules import Occasion

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

VERSION = 1
ALGORITHM = "ES256"
MEDIA_TYPE = "application/jose"
_PURPOSE = b"ticketing: lists at the door, P-256, 1"
#: The order of the curve P-256, from its definition (FIPS 186-4, D.1.2.3).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_LAST_CHARACTERS = 6
_LONGEST_NAME = 30


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose list: the event, what the gate lets in (nothing: all), until when it counts."""

    occasion: Occasion
    uuid: str
    title: str
    gate_types: Sequence[int]
    until: datetime


@dataclass(frozen=True, slots=True)
class Edition:
    """One state of a list: what it is known by, and the offers that its tickets are for."""

    tag: str
    offers: Sequence[Row[Any]]


def edition(wanted: Wanted) -> Edition:
    """Which list there is at this moment. Two statements, whatever its length."""
    offers = door.offers(wanted.occasion.id)
    said = (
        VERSION,
        public_key()["kid"],
        wanted,
        door.state_of_tickets(wanted.occasion.id),
        [tuple(offer) for offer in offers],
    )
    return Edition(hashlib.sha256(repr(said).encode()).hexdigest()[:32], offers)


def write(wanted: Wanted, found: Edition) -> str:
    """The list as a compact JWS. One statement.

    What changes while it is being written is in it under the older tag, so that the next call fetches anew.
    """
    from jwt.api_jws import PyJWS

    key = _signing_key(current_app.config["TICKET_SECRET_KEY"])
    headers = {"kid": public_key()["kid"], "typ": "door-list"}
    return PyJWS().encode(orjson.dumps(_payload(wanted, found.offers)), key, ALGORITHM, headers)


def public_key() -> dict[str, str]:
    """What a device checks lists with, as a JWK (RFC 7517); ``kid`` is its thumbprint (RFC 7638)."""
    return dict(_public_key(current_app.config["TICKET_SECRET_KEY"]))


def _payload(wanted: Wanted, offers: Sequence[Row[Any]]) -> dict[str, Any]:
    occasion = wanted.occasion
    return {
        "v": VERSION,
        "made_at": clock.now(),
        "until": wanted.until,
        "event": {
            "id": wanted.uuid,
            "title": wanted.title,
            "timezone": occasion.timezone,
            "starts_at": occasion.starts_at,
            "ends_at": occasion.ends_at,
            "status": occasion.status,
            "policy": occasion.policy,
            "day_begins": occasion.day_begins,
        },
        "gate_types": list(wanted.gate_types),
        "types": {str(offer.type_id): offer.type_name for offer in offers},
        "tickets": list(_lines(door.every_ticket(occasion.id), offers)),
    }


def _lines(tickets: Iterable[Any], offers: Iterable[Row[Any]]) -> Iterable[tuple[Any, ...]]:
    of_offer: dict[int, tuple[int, dt.date | None, int]] = {
        offer.id: (offer.type_id, offer.date, int(offer.is_all_days)) for offer in offers
    }
    for uuid, number, offer_id, status, code_hash, admissions, admitted_on, is_inside, name in tickets:
        is_void = status in (VOID, LAPSED)
        yield (
            code_hash,
            uuid.hex,
            *of_offer[offer_id],
            VOID if is_void else status,
            admissions,
            admitted_on,
            int(is_inside),
            "" if is_void else short_name(name),
            number[-_LAST_CHARACTERS:],
        )


def short_name(name: str) -> str:
    """The first name and an initial: ``Ada P.``; nothing of what is an e-mail address and no name."""
    first, *others = name.split() or [""]
    if "@" in name:
        return ""
    return f"{first[:_LONGEST_NAME]} {others[-1][0]}." if others else first[:_LONGEST_NAME]


@functools.lru_cache(8)
def _signing_key(secret: str) -> EllipticCurvePrivateKey:
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    # Sixteen bytes more than the curve's, so that no number is likelier than another (FIPS 186-5, A.2.1).
    material = HKDF(SHA256(), 48, salt=None, info=_PURPOSE).derive(secret.encode())
    return ec.derive_private_key(int.from_bytes(material) % (_ORDER - 1) + 1, ec.SECP256R1())


@functools.lru_cache(8)
def _public_key(secret: str) -> dict[str, str]:
    from jwt.utils import base64url_encode

    numbers = _signing_key(secret).public_key().public_numbers()
    x, y = (base64url_encode(number.to_bytes(32)).decode() for number in (numbers.x, numbers.y))
    jwk = {"crv": "P-256", "kty": "EC", "x": x, "y": y}
    thumbprint = hashlib.sha256(orjson.dumps(jwk)).digest()
    return {**jwk, "alg": ALGORITHM, "use": "sig", "kid": base64url_encode(thumbprint).decode()}
