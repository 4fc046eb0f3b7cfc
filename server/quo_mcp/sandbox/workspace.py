"""The routes of phone numbers and users."""

from quo_mcp.sandbox.error_responses import not_found
from quo_mcp.sandbox.http import Request, Response
from quo_mcp.sandbox.paging import build_page
from quo_mcp.sandbox.request_validation import USER_ID, QueryReader, path_id
from quo_mcp.sandbox.state import SandboxState

# The first two digits of Quo's error codes, per resource.
NUMBERS, USERS = "04", "11"


def list_numbers(state: SandboxState, request: Request) -> Response:
    query = QueryReader(request, NUMBERS)
    user_id = query.string("userId", USER_ID)
    query.reject_invalid()
    matches = [
        number
        for number in state.numbers.values()
        if user_id is None or user_id in {member["id"] for member in number["users"]}
    ]
    return Response.from_json({"data": matches})


def get_number(state: SandboxState, request: Request) -> Response:
    number = state.numbers.get(path_id(request, NUMBERS, "phoneNumberId", "PN"))
    if number is None:
        raise not_found(NUMBERS, "Phone number")
    return Response.from_json({"data": number})


def list_users(state: SandboxState, request: Request) -> Response:
    query = QueryReader(request, USERS)
    size, token = query.integer("maxResults", 1, 50), query.string("pageToken")
    query.reject_invalid()
    return Response.from_json(
        build_page(list(state.users.values()), request, query, size=size, token=token)
    )


def get_user(state: SandboxState, request: Request) -> Response:
    user = state.users.get(path_id(request, USERS, "userId", "US"))
    if user is None:
        raise not_found(USERS, "User")
    return Response.from_json({"data": user})


ROUTES = {
    ("GET", "phone-numbers"): list_numbers,
    ("GET", "phone-numbers/{phoneNumberId}"): get_number,
    ("GET", "users"): list_users,
    ("GET", "users/{userId}"): get_user,
}
