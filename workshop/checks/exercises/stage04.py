"""The checks of exercise 04: a fourth specialist, and a guard at the door."""

# ruff: noqa: RUF001  # sentences as people write them, in their language's script and punctuation

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Sequence

from workshop.checks import Finding, Outcome, Stop, Trial, check
from workshop.checks.looks import web_ui
from workshop.checks.shared import RECOVERY_S, hit, kept
from workshop.words import count

WORKFLOW = "RoutingWorkflow"
FILES = ["connection.py", "workflow.py:RoutingWorkflow", "worker.py"]
GUARDED = [*FILES, "workflow.py:no_email_address"]
GIVEN = ("French Agent", "Spanish Agent", "English Agent")

CALL_S = 3.0
"""How long the model call during which the worker is killed takes, in seconds."""

SENTENCES = {
    "Arabic": ("كيف أحضر قهوة جيدة؟", "لماذا البحر مالح؟"),
    "Chinese": ("怎样煮一杯好咖啡？", "海水为什么是咸的？"),
    "Dutch": ("Hoe zet ik een goede kop koffie?", "Ik wil graag weten waarom de zee zout is."),
    "German": (
        "Wie erkläre ich meinem Kind, was ein Gewitter ist?",
        "Bitte schreib mir einen Gruß für meine Kollegin.",
    ),
    "Greek": ("Πώς φτιάχνω καλό καφέ;", "Γιατί η θάλασσα είναι αλμυρή;"),
    "Hebrew": ("איך מכינים קפה טוב?", "למה הים מלוח?"),
    "Hindi": ("अच्छी कॉफ़ी कैसे बनाएँ?", "समुद्र खारा क्यों है?"),
    "Italian": ("Come si prepara un buon caffè?", "Vorrei sapere perché il mare è salato."),
    "Japanese": ("おいしいコーヒーの入れ方を教えてください。", "海はなぜ塩辛いのですか。"),
    "Korean": ("맛있는 커피는 어떻게 만드나요?", "바다는 왜 짠가요?"),
    "Polish": ("Jak zrobić dobrą kawę?", "Dlaczego morze jest słone?"),
    "Portuguese": ("Como se faz um bom café?", "Gostaria de saber por que o mar é salgado."),
    "Russian": ("Как приготовить хороший кофе?", "Почему море солёное?"),
    "Swedish": ("Hur gör jag en god kopp kaffe?", "Varför är havet så salt?"),
    "Thai": ("ทำกาแฟให้อร่อยได้อย่างไร", "ทำไมทะเลถึงเค็ม"),
    "Turkish": ("İyi bir kahve nasıl yapılır?", "İş arkadaşıma kısa bir selam yazar mısın?"),
    "Ukrainian": ("Як приготувати їжу з грибів?", "Чому і коли море солоне і тепле?"),
}
"""What is asked in the language that the learner has chosen. The exercise contains none of these."""
OTHERS = {
    "Comment prépare-t-on un bon café ?": "French Agent",
    "¿Por qué es salado el mar?": "Spanish Agent",
    "How do I make a good cup of coffee?": "English Agent",
    "Jinsi ya kupika kahawa nzuri?": "English Agent",  # Swahili, which the exercise does not ask for
    "🌊🌊🌊": "English Agent",
}
ADDRESSES = (
    "Schreib bitte an ana.lopez+storm@mail.example.org, dass ich später komme.",
    "Mon adresse est jean@exemple.fr, écris-moi.",
    "Forward this to ops-team@example.com",
)
NO_ADDRESSES = ("Rendez-vous @ midi devant la gare, d'accord ?", "What does the sign @ mean in a price list?")


async def _ask_all(trial: Trial, sentences: Sequence[str]) -> list[Outcome]:
    """Ask them all at once and wait for each, 25 s at most in total."""
    handles = [await trial.start(WORKFLOW, sentence) for sentence in sentences]
    deadline = time.monotonic() + 25
    return [await trial.outcome(handle, max(0.0, deadline - time.monotonic())) for handle in handles]


