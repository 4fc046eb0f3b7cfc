"""Another side of the gateway that answers by a script, in time that passes only by sleeping."""

import anyio
import httpx2
from pydantic import BaseModel

from quo_mcp.gateway import Gateway, Settings

KEY = "canary-key-1"
NUMBER = "+12025550101"
GOOD = (200, b'{"data": ["x"]}')


def settings(**more):
    """Those of the real gateway, but for what is given."""
    made = {
        "key": KEY,
        "quo_url": "https://gateway.maton.ai/quo/v1",
        "control_url": "https://ctrl.maton.ai",
        "user_agent": "quo-mcp/0.0",
        "read_deadline": 20,
        "write_deadline": 25,
    }
    return Settings(**made | more)


class Data(BaseModel):
    data: list[str]


class Script:
    """Answers in turn, the last one for ever: (status, body, headers), an exception, or a wait."""

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

    def gateway(self, **more):
        return Gateway(
            settings(**{"connection": "conn-1", **more}),
            httpx2.MockTransport(self),
            clock=lambda: self.now,
            sleep=self.sleep,
            rng=lambda: 0.5,
            wall=lambda: 1_795_435_200.0,  # 23 November 2026, 12:00 UTC
        )


async def never():
    await anyio.Event().wait()
