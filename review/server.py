"""The review page as a web application, over a desk that `flows` hands in.

Every page is made here and whole; the script on it asks for parts of itself again when they have
changed, and sends decisions as JSON. Nothing is remembered between requests.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import PurePosixPath
from typing import Any, TypeVar

from jinja2 import Environment, PackageLoader, StrictUndefined
from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from review import screen
from review.dailies import Dailies, Look
from review.decisions import EditWish, Wish, reviewer_name
from review.desk import SHOWN, Desk
from review.errors import DecidedAlready, DecisionRefused
from review.safety import COOKIE, Door, Guests

LONGEST_BODY = 64 * 1024
COOKIE_S = 30 * 24 * 3600

_STATIC = {"house.css": "text/css", "dailies.css": "text/css", "dailies.js": "text/javascript"}
_MEDIA = {".mp4": "video/mp4", ".jpg": "image/jpeg"}

M = TypeVar("M", bound=BaseModel)


def review_app(
    desk: Desk,
    guests: Guests,
    *,
    reviewer: str = "",
    closed: tuple[type[Exception], ...] = (),
) -> Starlette:
    """The application. `reviewer` is who decides where no guest is named and none says who;
    `closed` is what the desk raises while the vault cannot be reached or read, told to people.
    """
    app = Starlette(
        routes=[
            Route("/", _index),
            Route("/login", _login),
            Route("/login", _come_in, methods=["POST"]),
            Route("/static/{name}", _static),
            Route("/favicon.ico", _no_icon),
            Route("/media/{take}/{name}", _media),
            Route("/p/{slug}/{version}", _sheet),
            Route("/p/{slug}/{version}/state", _state),
            Route("/p/{slug}/{version}/cards", _cards),
            Route("/p/{slug}/{version}/shots/{job}", _shot),
            Route("/p/{slug}/{version}/decisions", _decide, methods=["POST"]),
            Route("/p/{slug}/{version}/lines", _reword, methods=["POST"]),
        ],
        middleware=[Middleware(Door, guests=guests)],
        exception_handlers={HTTPException: _error} | dict.fromkeys(closed, _closed),
    )
    app.state.desk, app.state.guests, app.state.reviewer = desk, guests, reviewer
    return app


# --- pages ---------------------------------------------------------------------------------------


def _index(request: Request) -> Response:
    found = [screen.billing(dailies) for dailies in _desk(request).productions()]
    return _page("productions.html.j2", productions=found)


def _sheet(request: Request) -> Response:
    dailies = _dailies(request)
    guest = request.state.guest
    return _page(
        "dailies.html.j2",
        billing=screen.billing(dailies),
        scenes=screen.scenes(dailies),
        languages=screen.languages(dailies),
        state=screen.state(dailies),
        guest=guest,
        reviewer=guest or request.app.state.reviewer,
    )


def _state(request: Request) -> Response:
    """What has changed, for a page that asks every few seconds."""
    body = json.dumps(screen.state(_dailies(request))).encode()
    mark = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
    if request.headers.get("if-none-match") == mark:
        return Response(status_code=304, headers={"etag": mark})
    headers = {"etag": mark, "cache-control": "no-cache"}
    return Response(body, media_type="application/json", headers=headers)


def _cards(request: Request) -> Response:
    """Some cards of the sheet anew: ?job=...&job=..."""
    dailies = _dailies(request)
    wanted = set(request.query_params.getlist("job"))
    looks = [look for look in dailies.looks if look.shot.job in wanted]
    return _page("cards.html.j2", cards=[screen.card(dailies, look) for look in looks])


def _shot(request: Request) -> Response:
    dailies = _dailies(request)
    look = _look(dailies, request.path_params["job"])
    return _page("shot.html.j2", shot=screen.shot(_desk(request), dailies, look))


def _media(request: Request) -> Response:
    take, name = request.path_params["take"], request.path_params["name"]
    if name not in SHOWN:
        raise HTTPException(404, "there is no such file for people to see")
    path = _desk(request).media(take, name)
    if path is None:
        raise HTTPException(404, "the vault has no such take, or not whole")
    # What lies under a take's key changes only where it was lost and made again.
    headers = {"cache-control": "private, max-age=600"}
    kind = _MEDIA[PurePosixPath(name).suffix]
    return FileResponse(path, media_type=kind, headers=headers, content_disposition_type="inline")


def _static(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _STATIC:
        raise HTTPException(404, "there is no such file")
    return Response(_asset(name), media_type=_STATIC[name], headers={"cache-control": "no-cache"})


def _no_icon(_: Request) -> Response:
    """Browsers ask for one whatever a page says."""
    return Response(status_code=204)


# --- coming in -----------------------------------------------------------------------------------


def _login(_: Request) -> Response:
    return _page("login.html.j2")


async def _come_in(request: Request) -> Response:
    """A cookie for a token. The link of a guest carries it behind a #, which no browser sends and
    no server logs; the script of the page sends it here."""
    token = str((await _body(request)).get("token", ""))
    if request.app.state.guests.name(token) is None:
        raise HTTPException(403, "this link is not known here, or not any more")
    response = JSONResponse({"come": "in"})
    response.set_cookie(
        COOKIE,
        token,
        max_age=COOKIE_S,
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


# --- decisions -----------------------------------------------------------------------------------


async def _decide(request: Request) -> Response:
    wish = _checked(Wish, await _body(request))
    return await _written(request, wish)


async def _reword(request: Request) -> Response:
    wish = _checked(EditWish, await _body(request))
    return await _written(request, wish)


async def _written(request: Request, wish: Wish | EditWish) -> Response:
    """Write it down under the name of whoever asks: the guest's own, or the one they gave."""
    desk, place = _desk(request), _place(request)
    try:
        by = reviewer_name(request.state.guest or wish.by or request.app.state.reviewer)
        if isinstance(wish, Wish):
            done: Any = await run_in_threadpool(desk.decide, *place, wish, by=by)
        else:
            done = await run_in_threadpool(desk.reword, *place, wish, by=by)
    except DecidedAlready as error:
        other = {"by": error.by, "at": error.at.isoformat(), "what": error.what}
        return JSONResponse({"error": str(error), "other": other}, 409)
    except DecisionRefused as error:
        return JSONResponse({"error": str(error)}, 422)
    return JSONResponse(done.model_dump(mode="json"), 201)


