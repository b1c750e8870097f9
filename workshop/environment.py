"""What of a shell's environment counts here: one list for the installer, the services, JupyterLab, kernels and workers.

A shell hands down variables that redirect imports, kernels, settings and caches. Whatever starts a process of ours takes
`clean(os.environ)`. As `__main__.py` does, this file keeps to the syntax of Python 3.6, and imports little: a folder in
PYTHONPATH may hold a `typing` or an `enum` of its own.
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
"""What a name begins with that says how some other project wants Python, packages, Temporal, models or a window to be."""
KEPT = (
    *("UV_DEFAULT_INDEX", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS", "UV_OFFLINE", "UV_CONFIG_FILE", "UV_CACHE_DIR"),
    *("UV_HTTP_", "UV_REQUEST_TIMEOUT", "UV_NATIVE_TLS", "UV_SYSTEM_CERTS", "UV_INSECURE_HOST", "UV_KEYRING_PROVIDER"),
    *("UV_CONCURRENT_",),
    *("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_CONFIG_FILE", "PIP_TRUSTED_HOST"),
    *("PIP_PROXY", "PIP_CERT", "PIP_CLIENT_CERT", "PIP_KEYRING_PROVIDER", "PIP_TIMEOUT", "PIP_DEFAULT_TIMEOUT", "PIP_RETRIES"),
    *("PIP_CACHE_DIR", "PIP_NO_CACHE_DIR"),
    *("TEMPORAL_PORT", "TEMPORAL_UI_PORT", "OPENAI_API_KEY"),
)
"""Exceptions: where packages come from (a mirror, an offline folder, a company's certificate), and settings of the course."""
FILES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "PIP_CERT", "PIP_CONFIG_FILE", "UV_CONFIG_FILE")
"""They name a file or a folder, and count if it is there."""
TEMPORARY = ("TMPDIR", "TEMP", "TMP")
FOLDERS = (
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "XDG_RUNTIME_DIR",
    "UV_CACHE_DIR",
    "PIP_CACHE_DIR",
)
"""They name a folder to write to, and count if that can be done."""
PYTHON = {"PYTHONUTF8": "1", "PYTHONNOUSERSITE": "1"}
"""What Python itself is told: UTF-8 for all files, and no packages from the user's home."""
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
LOOPBACK = ("127.0.0.1", "localhost", "::1")

IGNORED = "WORKSHOP_IGNORED"
ENCODING = "WORKSHOP_ENCODING"
PLAIN = {"\u2026": "...", "\u2013": "-", "\u2014": "-", "\u2192": "->", "\u201c": '"', "\u201d": '"', "\u2019": "'"}
"""Instead of what a terminal's encoding lacks; for the rest a question mark."""

left_out = ()  # type: tuple[str, ...]
"""Names of the shell's variables that this command leaves out. Set by `enter`."""


def clean(inherited: "os._Environ[str] | dict[str, str]") -> "dict[str, str]":
    """Return what counts of an environment, with the folders of this home and loopback past any proxy."""
    kept = {name: value for name, value in inherited.items() if _counts(name, value)}
    home = os.path.realpath(kept.get("WORKSHOP_HOME") or ROOT)
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
        kept["HOME"] = listed if listed != "~" else lab  # a container's user may be in no list
    cache = kept.get("XDG_CACHE_HOME") or os.path.join(kept["HOME"], ".cache")
    if "UV_CACHE_DIR" not in kept and not _is_writable(cache):
        kept["UV_CACHE_DIR"] = os.path.join(lab, "cache")
    exempt = kept.get("no_proxy") or kept.get("NO_PROXY") or ""
    exempt = ",".join(filter(None, [exempt, *(host for host in LOOPBACK if host not in exempt.split(","))]))
    kept.update(NO_PROXY=exempt, no_proxy=exempt)
    return kept


