"""The tools on offer in a request, read into the practice model's own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from pydantic import Field

from workshop.gateway.api import strict
from workshop.gateway.api.body import NAME, Part, read
from workshop.gateway.errors import ApiError, missing, unsupported_here
from workshop.practice.types import Tool

SHELL = Tool(
    "shell",
    "Runs shell commands and returns what they print.",
    {
        "type": "object",
        "properties": {
            "commands": {"type": "array", "items": {"type": "string"}, "description": "The commands to run."}
        },
        "required": ["commands"],
    },
)


class Function(Part):
    """A function tool's definition, which the two APIs nest differently."""

    name: Annotated[str, Field(pattern=NAME, max_length=64)]
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class Custom(Part):
    """A tool that takes free text."""

    name: Annotated[str, Field(pattern=NAME, max_length=64)]
    description: str | None = None

    def tool(self) -> Tool:
        said = {"type": "string", "description": "What the tool is given, as plain text."}
        parameters = {"type": "object", "properties": {"input": said}, "required": ["input"]}
        return Tool(self.name, self.description or "", parameters)


def read_tools(raw: Iterable[dict[str, Any]]) -> tuple[tuple[Tool, ...], bool, dict[str, str]]:
    """Return the tools that the client runs, whether hosted web search is among the tools, and the types of
    those that are no functions, by name.
    """
    tools: list[Tool] = []
    special: dict[str, str] = {}
    hosted = False
    for index, tool in enumerate(raw):
        at = f"tools[{index}]"
        kind = tool.get("type")
        if kind == "function":
            tools.append(function_tool(read(Function, tool, at), f"{at}.parameters"))
        elif "apply_patch" in (kind, tool.get("name")) and kind != "function":
            pass  # the practice model never writes a patch
        elif kind == "custom":
            tools.append(read(Custom, tool, at).tool())
            special[tools[-1].name] = kind
        elif kind == "shell" and _is_here(tool.get("environment")):
            tools.append(SHELL)
            special[SHELL.name] = kind
        elif isinstance(kind, str) and kind.startswith("web_search"):
            hosted = True
        elif kind is None:
            raise missing(f"{at}.type")
        else:
            raise unsupported_here(f"A tool of type '{kind}'", f"{at}.type")
    return tuple(tools), hosted, special


def _is_here(environment: Any) -> bool:
    """Return whether a shell is one that the client runs, and not the provider's."""
    return environment is None or (isinstance(environment, dict) and environment.get("type") == "local")


def function_tool(function: Function, param: str) -> Tool:
    """Return a function tool with a checked schema. Raise OpenAI's 400 for a schema that OpenAI would refuse."""
    parameters = (
        function.parameters if function.parameters is not None else {"type": "object", "properties": {}}
    )
    try:
        strict.check(parameters, bool(function.strict))
        if parameters.get("type", "object") != "object":
            problem = (
                f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{parameters['type']}\"'."
            )
            raise strict.OutsideSubset((), problem)
    except strict.OutsideSubset as outside:
        message = f"Invalid schema for function '{function.name}': {outside}"
        raise ApiError(message, param=param, code="invalid_function_parameters") from None
    return Tool(function.name, function.description or "", parameters, bool(function.strict))
