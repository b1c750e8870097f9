/* One research run that is under way or has ended without a report: question, progress, cancel. */

import * as api from "./api.js";
import { announce, byId, focusOn, isBusy, setBusy, setTitle, showOnly } from "./dom.js";
import { follow } from "./follow.js";
import { drawUsage } from "./money.js";
import { notify } from "./notify.js";
import { focusPlan, showPlan } from "./plan.js";
import { drawSteps, inWords, isOlder, isOver } from "./progress.js";
import { focusQuestion, showQuestion } from "./questions.js";
import { persistently } from "./trouble.js";
import { prepareAttention, showAttention, showWaiting } from "./waiting.js";

let current = null; // {id, status, stop}

const OUTCOMES = { failed: "The research failed", cancelled: "The research was cancelled" };
const REASONS = { failed: "No reason was recorded.", cancelled: "It was stopped on request." };

/** Show a research run and follow it. `focus`: whether to move the focus to it, as after a click. */
export function openResearch(id, views, focus) {
  closeResearch();
  const mine = (current = { id, status: null, stop: () => {}, focus });
  showOnly(["lookup"], views);
  const show = (status) => mine === current && draw(status, views);
  const gone = (reason) => mine === current && drawUnknown(reason, views);
  mine.show = show;
  mine.stop = follow(id, { show, gone });
}

export function closeResearch() {
  current?.stop();
  current = null;
}

/** Read the state now, without waiting for the event stream. */
export async function refresh(id = current?.id) {
  const status = await persistently(() => api.status(id));
  if (current?.id === id) current.show(status);
}

function draw(status, views) {
  const before = current.status;
  if (before && isOlder(status, before)) return; // an older state that took a longer way
  current.status = status;
  if (status.status === "completed") {
    speak(status, before);
    return toReport(current.id);
  }
  showOnly(["research"], views);
  byId("research-title").textContent = status.query;
  drawSteps(byId("steps"), status);
  drawUsage(status, isOver(status));
  drawOutcome(status);
  showWaiting(status);
  showAttention(status);
  const isNewPlan = showPlan(current.id, status);
  const isNewQuestion = showQuestion(current.id, status);
  byId("cancel-row").hidden = isOver(status);
  speak(status, before);
  moveFocus(status, before, isNewQuestion, isNewPlan);
}

function speak(status, before) {
  const words = inWords(status);
  if (before && words === inWords(before)) return;
  setTitle(words);
  announce(`${words}.`);
  if (before) notify(status, words);
}

function moveFocus(status, before, isNewQuestion, isNewPlan) {
  const stageIsNew = before?.status !== status.status;
  if (isNewQuestion) return focusQuestion();
  if (isNewPlan && before) return focusPlan();
  if (!before && !current.focus) return; // a page that was just opened
  if (status.status === "needs_attention" && stageIsNew) focusOn(byId("attention-step"));
  else if (isOver(status) && stageIsNew) focusOn(byId("outcome-title"));
  else if (before?.status === "awaiting_clarifications" && stageIsNew) focusOn(byId("progress-title"));
  else if (!before) focusOn(byId("research-title"));
}

function drawOutcome(status) {
  byId("outcome").hidden = !isOver(status);
  if (!isOver(status)) return;
  byId("outcome").className = status.status;
  byId("outcome-title").textContent = OUTCOMES[status.status];
  byId("outcome-reason").textContent = (status.status === "failed" && status.error) || REASONS[status.status];
}

function drawUnknown(reason, views) {
  showOnly(["unknown"], views);
  byId("unknown-reason").textContent = reason;
  setTitle("Not found");
  byId("unknown-title").focus();
}

/** Leave for the report's page, once it is certain that the server is there to serve it. */
async function toReport(id) {
  for (let tries = 0; tries < 20; tries += 1) {
    try {
      await persistently(() => api.report(id, "html"));
      break;
    } catch (error) {
      if (error.status !== 409) return;
      await new Promise((resolve) => setTimeout(resolve, 250)); // the stage is completed a moment before the workflow is
    }
  }
  if (current?.id === id) location.replace(api.reportPage(id));
}

/** Wire the buttons. `again` asks a query once more. */
export function prepareResearch(again) {
  const dialog = byId("cancel-dialog");
  byId("cancel").addEventListener("click", () => !isBusy(byId("cancel")) && dialog.showModal());
  dialog.addEventListener("close", () => {
    if (dialog.returnValue === "cancel") cancel();
    dialog.returnValue = "";
  });
  prepareAttention(() => current.id, refresh);
  byId("again").addEventListener("click", () => again(current.status.query));
}

async function cancel() {
  const button = byId("cancel");
  const { id } = current;
  setBusy(button, true, "Cancelling …");
  try {
    await persistently(() => api.cancel(id));
  } catch {
    await refresh(id); // it ended a moment before: show how
  } finally {
    setBusy(button, false);
  }
}
