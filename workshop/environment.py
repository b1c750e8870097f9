"""The part of a shell's environment that counts here: one list for the installer, the services, JupyterLab,
kernels and workers.

A shell passes on variables that redirect imports, kernels, settings and caches. Whatever starts one of our
processes uses `clean(os.environ)`. Like `__main__.py`, this file keeps to Python 3.6 syntax. It imports
little, because a folder in PYTHONPATH may hold its own `typing` or `enum`.
"""

import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))

DROPPED = (
    *("PYTHON", "__PYVENV_LAUNCHER__", "VIRTUAL_ENV", "CONDA_", "IPYTHON", "JUPYTER_", "JUPYTERLAB_"),
    *("UV_", "PIP_", "SETUPTOOLS_", "GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"),
    *("TEMPORAL_", "OPENAI_", "PYDANTIC_", "UVICORN_", "WEB_CONCURRENCY", "FORWARDED_ALLOW_IPS"),
    *("SSLKEYLOGFILE", "COLUMNS", "LINES"),
)
"""Prefixes of variables that say how another project wants Python, packages, Temporal, models or a window to
be.
"""
KEPT = (
    *(
        "UV_DEFAULT_INDEX",
        "UV_INDEX",
        "UV_EXTRA_INDEX_URL",
        "UV_FIND_LINKS",
        "UV_OFFLINE",
        "UV_CONFIG_FILE",
        "UV_CACHE_DIR",
    ),
    *(
        "UV_HTTP_",
        "UV_REQUEST_TIMEOUT",
        "UV_NATIVE_TLS",
        "UV_SYSTEM_CERTS",
        "UV_INSECURE_HOST",
        "UV_KEYRING_PROVIDER",
    ),
    *("UV_CONCURRENT_",),
    *(
        "PIP_INDEX_URL",
        "PIP_EXTRA_INDEX_URL",
        "PIP_FIND_LINKS",
        "PIP_NO_INDEX",
        "PIP_CONFIG_FILE",
        "PIP_TRUSTED_HOST",
    ),
    *(
        "PIP_PROXY",
        "PIP_CERT",
        "PIP_CLIENT_CERT",
        "PIP_KEYRING_PROVIDER",
        "PIP_TIMEOUT",
        "PIP_DEFAULT_TIMEOUT",
        "PIP_RETRIES",
    ),
    *("PIP_CACHE_DIR", "PIP_NO_CACHE_DIR"),
    *("TEMPORAL_PORT", "TEMPORAL_UI_PORT", "JUPYTER_PORT", "OPENAI_API_KEY"),
)
"""Exceptions: where packages come from (a mirror, an offline folder, a company's certificate), and the
course's own settings.
"""
FILES = (
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "CURL_CA_BUNDLE",
    "PIP_CERT",
    "PIP_CONFIG_FILE",
    "UV_CONFIG_FILE",
)
"""Variables that name a file or a folder; they count if it exists."""
TEMPORARY = ("TMPDIR", "TEMP", "TMP")
FOLDERS = (
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_RUNTIME_DIR",
    "UV_CACHE_DIR",
    "PIP_CACHE_DIR",
)
"""Variables that name a folder to write to; they count if it is writable."""
PYTHON = {
    "PYTHONUTF8": "1",
    "PYTHONNOUSERSITE": "1",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_TRIM_THRESHOLD_": "131072",
}
"""What Python itself is told: UTF-8 for all files, no packages from the user's home. And glibc's malloc: one
heap, not one for each thread, and what is free is given back. A tenth less memory.
"""
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
LOOPBACK = ("127.0.0.1", "localhost", "::1")

IGNORED = "WORKSHOP_IGNORED"
ENCODING = "WORKSHOP_ENCODING"
PLAIN = {
    "\u2026": "...",
    "\u2013": "-",
    "\u2014": "-",
    "\u2192": "->",
    "\u201c": '"',
    "\u201d": '"',
    "\u2019": "'",
}
"""Replacements for what a terminal's encoding lacks; anything else becomes a question mark."""

left_out = ()  # type: tuple[str, ...]
"""Names of the shell's variables that this command ignores. Set by `enter`."""


def other_copy(folder: str) -> bool:
    """Return whether a folder is another copy of the course than this code's."""
    code = os.path.realpath(os.path.join(folder, "workshop"))
    return code != os.path.join(ROOT, "workshop") and os.path.isfile(os.path.join(code, "environment.py"))


def copy_around(folder: str) -> str:
    """Return the copy of the course that a folder is in, itself or above; empty if it is in none."""
    while not os.path.isfile(os.path.join(folder, "workshop", "environment.py")):
        if folder == os.path.dirname(folder):
            return ""
        folder = os.path.dirname(folder)
    return folder


def home_of(named: "str | None") -> str:
    """Return where a learner's state lives: in the folder that WORKSHOP_HOME names, else in the clone.

    Never in another copy of the course: a terminal of that copy's JupyterLab names it wherever it goes.
    """
    folder = os.path.realpath(named or ROOT)
    return ROOT if other_copy(folder) else folder


