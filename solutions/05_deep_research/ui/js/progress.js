/* How far a research is: five steps, and under the fourth each search with its state and the time it took. */

import { element } from "./dom.js";
import { duration, since } from "./time.js";

const STAGES = ["triage", "awaiting_clarifications", "planning", "searching", "writing"];
const ENDED = ["completed", "failed", "cancelled"];
const TITLES = ["Read the question", "Ask what it leaves open", "Plan the searches", "Search", "Write the report"];

export const isOver = (status) => ENDED.includes(status.status);

/** A number that never falls while a research goes on: tells an old state from a new one. */
export function order(status) {
  const stage = isOver(status) ? STAGES.length : STAGES.indexOf(status.status);
  const searched = status.searches.filter((search) => search.ended).length;
  return stage * 10_000 + status.current_question_index * 1_000 + searched;
}

/** Which step is under way, or was when the research ended. */
function present(status) {
  const { searches, clarification_questions: questions, clarification_responses: answers } = status;
  if (!isOver(status)) return STAGES.indexOf(status.status);
  if (status.status === "completed") return STAGES.length;
  const isSearched = searches.every((search) => search.ended) && searches.some((search) => search.state === "done");
  if (searches.length) return isSearched ? 4 : 3;
  if (!questions.length) return 0;
  return Object.keys(answers).length < questions.length ? 1 : 2;
}

function stateOf(step, status) {
  const now = present(status);
  if (step !== now) return step < now ? "done" : "planned";
  if (!isOver(status)) return "running";
  return status.status === "failed" ? "failed" : "stopped";
}

function note(step, status) {
  const asked = status.clarification_questions.length;
  const answered = Object.keys(status.clarification_responses).length;
  const done = status.searches.filter((search) => search.state === "done").length;
  const failed = status.searches.filter((search) => search.state === "failed").length;
  if (step === 1 && stateOf(1, status) === "done" && !asked) return "nothing to ask";
  if (step === 1 && stateOf(1, status) === "done" && !answered) return "skipped";
  if (step === 1 && asked) return `${answered} of ${asked} answered`;
  if (step === 3 && status.searches.length) return `${done} of ${status.searches.length} done` + (failed ? `, ${failed} failed` : "");
  return isOver(status) && stateOf(step, status) === "planned" ? "not reached" : stateOf(step, status);
}

function timeOf(search, state) {
  if (!search.started || state === "planned") return null;
  if (state === "running") return element("span", { "data-since": search.started }, since(search.started));
  return search.ended ? duration(Date.parse(search.ended) - Date.parse(search.started)) : null;
}

function drawSearch(search, status) {
  const isLeft = isOver(status) && !["done", "failed"].includes(search.state);
  const state = isLeft ? "stopped" : search.state;
  const time = timeOf(search, state);
  return element("li", { class: `search ${state}` },
    element("p", { class: "search-line" },
      element("span", { class: "search-query" }, search.query),
      element("span", { class: "state" }, state, time && " · ", time)),
    element("p", { class: "search-reason" }, search.reason),
    search.error ? element("p", { class: "search-error" }, search.error) : null);
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
  if (step !== 3 || !status.searches.length) return null;
  return element("ol", { class: "searches" }, ...status.searches.map((search) => drawSearch(search, status)));
}

/** Draw all steps into a list. It holds nothing that takes the focus, so it can be drawn anew at each change. */
export function drawSteps(list, status) {
  list.replaceChildren(...TITLES.map((title, step) => {
    const state = stateOf(step, status);
    const current = state === "running" ? "step" : null;
    return element("li", { class: `step ${state}`, "aria-current": current },
      element("p", { class: "step-line" }, element("span", {}, title), element("span", { class: "state" }, note(step, status))),
      below(step, status));
  }));
}

/** One sentence for a screen reader and for the tab's title. */
export function inWords(status) {
  const failed = status.searches.filter((search) => search.state === "failed").length;
  const searching = `Searching: ${status.searches.length} searches${failed ? `, ${failed} failed so far` : ""}`;
  const number = `Question ${status.current_question_index + 1} of ${status.clarification_questions.length}`;
  const words = { triage: "Reading the question", awaiting_clarifications: number, planning: "Planning the searches", searching,
    writing: "Writing the report", completed: "Report ready", failed: "Research failed", cancelled: "Research cancelled" };
  return words[status.status] ?? "Research ended";
}
