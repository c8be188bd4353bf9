"""The database itself refuses what must never happen: each CHECK and uniqueness rule is violated once."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import CheckConstraint, Index, Table, UniqueConstraint, text
from sqlalchemy.exc import IntegrityError

from tests import factories as make
from ticketing.extensions import db as extension

TABLES: dict[str, Table] = extension.metadata.tables


@dataclass
class Check:
    """A valid row of ``factory`` that the assignments ``SET …`` would make invalid in one respect."""

    name: str
    factory: Any
    change: str
    row: dict[str, Any] = field(default_factory=dict)


def known_words(factory: Any, *columns: str) -> list[Check]:
    """Columns that hold one of a few words."""
    table = factory._meta.model.__tablename__
    return [Check(f"ck_{table}_{column}_known", factory, f"{column} = 'nonsense'") for column in columns]


def not_negative(factory: Any, *columns: str, **row: Any) -> list[Check]:
    """Columns that never fall below zero."""
    table = factory._meta.model.__tablename__
    return [Check(f"ck_{table}_{column}_not_negative", factory, f"{column} = -1", row) for column in columns]


REVERSED_WINDOW = "sales_start_at = '2030-01-02 00:00:00+00:00', sales_end_at = '2030-01-01 00:00:00+00:00'"

CHECKS = [
    *known_words(make.UserFactory, "user_type"),
    *known_words(make.EmailTokenFactory, "purpose"),
    *known_words(make.MembershipFactory, "role"),
    *known_words(make.PaymentProfileFactory, "method", "status"),
    *known_words(make.VenueMembershipFactory, "role"),
    *known_words(make.EventFactory, "status", "pricing_type", "check_in_policy"),
    *known_words(make.TicketTypeFactory, "kind"),
    *known_words(make.QuotaFactory, "kind"),
    *known_words(make.OrderFactory, "status", "channel"),
    *known_words(make.PaymentFactory, "status"),
    *known_words(make.RefundFactory, "status"),
    *known_words(make.PromoCodeFactory, "kind"),
    *known_words(make.TicketFactory, "status"),
    *known_words(make.CheckInFactory, "result", "direction"),
    *known_words(make.LedgerEntryFactory, "account"),
    *known_words(make.WithdrawalFactory, "status"),
    *known_words(make.OutboxMessageFactory, "status"),
    *known_words(make.InvitationFactory, "role"),
    *known_words(make.DeskOrderFactory, "kind", "method"),
    *known_words(make.CircularFactory, "status"),
    *known_words(make.ExportFactory, "status", "kind", "form"),
    *not_negative(make.CircularFactory, "total", "done", "last_order"),
    *not_negative(make.ExportFactory, "total", "done"),
    *not_negative(make.VenueFactory, "capacity"),
    *not_negative(make.OfferFactory, "price"),
    *not_negative(make.QuotaFactory, "held", "sold"),
    *not_negative(make.PaymentFactory, "amount", "amount_received"),
    *not_negative(make.RefundLineFactory, "quantity", "amount"),
    *not_negative(make.PromoCodeFactory, "value", "used", "minimum_subtotal"),
    *not_negative(make.WithdrawalFactory, "transfer_fee"),
    *not_negative(make.OrderItemFactory, "unit_price"),
    *not_negative(make.OrderFactory, "amount_refunded", "amount_paid"),
    *not_negative(make.PaymentFactory, "amount_refunded"),
    Check("ck_orders_subtotal_not_negative", make.OrderFactory, "subtotal = -1, fee = 2, amount_due = 1"),
    Check("ck_orders_fee_not_negative", make.OrderFactory, "fee = -1, amount_due = subtotal - 1"),
    Check("ck_orders_discount_not_negative", make.OrderFactory, "discount = -1, amount_due = subtotal + 1"),
    Check("ck_orders_amount_due_not_negative", make.OrderFactory, "discount = subtotal + 1, amount_due = -1"),
    Check("ck_orders_adds_up", make.OrderFactory, "amount_due = amount_due + 1"),
    Check("ck_orders_refunds_within_payment", make.OrderFactory, "amount_paid = 10, amount_refunded = 11"),
    Check("ck_orders_pending_expires", make.OrderFactory, "expires_at = NULL"),
    Check("ck_orders_confirmed_never_expires", make.OrderFactory, "status = 'confirmed'"),
    Check("ck_order_items_quantity_positive", make.OrderItemFactory, "quantity = 0"),
    Check("ck_order_items_returned_within_quantity", make.OrderItemFactory, "returned = quantity + 1"),
    Check("ck_events_ends_after_start", make.EventFactory, "ends_at = starts_at"),
    Check("ck_events_capacity_not_negative", make.EventFactory, "capacity = -1"),
    Check("ck_events_base_price_not_negative", make.EventFactory, "base_price = -1"),
    Check("ck_events_tickets_per_account_positive", make.EventFactory, "tickets_per_account = 0"),
    Check("ck_event_days_number_from_one", make.EventDayFactory, "number = 0"),
    Check("ck_ticket_types_purchase_limits", make.TicketTypeFactory, "max_purchase = 0"),
    Check("ck_ticket_types_sales_window", make.TicketTypeFactory, REVERSED_WINDOW),
    Check("ck_offers_sales_window", make.OfferFactory, REVERSED_WINDOW),
    Check("ck_offers_tier_from_one", make.OfferFactory, "tier_number = 0"),
    Check("ck_quotas_never_oversold", make.QuotaFactory, "held = 6, sold = 5", {"size": 10}),
    Check("ck_payments_refunds_within_receipt", make.PaymentFactory, "amount_refunded = 1"),
    Check("ck_refunds_amount_positive", make.RefundFactory, "amount = 0"),
    Check("ck_refunds_service_fee_not_negative", make.RefundFactory, "service_fee = -1"),
    Check("ck_payments_service_fee_not_negative", make.PaymentFactory, "service_fee = -1"),
    Check("ck_payments_gateway_fee_not_negative", make.PaymentFactory, "gateway_fee = -1"),
    Check("ck_promo_codes_uses_within_limit", make.PromoCodeFactory, "max_uses = 1, used = 2"),
    Check("ck_promo_codes_percent_at_most_all", make.PromoCodeFactory, "value = 10001"),
    Check("ck_tickets_position_from_one", make.TicketFactory, "position = 0"),
    Check("ck_tickets_admissions_not_negative", make.TicketFactory, "admissions = -1"),
    Check("ck_ledger_entries_amount_not_zero", make.LedgerEntryFactory, "amount = 0"),
    Check("ck_withdrawals_amount_positive", make.WithdrawalFactory, "amount = 0"),
]  # fmt: skip

#: CHECKs that need a second row around them; each has a test of its own.
ELSEWHERE = {"ck_offers_one_day_or_all"}


@dataclass
class Unique:
    """Two valid rows, the second of which would get the first one's values in these columns."""

    name: str
    factory: Any
    columns: str
    change: str = ""
    row: dict[str, Any] = field(default_factory=dict)


