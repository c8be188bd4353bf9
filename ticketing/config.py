"""Settings, read from the environment. One class per environment; production refuses to start incomplete."""

from __future__ import annotations

import ipaddress
import os
import secrets
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
#: What pages and mails are written in; the first one is the source of the others.
LANGUAGES = ("en", "de", "ru")
#: The payment providers that there is code for.
GATEWAYS = ("sandbox", "stripe")


class ConfigurationError(RuntimeError):
    """The environment does not describe a set-up that may run."""


def _flag(name: str, default: bool) -> bool:
    return os.environ.get(name, str(default)).strip().lower() in ("1", "true", "yes", "on")


def _list(name: str) -> list[str]:
    return [part.strip() for part in os.environ.get(name, "").split(",") if part.strip()]


def _number(name: str) -> float | None:
    text = os.environ.get(name, "").strip()
    return float(text) if text else None


def _kept_secret(folder: Path, name: str) -> str:
    """A secret that outlives restarts: made once, readable by this user only."""
    path = folder / f"{name.lower()}.txt"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(descriptor, "w") as file:
        file.write(value := secrets.token_urlsafe(48))
    return value


def _database_url(text: str) -> str:
    """``postgres://`` and ``postgresql://`` both mean psycopg 3 here."""
    for prefix in ("postgres://", "postgresql://"):
        if text.startswith(prefix):
            return "postgresql+psycopg://" + text.removeprefix(prefix)
    return text


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def is_loopback(url: str) -> bool:
    """Whether this address is on the machine itself."""
    try:
        return ipaddress.ip_address(_host(url)).is_loopback
    except ValueError:
        return _host(url) == "localhost"


