/* How far a research run is: five steps, and under the fourth each search with its state and the time it took. */

import { element } from "./dom.js";
import { drawFindings, drawOutline } from "./findings.js";
import { duration, since } from "./time.js";

const STAGES = ["triage", "awaiting_clarifications", "planning", "searching", "writing"];
const ENDED = ["completed", "failed", "cancelled"];
const TITLES = ["Read the question", "Clarify it", "Plan the searches", "Search", "Write the report"];

export const isOver = (status) => ENDED.includes(status.status);

/** Whether a state is older than another: it may have taken a longer way to this page. */
export function isOlder(status, than) {
  const [one, other] = [status, than].map((each) => [
    Date.parse(each.changed),
    each.current_question_index,
    each.searches.filter((search) => search.ended).length,
  ]);
  const place = one.findIndex((number, index) => number !== other[index]);
  return place >= 0 && one[place] < other[place];
}

/** Which step is under way, or was when the research ended or came to need a person. */
function present(status) {
  const { searches, clarification_questions: questions, clarification_responses: answers } = status;
  const stage = status.failed_stage ?? status.status;
  if (STAGES.includes(stage)) return STAGES.indexOf(stage);
  if (stage === "awaiting_approval") return 2;
  if (stage === "completed") return STAGES.length;
  const isSearched = searches.every((search) => search.ended) && searches.some((search) => search.state === "done");
  if (searches.some((search) => search.started)) return isSearched ? 4 : 3;
  if (searches.length) return 2;
  if (!questions.length) return 0;
  return Object.keys(answers).length < questions.length ? 1 : 2;
}

function stateOf(step, status) {
  const now = present(status);
  if (step !== now) return step < now ? "done" : "planned";
  if (status.status === "needs_attention") return "failed";
  if (!isOver(status)) return "running";
  return status.status === "failed" ? "failed" : "stopped";
}

function note(step, status) {
  const asked = status.clarification_questions.length;
  const answered = Object.keys(status.clarification_responses).length;
  const done = status.searches.filter((search) => search.state === "done").length;
  const failed = status.searches.filter(isFailed).length;
  if (step === present(status) && status.waiting) return `waits, attempt ${status.waiting.attempt}`;
  if (step === present(status) && status.status === "needs_attention") return "needs attention";
  if (step === 2 && status.status === "awaiting_approval") return "waits for you";
  if (step === 1 && stateOf(1, status) === "done" && !asked) return "nothing to ask";
  if (step === 1 && stateOf(1, status) === "done" && !answered) return "skipped";
  if (step === 1 && asked) return `${answered} of ${asked} answered`;
  if (step === 3 && status.status !== "awaiting_approval" && status.searches.length) return `${done} of ${status.searches.length} done` + (failed ? `, ${failed} failed` : "");
  return isOver(status) && stateOf(step, status) === "planned" ? "not reached" : stateOf(step, status);
}

/** A search that failed; one that was cut off by the end of its research is none. */
const isFailed = (search) => search.state === "failed" && !/cancel/i.test(search.error);

function timeOf(search, state) {
  if (!search.started || state === "planned") return null;
  if (state === "running") return element("span", { "data-since": search.started }, since(search.started));
  return search.ended ? duration(Date.parse(search.ended) - Date.parse(search.started)) : null;
}

function drawSearch(search, status) {
  const isLeft = isOver(status) && search.state !== "done" && !isFailed(search);
  const state = isLeft ? "stopped" : search.state;
  const time = timeOf(search, state);
  return element("li", { class: `search ${state}` },
    element("p", { class: "search-line" },
      element("span", { class: "search-query" }, search.query),
      element("span", { class: "state" }, state, time && " · ", time)),
    element("p", { class: "search-reason" }, search.reason),
    isFailed(search) ? element("p", { class: "search-error" }, search.error) : null,
    search.findings ? drawFindings(search) : null);
}

function drawAnswers(status) {
  const pairs = status.clarification_questions.flatMap((question, index) => {
    const answer = status.clarification_responses[`question_${index}`];
    if (answer === undefined && status.status === "awaiting_clarifications") return [];
    const without = stateOf(1, status) === "done" ? "skipped" : "not answered";
    return [element("dt", {}, question), element("dd", { class: answer === undefined && "without" }, answer ?? without)];
  });
  return pairs.length ? element("dl", { class: "answers" }, ...pairs) : null;
}

function below(step, status) {
  if (step === 1) return drawAnswers(status);
  if (step === 4 && status.status === "writing") return drawOutline(status);
  if (step !== 3 || !status.searches.length || status.status === "awaiting_approval") return null;
  return element("ol", { class: "searches" }, ...status.searches.map((search) => drawSearch(search, status)));
}

/** Draw all steps into a list. What was unfolded stays so. */
export function drawSteps(list, status) {
  const opened = new Set([...list.querySelectorAll("details[open]")].map((one) => one.dataset.of));
  list.replaceChildren(...TITLES.map((title, step) => {
    const state = stateOf(step, status);
    const current = state === "running" ? "step" : null;
    return element("li", { class: `step ${state}`, "aria-current": current },
      element("p", { class: "step-line" }, element("span", {}, title), element("span", { class: "state" }, note(step, status))),
      below(step, status));
  }));
  for (const one of list.querySelectorAll("details")) one.open = opened.has(one.dataset.of);
}

/** One sentence for a screen reader and for the tab's title. */
export function inWords(status) {
  const failed = status.searches.filter((search) => search.state === "failed").length;
  const searching = `Searching: ${status.searches.length} searches${failed ? `, ${failed} failed so far` : ""}`;
  const number = `Question ${status.current_question_index + 1} of ${status.clarification_questions.length}`;
  const words = { triage: "Reading the question", awaiting_clarifications: number, planning: "Planning the searches", searching,
    awaiting_approval: "The plan waits for you", needs_attention: "This research needs your attention",
    writing: "Writing the report", completed: "Report ready", failed: "Research failed", cancelled: "Research cancelled" };
  return words[status.status] ?? "Research ended";
}
