"""Train the weights of `workshop/practice/data/routing.toml`: python tests/practice/learn_routing.py.

Each question is a choice between the agent itself and its colleagues; a softmax over the signs of each learns it
from tests/practice/data/desks.txt and everyday/*.txt, routing.jsonl, the routing cases of abilities.jsonl, and the course's requests.
The same data give the same weights. It needs numpy. `--folds` prints the share of right choices in agents that were
left out of the training, and the wrong ones.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from abilities import cases, request_of
from asking import handoff_to
from everyday import FILES, Everyday, agents
from playing import Desk
from test_replay import decoded, rows
from test_sets import AGENTS, TRIAGE

from workshop.practice.conversation import HANDOFF, Conversation
from workshop.practice.handoffs import chosen, desks
from workshop.practice.types import Item, Message, Request, ToolCall, ToolResult

DATA = Path(__file__).parent / "data"
WEIGHTS = Path(__file__).parents[2] / "workshop" / "practice" / "data" / "routing.toml"
ROUNDS, RATE, DECAY, FOLDS = 300, 0.3, 0.1, 8


class Choice(NamedTuple):
    """Who may get a question, by signs, and who is right; questions to the same agent have the same `group`."""

    group: str
    question: str
    names: list[str]
    signs: list[dict[str, float]]
    right: int
    worth: float


def choice(group: str, request: Request, wanted: str | None, worth: float = 1.0) -> Iterator[Choice]:
    """The choice that a request is; none where there is nobody else or the right one is not on offer."""
    conversation = Conversation(request)
    offered = desks(conversation) if conversation.colleagues and conversation.question else []
    if conversation.was_handed_over and all("back" in desk.signs for desk in offered[1:]):
        return
    names = [desk.tool.name if desk.tool else "" for desk in offered]
    if len(names) > 1 and (wanted or "") in names:
        said = f"{conversation.question} {'(done)' if conversation.done else ''}"
        yield Choice(group, said, names, [desk.signs for desk in offered], names.index(wanted or ""), worth)


def examples() -> Iterator[Choice]:
    """All choices of all sets."""
    for line in (DATA / "routing.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(line)
        request = Request("practice", TRIAGE, (Message("user", case["text"]),), tuple(AGENTS))
        yield from choice("languages", request, handoff_to(case["expect"]).name, 0.3)
    for case in cases():
        if "handoff" in case["want"]:
            yield from choice(case["i"] + str(case["tools"]), request_of(case), case["want"]["handoff"])
    for row in rows():
        called = [part["name"] for part in row["reply"]["parts"] if part["@"] == "Call"]
        to = next((name for name in called if name.startswith(HANDOFF)), None)
        yield from choice("course", decoded(row["request"]), to, 0.5)
    for path in (DATA / "desks.txt", *FILES):
        for agent in agents(path.read_text(encoding="utf-8")):
            yield from played(agent) if agent.root.handoffs else ()


def played(agent: Everyday) -> Iterator[Choice]:
    """The choices of an agent's questions, as they are to be answered."""
    for chat in agent.chats:
        at, items = agent.root, list[Item]()
        for turn in chat:
            items.append(Message("user", turn.question))
            if at is not agent.root and (turn.must or turn.asks):  # as one starts at the desk each time
                again = next((each.to for each in turn.must if each.to not in ("", agent.root.name)), at.name)
                yield from choice(agent.root.name, _request(agent.root, items), handoff_to(again).name, 0.5)
            for wanted in turn.must:
                to = next((each for each in (*at.handoffs, agent.root) if each.name == wanted.to), None)
                name, output = (handoff_to(to.name).name, "{}") if to else (wanted.name, str(wanted.result))
                yield from choice(agent.root.name, _request(at, items), name if to else None)
                call_id = f"call-{len(items)}"
                items += [ToolCall(call_id, name, "{}"), ToolResult(call_id, output)]
                at = to or at
            yield from choice(agent.root.name, _request(at, items), None, 0.3 if turn.must else 1.0)
            items.append(Message("assistant", "Which one?" if turn.asks else "Done."))


def _request(at: Desk, items: list[Item]) -> Request:
    return Request("practice", at.instructions, tuple(items), at.offered)


def trained(listed: list[Choice]) -> dict[str, float]:
    """The weight of each sign."""
    names = sorted({sign for each in listed for signs in each.signs for sign in signs})
    index = {name: n for n, name in enumerate(names)}
    data = []
    for each in listed:
        table = np.zeros((len(each.signs), len(names)))
        for n, signs in enumerate(each.signs):
            for sign, value in signs.items():
                table[n, index[sign]] = value
        data.append((table, each.right, each.worth))
    weights, seen = np.zeros(len(names)), np.full(len(names), 1e-6)
    for _ in range(ROUNDS):
        slope = -DECAY * weights
        for table, right, worth in data:
            scores = table @ weights
            odds = np.exp(scores - scores.max())
            odds /= odds.sum()
            slope += worth * (table[right] - odds @ table)
        seen += slope**2
        weights += RATE * slope / np.sqrt(seen)
    return {name: round(float(weight), 2) for name, weight in zip(names, weights, strict=True)}


def surprise(weights: dict[str, float], each: Choice) -> float:
    """How little the weights expect the right choice."""
    scores = np.array(
        [sum(weights.get(sign, 0) * value for sign, value in signs.items()) for signs in each.signs]
    )
    return float(np.log(np.exp(scores - scores.max()).sum()) - scores[each.right] + scores.max())


def wrong(weights: dict[str, float], listed: list[Choice]) -> list[str]:
    """The choices that the weights make wrongly, with who got the question."""
    told = []
    for each in listed:
        scores = [sum(weights.get(sign, 0) * value for sign, value in signs.items()) for signs in each.signs]
        best = chosen(scores)
        if best != each.right:
            pair = [
                f"{each.names[n]}({scores[n]:.1f}: "
                + ", ".join(f"{s} {v:g}*{weights.get(s, 0):g}" for s, v in each.signs[n].items())
                + ")"
                for n in (best, each.right)
            ]
            told.append(f"{each.group[:30]} | {each.question} | {pair[0]}\n        not {pair[1]}")
    return told


if __name__ == "__main__":
    listed = [*examples()]
    if "--folds" in sys.argv:
        groups = list(dict.fromkeys(each.group for each in listed))
        missed, loss = [], 0.0
        for n in range(FOLDS):
            held = {*groups[n::FOLDS]}
            weights = trained([each for each in listed if each.group not in held])
            parts = [each for each in listed if each.group in held]
            missed += wrong(weights, parts)
            loss += sum(each.worth * surprise(weights, each) for each in parts)
        print(*missed, f"{len(listed) - len(missed)} of {len(listed)} right, loss {loss:.2f}", sep="\n")
        sys.exit()
    weights = trained(listed)
    missed = wrong(weights, listed)
    print(*missed, f"{len(listed) - len(missed)} of {len(listed)} right", sep="\n")
    lines = [
        "# What each sign weighs in the choice of who gets a question (tests/practice/learn_routing.py).",
        "",
        *(f"{json.dumps(name)} = {weight}" for name, weight in weights.items()),
    ]
    WEIGHTS.write_text("\n".join(lines) + "\n", encoding="utf-8")
