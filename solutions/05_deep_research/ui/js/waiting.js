/* A model that is away: which step waits, why, and when its next attempt is due. And a step that needs a person. */

import * as api from "./api.js";
import { byId, element, isBusy, setBusy } from "./dom.js";
import { until } from "./time.js";
import { persistently } from "./trouble.js";

const STEPS = { triage: "Reading the question", planning: "Planning the searches", searching: "The searches", writing: "Writing the report" };

/** Show that model calls are being tried again, or hide it. */
export function showWaiting(status) {
  const { waiting } = status;
  byId("waiting").hidden = !waiting;
  if (!waiting) return byId("waiting").replaceChildren();
  const which = waiting.calls > 1 ? `${waiting.calls} calls wait` : "waits";
  const next = waiting.next_try
    ? ["The next attempt is due in ", element("span", { "data-until": waiting.next_try }, until(waiting.next_try)), "."]
    : ["It is being tried now."];
  byId("waiting").replaceChildren(
    element("p", {}, element("strong", {}, `${STEPS[status.status] ?? "This step"}: ${which}. `), waiting.reason),
    element("p", { "aria-live": "off" }, `Attempt ${waiting.attempt}. `, ...next, " Nothing is lost: it goes on by itself."),
    element("details", {}, element("summary", {}, "What the model said"), element("p", {}, waiting.detail)));
}

/** Show the step that failed for good, with its way on. */
export function showAttention(status) {
  const isOpen = status.status === "needs_attention";
  byId("attention").hidden = !isOpen;
  if (!isOpen) return;
  byId("attention-step").textContent = `${STEPS[status.failed_stage] ?? "A step"} failed`;
  byId("attention-reason").textContent = status.error;
}

export function prepareAttention(session, refresh) {
  const button = byId("try-again");
  button.addEventListener("click", async () => {
    if (isBusy(button)) return;
    const id = session();
    setBusy(button, true, "Trying again …");
    try {
      await persistently(() => api.retry(id));
    } catch {
      // it was tried again in another tab: the state says so
    } finally {
      setBusy(button, false);
      await refresh(id);
    }
  });
}
