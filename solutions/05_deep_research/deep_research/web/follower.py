"""Tells open pages of every change. One follower reads a research run's history, however many pages look at it."""

import asyncio
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass

from fastapi.sse import ServerSentEvent

from deep_research.models import Stage
from deep_research.web.errors import Problem, TooSlow, Unavailable
from deep_research.web.forms import SessionStatus
from deep_research.web.newest import Newest
from deep_research.web.sessions import Sessions

# A page that has lost us comes back after 1 s.
BEGIN = ServerSentEvent(comment="connected", retry=1000)
LOOK_S = 1.0
"""How often to ask whether model calls are being retried: of that the history says nothing."""
IDLE = (Stage.PENDING, Stage.AWAITING_CLARIFICATIONS, Stage.AWAITING_APPROVAL, Stage.NEEDS_ATTENTION)


@dataclass(frozen=True)
class News:
    event: ServerSentEvent | None
    is_last: bool


class Follower:
    """Follows one research run. `newest` is the last event, None before the first."""

    def __init__(self, sessions: Sessions, session_id: str) -> None:
        self.sessions, self.session_id = sessions, session_id
        self.newest: Newest[News | None] = Newest(None)
        self.status: SessionStatus | None = None
        self.listeners = 0
        self.task = asyncio.create_task(self._run())

    async def _run(self) -> None:
        health = self.sessions.health
        while health.missing.value != "server":
            try:
                await self._follow()
                return
            except TooSlow:
                await asyncio.sleep(LOOK_S)
            except Unavailable as problem:
                if problem.more["missing"] != "server":
                    self._tell("problem", {"detail": problem.detail, **problem.more})
                # What was missing may be back before health has noticed that it was away.
                await asyncio.sleep(0.2)
                await health.missing.until(lambda missing: missing in (None, "server"))
            except Problem as problem:
                self._tell("problem", {"detail": problem.detail}, is_last=True)
                return
            except Exception:
                logging.exception("Nobody follows %s any more", self.session_id)
                self._tell("problem", {"detail": "The stream broke off. Load the page again."}, is_last=True)
                return
        self.newest.set(News(None, is_last=True))

    async def _follow(self) -> None:
        """Tell the state after each change, until the research is closed. Every change is an event in its history."""
        session = await self.sessions.find(self.session_id)
        history = session.handle.fetch_history_events(wait_new_event=True)
        while not session.is_closed:
            event = asyncio.ensure_future(self.sessions.health.guard(history.fetch_next_page(), within_s=None))
            try:
                await self._tell_retries_until(event)
                await event
            finally:
                event.cancel()
            session = await self.sessions.find(self.session_id)
            if not session.is_closed:
                self._tell_status(await session.status())
        self._tell_status(await session.status(), is_last=True)

    async def _tell_retries_until(self, event: asyncio.Future[None]) -> None:
        """While model calls are under way, look whether one of them is being tried again."""
        while not event.done():
            is_idle = not self.status or self.status.status in IDLE
            await asyncio.wait({event}, timeout=None if is_idle else LOOK_S)
            if self.status and not event.done():
                waiting = await (await self.sessions.find(self.session_id)).waiting()
                self._tell_status(self.status.model_copy(update={"waiting": waiting}))

    def _tell_status(self, status: SessionStatus, is_last: bool = False) -> None:
        self.status = status
        self._tell("status", status.model_dump(mode="json"), is_last)

    def _tell(self, event: str, data: dict[str, object], is_last: bool = False) -> None:
        self.newest.set(News(ServerSentEvent(event=event, data=data), is_last))


class Followers:
    """The followers under way, each for as long as somebody listens."""

    def __init__(self, sessions: Sessions) -> None:
        self.sessions = sessions
        self.running: dict[str, Follower] = {}
        self.waiting = 0  # calls that stay, for events or for a report

    async def listen(self, session_id: str) -> AsyncIterator[ServerSentEvent]:
        """The present state of a research run, then every change, then `end`."""
        follower = self.running.get(session_id) or Follower(self.sessions, session_id)
        self.running[session_id] = follower
        follower.listeners += 1
        try:
            yield BEGIN
            news: News | None = None
            told: ServerSentEvent | None = None
            while not news or not news.is_last:
                news = await follower.newest.after(news)
                if news and news.event and news.event != told:
                    told = news.event
                    yield told
            if news.event:  # otherwise it's only the server that ends, and the page comes back
                yield ServerSentEvent(event="end", data={"session_id": session_id})
        finally:
            follower.listeners -= 1
            if not follower.listeners:
                follower.task.cancel()
                self.running.pop(session_id, None)
