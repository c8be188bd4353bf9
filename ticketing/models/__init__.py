"""The tables. Columns, constraints, relations and pure properties; no queries, no decisions."""

from ticketing.models.accounts import EmailToken, RevokedToken, User
from ticketing.models.activity import ActivityLog
from ticketing.models.desk import Circular, DeskOrder, Export
from ticketing.models.events import Event, EventCategory, EventDay
from ticketing.models.inventory import Quota, offer_quotas
from ticketing.models.ledger import Balance, LedgerEntry, Withdrawal
from ticketing.models.offers import Offer, TicketType
from ticketing.models.orders import IdempotencyKey, Order, OrderItem
from ticketing.models.organizations import Follow, Invitation, Membership, Organization, PaymentProfile
from ticketing.models.outbox import OutboxMessage
from ticketing.models.payments import GatewayEvent, Payment, Refund, RefundLine
from ticketing.models.promotions import PromoCode
from ticketing.models.tickets import CheckIn, ScannerLink, ScannerPass, Ticket
from ticketing.models.venues import Venue, VenueMembership

__all__ = [
    "ActivityLog",
    "Balance",
    "CheckIn",
    "Circular",
    "DeskOrder",
    "EmailToken",
    "Event",
    "EventCategory",
    "EventDay",
    "Export",
    "Follow",
    "GatewayEvent",
    "IdempotencyKey",
    "Invitation",
    "LedgerEntry",
    "Membership",
    "Offer",
    "Order",
    "OrderItem",
    "Organization",
    "OutboxMessage",
    "Payment",
    "PaymentProfile",
    "PromoCode",
    "Quota",
    "Refund",
    "RefundLine",
    "RevokedToken",
    "ScannerLink",
    "ScannerPass",
    "Ticket",
    "TicketType",
    "User",
    "Venue",
    "VenueMembership",
    "Withdrawal",
    "offer_quotas",
]
