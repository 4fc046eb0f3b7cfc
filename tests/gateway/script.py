"""A fake gateway that answers from a script. Its time advances only during sleeps."""

import anyio
import httpx2
from pydantic import BaseModel

from quo_mcp.gateway import Gateway, GatewayConfig

KEY = "canary-key-1"
NUMBER = "+12025550101"
GOOD = (200, b'{"data": ["x"]}')


def gateway_config(**options):
    """Return the configuration for the real URLs, with `options` changed."""
    defaults = {
        "api_key": KEY,
        "quo_url": "https://gateway.maton.ai/quo/v1",
        "control_url": "https://ctrl.maton.ai",
        "user_agent": "quo-mcp/0.0",
        "read_timeout": 20,
        "write_timeout": 25,
    }
    return GatewayConfig(**defaults | options)


class Data(BaseModel):
    data: list[str]


class Script:
    """Returns the answers in order and then repeats the last one.

    An answer is (status, body, headers), an exception to raise, or a coroutine function to await.
    """

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []
        self.slept = []
        self.now = 0.0

    async def __call__(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(answer):
            answer = await answer()
        if isinstance(answer, Exception):
            raise answer
        status, content, *headers = answer
        return httpx2.Response(status, content=content, headers=headers[0] if headers else None)

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds

    def gateway(self, **options):
        return Gateway(
            gateway_config(**{"connection_id": "conn-1", **options}),
            httpx2.MockTransport(self),
            clock=lambda: self.now,
            sleep=self.sleep,
            rng=lambda: 0.5,
            wall=lambda: 1_795_435_200.0,  # 23 November 2026, 12:00 UTC
        )


async def never():
    await anyio.Event().wait()
