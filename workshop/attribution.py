"""The hook that names the caller of every model call made in the course's environment.

Every start of `.venv`'s Python imports this module (`HOOK`, a line in its site-packages), whether a notebook,
the keeper or a terminal starts it. So it must cost next to nothing: it only waits for httpx to be imported.
Then each request to our gateway gets one header, and no other request does. If anything goes wrong here, the
program continues, and its call has no name on the bill.
"""

from __future__ import annotations

import os
import sys

HOOK_FILE = "workshop_attribution.pth"
HOOK = "import sys; exec('try:\\n import workshop.attribution as a; a.install()\\nexcept Exception: pass')\n"
"""The line in site-packages. It must not keep Python from starting when the clone has been moved."""
CLIENTS = ("httpx._client", "httpx2._client")
"""The modules of the HTTP clients that the openai package uses; `Client.send` and `AsyncClient.send` are
public.
"""
UNUSED = ("openai._vendor.httpx_aiohttp", "httpx._main")
"""openai's client on aiohttp (installed for jupyter-server-proxy), and the command line of httpx: both
packages import them if they can, 7 and 4 MB in every process, and go on without.
"""
OURS = ("127.0.0.1", "localhost")


class _Watch:
    """A finder that finds nothing itself: it lets the others find httpx, and patches what they load."""

    def find_spec(self, name, path=None, target=None):  # type: ignore[no-untyped-def]
        if name not in CLIENTS:
            return None
        for finder in sys.meta_path:
            if finder is not self and (spec := finder.find_spec(name, path, target)):
                _patch_when_loaded(spec.loader)
                return spec
        return None


def _patch_when_loaded(loader) -> None:  # type: ignore[no-untyped-def]
    load = loader.exec_module

    def exec_module(module):  # type: ignore[no-untyped-def]
        load(module)
        _patch(module)

    loader.exec_module = exec_module


def install() -> None:
    """Watch for httpx, and leave no other trace. Calling it again changes nothing.

    It is called before the program's folder is on the path. A `workshop` that stayed imported would be this
    environment's, in whichever copy of the course the command is typed. And in a copied environment the path
    still leads to the original: the copy that it lies in comes first.
    """
    copy = sys.prefix.rpartition("/")[0]  # not with pathlib: every start of Python would import it
    code = os.path.realpath(f"{copy}/workshop/attribution.py")
    if copy not in sys.path and code != os.path.realpath(__file__) and os.access(code, os.R_OK):
        sys.path.insert(0, copy)
    for name in ("workshop", __name__):
        sys.modules.pop(name, None)
    for name in UNUSED:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # as the import system documents it
    # by name: with its module forgotten, each call has a class of its own
    if not any(type(finder).__qualname__ == _Watch.__qualname__ for finder in sys.meta_path):
        sys.meta_path.insert(0, _Watch())


def _patch(module) -> None:  # type: ignore[no-untyped-def]
    from functools import wraps

    plain, awaited = module.Client.send, module.AsyncClient.send

    @wraps(plain)
    def send(self, request, *args, **kwargs):  # type: ignore[no-untyped-def]
        _name(request)
        return plain(self, request, *args, **kwargs)

    @wraps(awaited)
    async def send_async(self, request, *args, **kwargs):  # type: ignore[no-untyped-def]
        _name(request)
        return await awaited(self, request, *args, **kwargs)

    module.Client.send, module.AsyncClient.send = send, send_async


def _name(request) -> None:  # type: ignore[no-untyped-def]
    """Set the header if this request goes to our gateway."""
    try:
        url = request.url
        if url.host in OURS and url.path.startswith("/v1/") and url.port == _gateway_port():
            from workshop import caller

            request.headers[caller.HEADER] = caller.here().header()
    except Exception:  # a missing name on the bill must never break a learner's program
        return


_known: tuple[object, int] | None = None


def _gateway_port() -> int:
    """Return the gateway's port; look it up again when `.env` has changed."""
    global _known
    from workshop.config import ENV_FILE, settings

    changed = ENV_FILE.stat().st_mtime_ns if ENV_FILE.exists() else 0
    seen = (changed, os.environ.get("GATEWAY_PORT"))
    if _known is None or _known[0] != seen:
        _known = seen, settings().gateway_port
    return _known[1]
