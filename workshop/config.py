"""Every port, path and price, in one place.

A value is looked up in ``.env`` first, then in the environment, then here. ``.env`` comes first so that one
file decides for the notebook, the workers and the services, whatever a shell exports: a forgotten
``OPENAI_API_KEY`` in a shell profile never causes a bill. Where there is a ``.env``, only a key in
it counts.
"""

from __future__ import annotations

import logging
import os
import re
from functools import cached_property
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from workshop import environment, shell
from workshop.errors import UnreadableSettings

logging.getLogger("dotenv.main").setLevel(logging.ERROR)  # `up` and the doctor name a line that can't be read

ROOT = Path(__file__).resolve().parent.parent
"""The clone: course, solutions, notebooks, and the code under them."""

HOME = Path(environment.home_of(os.environ.get("WORKSHOP_HOME")))
"""Where a learner's state lives (``.env``, ``.lab/``, ``my_work/``). The clone itself, unless a test or a hub
moves it.
"""

LAB_DIR = HOME / ".lab"
MY_WORK = HOME / "my_work"
ENV_FILE = HOME / ".env"
ENV_SAMPLE = ROOT / ".env.sample"

STAGES = (
    "00_start_here",
    "01_agent_hello_world",
    "02_temporal_hello_world",
    "03_durable_agent",
    "04_agent_routing",
    "05_deep_research",
    "06_change_it_safely",
    "07_in_front_of_users",
)
"""The stems of the course, in order. The same stem names a stage in every folder."""

FORWARDED = (
    *("CODESPACE_NAME", "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN"),
    *("JUPYTERHUB_PUBLIC_URL", "JUPYTERHUB_SERVICE_PREFIX"),
)
"""Variables that say how a browser far away reaches our ports: in a Codespace, on a JupyterHub, and on
Binder, which is a hub that does not say its own name.
"""
PRACTICE_KEY = "practice"
START = "python3 -m workshop up"
"""The command that brings services back with all their data. The lessons' applications name it when Temporal
is down.
"""


PortNumber = Annotated[int, Field(ge=1, le=65535)]


def _is_address(text: str) -> bool:
    """Whether a text is a whole address of the web, with a port that there is."""
    try:
        address = urlsplit(text)
        named = address.scheme in ("http", "https") and bool(address.hostname)
        return named and address.port != 0 and not re.search(r"\s", text)
    except ValueError:
        return False


class Settings(BaseSettings):
    """What a learner can set, in ``.env`` or in an environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(env_file=ENV_FILE, extra="ignore", env_ignore_empty=True)

    temporal_port: PortNumber = 7233
    temporal_ui_port: PortNumber = 8233
    research_app_port: PortNumber = 8234
    research_exercise_port: PortNumber = 8237
    """The web server of exercise 05, so that it and the lesson's can run side by side; the codec server
    of 07.
    """
    gateway_port: PortNumber = 8235
    weather_port: PortNumber = 8236
    board_port: PortNumber = 8238
    """The instructor's board, if there is one."""
    jupyter_port: PortNumber = 8888
    workshop_link: str = ""
    """How a browser reaches any port, with `{port}` in it, as in https://example.org/absproxy/{port}. It must
    hand a path on whole, as jupyter-server-proxy does below `proxy/absolute`. Empty: found out.
    """

    @field_validator("workshop_link")
    @classmethod
    def _is_link(cls, link: str) -> str:
        """Raise ValueError for a link that leads nowhere."""
        if link and not (_is_address(link.replace("{port}", "1")) and "{port}" in link):
            raise ValueError("write a whole address, such as https://example.org/absproxy/{port}")
        return link

    openai_api_key: str = PRACTICE_KEY
    upstream_base_url: str = "https://api.openai.com/v1"
    """Where the gateway passes calls on to when the key is not ``practice``."""
    practice_latency_s: float = Field(0.2, ge=0, le=3600)
    """How long the practice model thinks before it answers, in seconds."""
    weather_api_base: str = ""
    """Where the weather tools ask. Empty: the local weather service. Live: https://api.weather.gov"""

    @field_validator("upstream_base_url", "weather_api_base")
    @classmethod
    def _is_of_the_web(cls, address: str) -> str:
        """Raise ValueError for what is no address; the weather's may be empty."""
        if address and not _is_address(address):
            raise ValueError("write a whole address, such as https://example.org/v1")
        return address

    price_input_per_mtok: float = Field(0.25, ge=0, le=1e6)
    """Notional price in US dollars for a million input tokens: what a small hosted model costs, in round
    figures.
    """
    price_output_per_mtok: float = Field(2.00, ge=0, le=1e6)
    """The same for a million output tokens."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Put ``.env`` before the environment; see the module's docstring for why."""
        return init_settings, dotenv_settings, env_settings

    @cached_property
    def temporal_address(self) -> str:
        return f"127.0.0.1:{self.temporal_port}"

    @cached_property
    def gateway_url(self) -> str:
        return f"http://127.0.0.1:{self.gateway_port}"

    @cached_property
    def model_base_url(self) -> str:
        return f"{self.gateway_url}/v1"

    @cached_property
    def weather_service_url(self) -> str:
        """The local weather service and its notice board."""
        return f"http://127.0.0.1:{self.weather_port}"

    @cached_property
    def weather_url(self) -> str:
        """Where weather alerts come from: the local service, or the live one."""
        return self.weather_api_base.rstrip("/") or self.weather_service_url

    @property
    def is_practice(self) -> bool:
        return self.openai_api_key == PRACTICE_KEY

    @property
    def upstream_name(self) -> str:
        """The upstream's name, safe to show: its address can hold a password, or a key."""
        address = urlsplit(self.upstream_base_url)
        return f"{address.scheme}://{address.netloc.rpartition('@')[2]}{address.path}"

    def link(self, port: int, path: str = "") -> str:
        """Return a local port's address as the learner's browser reaches it. It has no host where that is not
        known: it is the one of the page that shows the link.
        """
        codespace, domain, hub, server = map(os.environ.get, FORWARDED)
        if self.workshop_link:
            address = self.workshop_link.rstrip("/")
        elif codespace and domain:
            address = f"https://{codespace}-{{port}}.{domain}"
        elif hub or server:
            address = (hub or server or "").rstrip("/") + "/proxy/absolute/{port}"
        else:
            address = "http://localhost:{port}"
        return address.replace("{port}", str(port)) + path

    def below(self, port: int) -> str:
        """Return the path below which a browser finds a port; empty where each port has its own host."""
        return urlsplit(self.link(port)).path

    def environment(self) -> dict[str, str]:
        """Return what a lesson's code and its workers read from the environment."""
        values = {
            "OPENAI_API_KEY": self.openai_api_key,
            "OPENAI_BASE_URL": self.model_base_url,
            "TEMPORAL_ADDRESS": self.temporal_address,
            "TEMPORAL_START": START,
            "TEMPORAL_UI_URL": self.link(self.temporal_ui_port).rstrip("/"),
            "WEATHER_API_BASE": self.weather_url,
            "NOTICE_BOARD_URL": self.weather_service_url,
            "RESEARCH_APP_PORT": str(self.research_app_port),
        }
        if path := self.below(self.research_app_port):
            # The browser is on another machine, where no name leads to this one's loopback.
            values["RESEARCH_APP_HOSTS"] = urlsplit(self.link(self.research_app_port)).hostname or "*"
            values["ROOT_PATH"] = path
        if self.is_practice:
            values["OPENAI_AGENTS_DISABLE_TRACING"] = "1"  # there is no platform to send traces to
        return values


