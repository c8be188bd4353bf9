"""The published schema."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import yaml
from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner

from tests.api.conftest import Api
from tests.api.contract import Contract
from tests.factories import StaffFactory

#: Routes that anybody may call. Every other one needs an account: whoever adds one here says so on purpose.
PUBLIC = {
    "POST /api/auth/register/",
    "POST /api/auth/signup/",
    "POST /api/auth/verify-email/",
    "POST /api/auth/resend-verification/",
    "POST /api/auth/login/",
    "POST /api/auth/token/refresh/",
    "POST /api/auth/check-password-strength/",
    "POST /api/auth/password-reset/",
    "POST /api/auth/password-reset/confirm/",
    "POST /api/auth/change-email/confirm/",
    "POST /api/v1/auth/users/",
    "POST /api/v1/auth/login/",
    "POST /api/v1/auth/jwt/refresh/",
    "POST /api/auth/jwt/create/",
    "POST /api/auth/jwt/refresh/",
    "GET /api/v1/events/",
    "GET /api/v1/events/{event}/",
    "GET /api/v1/events/{event}/tickets/",
    "GET /api/v1/events/{event}/available-tickets/",
    "GET /api/v1/categories/",
    "GET /api/v1/categories/{category}/",
    "GET /api/v1/venues/",
    "GET /api/v1/venues/{venue}/",
    "GET /api/v1/venues/{venue}/schedule/",
    "GET /api/v1/organizations/",
    "GET /api/v1/organizations/{organization}/",
    "GET /api/v1/tickets/",
    "GET /api/v1/tickets/{ticket}/",
    "GET /api/tickets/types/",
    "GET /api/tickets/types/by_event/",
    "GET /api/tickets/types/available/",
    "GET /api/tickets/types/{ticket_type}/",
    "GET /api/tickets/tiers/",
    "GET /api/tickets/tiers/{tier}/",
    "GET /api/tickets/day-passes/",
    "GET /api/tickets/day-passes/{day_pass}/",
    "GET /api/tickets/day-tier-prices/",
    "GET /api/tickets/day-tier-prices/matrix/",
    "GET /api/tickets/day-tier-prices/{day_tier_price}/",
    "GET /api/events/",
    "GET /api/events/search/",
    "GET /api/events/upcoming/",
    "GET /api/events/featured/",
    "GET /api/events/by_category/",
    "GET /api/events/{event}/",
    "GET /api/events/categories/",
    "GET /api/events/categories/{category}/",
    "POST /api/payments/webhook/",
    "POST /api/webhooks/stripe/",
}
#: The schema and its readers do not describe themselves.
ABOUT_ITSELF = "openapi."


def operations(contract: Contract) -> dict[str, dict]:
    return {
        f"{method.upper()} {path}": operation
        for path, methods in contract.document["paths"].items()
        for method, operation in methods.items()
        if method != "parameters"
    }


def test_every_api_route_has_documented_answers(app: Flask, contract: Contract) -> None:
    documented = operations(contract)
    for rule in app.url_map.iter_rules():
        if not rule.rule.startswith("/api/") or rule.endpoint.startswith(ABOUT_ITSELF):
            continue
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
            operation = contract.operation(method, rule.rule.replace("<key:", "1").replace(">", ""))
            assert operation in documented.values()
            assert any(status.startswith("2") for status in operation["responses"]), rule.rule
            assert {"500", "503"} <= set(operation["responses"]), rule.rule


def test_every_error_is_documented_with_the_error_form(contract: Contract) -> None:
    for name, response in contract.document["components"]["responses"].items():
        schema = response["content"]["application/json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Error"}, name
    for name, operation in operations(contract).items():
        for status, response in operation["responses"].items():
            assert status.startswith("2") or "$ref" in response, f"{name} {status}"


def test_every_route_needs_an_account_or_is_listed_as_public(api: Api, contract: Contract) -> None:
    open_to_all = set()
    for name, operation in operations(contract).items():
        method, path = name.split(" ")
        answer = api.call(method, path.replace("{", "").replace("}", ""), {} if method != "GET" else None)
        if {} in operation["security"]:
            open_to_all.add(name)
            assert answer.status_code != 401 or "jwt" in path, name
        else:
            assert answer.status_code == 401, name
            assert answer.headers["WWW-Authenticate"] == "Bearer"
    assert open_to_all == PUBLIC


def test_it_is_openapi_3_0_3_with_title_version_tags_and_ways_to_sign_in(contract: Contract) -> None:
    document = contract.document
    assert document["openapi"] == "3.0.3"
    assert document["info"]["title"]
    assert document["info"]["version"]
    assert {
        "Auth",
        "Events",
        "Bookings",
        "Orders",
        "Payments",
        "Promo codes",
        "Organizations",
        "Venues",
        "Categories",
        "Tickets",
        "Logs",
    } == {tag["name"] for tag in document["tags"]}
    assert {name for operation in operations(contract).values() for name in operation["tags"]} == {
        tag["name"] for tag in document["tags"]
    }
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    assert document["components"]["securitySchemes"]["cookie"]["in"] == "cookie"


def test_operations_have_names_of_their_own(contract: Contract) -> None:
    names = [operation["operationId"] for operation in operations(contract).values()]
    assert len(names) == len(set(names))
    assert all(operation["summary"] for operation in operations(contract).values())


def test_the_schema_is_json_unless_yaml_is_asked_for(client: FlaskClient, contract: Contract) -> None:
    plain = client.get("/api/schema/")
    assert plain.mimetype == "application/json"
    assert plain.json == contract.document
    asked = client.get("/api/schema/?format=yaml")
    accepted = client.get("/api/schema/", headers={"Accept": "application/yaml"})
    assert asked.mimetype == accepted.mimetype == "application/yaml"
    assert yaml.safe_load(asked.data) == contract.document
    assert accepted.data == asked.data
    browser = client.get("/api/schema/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert browser.mimetype == "application/json"


def test_an_unchanged_schema_is_not_sent_twice(client: FlaskClient) -> None:
    tag = client.get("/api/schema/").headers["ETag"]
    assert client.get("/api/schema/", headers={"If-None-Match": tag}).status_code == 304


def test_the_readers_load_from_this_server_and_run_no_inline_script(client: FlaskClient) -> None:
    for path in ("/api/docs/", "/api/schema/swagger/", "/api/redoc/", "/api/schema/redoc/"):
        page = client.get(path)
        assert page.status_code == 200
        policy = page.headers["Content-Security-Policy"]
        assert "script-src 'self';" in policy
        assert page.text.count("<script") == page.text.count("<script src=")
        for address in _sources(page.text):
            assert address.startswith("/static/"), address
            assert client.get(address).status_code == 200


def _sources(html: str) -> list[str]:
    return [part.split('"')[1] for part in html.split("src=")[1:]]


def test_styles_may_be_inline_on_the_readers_only(client: FlaskClient) -> None:
    assert "'unsafe-inline'" in client.get("/api/docs/").headers["Content-Security-Policy"]
    assert "'unsafe-inline'" not in client.get("/api/schema/").headers["Content-Security-Policy"]


def test_the_schema_is_not_built_before_it_is_asked_for(tmp_path: Path) -> None:
    program = (
        "import sys, wsgi; "
        "assert 'ticketing.api.spec' not in sys.modules; "
        "assert 'document' not in vars(wsgi.app.extensions['openapi'])"
    )
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{tmp_path / 'any.sqlite3'}"}
    subprocess.run([sys.executable, "-c", program], check=True, env=environment)


def test_the_schema_can_be_written_to_a_file(
    runner: FlaskCliRunner, tmp_path: Path, contract: Contract
) -> None:
    file = tmp_path / "openapi.yaml"
    result = runner.invoke(args=["openapi", "write", str(file)])
    assert result.exit_code == 0, result.output
    assert yaml.safe_load(file.read_text()) == contract.document


def test_a_dead_method_says_which_ones_live(api: Api) -> None:
    answer = api.by(StaffFactory()).call("POST", "/api/v1/categories/1/", {})
    assert answer.status_code == 405
    assert {"GET", "PUT", "PATCH", "DELETE"} <= set(answer.headers["Allow"].split(", "))
