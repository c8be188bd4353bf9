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


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in (*COMPLETE, "PAYMENT_GATEWAY", "HOLD_MINUTES", "TRUSTED_HOSTS"):
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
