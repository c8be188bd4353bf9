"""Pages of others that may show an organization's widget: ``https://example.org``, nothing behind it.

What is kept here is written into a header that browsers obey; only what surely is an origin gets there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

from ticketing.errors import Invalid, said

MOST = 20
_LABEL = r"(?!-)[a-z0-9-]{1,63}(?<!-)"
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})+\Z", re.ASCII)


def normalised(addresses: Iterable[str]) -> list[str]:
    """Each address's origin, once, in the order that they came in; what stands behind the host is dropped.

    :raises Invalid: one is no address of a page, is not https, or there are too many.
    """
    found = list(dict.fromkeys(_origin(address) for address in addresses if address.strip()))
    if len(found) > MOST:
        raise Invalid(
            "too_many_origins", said("At most %(number)s pages, please.", number=MOST), field="widget_origins"
        )
    return found


def _origin(address: str) -> str:
    try:
        parts = urlsplit(address.strip())
        host = (parts.hostname or "").encode("idna").decode()
        port = parts.port
    except ValueError:  # (UnicodeError is one)
        raise _bad(address) from None
    if parts.scheme != "https" or "@" in parts.netloc or not _HOST.match(host) or port == 0:
        raise _bad(address)
    return f"https://{host}" if port in (None, 443) else f"https://{host}:{port}"


def _bad(address: str) -> Invalid:
    sentence = said("“%(address)s” is no address like https://example.org.", address=address.strip()[:100])
    return Invalid("bad_origin", sentence, field="widget_origins")