def _counts(name: str, value: str) -> bool:
    """Whether a variable of the shell has a say here."""
    if name.startswith(DROPPED) and not name.startswith(KEPT):
        return False
    if name in FILES:
        return _is_there(name, value)
    if name in FOLDERS:
        return os.path.isabs(value) and _is_writable(value)
    if name in TEMPORARY:  # nobody makes that one
        return os.path.isdir(value) and _is_writable(value)
    if name.startswith("XDG_") and name.endswith("_HOME"):
        return os.path.isabs(value)  # as the standard says
    return name.upper() not in PROXIES or _is_proxy(value)


def _is_there(name: str, value: str) -> bool:
    """Whether a file or folder that a variable names exists; one of certificates holds some."""
    if name == "SSL_CERT_DIR":
        return any(os.path.isdir(part) for part in value.split(os.pathsep))
    if not name.endswith(("_FILE", "_BUNDLE", "_CERT")) or name.endswith("CONFIG_FILE") or os.path.isdir(value):
        return os.path.exists(value)
    try:
        with open(value, "rb") as file:
            return b"-----BEGIN " in file.read()
    except OSError:
        return False


def _is_writable(folder: str) -> bool:
    """Whether a folder can be written, or be made. It is not made here."""
    while not os.path.lexists(folder) and os.path.dirname(folder) != folder:
        folder = os.path.dirname(folder)
    return os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)


def _is_proxy(value: str) -> bool:
    """Whether this is the address of a proxy that HTTP clients can read: they refuse to be made with any other."""
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(value if "://" in value else "http://" + value)
        return parts.scheme in ("http", "https", "socks5", "socks5h") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        return False


def isolate() -> None:
    """Clean the environment of this process, for one that was not started by us: a kernel of VS Code, say."""
    kept = clean(os.environ)
    os.environ.clear()
    os.environ.update(kept)


def enter() -> None:
    """Clean the environment at the start of a command. Starts Python again, and does not return, if it has listened to the shell.

    Until then nothing is imported: it could be a file of somebody else's.
    """
    global left_out
    told, encoding = os.environ.pop(IGNORED, ""), os.environ.pop(ENCODING, "") or sys.stdout.encoding or "utf-8"
    listened = [name for name, value in os.environ.items() if name.startswith("PYTHON") and value != PYTHON.get(name)]
    for name in listened:
        del os.environ[name]
    left_out = tuple(listened)
    if listened:
        # PYTHONEXECUTABLE says what `sys.executable` is, true or not.
        python = getattr(sys, "_base_executable", "") if "PYTHONEXECUTABLE" in listened else sys.executable
        os.execve(python, [python, *_again()], dict(handed_on(encoding), **PYTHON))
    before = set(os.environ)
    isolate()
    left_out = tuple(sorted(set(filter(None, told.split(","))) | before.difference(os.environ)))
    speak(encoding)


def _again() -> "list[str]":
    """Return the arguments with which Python starts this command again, in whatever folder one is."""
    start = "import runpy, sys; sys.path[0] = sys.argv.pop(1); runpy.run_module('workshop', run_name='__main__', alter_sys=True)"
    return ["-c", start, ROOT, *sys.argv[1:]]


def handed_on(encoding: str = "") -> "dict[str, str]":
    """Return this command's environment for a Python that goes on with it: what it left out, how its terminal writes."""
    return dict(os.environ, **{IGNORED: ",".join(left_out), ENCODING: encoding or sys.stdout.encoding})


def speak(encoding: str) -> None:
    """Print in the terminal's encoding, and never die of a character that it lacks."""
    import codecs

    codecs.register_error("plain", _plainly)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding=encoding, errors="plain")


def _plainly(error: UnicodeError) -> "tuple[str, int]":
    """Write what an encoding lacks in its nearest form."""
    assert isinstance(error, UnicodeEncodeError)
    return "".join(PLAIN.get(each, "?") for each in error.object[error.start : error.end]), error.end