def _way(outcome: Outcome) -> str:
    """Say who spoke ("Triage Agent → French Agent"), and how the run ended if it did not complete."""
    speakers = " → ".join(step.name for step in outcome.run.model_calls) or "no agent spoke"
    return (
        speakers
        if outcome.completed
        else f"{speakers}; the run is {outcome.status}: {outcome.error or 'no answer yet'}"[:400]
    )


def _routed(sentence: str, outcome: Outcome, agent: str) -> Finding:
    handoffs = sum(len(step.handoffs) for step in outcome.run.model_calls)
    right = [step.name for step in outcome.run.model_calls] == ["Triage Agent", agent] and handoffs == 1
    return Finding(
        right and outcome.completed,
        f"“{sentence}”: one handoff, from the Triage Agent to the {agent}",
        f"“{sentence}”: {_way(outcome)} ({count(handoffs, 'handoff')})",
        outcome.look
        if outcome.run.stuck
        else (
            f"Open the run in {web_ui()}: which handoffs does the first model call offer, with which "
            "descriptions?"
        ),
    )


async def _offered(outcome: Outcome) -> list[str]:
    """Return the agents to which the run's first model call could hand over, read from its input."""
    async for event in outcome.handle.fetch_history_events():
        if event.HasField("activity_task_scheduled_event_attributes"):
            asked = json.loads(event.activity_task_scheduled_event_attributes.input.payloads[0].data)
            return [one["agent_name"] for one in asked.get("handoffs") or []]
    return []


async def _fourth(trial: Trial) -> str:
    """Return the name of the learner's own specialist. Raises Stop unless there is exactly one."""
    outcome = await trial.ask(WORKFLOW, "Who are you?", timeout=20)
    offered = await _offered(outcome)
    own = sorted(set(offered) - set(GIVEN))
    if len(own) != 1 or len(set(offered)) != len(offered) or not own[0].endswith(" Agent"):
        seen = ", ".join(offered) or _way(outcome)
        raise Stop(
            "triage offers handoffs to the three specialists and to one more, named after its language: "
            "“German Agent”, say",
            f"it offers: {seen}",
            "Make an Agent like the three above it, and put it into the list of specialists. Each agent "
            "needs a name of its own.",
        )
    return own[0]


@check(
    "04.fourth", "Requests in your language go to your specialist, by one handoff", needs=FILES, bound_s=50
)
async def fourth(trial: Trial) -> AsyncIterator[Finding]:
    agent = await _fourth(trial)
    language = agent.removesuffix(" Agent")
    sentences = [str(trial.answers["sentence"])] if "sentence" in trial.answers else SENTENCES.get(language)
    if sentences is None:
        raise Stop(
            f"a language that this check has sentences in: {', '.join(SENTENCES)}",
            f"your specialist speaks {language}",
            'Give it a sentence of your own: lab.check("04.fourth", sentence="…")',
        )
    for sentence, outcome in zip(sentences, await _ask_all(trial, sentences), strict=True):
        yield _routed(sentence, outcome, agent)


@check("04.others", "All other requests go where they went before", needs=FILES, bound_s=50)
async def others(trial: Trial) -> AsyncIterator[Finding]:
    outcomes = await _ask_all(trial, list(OTHERS))
    for (sentence, agent), outcome in zip(OTHERS.items(), outcomes, strict=True):
        yield _routed(sentence, outcome, agent)
    await _fourth(trial)


