"""The route class of the API: keeps the answer of a call that came with an idempotency key."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute

from console.api.callers import AnsweredBefore
from scanner.ports_access import KeptAnswer

Handle = Callable[[Request], Coroutine[Any, Any, Response]]


class KeepingRoute(APIRoute):
    """Answers a repeated key with the first answer; frees the key of a call that failed."""

    def get_route_handler(self) -> Handle:
        """The route's own work with the keeping around it."""
        inner = super().get_route_handler()

        async def keeping(request: Request) -> Response:
            try:
                answer = await inner(request)
            except AnsweredBefore as before:
                kept = before.answer
                headers = {"Idempotent-Replay": "true"}
                return Response(kept.body, kept.status, headers, kept.media_type or None)
            except BaseException:
                await _free(request)
                raise
            await _keep(request, answer)
            return answer

        return keeping


async def _keep(request: Request, answer: Response) -> None:
    held = getattr(request.state, "idempotent", None)
    if held is None:
        return
    answers, row = held
    media_type = answer.headers.get("content-type", "")
    await run_in_threadpool(answers.keep, row, KeptAnswer(answer.status_code, media_type, bytes(answer.body)))


async def _free(request: Request) -> None:
    held = getattr(request.state, "idempotent", None)
    if held is not None:
        await run_in_threadpool(held[0].free, held[1])
