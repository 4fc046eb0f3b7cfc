"""Phone numbers and users."""

from quo_mcp.sandbox.error_responses import not_found
from quo_mcp.sandbox.http import Reply, Request
from quo_mcp.sandbox.paging import page
from quo_mcp.sandbox.request_validation import USER, Query, place
from quo_mcp.sandbox.state import World

NUMBERS, USERS = "04", "11"


def list_numbers(world: World, request: Request) -> Reply:
    query = Query(request, NUMBERS)
    user = query.one("userId", USER)
    query.settled()
    shown = [
        number
        for number in world.numbers.values()
        if user is None or user in {member["id"] for member in number["users"]}
    ]
    return Reply.of({"data": shown})


def get_number(world: World, request: Request) -> Reply:
    number = world.numbers.get(place(request, NUMBERS, "phoneNumberId", "PN"))
    if number is None:
        raise not_found(NUMBERS, "Phone number")
    return Reply.of({"data": number})


def list_users(world: World, request: Request) -> Reply:
    query = Query(request, USERS)
    size, token = query.whole("maxResults", 1, 50), query.one("pageToken")
    query.settled()
    return Reply.of(page(list(world.users.values()), request, query, size=size, token=token))


def get_user(world: World, request: Request) -> Reply:
    user = world.users.get(place(request, USERS, "userId", "US"))
    if user is None:
        raise not_found(USERS, "User")
    return Reply.of({"data": user})


ROUTES = {
    ("GET", "phone-numbers"): list_numbers,
    ("GET", "phone-numbers/{phoneNumberId}"): get_number,
    ("GET", "users"): list_users,
    ("GET", "users/{userId}"): get_user,
}
