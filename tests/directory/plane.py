"""Quo's API as far as the directory uses it."""

import anyio

from quo_mcp.errors import NotFound, Unavailable

OURS = {"id": "PN1", "number": "+14155550100", "name": "Front\nDesk"}
STAFF = {"id": "US1", "firstName": "Tom", "lastName": None, "email": "tom@example.com"}


def contact(i, first=None, number=None):
    phones = [{"name": "mobile", "value": number or f"+1415{i:07d}"}]
    fields = {"firstName": first or f"Person {i}", "phoneNumbers": phones}
    return {"id": f"c{i}", "defaultFields": fields}


class Plane:
    """Quo's API as far as the directory asks it: pages of lists, each request counted."""

    def __init__(self, contacts=(), users=(STAFF,), numbers=(OURS,)):
        self.lists = {"contacts": [*contacts], "users": [*users], "phone-numbers": [*numbers]}
        self.asked = []
        self.gate = anyio.Event()
        self.gate.set()
        self.failing = set()
        self.failing_at = {}  # the failure of the page that starts at this record, once
        self.tokens = str

    async def get(self, returns, what, *ids, query=None):
        self.asked.append("/".join((what, *ids)))
        await anyio.lowlevel.checkpoint()
        if what in self.failing:
            raise Unavailable("down")
        if what == "contacts":
            await self.gate.wait()
        if ids:
            record = next((item for item in self.lists[what] if item["id"] == ids[0]), None)
            if record is None:
                raise NotFound("gone", status=404, source="quo")
            return returns.model_validate({"data": record})
        start, size = (
            int((query or {}).get("pageToken") or 0),
            (query or {}).get("maxResults", 1000),
        )
        if start in self.failing_at:
            raise self.failing_at.pop(start)
        everything = self.lists[what]
        more = start + size < len(everything)
        return returns.model_validate(
            {
                "data": everything[start : start + size],
                "nextPageToken": self.tokens(start + size) if more else None,
            }
        )


async def settled():
    for _ in range(20):
        await anyio.lowlevel.checkpoint()
