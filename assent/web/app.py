"""The application: every project under its own path, one guard before all of them."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from assent.errors import ConfigError
from assent.sections import ServeSection
from assent.web import document, exchange, faults, media
from assent.web.forms import Forms
from assent.web.guard import Guard
from assent.web.limits import Limits
from assent.web.owner import believing, deciding, drafting, exercises, owning
from assent.web.owner import pages as ownerpages
from assent.web.render import STATIC
from assent.web.site import Site
from assent.web.statics import Statics
from assent.web.work import answering, flags, handing, history, messages, pages, playing, practice
from assent.web.work.counter import Counter
from assent.web.work.quick import Quick
from assent.web.work.simulators import Simulators

__all__ = ["Site", "create_app"]

# What has routes; the pages, whose paths begin with a project's name, come last.
MODULES = (
    handing,
    answering,
    history,
    messages,
    owning,
    deciding,
    believing,
    exchange,
    media,
    practice,
    playing,
    drafting,
    exercises,
    flags,
    ownerpages,
    pages,
)


def create_app(sites: Sequence[Site]) -> FastAPI:
    """The page and the API of some projects. Raises ConfigError when two share a name."""
    by_name = {site.name: site for site in sites}
    if len(by_name) != len(sites) or not sites:
        names = ", ".join(site.name for site in sites) or "none"
        raise ConfigError(f"projects on one server need different names, found {names}")
    reserved = {"static", "api"} & set(by_name)
    if reserved:
        raise ConfigError(f"a project cannot be called {reserved.pop()!r}; change project.name")
    app = FastAPI(
        title="assent",
        summary="Questions, answers and the loop of a project",
        # The interactive documentation loads scripts from elsewhere; the document itself is enough.
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.sites = by_name
    app.state.forms = Forms()
    app.state.counters = {
        name: Counter(site.store, site.config.serve) for name, site in by_name.items()
    }
    app.state.simulators = Simulators()
    app.mount("/static", Statics(directory=STATIC), name="static")
    for module in MODULES:
        app.include_router(module.router)
    faults.install(app)
    document.install(app)
    app.add_middleware(Quick)
    # The highest level costs a millisecond and saves a few bytes.
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=4)
    # Added last, so it stands outermost: nothing leaves without its headers.
    settings = [site.config.serve for site in sites]
    app.add_middleware(
        Guard,
        names=_names(settings),
        limits=Limits(min(each.requests_per_second for each in settings)),
    )
    return app


def _names(settings: Sequence[ServeSection]) -> frozenset[str] | None:
    """The names that lead here besides loopback's; None: a proxy in front decides."""
    names = frozenset(name.lower() for each in settings for name in each.names)
    return None if not names and any(each.proxy for each in settings) else names