class Config:
    """What every environment shares."""

    ENVIRONMENT = "development"
    TESTING = False

    def __init__(self) -> None:
        self.INSTANCE = Path(os.environ.get("INSTANCE_PATH", ROOT / "instance"))
        self.INSTANCE.mkdir(parents=True, exist_ok=True)
        self.SECRET_KEY = os.environ.get("SECRET_KEY") or self._missing_secret()
        self.JWT_SECRET_KEY = os.environ.get("JWT_SECRET_KEY") or f"jwt:{self.SECRET_KEY}"
        self.TICKET_SECRET_KEY = os.environ.get("TICKET_SECRET_KEY") or f"ticket:{self.SECRET_KEY}"
        # Retired ones, oldest first: tickets that were made with them stay valid.
        self.TICKET_SECRET_KEYS_OLD = _list("TICKET_SECRET_KEYS_OLD")
        self._database()
        self._tokens_and_sessions()
        self._money()
        self._payments()
        self._mail()
        self._limits()
        self._places()

    def _missing_secret(self) -> str:
        return _kept_secret(self.INSTANCE, "SECRET_KEY")

    def _default_database(self) -> str:
        return f"sqlite:///{self.INSTANCE / 'ticketing.sqlite3'}"

    def _database(self) -> None:
        self.SQLALCHEMY_DATABASE_URI = _database_url(
            os.environ.get("DATABASE_URL") or self._default_database()
        )
        # The driver runs in autocommit: reads need no transaction, and transaction.py alone emits BEGIN.
        options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "skip_autocommit_rollback": False}
        size = int(os.environ.get("DATABASE_POOL_SIZE", "10"))
        options |= {"pool_size": size, "max_overflow": 0, "pool_timeout": 10}
        if self.SQLALCHEMY_DATABASE_URI.startswith("postgresql"):
            options |= {"pool_pre_ping": True, "connect_args": {"connect_timeout": 5}}
        self.SQLALCHEMY_ENGINE_OPTIONS = options
        self.REDIS_URL = os.environ.get("REDIS_URL") or None
        self.CELERY_BROKER_URL = os.environ.get("CELERY_BROKER_URL") or None

    def _tokens_and_sessions(self) -> None:
        self.JWT_ACCESS_TOKEN_EXPIRES = timedelta(minutes=_number("ACCESS_TOKEN_MINUTES") or 5)
        self.JWT_REFRESH_TOKEN_EXPIRES = timedelta(days=_number("REFRESH_TOKEN_DAYS") or 7)
        self.JWT_ALGORITHM = "HS256"
        self.JWT_TOKEN_LOCATION = ["headers", "cookies"]
        self.JWT_ACCESS_COOKIE_NAME = "access_token"
        self.JWT_REFRESH_COOKIE_NAME = "refresh_token"
        self.JWT_COOKIE_SAMESITE = "Lax"
        # Cookie calls are guarded by the same-origin check in api/http.py, not by a double-submit token.
        self.JWT_COOKIE_CSRF_PROTECT = False
        self.JWT_DECODE_LEEWAY = 10
        self.SESSION_COOKIE_NAME = "session"
        self.SESSION_COOKIE_HTTPONLY = True
        self.SESSION_COOKIE_SAMESITE = "Lax"
        self.REMEMBER_COOKIE_SAMESITE = "Lax"
        self.REMEMBER_COOKIE_HTTPONLY = True
        self.PERMANENT_SESSION_LIFETIME = timedelta(days=14)
        self.WTF_CSRF_TIME_LIMIT = None
        self._secure_cookies(False)
        # Whether accounts of Cafa's `auth/users/` must verify their address before they sign in.
        self.CAFA_ACTIVATION = _flag("CAFA_ACTIVATION", False)
        # OWASP's minimum for argon2id: 19 MiB, two passes, one lane.
        self.ARGON2 = {"time_cost": 2, "memory_cost": 19 * 1024, "parallelism": 1}

    def _secure_cookies(self, secure: bool) -> None:
        self.JWT_COOKIE_SECURE = self.SESSION_COOKIE_SECURE = self.REMEMBER_COOKIE_SECURE = secure

    def _money(self) -> None:
        self.CURRENCY = os.environ.get("CURRENCY", "USD").upper()
        self.SERVICE_FEE_PERCENT = Decimal(os.environ.get("SERVICE_FEE_PERCENT", "5"))
        self.HOLD_MINUTES = _number("HOLD_MINUTES")

    def _payments(self) -> None:
        self.PAYMENT_GATEWAY = os.environ.get("PAYMENT_GATEWAY", "sandbox")
        self.ALLOW_SANDBOX_PAYMENTS = _flag("ALLOW_SANDBOX_PAYMENTS", False)
        if self.PAYMENT_GATEWAY not in GATEWAYS:
            raise ConfigurationError(f"PAYMENT_GATEWAY is one of {', '.join(GATEWAYS)}")
        self.STRIPE_SECRET_KEY = os.environ.get("STRIPE_SECRET_KEY", "").strip() or None
        self.STRIPE_PUBLISHABLE_KEY = os.environ.get("STRIPE_PUBLISHABLE_KEY", "").strip() or None
        self.STRIPE_WEBHOOK_SECRET = os.environ.get("STRIPE_WEBHOOK_SECRET", "").strip() or None
        # Where Stripe's interface is; without it, at Stripe.
        self.STRIPE_API_BASE = os.environ.get("STRIPE_API_BASE", "").strip().rstrip("/") or None
        # Stripe's script for the payer's browser.
        self.STRIPE_JS = os.environ.get("STRIPE_JS", "").strip() or "https://js.stripe.com/v3/"
        # Seconds that one request may take.
        self.STRIPE_TIMEOUT = _number("STRIPE_TIMEOUT") or 15.0
        if self.PAYMENT_GATEWAY == "stripe":
            self._check_stripe()

    def _check_stripe(self) -> None:
        needed = ("STRIPE_SECRET_KEY", "STRIPE_WEBHOOK_SECRET")
        if missing := [name for name in needed if not getattr(self, name)]:
            raise ConfigurationError(f"PAYMENT_GATEWAY=stripe needs {', '.join(missing)} in the environment")
        base = self.STRIPE_API_BASE
        if base and not (base.startswith(("https://", "http://")) and _host(base)):
            raise ConfigurationError("STRIPE_API_BASE is an address like https://api.stripe.com")
        if not (self.STRIPE_JS.startswith("https://") or is_loopback(self.STRIPE_JS)):
            raise ConfigurationError("STRIPE_JS is an address like https://js.stripe.com/v3/")

    def _mail(self) -> None:
        self.MAIL_SERVER = os.environ.get("MAIL_SERVER")
        self.MAIL_PORT = int(os.environ.get("MAIL_PORT", "25"))
        self.MAIL_USERNAME = os.environ.get("MAIL_USERNAME")
        self.MAIL_PASSWORD = os.environ.get("MAIL_PASSWORD")
        self.MAIL_USE_TLS = _flag("MAIL_USE_TLS", False)
        self.MAIL_TIMEOUT = 20
        self.MAIL_DEFAULT_SENDER = os.environ.get("MAIL_DEFAULT_SENDER", "tickets@localhost")
        # Without a server, messages are kept in a folder and shown at /dev/mail (development only).
        self.MAIL_FOLDER = self.INSTANCE / "mail"
        self.MAIL_BACKEND = "smtp" if self.MAIL_SERVER else "ticketing.jobs.mailbox"

    def _limits(self) -> None:
        self.RATELIMIT_ENABLED = _flag("RATELIMIT_ENABLED", True)
        self.RATELIMIT_AUTH = os.environ.get("RATELIMIT_AUTH", "5 per hour")
        self.RATELIMIT_PAYMENT = os.environ.get("RATELIMIT_PAYMENT", "10 per hour")
        self.RATELIMIT_USER = os.environ.get("RATELIMIT_USER", "1000 per hour")
        self.RATELIMIT_ANON = os.environ.get("RATELIMIT_ANON", "100 per hour")
        # `/api/v1/` has no documented rates: so many times the general ones.
        self.RATELIMIT_V1_FACTOR = int(os.environ.get("RATELIMIT_V1_FACTOR", "10"))
        # Ways to sign in without a documented rate of their own.
        self.RATELIMIT_SIGN_IN = os.environ.get("RATELIMIT_SIGN_IN", "20 per hour")
        # Wrong passwords: from one address, whatever the account; for one account, whatever the address.
        self.RATELIMIT_FAILURES = os.environ.get("RATELIMIT_FAILURES", "100 per hour")
        self.RATELIMIT_ACCOUNT_FAILURES = os.environ.get("RATELIMIT_ACCOUNT_FAILURES", "100 per hour")
        # Mails that anybody can ask for, to one address.
        self.RATELIMIT_MAIL = os.environ.get("RATELIMIT_MAIL", "5 per hour")
        # Counted across processes: in Redis, else in a file of this machine.
        self.RATELIMIT_STORAGE_URI = (
            self.REDIS_URL or f"shared-counters://{self.INSTANCE / 'counters.sqlite3'}"
        )
        self.MAX_CONTENT_LENGTH = 12 * 1024 * 1024
        self.MAX_FORM_MEMORY_SIZE = 2 * 1024 * 1024
        self.LIST_CAP = int(os.environ.get("LIST_CAP", "1000"))
        self.TRUSTED_PROXIES = int(os.environ.get("TRUSTED_PROXIES", "0"))

    def _places(self) -> None:
        self.DEFAULT_TIMEZONE = os.environ.get("DEFAULT_TIMEZONE", "UTC")
        self.PUBLIC_BASE_URL = (os.environ.get("PUBLIC_BASE_URL") or "").rstrip("/") or None
        # Where links in mails lead: never the host of some request.
        self.MAIL_BASE_URL = self.PUBLIC_BASE_URL or f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"
        self.TRUSTED_HOSTS = _list("TRUSTED_HOSTS") or None
        self.CORS_ORIGINS = _list("CORS_ORIGINS")
        self.METRICS_TOKEN = os.environ.get("METRICS_TOKEN")
        self.MEDIA_ROOT = Path(os.environ.get("MEDIA_ROOT", self.INSTANCE / "media"))
        self.PRIVATE_MEDIA_ROOT = Path(os.environ.get("PRIVATE_MEDIA_ROOT", self.INSTANCE / "private"))
        # Public pages for visitors without cookies; 0 keeps none.
        self.PAGE_CACHE_SECONDS = float(os.environ.get("PAGE_CACHE_SECONDS", "1"))
        self.BABEL_DEFAULT_LOCALE = "en"
        self.COMPRESS_MIMETYPES = [
            "text/html",
            "text/css",
            "text/javascript",
            "application/javascript",
            "application/json",
            "application/jose",
            "application/rss+xml",
            "application/xml",
            "text/calendar",
            "image/svg+xml",
            "text/plain",
        ]
        self.COMPRESS_ALGORITHM = ["br", "gzip"]
        self.COMPRESS_BR_LEVEL = 3
        self.COMPRESS_STREAMS = False