def clean(inherited: "os._Environ[str] | dict[str, str]") -> "dict[str, str]":
    """Return the variables that count, with this home's folders, and with loopback exempt from any proxy."""
    kept = {name: value for name, value in inherited.items() if _counts(name, value)}
    home = home_of(kept.get("WORKSHOP_HOME"))
    if "WORKSHOP_HOME" in kept:
        kept["WORKSHOP_HOME"] = home
    lab = os.path.join(home, ".lab")
    jupyter = os.path.join(lab, "jupyter")
    kept.update(
        PYTHON,
        IPYTHONDIR=os.path.join(lab, "ipython"),
        JUPYTER_PREFER_ENV_PATH="1",
        JUPYTER_CONFIG_DIR=jupyter,
        JUPYTER_DATA_DIR=os.path.join(jupyter, "data"),
        JUPYTER_RUNTIME_DIR=os.path.join(jupyter, "runtime"),
    )
    if not kept.get("HOME"):
        listed = os.path.expanduser("~")
        kept["HOME"] = listed if listed != "~" else lab  # a container's user may have no passwd entry
    cache = kept.get("XDG_CACHE_HOME") or os.path.join(kept["HOME"], ".cache")
    if "UV_CACHE_DIR" not in kept and not _is_writable(cache):
        kept["UV_CACHE_DIR"] = os.path.join(lab, "cache")
    exempt = kept.get("no_proxy") or kept.get("NO_PROXY") or ""
    exempt = ",".join(filter(None, [exempt, *(host for host in LOOPBACK if host not in exempt.split(","))]))
    kept.update(NO_PROXY=exempt, no_proxy=exempt)
    return kept


def _counts(name: str, value: str) -> bool:
    """Return whether a variable of the shell counts here."""
    if name.startswith(DROPPED) and not name.startswith(KEPT):
        return False
    if name in FILES:
        return _is_there(name, value)
    if name in FOLDERS:
        return os.path.isabs(value) and _is_writable(value)
    if name in TEMPORARY:  # nothing creates these
        return os.path.isdir(value) and _is_writable(value)
    if name.startswith("XDG_") and name.endswith("_HOME"):
        return os.path.isabs(value)  # as the standard says
    return name.upper() not in PROXIES or _is_proxy(value)


def _is_there(name: str, value: str) -> bool:
    """Return whether what a variable names exists, and, for certificates, whether it holds any."""
    if name == "SSL_CERT_DIR":
        return any(os.path.isdir(part) for part in value.split(os.pathsep))
    if (
        not name.endswith(("_FILE", "_BUNDLE", "_CERT"))
        or name.endswith("CONFIG_FILE")
        or os.path.isdir(value)
    ):
        return os.path.exists(value)
    try:
        with open(value, "rb") as file:
            return b"-----BEGIN " in file.read()
    except OSError:
        return False


def _is_writable(folder: str) -> bool:
    """Return whether a folder can be written to, or created. Does not create it."""
    while not os.path.lexists(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)


def _is_proxy(value: str) -> bool:
    """Return whether HTTP clients can read this proxy's address: with any other they can't be created."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(value if "://" in value else "http://" + value)
        return (
            parts.scheme in ("http", "https", "socks5", "socks5h")
            and bool(parts.hostname)
            and (parts.port or 1) > 0
        )
    except ValueError:
        return False


def isolate() -> None:
    """Clean this process's environment: we may not have started it, as with a kernel in VS Code."""
    kept = clean(os.environ)
    os.environ.clear()
    os.environ.update(kept)


def enter() -> None:
    """Clean the environment at the start of a command. If Python itself obeyed the shell, start it again and
    never return.

    Until then nothing is imported: it could be somebody else's file.
    """
    global left_out
    told, encoding = (
        os.environ.pop(IGNORED, ""),
        os.environ.pop(ENCODING, "") or sys.stdout.encoding or "utf-8",
    )
    listened = [
        name for name, value in os.environ.items() if name.startswith("PYTHON") and value != PYTHON.get(name)
    ]
    for name in listened:
        del os.environ[name]
    left_out = tuple(listened)
    if listened:
        # PYTHONEXECUTABLE sets `sys.executable`, true or not.
        python = getattr(sys, "_base_executable", "") if "PYTHONEXECUTABLE" in listened else sys.executable
        os.execve(python, [python, *_again()], dict(handed_on(encoding), **PYTHON))
    before = set(os.environ)
    isolate()
    left_out = tuple(sorted(set(filter(None, told.split(","))) | before.difference(os.environ)))
    speak(encoding)


def enter_copy_around() -> None:
    """Hand a command over to the copy of the course in which it is typed, if this code is another's: the
    environment of that other one is active. Never return then.
    """
    try:
        around = copy_around(os.path.realpath(os.getcwd()))
    except OSError:  # the folder has been deleted
        return
    if around and other_copy(around):
        os.execve(sys.executable, [sys.executable, *_again(around)], handed_on())


def _again(root: str = ROOT) -> "list[str]":
    """Return the arguments with which Python starts this command again, whatever the working folder."""
    start = (
        "import runpy, sys; sys.path[0] = sys.argv.pop(1); runpy.run_module('workshop', run_name='__main__', "
        "alter_sys=True)"
    )
    return ["-c", start, root, *sys.argv[1:]]


def handed_on(encoding: str = "") -> "dict[str, str]":
    """Return the environment for a Python that takes over this command."""
    return dict(os.environ, **{IGNORED: ",".join(left_out), ENCODING: encoding or sys.stdout.encoding})


def speak(encoding: str) -> None:
    """Print in the terminal's encoding; never fail on a character that it lacks."""
    import codecs

    codecs.register_error("plain", _plainly)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding=encoding, errors="plain")


def _plainly(error: UnicodeError) -> "tuple[str, int]":
    """Replace what an encoding lacks with its nearest form."""
    assert isinstance(error, UnicodeEncodeError)
    return "".join(PLAIN.get(each, "?") for each in error.object[error.start : error.end]), error.end