DEFAULT = {"is_default": True}
OTHER_SCAN = "scan_id = (SELECT other.scan_id FROM check_ins AS other WHERE other.id <> :row_id)"
UNIQUE = [
    Unique("uq_users_email_lower", make.UserFactory, "", "email = upper(:email)"),
    Unique("uq_users_username_lower", make.UserFactory, "", "username = upper(:username)"),
    Unique("uq_organizations_name_lower", make.OrganizationFactory, "", "name = upper(:name)"),
    Unique("uq_event_categories_name_lower", make.CategoryFactory, "", "name = upper(:name)"),
    Unique("uq_venues_public_name_lower", make.VenueFactory, "", "name = upper(:name)"),
    Unique("uq_promo_codes_code_lower", make.PromoCodeFactory, "organization_id", "code = lower(:code)"),
    Unique("uq_payment_profiles_one_default", make.PaymentProfileFactory, "user_id", row=DEFAULT),
    Unique("uq_payments_one_open", make.PaymentFactory, "order_id"),
    Unique("uq_offers_place_in_type", make.OfferFactory, "ticket_type_id"),
    Unique("uq_memberships_organization_id_user_id", make.MembershipFactory, "organization_id user_id"),
    Unique("uq_venue_memberships_venue_id_user_id", make.VenueMembershipFactory, "venue_id user_id"),
    Unique("uq_event_days_event_id_number", make.EventDayFactory, "event_id number"),
    Unique("uq_ticket_types_event_id_name", make.TicketTypeFactory, "event_id name"),
    Unique("uq_idempotency_keys_actor_route_key", make.IdempotencyKeyFactory, "actor route key"),
    Unique("uq_payments_gateway_reference", make.PaymentFactory, "gateway reference"),
    Unique("uq_gateway_events_gateway_event_id", make.GatewayEventFactory, "gateway event_id"),
    Unique("uq_tickets_order_item_id_position", make.TicketFactory, "order_item_id position"),
    Unique(
        "uq_ledger_entries_source_source_id_kind_account",
        make.LedgerEntryFactory,
        "source source_id kind account",
    ),
    Unique("uq_balances_organization_id_currency", make.BalanceFactory, "organization_id currency"),
    Unique("uq_organizations_slug", make.OrganizationFactory, "slug"),
    Unique("uq_event_categories_slug", make.CategoryFactory, "slug"),
    Unique("uq_events_slug", make.EventFactory, "slug"),
    Unique("uq_revoked_tokens_jti", make.RevokedTokenFactory, "jti"),
    Unique("uq_email_tokens_token_hash", make.EmailTokenFactory, "token_hash"),
    Unique("uq_orders_number", make.OrderFactory, "number"),
    Unique("uq_tickets_number", make.TicketFactory, "number"),
    Unique("uq_tickets_code_hash", make.TicketFactory, "code_hash"),
    Unique("uq_withdrawals_number", make.WithdrawalFactory, "number"),
    Unique("uq_scanner_links_secret_hash", make.ScannerLinkFactory, "secret_hash"),
    Unique("uq_scanner_passes_secret_hash", make.ScannerPassFactory, "secret_hash"),
    Unique("uq_invitations_token_hash", make.InvitationFactory, "token_hash"),
    Unique("uq_invitations_one_open", make.InvitationFactory, "organization_id", "email = upper(:email)"),
    Unique("uq_follows_user_id_organization_id", make.FollowFactory, "user_id organization_id"),
    Unique("uq_desk_orders_order_id", make.DeskOrderFactory, "order_id"),
    Unique("uq_check_ins_scan_id", make.CheckInFactory, "", OTHER_SCAN),
]  # fmt: skip