class DevelopmentConfig(Config):
    """A laptop: secrets are made once, mail is kept in a folder, the sandbox takes the money."""


class TestingConfig(Config):
    """Tests: nothing from the developer's environment, cheap password hashing, no rate limits."""

    ENVIRONMENT = "testing"
    TESTING = True

    def __init__(self) -> None:
        super().__init__()
        self.RATELIMIT_ENABLED = False
        self.WTF_CSRF_ENABLED = False
        self.PAGE_CACHE_SECONDS = 0.0
        self.ARGON2 = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}
        self.SERVER_NAME = None

    def _check_stripe(self) -> None:
        super()._check_stripe()
        if not is_loopback(self.STRIPE_API_BASE or ""):
            raise ConfigurationError("tests pay at a stand-in: STRIPE_API_BASE is on this machine")

    def _missing_secret(self) -> str:
        return "a secret that only tests know, long enough for HS256"

    def _default_database(self) -> str:
        return "sqlite:///" + os.environ.get("TEST_SQLITE_FILE", ":memory:")


class ProductionConfig(Config):
    """The real thing: refuses to start without what it needs."""

    ENVIRONMENT = "production"

    def __init__(self) -> None:
        names = ("SECRET_KEY", "DATABASE_URL", "PUBLIC_BASE_URL", "MAIL_SERVER")
        if missing := [name for name in names if not os.environ.get(name)]:
            raise ConfigurationError(f"production needs {', '.join(missing)} in the environment")
        super().__init__()
        if len(self.SECRET_KEY) < 32:
            raise ConfigurationError("SECRET_KEY needs at least 32 characters")
        self._refuse_toys()
        self._secure_cookies(True)
        if not self.TRUSTED_HOSTS:
            host = str(self.PUBLIC_BASE_URL).split("://", 1)[-1].split("/", 1)[0].split(":", 1)[0]
            self.TRUSTED_HOSTS = [host]

    def _check_stripe(self) -> None:
        super()._check_stripe()
        base = self.STRIPE_API_BASE
        if base and not (base.startswith("https://") or is_loopback(base)):
            raise ConfigurationError("STRIPE_API_BASE is reached by https, except on this machine itself")

    def _refuse_toys(self) -> None:
        if self.PAYMENT_GATEWAY == "sandbox" and not self.ALLOW_SANDBOX_PAYMENTS:
            raise ConfigurationError(
                "production takes the sandbox gateway only with ALLOW_SANDBOX_PAYMENTS=1"
            )


_BY_NAME = {"development": DevelopmentConfig, "testing": TestingConfig, "production": ProductionConfig}


def from_environment() -> Config:
    """The configuration that ``TICKETING_ENV`` names.

    :raises ConfigurationError: an unknown name, or an incomplete production environment.
    """
    name = os.environ.get("TICKETING_ENV", "development")
    if name not in _BY_NAME:
        raise ConfigurationError(f"TICKETING_ENV is one of {', '.join(_BY_NAME)}, not {name!r}")
    return _BY_NAME[name]()
