"""What the stand-in keeps: intents, charges, bookings and refunds, as Stripe shows them, and its rules."""

from __future__ import annotations

import copy
import itertools
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

Thing = dict[str, Any]
Tell = Callable[[str, Thing], None]

#: Written with two noughts; written with a nought at the end.
TWO_NOUGHTS, THREE_DIGITS = {"isk", "ugx"}, {"bhd", "jod", "kwd", "omr", "tnd"}
_UNKNOWN_CURRENCIES = {"iqd", "lyd", "uyi", "xxx", "kpw", "irr", "cup"}
_CANCELLABLE = {"requires_payment_method", "requires_capture", "requires_confirmation", "requires_action"}
_PAYABLE = {"requires_payment_method", "requires_confirmation", "requires_action", "processing"}
_PAYER = {
    "email": "paula.payer@example.com",
    "name": "Paula Payer",
    "phone": None,
    "address": {"city": "Graz"},
}
_CARD = {"type": "card", "card": {"brand": "visa", "last4": "4242"}}


class Refused(Exception):
    """Stripe's no. What fails before the work begins is not kept under the idempotency key."""

    def __init__(self, status: int, message: str, *, kept: bool = False, **error: Any) -> None:
        super().__init__(message)
        self.status, self.is_kept = status, kept
        self.error = {"type": "invalid_request_error", "message": message} | error


def new_id(prefix: str) -> str:
    """As Stripe's: ``pi_3f0a…``."""
    return f"{prefix}_{secrets.token_hex(12)}"


def whole_number(params: Thing, name: str, *, least: int = 1) -> int:
    """A parameter that has to be there."""
    text = params.get(name)
    if text is None:
        raise Refused(400, f"Missing required param: {name}.", code="parameter_missing", param=name)
    if not isinstance(text, str) or not re.fullmatch(r"-?\d{1,12}", text):
        raise Refused(400, f"Invalid integer: {text}", code="parameter_invalid_integer", param=name)
    if int(text) < least:
        message = f"This value must be greater than or equal to {least}."
        raise Refused(400, message, code="parameter_invalid_integer", param=name)
    return int(text)


def check_amount(amount: int, currency: str) -> None:
    """Stripe's rules for currencies without two digits."""
    if currency in TWO_NOUGHTS and amount % 100:
        raise Refused(400, f"Amounts in {currency} end in 00.", param="amount")
    if currency in THREE_DIGITS and amount % 10:
        raise Refused(400, f"Amounts in {currency} end in 0.", param="amount")


def _means(asked: Any) -> Thing | None:
    if not isinstance(asked, dict):
        return None
    return {
        "enabled": asked.get("enabled") == "true",
        "allow_redirects": asked.get("allow_redirects", "always"),
    }


