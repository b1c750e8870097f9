/* The form, and the start of a research run. A start is kept, with its key, until the server has answered: a reload resends it. */

import * as api from "./api.js";
import { announce, byId, sendOnEnter } from "./dom.js";
import { forget, keep, kept, recall, remember } from "./keep.js";
import { persistently } from "./trouble.js";

let underway = null; // AbortController of the start that is under way

/** How long a plan waits for approval: seconds, or null forever. Remembered by this browser. */
const planWait = () => (recall("plan-wait") === "" ? null : Number(recall("plan-wait") ?? 60));

/** Note a start; the page that shows `/` sends it. Every attempt carries the same key, so that only one research run begins.
    `follows`: the research whose report it follows up on. */
export function noteStart(query, follows = null) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const key = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  keep("start", { asked: { query, follows, plan_wait_s: planWait() }, key });
}

export const notedStart = () => kept("start");

/** Wire the form. `begin` is called when a start has been noted. */
export function prepareAsk(begin, back) {
  const field = byId("query");
  field.value = kept("draft") ?? "";
  sendOnEnter(field);
  field.addEventListener("input", () => keep("draft", field.value));
  byId("plan-wait").value = recall("plan-wait") ?? "60";
  byId("plan-wait").addEventListener("change", (event) => remember("plan-wait", event.target.value));
  byId("ask-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (notedStart()) return; // a double click
    if (!field.value.trim()) return explain("Type a question first.");
    noteStart(field.value);
    begin();
  });
  byId("starting-back").addEventListener("click", () => {
    stopStarting();
    back();
  });
}

export function explain(reason) {
  byId("query-error").textContent = reason;
  byId("query").setAttribute("aria-invalid", String(Boolean(reason)));
  if (reason) byId("query").focus();
}

/** Stop waiting for the start. A research run that the server has begun already goes on, and is in the list of earlier ones. */
export function stopStarting() {
  underway?.abort();
  forget("start");
}

/** Send the noted start until it has arrived. Returns the first state; null when the person went back. Throws Refused. */
export async function sendStart() {
  const { asked, key } = notedStart();
  byId("starting-title").textContent = asked.query;
  announce("Your question is on its way.");
  underway = new AbortController();
  const { signal } = underway;
  try {
    const state = await persistently(() => api.start(asked, key, signal));
    if (signal.aborted) return null;
    forget("draft");
    byId("query").value = "";
    return state;
  } catch (error) {
    if (signal.aborted) return null;
    byId("query").value = asked.query; // a follow-up question that was refused can be changed in the form
    throw error;
  } finally {
    if (!signal.aborted) forget("start");
  }
}