def settings(home: Path = HOME) -> Settings:
    """Return the settings from a home's ``.env``. They are read each time: an edit counts without a restart.

    Raises UnreadableSettings if the file is not UTF-8 (a Windows editor may have saved it in another
    encoding), if a folder has its name, and if a value is impossible.
    """
    file = env_file(home)
    try:
        found = Settings(_env_file=file)  # type: ignore[call-arg]  # an argument of pydantic-settings that mypy can't see
        named = {name.upper(): value for name, value in dotenv_values(file).items()}
    except UnicodeDecodeError as error:
        said = f"{file} is not UTF-8 text ({error.reason}).\nTo have it rewritten, the old one kept: {START}"
        raise UnreadableSettings(said) from error
    except ValidationError as error:
        raise UnreadableSettings(_explain(error, file)) from error
    if file.exists() and not named.get("OPENAI_API_KEY"):
        found.openai_api_key = PRACTICE_KEY  # a key that a shell exports never spends by itself
    return found


def env_file(home: Path) -> Path:
    """Return where a home's `.env` is. Raises UnreadableSettings if that is a folder."""
    file = home / ENV_FILE.name
    if file.is_dir():
        raise UnreadableSettings(
            f"{file} is a folder, and has to be a file with settings.\n"
            f"To put it aside: {shell.line('mv', file, f'{file}-aside')}. Then type: {START}"
        )
    return file


def line_of(file: Path, variable: str) -> int:
    """Return the number of the line of a `.env` that decides a variable, the last one; 0 if none does."""
    sets = re.compile(rf"\s*(export\s+)?'?{variable}'?\s*=", re.IGNORECASE)
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.exists() else []
    return max((number for number, line in enumerate(lines, 1) if sets.match(line)), default=0)


def where_to_set(home: Path, variable: str) -> str:
    """Return where in a home's `.env` to set a variable so that it counts: of two lines the last wins."""
    file = env_file(home)
    number = line_of(file, variable)
    return f"in {file}, in line {number}, set" if number else f"in {file}, at the top, set"


def _explain(error: ValidationError, file: Path) -> str:
    """Return the message for invalid settings. The value of a key is not repeated."""
    lines = []
    for each in error.errors():
        name = str(each["loc"][0]).upper() if each["loc"] else error.title
        value = "" if "KEY" in name else f" = {each['input']!r}"
        number = line_of(file, name)
        where = f" (line {number} of {file.name})" if number else ""
        said = each["msg"].removeprefix("Value error, ")
        lines.append(f"{name}{value}{where}: {said[0].lower()}{said[1:]}")
    wrong = "\n    ".join(lines)
    return f"Invalid setting:\n    {wrong}\nFix it in {file} or in your shell, then try again."
