"""Questions and commands to the runs that are being computed."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import Field, RootModel
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from analysis.app.answers import Handler
from analysis.app.encode import MissingError, answer
from analysis.app.hub import status_told
from analysis.app.query import Body, LibraryQuery, Word, Year, asked, posted
from analysis.app.views import Views
from simulator.errors import Problem
from simulator.problems import suggest

if TYPE_CHECKING:
    from analysis.desk import Job, Plan

#: Most policies, levers or sources in one plan.
_MANY: Final = 100

Direct = Callable[[Views, Request], Awaitable[Response]]


# --- what is posted -------------------------------------------------------------------------------


class ChoiceBody(Body):
    """A policy, and how much of it."""

    policy: Word = Field(description="the name of a policy")
    strength: float = Field(1.0, description="a number from 0 to 1")
    compliance: float = Field(1.0, description="a number from 0 to 1")


class PlanBody(Body):
    """What a branch tries."""

    name: Word = Field("", description="a name for people")
    choices: tuple[ChoiceBody, ...] = Field((), max_length=_MANY)
    levers: dict[Word, float | Word] = Field({}, max_length=_MANY, description="lever: setting")
    close: tuple[Word, ...] = Field((), max_length=_MANY, description="ids of sources")

    def plan(self) -> Plan:
        """Plan of the desk."""
        from analysis.desk import Choice, Plan, Setting

        return Plan(
            self.name,
            tuple(Choice(c.policy, c.strength, c.compliance) for c in self.choices),
            tuple(Setting(lever, value) for lever, value in self.levers.items()),
            self.close,
        )


class Start(Body):
    """Start a scenario."""

    kind: Literal["start"]
    scenario: Word = Field(description="the name of a scenario")
    name: Word | None = Field(None, description="a name for the run")


class Resume(Body):
    """Go on with a run that was stopped."""

    kind: Literal["resume"]
    run: Word = Field(description="the name of a run")


class Branch(Body):
    """Leave a run in a year, with a plan."""

    kind: Literal["branch"]
    run: Word = Field(description="the name of a run")
    at: Year = Field(description="a year of the run")
    plan: PlanBody
    name: Word | None = Field(None, description="a name for the new run")


class NewJob(RootModel[Annotated[Start | Resume | Branch, Field(discriminator="kind")]]):
    """What can be computed."""


class Until(Body):
    """How far to go."""

    until: Year | None = Field(None, description="a year")


class Tried(Body):
    """A plan for a run."""

    run: Word = Field(description="the name of a run")
    at: Year = Field(description="a year of the run")
    plan: PlanBody


# --- questions ------------------------------------------------------------------------------------


def jobs(views: Views, request: Request) -> dict[str, Any]:
    """Status of all jobs, by the names of their runs."""
    _follow_all(views)
    return views.hub.statuses()


def _follow_all(views: Views) -> None:
    for job in views.desk.jobs():
        views.hub.follow(job.name, job)


def library_of(views: Views, request: Request) -> dict[str, Any]:
    """What can be tried: policies, and the levers and sources of a run."""
    from analysis.desk import REMARK, levers_of, library, sources_at
    from analysis.desk.levers import as_it_is

    query = asked(LibraryQuery, request)
    found: dict[str, Any] = {
        "policies": library(), "levers": [], "sources": [], "cost_remark": REMARK,
    }  # fmt: skip
    if query.run:
        run = views.run(query.run)
        year = run.recorded_until if query.at is None else query.at
        found["levers"] = [
            {
                **dataclasses.asdict(lever),
                "default": as_it_is(lever.key, run.scenario),
                "options": [(word, word) for word in lever.options] or None,
            }
            for lever in levers_of(run.scenario)
        ]
        found["sources"] = sources_at(views.desk.region(query.run), year)
    return found


async def events(views: Views, request: Request) -> Response:
    """Stream of the status of jobs: all of them first, then each change."""
    await run_in_threadpool(_follow_all, views)
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    return StreamingResponse(views.hub.stream(), media_type="text/event-stream", headers=headers)


# --- commands -------------------------------------------------------------------------------------


async def begin(views: Views, request: Request) -> Response:
    """Start, resume or branch; gives the name of the run."""
    asked = (await posted(NewJob, request)).root
    return answer(await run_in_threadpool(_begin, views, asked), 201)


def _begin(views: Views, asked: Start | Resume | Branch) -> dict[str, str]:
    desk = views.desk
    if isinstance(asked, Start):
        known = [str(s.name) for s in desk.scenarios()]
        if asked.scenario not in known:  # no path is ever taken from a request
            raise MissingError(
                Problem(
                    f"scenario {asked.scenario!r}", "there is no such scenario",
                    "the page starts built-in scenarios; a file is started in the terminal",
                    suggest(asked.scenario, known),
                )
            )  # fmt: skip
        job = desk.start(asked.scenario, asked.name)
    elif isinstance(asked, Resume):
        views.run(asked.run)
        job = desk.resume(asked.run)
    else:
        views.run(asked.run)
        job = desk.branch(asked.run, asked.at, asked.plan.plan(), asked.name)
    views.hub.follow(job.name, job)
    return {"name": job.name}


async def command(views: Views, request: Request) -> Response:
    """Tell a job to step, go, pause or close."""
    until = (await posted(Until, request)).until
    name, what = request.path_params["name"], request.path_params["command"]
    return answer(await run_in_threadpool(_command, views, name, what, until))


def _command(views: Views, name: str, what: str, until: int | None) -> Any:
    job: Job = views.job(name)
    commands: dict[str, Callable[[], None]] = {
        "step": job.step,
        "go": lambda: job.go(until),
        "pause": job.pause,
        "close": job.close,
    }
    if what not in commands:
        raise MissingError(
            Problem(
                f"command {what!r}", "there is no such command", "a job is told one of these",
                suggest(what, commands),
            )
        )  # fmt: skip
    commands[what]()
    return status_told(job.status)


async def try_plan(views: Views, request: Request) -> Response:
    """Say a plan in words, and what is wrong with it."""
    tried = await posted(Tried, request)
    return answer(await run_in_threadpool(_try, views, tried))


def _try(views: Views, tried: Tried) -> dict[str, Any]:
    plan = tried.plan.plan()
    views.run(tried.run)
    problems = views.desk.branch_problems(tried.run, tried.at, plan)
    return {"sentence": plan.sentence(), "problems": problems}


ROUTES: Final[tuple[tuple[str, Handler], ...]] = (
    ("/api/jobs", jobs),
    ("/api/library", library_of),
)
DIRECT_ROUTES: Final[tuple[tuple[str, Direct, str], ...]] = (
    ("/api/events", events, "GET"),
    ("/api/jobs", begin, "POST"),
    ("/api/jobs/{name}/{command}", command, "POST"),
    ("/api/plan", try_plan, "POST"),
)