WITH_UUID = sorted(name for name, table in TABLES.items() if "uuid" in table.columns)
FACTORIES = {
    factory._meta.model.__tablename__: factory
    for factory in vars(make).values()
    if isinstance(factory, type)
    and issubclass(factory, make.Factory)
    and not factory._meta.abstract
    and not issubclass(factory, make.BuyerFactory)
}


def refused(db: SQLAlchemy, table: str, change: str, row_id: int, **values: Any) -> str:
    """Try the UPDATE; what the database says against it."""
    with pytest.raises(IntegrityError) as refusal, db.session.begin_nested():
        db.session.execute(
            text(f"UPDATE {table} SET {change} WHERE id = :row_id"), {"row_id": row_id, **values}
        )
    return str(refusal.value.orig)


@pytest.mark.parametrize("case", CHECKS, ids=lambda case: case.name)
def test_a_check_refuses(db: SQLAlchemy, case: Check) -> None:
    row = case.factory(**case.row)
    assert case.name in refused(db, row.__tablename__, case.change, row.id)


def test_an_offer_is_for_one_day_or_for_all(db: SQLAlchemy) -> None:
    offer = make.OfferFactory()
    day = make.EventDayFactory(event=offer.event)
    answer = refused(db, "offers", "is_all_days = true, day_id = :day", offer.id, day=day.id)
    assert "ck_offers_one_day_or_all" in answer


@pytest.mark.parametrize("case", UNIQUE, ids=lambda case: case.name)
def test_a_second_one_is_refused(db: SQLAlchemy, case: Unique) -> None:
    first, second = case.factory(**case.row), case.factory(**case.row)
    table = TABLES[first.__tablename__]
    same = [f"{name} = :{name}" for name in case.columns.split()]
    change = ", ".join([*same, case.change] if case.change else same)
    wanted = {column.name: getattr(first, column.name) for column in table.c if f":{column.name}" in change}
    answer = refused(db, table.name, change, second.id, **wanted)
    assert case.name in answer or "UNIQUE constraint failed" in answer


@pytest.mark.parametrize("table", WITH_UUID)
def test_a_uuid_is_nobody_elses(db: SQLAlchemy, table: str) -> None:
    first, second = FACTORIES[table](), FACTORIES[table]()
    change = f"uuid = (SELECT uuid FROM {table} WHERE id = :first)"
    answer = refused(db, table, change, second.id, first=first.id)
    assert f"uq_{table}_uuid" in answer or f"{table}.uuid" in answer


def test_every_check_has_its_violation() -> None:
    checks = {
        str(constraint.name)
        for table in TABLES.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    assert checks == {case.name for case in CHECKS} | ELSEWHERE


def test_every_uniqueness_rule_has_its_violation() -> None:
    constraints = {
        str(constraint.name)
        for table in TABLES.values()
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    }
    indexes = {str(index.name) for table in TABLES.values() for index in table.indexes if index.unique}
    covered = {case.name for case in UNIQUE} | {f"uq_{table}_uuid" for table in WITH_UUID}
    assert constraints | indexes == covered


def test_every_table_has_a_factory() -> None:
    assert set(FACTORIES) == set(TABLES) - {"offer_quotas"}


def test_every_foreign_key_is_indexed() -> None:
    """Without an index, removing or locking a parent row reads the whole child table."""
    bare = [
        f"{table.name}.{column.name}"
        for table in TABLES.values()
        for column in table.columns
        if column.foreign_keys and not _leads_an_index(table, column.name)
    ]
    assert bare == []


def _leads_an_index(table: Table, column: str) -> bool:
    groups: list[Any] = [table.primary_key, *table.indexes]
    groups += [each for each in table.constraints if isinstance(each, UniqueConstraint)]
    leading = [next(iter(group.columns.keys()), None) for group in groups if _whole(group)]
    return column in leading


def _whole(group: Any) -> bool:
    """Not a partial index, which serves some rows only."""
    if not isinstance(group, Index):
        return True
    return not any(group.dialect_options[name]["where"] is not None for name in ("sqlite", "postgresql"))