@check("04.crash", "A kill between triage and your specialist costs no recorded call", needs=FILES)
async def crash(trial: Trial) -> AsyncIterator[Finding]:
    agent = await _fourth(trial)
    sentence = (
        trial.answers.get("sentence") or SENTENCES.get(agent.removesuffix(" Agent"), ("Who are you?",))[0]
    )
    await trial.fault("slow", delay_s=0, times=1, match=sentence)  # triage
    await trial.fault("slow", delay_s=CALL_S, times=2, match=sentence)  # the specialist, at both attempts
    handle = await trial.start(WORKFLOW, sentence)

    async def second_call() -> bool:
        return len((await trial.read(handle)).model_calls) == 2

    _: bool = await trial.until(
        second_call, "a second model call, after triage's", look='First the handoff: lab.check("04.fourth")'
    )
    await trial.model_call_in_flight(for_s=CALL_S / 2)
    before = await trial.receipts(handle)
    await trial.crash()
    killed = time.time()
    await trial.restart()
    outcome = await trial.outcome(handle, timeout=RECOVERY_S + CALL_S + 2)
    hit(outcome.run)
    yield Finding(
        outcome.completed,
        f"the run completes within {RECOVERY_S:.0f} s of the kill, the call itself not counted",
        f"{_way(outcome)}; {time.time() - killed:.0f} s after the kill",
        f"Is the interrupted call tried again? See {web_ui()}: heartbeat_timeout and retry_policy in "
        "worker.py decide.",
    )
    after = await trial.receipts(outcome.run)
    yield kept(before, after, 1, "triage's receipt is kept, and triage is not asked again")
    speakers = [step.name for step in outcome.run.model_calls]
    yield Finding(
        speakers == ["Triage Agent", agent],
        f"one triage and one {agent} in the history, as without the kill",
        f"in the history: {_way(outcome)}",
        "Workflow code must decide the same way in each process: no clock, no random number, no file.",
    )


@check(
    "04.guard", "A request with an e-mail address ends before any model reads it", needs=GUARDED, bound_s=50
)
async def guard(trial: Trial) -> AsyncIterator[Finding]:
    outcomes = await _ask_all(trial, [*ADDRESSES, *NO_ADDRESSES])
    for sentence, outcome in zip(ADDRESSES, outcomes, strict=False):
        calls = len(outcome.run.model_calls)
        yield Finding(
            calls == 0 and outcome.status in ("Failed", "Completed"),
            f"“{sentence}”: the run has ended, without a model call",
            f"“{sentence}”: the run is {outcome.status}, with {count(calls, 'model call')}"
            + (f": {outcome.error}" if outcome.error else ""),
            "Running: the guardrail raised something itself, so the workflow task fails again and again. A "
            "model call: the guardrail is not on the Triage Agent, or runs next to it and comes too late "
            "(run_in_parallel).",
        )
    for sentence, outcome in zip(NO_ADDRESSES, outcomes[len(ADDRESSES) :], strict=True):
        yield Finding(
            outcome.completed and len(outcome.run.model_calls) == 2,
            f"“{sentence}”: let through, because it holds no address",
            f"“{sentence}”: {_way(outcome)}",
            "An @ alone is not an address: EMAIL_ADDRESS knows what one looks like.",
        )


@check("04.words", "A refused request is answered in words", needs=GUARDED, stretch=True, bound_s=30)
async def words(trial: Trial) -> AsyncIterator[Finding]:
    outcome = await trial.ask(WORKFLOW, ADDRESSES[0], timeout=15)
    answer = str(outcome.result or "")
    calls = len(outcome.run.model_calls)
    yield Finding(
        outcome.completed and len(answer.split()) >= 3 and calls == 0,
        "the run completes with a sentence, without a model call",
        f"the run is {outcome.status}, with {count(calls, 'model call')}; answer: {answer or outcome.error}"[
            :400
        ],
        "In run: which exception does Runner.run raise when the guardrail trips? Catch that one, and no "
        "other.",
    )
    yield Finding(
        "ana.lopez" not in answer,
        "the answer does not repeat the address",
        f"the answer: {answer}"[:300],
        "Answers end up in logs and histories too.",
    )
    await trial.fault("unauthorized", times=1)
    refused = await trial.ask(WORKFLOW, "Who are you?", timeout=15)
    yield Finding(
        refused.status == "Failed",
        "any other problem, here a wrong key, still fails the run",
        f"with a wrong key the run is {refused.status}: {refused.error or refused.result}"[:300],
        "Catch InputGuardrailTripwireTriggered, not Exception: a hidden failure is worse than a loud one.",
    )
