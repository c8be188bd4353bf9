"""BTick's organizations and their members (BTick 001 §5)."""

from __future__ import annotations

from typing import Any

from flask import Response

from ticketing.api.btick import present
from ticketing.api.btick.schemas import EventInList, MemberIn, MemberOut, OrganizationIn, OrganizationOut
from ticketing.api.http import Access, ListQuery, Routes, bare_array, current_actor, window
from ticketing.queries import events
from ticketing.queries import organizations as reading
from ticketing.queries.keys import Key
from ticketing.services import organizations

bp = Routes("btick_organizations", prefix="/api/v1/organizations", tag="Organizations")


@bp.get("/", access=Access.ANYBODY)
@bp.arguments(ListQuery, location="query")
@bp.response(200, OrganizationOut(many=True))
def list_organizations(query: dict[str, Any]) -> Response:
    """List the organizations, by name."""
    rows = window(query)
    return bare_array(reading.find_all(*rows), rows, present.organization)


@bp.post("/")
@bp.arguments(OrganizationIn)
@bp.response(201, OrganizationOut)
def create_organization(body: dict[str, Any]) -> Any:
    """Open an organization (staff).

    Its first owner is added as a member.
    """
    return present.organization(organizations.create(current_actor(), **body))


@bp.get("/<key:organization>/", access=Access.ANYBODY)
@bp.response(200, OrganizationOut)
def get_organization(organization: Key) -> Any:
    """One organization."""
    return present.organization(reading.get(organization))


@bp.put("/<key:organization>/")
@bp.arguments(OrganizationIn)
@bp.response(200, OrganizationOut)
def update_organization(body: dict[str, Any], organization: Key) -> Any:
    """Change an organization (its owners and managers)."""
    return present.organization(organizations.update(current_actor(), organization, **body))


@bp.patch("/<key:organization>/")
@bp.arguments(OrganizationIn(partial=True))
@bp.response(200, OrganizationOut)
def patch_organization(body: dict[str, Any], organization: Key) -> Any:
    """Change some of an organization (its owners and managers)."""
    return present.organization(organizations.update(current_actor(), organization, **body))


@bp.delete("/<key:organization>/")
@bp.refuses(400)
@bp.response(204)
def delete_organization(organization: Key) -> None:
    """Remove an organization that has no events (staff)."""
    organizations.delete(current_actor(), organization)


@bp.get("/<key:organization>/events/")
@bp.arguments(ListQuery, location="query")
@bp.response(200, EventInList(many=True))
def organization_events(query: dict[str, Any], organization: Key) -> Response:
    """List an organization's events, newest first.

    All for members, published ones for others.
    """
    rows = window(query)
    found = events.of_organization(current_actor(), organization, *rows)
    return bare_array(found, rows, present.event_in_list)


@bp.get("/<key:organization>/members/")
@bp.arguments(ListQuery, location="query")
@bp.refuses(403)
@bp.response(200, MemberOut(many=True))
def list_members(query: dict[str, Any], organization: Key) -> Response:
    """List who belongs to an organization (its members)."""
    rows = window(query)
    return bare_array(reading.members(current_actor(), organization, *rows), rows, present.membership)


@bp.post("/<key:organization>/add-member/")
@bp.arguments(MemberIn)
@bp.response(201, MemberOut)
def add_member(body: dict[str, Any], organization: Key) -> Any:
    """Give an account a role (owners and managers; only an owner or staff names another owner)."""
    return present.membership(organizations.add_member(current_actor(), organization, **body))
