"""A clock that is moved by hand, and a client of a sandbox in this process."""

from datetime import UTC, datetime, timedelta

import httpx2

START = datetime(2026, 3, 4, 18, 30, tzinfo=UTC)
HEADERS = {"authorization": "Bearer sandbox", "user-agent": "sandbox-tests/1"}
DESK, DIRECT, EMERGENCY = "PNd5FrontDk", "PNm2MarisoL", "PNe8Urgent9"
OWNER, BENOIT = "USm4VegaR1", "USb9LefevR4"
JANE, ROSA, WALT, STRANGER = "+14155550111", "+15105550153", "+17075550147", "+14155550199"


class Clock:
    """Time stands still until `wait` is called or awaited on as a sleep."""

    def __init__(self):
        self.now = START

    def __call__(self):
        return self.now

    def wait(self, seconds):
        self.now += timedelta(seconds=seconds)

    async def sleep(self, seconds):
        self.wait(seconds)


def client(box, **headers):
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(box.app),
        base_url="http://sandbox.test",
        headers=HEADERS | headers,
    )


async def send(http, to=JANE, content="Hello", inbox=DESK, **more):
    body = {"from": inbox, "to": [to] if isinstance(to, str) else to, "content": content, **more}
    return await http.post("/quo/v1/messages", json=body)


async def texts(http, *people, inbox=DESK, size=100):
    query = {"phoneNumberId": inbox, "participants": people, "maxResults": size}
    return (await http.get("/quo/v1/messages", params=query)).json()["data"]
