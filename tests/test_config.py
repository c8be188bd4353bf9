"""Settings: what may start, and what may not."""

from __future__ import annotations

from pathlib import Path

import pytest

from ticketing import config

COMPLETE = {
    "TICKETING_ENV": "production",
    "SECRET_KEY": "k" * 40,
    "DATABASE_URL": "postgres://shop@db.example/shop",
    "PUBLIC_BASE_URL": "https://tickets.example/",
    "MAIL_SERVER": "smtp.example",
    "ALLOW_SANDBOX_PAYMENTS": "1",
}
STRIPE = {
    "PAYMENT_GATEWAY": "stripe",
    "STRIPE_SECRET_KEY": "sk_test_1",
    "STRIPE_PUBLISHABLE_KEY": "pk_test_1",
    "STRIPE_WEBHOOK_SECRET": "whsec_1",
}


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    stripe = (*STRIPE, "STRIPE_API_BASE", "STRIPE_TIMEOUT")
    for name in (*COMPLETE, *stripe, "HOLD_MINUTES", "TRUSTED_HOSTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("INSTANCE_PATH", str(tmp_path))


def _set(monkeypatch: pytest.MonkeyPatch, **values: str) -> None:
    for name, value in values.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize("missing", ["SECRET_KEY", "DATABASE_URL", "PUBLIC_BASE_URL", "MAIL_SERVER"])
def test_production_refuses_to_start_without(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, **{name: value for name, value in COMPLETE.items() if name != missing})
    with pytest.raises(config.ConfigurationError, match=missing):
        config.from_environment()


def test_production_refuses_the_sandbox_unless_told(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, **COMPLETE, PAYMENT_GATEWAY="sandbox")
    assert config.from_environment().ENVIRONMENT == "production"
    monkeypatch.setenv("ALLOW_SANDBOX_PAYMENTS", "0")
    with pytest.raises(config.ConfigurationError, match="sandbox"):
        config.from_environment()


def test_production_refuses_a_short_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, **{**COMPLETE, "SECRET_KEY": "short"})
    with pytest.raises(config.ConfigurationError, match="32"):
        config.from_environment()


def test_production_keeps_its_cookies_to_https_and_knows_its_host(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, **COMPLETE)
    settings = config.from_environment()
    assert settings.SESSION_COOKIE_SECURE
    assert settings.JWT_COOKIE_SECURE
    assert settings.TRUSTED_HOSTS == ["tickets.example"]
    assert settings.MAIL_BASE_URL == "https://tickets.example"


def test_both_spellings_of_a_postgresql_url_mean_the_same_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    for spelling in ("postgres://shop@db/shop", "postgresql://shop@db/shop"):
        monkeypatch.setenv("DATABASE_URL", spelling)
        uri = config.from_environment().SQLALCHEMY_DATABASE_URI
        assert uri == "postgresql+psycopg://shop@db/shop"


def test_a_developers_secrets_outlive_a_restart_and_are_private(tmp_path: Path) -> None:
    first, second = config.from_environment(), config.from_environment()
    assert first.SECRET_KEY == second.SECRET_KEY
    assert len({first.SECRET_KEY, first.JWT_SECRET_KEY, first.TICKET_SECRET_KEY}) == 3
    (kept,) = tmp_path.glob("secret_key*")
    assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("wrong", [{"TICKETING_ENV": "holiday"}, {"PAYMENT_GATEWAY": "piggy bank"}])
def test_what_is_unknown_does_not_start(wrong: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, **wrong)
    with pytest.raises(config.ConfigurationError):
        config.from_environment()


def test_passwords_are_hashed_with_owasps_parameters() -> None:
    assert config.from_environment().ARGON2 == {"time_cost": 2, "memory_cost": 19456, "parallelism": 1}


@pytest.mark.parametrize("missing", ["STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET"])
@pytest.mark.parametrize("environment", ["development", "testing", "production"])
def test_stripe_is_chosen_with_its_secrets_or_not_at_all(
    environment: str, missing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = COMPLETE | STRIPE | {"TICKETING_ENV": environment, "STRIPE_API_BASE": "http://127.0.0.1:9"}
    _set(monkeypatch, **values)
    assert config.from_environment().PAYMENT_GATEWAY == "stripe"
    monkeypatch.setenv(missing, "  ")
    with pytest.raises(config.ConfigurationError, match=missing):
        config.from_environment()


def test_without_an_address_stripe_is_asked_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, **STRIPE | {"STRIPE_SECRET_KEY": " sk_test_1\n"})
    settings = config.from_environment()
    assert (settings.STRIPE_SECRET_KEY, settings.STRIPE_PUBLISHABLE_KEY) == ("sk_test_1", "pk_test_1")
    assert (settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT) == (None, 15)


def test_production_needs_no_permission_for_stripe_and_takes_its_test_keys(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _set(monkeypatch, **COMPLETE | STRIPE | {"ALLOW_SANDBOX_PAYMENTS": "0"})
    assert config.from_environment().STRIPE_SECRET_KEY == "sk_test_1"


@pytest.mark.parametrize(
    ("base", "is_fine"),
    [
        ("https://stripe.example/", True),
        ("http://127.0.0.1:4242", True),
        ("http://[::1]:4242", True),
        ("http://localhost:4242", True),
        ("http://stripe.example", False),
        ("http://127.0.0.1.stripe.example", False),
        ("http://localhost@stripe.example", False),
        ("http://[::1", False),
        ("ftp://127.0.0.1", False),
        ("stripe.example", False),
    ],
)
def test_production_sends_its_key_over_https_only(
    base: str, is_fine: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    _set(monkeypatch, **COMPLETE | STRIPE, STRIPE_API_BASE=base)
    if is_fine:
        assert base.rstrip("/") == config.from_environment().STRIPE_API_BASE
        return
    with pytest.raises(config.ConfigurationError, match="STRIPE_API_BASE"):
        config.from_environment()


@pytest.mark.parametrize("base", ["", "https://api.stripe.com"])
def test_tests_never_pay_at_stripe(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, **STRIPE, TICKETING_ENV="testing", STRIPE_API_BASE=base)
    with pytest.raises(config.ConfigurationError, match="stand-in"):
        config.from_environment()