async def _body(request: Request) -> Mapping[str, Any]:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LONGEST_BODY:
            raise HTTPException(413, "that is more than a decision")
    try:
        found = json.loads(body)
    except ValueError as error:
        raise HTTPException(400, "that is no JSON") from error
    if not isinstance(found, dict):
        raise HTTPException(400, "that is no JSON object")
    return found


def _checked(kind: type[M], body: Mapping[str, Any]) -> M:
    try:
        return kind.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise HTTPException(400, f"{where}: {first['msg']}") from error


# --- parts ---------------------------------------------------------------------------------------


def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


def _place(request: Request) -> tuple[str, str]:
    return request.path_params["slug"], request.path_params["version"]


def _dailies(request: Request) -> Dailies:
    found = _desk(request).dailies(*_place(request))
    if found is None:
        raise HTTPException(404, "there are no dailies of such a production here")
    return found


def _look(dailies: Dailies, job: str) -> Look:
    found = dailies.look(job)
    if found is None:
        raise HTTPException(404, "this shot is not on the sheet any more")
    return found


async def _error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return _said(request, str(error.detail), error.status_code)


async def _closed(request: Request, error: Exception) -> Response:
    return _said(request, str(error), 503)


def _said(request: Request, why: str, status: int) -> Response:
    """What went wrong, as a page for people and as JSON for the script of a page."""
    if "text/html" in request.headers.get("accept", ""):
        page = _page("error.html.j2", why=why, found=status != 404)
        page.status_code = status
        return page
    return JSONResponse({"error": why}, status)


def _page(template: str, **values: Any) -> Response:
    return HTMLResponse(_templates().get_template(template).render(**values))


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("review", "templates/dailies"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= screen.FILTERS
    return environment


@cache
def _asset(name: str) -> bytes:
    return (resources.files("review") / "static" / name).read_bytes()
