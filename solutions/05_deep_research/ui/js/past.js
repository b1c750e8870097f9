/* The list of earlier research runs: search, rename, delete. */

import * as api from "./api.js";
import { byId, element } from "./dom.js";
import { recall, remember } from "./keep.js";
import { when } from "./time.js";
import { persistently } from "./trouble.js";

const WORDS = {
  awaiting_clarifications: "waits for your answer", awaiting_approval: "waits for your approval",
  needs_attention: "needs your attention", triage: "reading the question", planning: "planning",
  completed: "report", timed_out: "timed out", running: "open",
}; // the others are words already
const RENEW_MS = 5_000;
const PAGE = 20;
let cursor = null;
let isReading = false;
let chosen = null; // the session that a dialog is about

function drawSession({ session_id: id, query, state, stage, started }) {
  const address = state === "completed" ? api.reportPage(id) : api.researchPage(id);
  const name = recall(`name:${id}`) || query || id;
  const now = stage ?? state;
  const button = (label, dialog) => {
    const made = element("button", { type: "button", class: "quiet", "aria-label": `${label}: ${name}` }, label);
    made.addEventListener("click", () => ask(dialog, { id, name, query }));
    return made;
  };
  return element("li", { class: now.startsWith("awaiting") || now === "needs_attention" ? "waits" : null },
    element("a", { href: address }, name),
    element("span", { class: "state" }, `${WORDS[now] ?? now} · `, element("time", { datetime: started }, when(started))),
    element("span", { class: "tools" }, button("Rename", "rename-dialog"), button("Delete", "delete-dialog")));
}

function ask(dialog, session) {
  chosen = session;
  byId("rename-field").value = session.name;
  byId("delete-name").textContent = session.name;
  byId(dialog).showModal();
}

async function load(from) {
  const page = await persistently(() => api.sessions(PAGE, byId("past-search").value.trim(), from));
  cursor = page.next_cursor;
  byId("past-more").hidden = !cursor;
  return page.sessions.map(drawSession);
}

/** Read the newest research runs. */
export async function showPast() {
  if (isReading) return;
  isReading = true;
  try {
    const asked = byId("past-search").value;
    const items = await load(null);
    byId("past-list").replaceChildren(...items);
    byId("past-none").hidden = items.length > 0;
    byId("past-none").textContent = asked.trim() ? "No match." : "None yet.";
    if (byId("past-search").value !== asked) queueMicrotask(showPast); // typed on meanwhile
  } finally {
    isReading = false;
  }
}

/** Keep the list up to date while it is in sight, but not under somebody's fingers. */
function renew() {
  const list = byId("past-list");
  const isInUse = byId("past").hidden || list.contains(document.activeElement) || list.children.length > PAGE || chosen;
  if (document.visibilityState === "visible" && !isInUse) showPast();
}

/** Call `done` when a dialog was closed with this answer. */
function whenClosed(dialog, answer, done) {
  byId(dialog).addEventListener("close", async () => {
    const session = chosen;
    chosen = null;
    if (byId(dialog).returnValue === answer) await done(session);
    byId(dialog).returnValue = "";
    await showPast();
  });
}

export function preparePast() {
  document.addEventListener("visibilitychange", renew);
  setInterval(renew, RENEW_MS);
  byId("past-search").addEventListener("input", showPast);
  byId("past-more").addEventListener("click", async () => {
    const items = await load(cursor);
    byId("past-list").append(...items);
    items[0]?.querySelector("a").focus();
  });
  whenClosed("rename-dialog", "save", ({ id }) => remember(`name:${id}`, byId("rename-field").value.trim() || null));
  whenClosed("delete-dialog", "delete", ({ id }) => persistently(() => api.remove(id)).catch(() => {})); // it is gone already
}
