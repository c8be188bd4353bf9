"""What a sales channel decides, so that nothing below the doors asks who is calling."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from flask import current_app

from ticketing import money


@dataclass(frozen=True, slots=True)
class SaleTerms:
    """How long a pending order keeps its tickets, which fee is added, and when sales end."""

    channel: str
    hold: timedelta
    #: Per cent of the subtotal.
    fee_percent: Decimal = Decimal(0)
    #: The fee is added when a payment is started; otherwise when the order is placed.
    fee_at_payment: bool = False
    #: Sales end when the event starts; otherwise with the sales window, or with the event.
    closes_at_start: bool = False
    #: An order with nothing to pay is confirmed at once.
    confirms_free: bool = False
    #: A declined payment ends the order (EasyTicket 003, Webhooks); otherwise it may be tried again.
    fails_on_decline: bool = False
    #: Most tickets in one line.
    most: int = 10

    def fee_on(self, subtotal: int, discount: int = 0) -> int:
        """The fee on a subtotal, all in minor units; half a unit is rounded up. Where the discount leaves
        nothing to pay, there is none."""
        return money.percent_of(subtotal, self.fee_percent) if discount < subtotal else 0


_HOLD_MINUTES = {"cafa": 10.0}
#: What an organizer hands out at once goes by mail as one file.
_MOST = {"door": 50}


def terms_for(channel: str) -> SaleTerms:
    """The terms of a channel under the current settings (``HOLD_MINUTES``, ``SERVICE_FEE_PERCENT``)."""
    config = current_app.config
    minutes = config["HOLD_MINUTES"] or _HOLD_MINUTES.get(channel, 15.0)
    charges_fee = channel in ("web", "cafa", "easyticket")
    return SaleTerms(
        channel=channel,
        hold=timedelta(minutes=minutes),
        fee_percent=config["SERVICE_FEE_PERCENT"] if charges_fee else Decimal(0),
        fee_at_payment=channel == "easyticket",
        closes_at_start=channel in ("btick", "secureticket"),
        confirms_free=channel != "btick",
        fails_on_decline=channel == "easyticket",
        most=_MOST.get(channel, 10),
    )
