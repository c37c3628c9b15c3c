"""Starts the page: where it listens, which links it prints, what it refuses."""

from __future__ import annotations

import gc
import ipaddress
import socket
import time
from collections.abc import Sequence
from pathlib import Path

import uvicorn

from assent.errors import AccessError, ConfigError
from assent.project import AnswersProject, Project
from assent.sections import ServeSection
from assent.store.access import Access
from assent.web.app import create_app
from assent.web.protocol import Protocol
from assent.web.site import Site

OWNER_LINK_DAYS = 1.0
PORT_FILE = "served.port"  # in the project folder: where it was served last
MOST_CONNECTIONS = 2000  # at once; more are told to try again


def serve(projects: Sequence[Project | AnswersProject], port: int | None = None) -> None:
    """Serve projects until stopped; prints where, and for each the links that let people in.

    port: in place of the first project's `serve.port`; 0 takes any free one.
    Raises ConfigError when the settings contradict each other, AccessError when the page
    would be open to a network without a proxy.
    """
    sites = [Site(each.config.project.name, each.store, each.config) for each in projects]
    settings = sites[0].config.serve
    check_host(settings.host, settings.proxy or settings.certificate is not None)
    check_certificate(settings)
    app = create_app(sites)
    listener = listen(settings.host, settings.port if port is None else port)
    port = int(listener.getsockname()[1])
    root, now = address(settings, port), time.time()
    for project, site in zip(projects, sites, strict=True):
        (project.folder / PORT_FILE).write_text(f"{port}\n")
        for line in links(site, root, now):
            print(line, flush=True)
    # What was made until now stays: looking through it again took a fifth of every request.
    gc.collect()
    gc.freeze()
    uvicorn.Server(
        uvicorn.Config(
            app,
            http=Protocol,
            log_level="warning",
            proxy_headers=settings.proxy,
            server_header=False,
            timeout_graceful_shutdown=3,
            limit_concurrency=MOST_CONNECTIONS,
            ssl_certfile=settings.certificate,
            ssl_keyfile=settings.certificate_key,
        )
    ).run(sockets=[listener])


def links(site: Site, root: str, now: float) -> tuple[str, str]:
    """What to tell whoever starts the page: a link for its owner, and one to send to annotators."""
    people, days = site.store.people, site.config.serve.invite_days
    owner = people.invite("owner", now, OWNER_LINK_DAYS, 1)
    annotator = people.invite("annotator", now, days, None)
    return (
        f"{site.name}: owner link, works once:  {root}/{site.name}/join/{owner}",
        f"{site.name}: invite link, {days:g} days:  {root}/{site.name}/join/{annotator}",
    )


def invite(
    project: Project | AnswersProject, role: str, uses: int | None, now: float, person: str = ""
) -> str:
    """A new invite link of a project, to where it is served, or would be by its settings.

    uses: how often it works; None: an owner's once, an annotator's any number of times.
    person: the name or id of somebody who goes on with it as who they are, once.
    """
    if role not in ("annotator", "owner"):
        raise ConfigError(f"role {role!r} is unknown; choose annotator or owner")
    settings = project.config.serve
    granted: Access = "owner" if role == "owner" else "annotator"
    known = project.store.people.called(person).id if person else None
    once = known is not None or granted == "owner"
    often = 1 if once and uses is None else uses
    days = OWNER_LINK_DAYS if granted == "owner" else settings.invite_days
    token = project.store.people.invite(granted, now, days, often, known)
    root = address(settings, _served(project) or settings.port)
    return f"{root}/{project.config.project.name}/join/{token}"


def address(settings: ServeSection, port: int) -> str:
    """Where people find the page: under the first of its names, where it has some.

    A proxy is taken to speak TLS at the usual port.
    """
    if settings.proxy and settings.names:
        return f"https://{settings.names[0]}"
    scheme = "http" if settings.certificate is None else "https"
    host = (*settings.names, settings.host)[0]
    return f"{scheme}://{_bracketed(host)}:{port}"


def _served(project: Project | AnswersProject) -> int | None:
    """The port at which somebody serves the project now, perhaps not that of the settings."""
    try:
        port = int((project.folder / PORT_FILE).read_text())
        socket.create_connection((project.config.serve.host, port), 1.0).close()
    except (OSError, ValueError):
        return None
    return port


def check_certificate(settings: ServeSection) -> None:
    """Refuse half a certificate, or files that are not there. Raises ConfigError."""
    files = (settings.certificate, settings.certificate_key)
    if (files[0] is None) != (files[1] is None):
        raise ConfigError("serve.certificate and serve.certificate_key come together; name both")
    for path in filter(None, files):
        if not Path(path).is_file():
            raise ConfigError(f"serve names the file {path!r}, which is not there; name a PEM file")


def check_host(host: str, private: bool) -> None:
    """Refuse to be reachable from a network in plain text. Raises AccessError.

    private: TLS is spoken here or by a proxy in front.
    """
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if not loopback and not private:
        raise AccessError(
            f"serve.host is {host!r}, which others can reach, and names, sessions and answers "
            "would travel in plain text; keep 127.0.0.1 (and use an SSH tunnel), put a TLS proxy "
            "in front and set serve.proxy = true, or name serve.certificate and its key"
        )


def listen(host: str, port: int) -> socket.socket:
    """A bound socket. Raises ConfigError when something else has the port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # Named TCP, or asyncio does not switch off Nagle's algorithm, and each response waits 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"cannot listen on {host}:{port}: {error.strerror}; stop what uses it, or choose "
            "another port with serve.port or --port (0 takes a free one)"
        ) from None
    return listener


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host