class Books:
    """The rules; callers hold a lock. ``tell`` is called with each event's kind and object.

    :ivar settles_in: the currency of the account, where that is not the payment's.
    """

    def __init__(self, tell: Tell) -> None:
        self.tell = tell
        self.settles_in: str | None = None
        self.intents: dict[str, Thing] = {}
        self.charges: dict[str, Thing] = {}
        self.bookings: dict[str, Thing] = {}
        self.refunds: dict[str, Thing] = {}
        self._clock = itertools.count(int(time.time()))

    def open(self, params: Thing) -> Thing:
        """A new intent."""
        amount = whole_number(params, "amount")
        currency = str(params.get("currency", ""))
        if not re.fullmatch("[a-z]{3}", currency) or currency in _UNKNOWN_CURRENCIES:
            raise Refused(400, f"Invalid currency: {currency}", param="currency")
        check_amount(amount, currency)
        receipt = params.get("receipt_email")
        if receipt is not None and "@" not in receipt:
            raise Refused(400, "Invalid email address", code="email_invalid", param="receipt_email")
        name = new_id("pi")
        self.intents[name] = intent = {
            "id": name, "object": "payment_intent", "amount": amount, "amount_capturable": 0,
            "amount_received": 0, "canceled_at": None, "cancellation_reason": None,
            "automatic_payment_methods": _means(params.get("automatic_payment_methods")),
            "capture_method": "automatic_async", "client_secret": f"{name}_secret_{secrets.token_hex(12)}",
            "confirmation_method": "automatic", "created": next(self._clock), "currency": currency,
            "description": params.get("description"), "last_payment_error": None, "latest_charge": None,
            "livemode": False, "metadata": params.get("metadata", {}), "next_action": None,
            "payment_method": None, "payment_method_types": ["card"], "receipt_email": receipt,
            "status": "requires_payment_method",
        }  # fmt: skip
        self.tell("payment_intent.created", intent)
        return intent

    def find(self, kind: str, name: str, *, param: str = "id") -> Thing:
        """An intent or a refund."""
        kept = {"payment_intent": self.intents, "refund": self.refunds}[kind]
        if name not in kept:
            raise Refused(404, f"No such {kind}: '{name}'", code="resource_missing", param=param)
        return kept[name]

    def pay(self, name: str) -> Thing:
        """The payer pays."""
        intent = self._in_state(name, _PAYABLE, "confirm")
        charge = self._charge(intent, "succeeded")
        booking = new_id("txn")
        currency = self.settles_in or intent["currency"]
        fee = round(intent["amount"] * 0.029) + 30
        self.bookings[booking] = {
            "id": booking, "object": "balance_transaction", "amount": intent["amount"], "currency": currency,
            "fee": fee, "net": intent["amount"] - fee, "source": charge["id"], "type": "charge",
        }  # fmt: skip
        charge["balance_transaction"] = booking
        intent |= {"status": "succeeded", "amount_received": intent["amount"], "last_payment_error": None}
        intent["payment_method"] = new_id("pm")
        self.tell("charge.succeeded", charge)
        self.tell("payment_intent.succeeded", intent)
        return intent

    def decline(self, name: str, code: str = "card_declined", reason: str = "insufficient_funds") -> Thing:
        """The payer's card is refused; another try may follow."""
        intent = self._in_state(name, _PAYABLE, "confirm")
        self._charge(intent, "failed")["failure_code"] = code
        intent["status"] = "requires_payment_method"
        intent["last_payment_error"] = {
            "code": code, "decline_code": reason, "message": "Your card has insufficient funds.",
            "type": "card_error", "payment_method": {"id": new_id("pm"), "billing_details": dict(_PAYER)},
        }  # fmt: skip
        self.tell("payment_intent.payment_failed", intent)
        return intent

    def cancel(self, name: str) -> Thing:
        """By us, or in the dashboard."""
        intent = self._in_state(name, _CANCELLABLE, "cancel")
        intent |= {"status": "canceled", "canceled_at": next(self._clock)}
        self.tell("payment_intent.canceled", intent)
        return intent

    def refund(self, params: Thing) -> Thing:
        """By us, or in the dashboard; all that is left where no amount is named."""
        name = params.get("payment_intent")
        if not name:
            message = "One of the following params should be provided: payment_intent or charge."
            raise Refused(400, message, code="parameter_missing", param="payment_intent")
        intent = self.find("payment_intent", name, param="payment_intent")
        if intent["status"] != "succeeded":
            message = f"This PaymentIntent ({name}) does not have a successful charge to refund."
            raise Refused(400, message, kept=True)
        charge = self.charges[intent["latest_charge"]]
        left = charge["amount"] - charge["amount_refunded"]
        amount = whole_number(params, "amount") if "amount" in params else left
        check_amount(amount, intent["currency"])
        if not left:
            message = f"Charge {charge['id']} has already been refunded."
            raise Refused(400, message, code="charge_already_refunded", kept=True)
        if amount > left:
            message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
            raise Refused(400, message, param="amount", kept=True)
        return self._give_back(charge, amount, params)

    def _give_back(self, charge: Thing, amount: int, params: Thing) -> Thing:
        name = new_id("re")
        self.refunds[name] = refund = {
            "id": name, "object": "refund", "amount": amount, "charge": charge["id"],
            "created": next(self._clock), "currency": charge["currency"],
            "metadata": params.get("metadata", {}),
            "payment_intent": charge["payment_intent"], "reason": params.get("reason"), "status": "succeeded",
        }  # fmt: skip
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self.tell("charge.refunded", charge)
        return refund

    def _in_state(self, name: str, wanted: set[str], deed: str) -> Thing:
        intent = self.find("payment_intent", name)
        if intent["status"] not in wanted:
            message = f"You cannot {deed} this PaymentIntent because it has a status of {intent['status']}."
            raise Refused(400, message, code="payment_intent_unexpected_state", kept=True)
        return intent

    def _charge(self, intent: Thing, status: str) -> Thing:
        name = new_id("ch")
        self.charges[name] = charge = {
            "id": name, "object": "charge", "amount": intent["amount"], "amount_refunded": 0,
            "amount_captured": intent["amount"] if status == "succeeded" else 0, "balance_transaction": None,
            "billing_details": dict(_PAYER), "created": next(self._clock), "currency": intent["currency"],
            "failure_code": None, "livemode": False, "metadata": dict(intent["metadata"]),
            "paid": status == "succeeded", "payment_intent": intent["id"], "payment_method_details": _CARD,
            "receipt_email": intent["receipt_email"], "receipt_url": "https://pay.example/receipts/1",
            "refunded": False, "status": status,
        }  # fmt: skip
        intent["latest_charge"] = name
        return charge

    def shown(self, thing: Thing, expand: list[str]) -> Thing:
        """A copy as it is answered, with ids replaced by what they name where that was asked for."""
        copied = copy.deepcopy(thing)
        for path in expand:
            steps = path.split(".")
            if thing["object"] != "payment_intent" or steps[0] != "latest_charge" or len(steps) > 2:
                raise Refused(400, f"This property cannot be expanded ({path}).", param="expand")
            if thing["latest_charge"] is None:
                continue
            if not isinstance(copied["latest_charge"], dict):
                copied["latest_charge"] = copy.deepcopy(self.charges[thing["latest_charge"]])
            for step in steps[1:]:
                self._expand_charge(copied["latest_charge"], step)
        return copied

    def _expand_charge(self, charge: Thing, step: str) -> None:
        if step == "balance_transaction":
            charge[step] = copy.deepcopy(self.bookings.get(charge[step]))
        elif step == "refunds":
            mine = [one for one in self.refunds.values() if one["charge"] == charge["id"]]
            latest = copy.deepcopy(mine[::-1][:10])
            charge[step] = {"object": "list", "data": latest, "has_more": len(mine) > 10}
        else:
            raise Refused(400, f"This property cannot be expanded (latest_charge.{step}).", param="expand")
