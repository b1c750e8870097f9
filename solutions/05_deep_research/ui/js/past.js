/* The list of earlier researches. */

import * as api from "./api.js";
import { byId, element } from "./dom.js";
import { when } from "./time.js";
import { persistently } from "./trouble.js";

const WORDS = { running: "open", completed: "report", timed_out: "timed out" }; // the others are words already
const RENEW_MS = 5_000;
const PAGE = 20;
let cursor = null;
let isReading = false;

function drawSession({ session_id: id, query, state, started }) {
  const address = state === "completed" ? api.reportPage(id) : api.researchPage(id);
  return element("li", {},
    element("a", { href: address }, query || id),
    element("span", { class: "state" }, `${WORDS[state] ?? state} · `, element("time", { datetime: started }, when(started))));
}

async function load(from) {
  const page = await persistently(() => api.sessions(PAGE, from));
  cursor = page.next_cursor;
  byId("past-more").hidden = !cursor;
  return page.sessions.map(drawSession);
}

/** Read the newest researches anew. */
export async function showPast() {
  if (isReading) return;
  isReading = true;
  try {
    const items = await load(null);
    byId("past-list").replaceChildren(...items);
    byId("past-none").hidden = items.length > 0;
  } finally {
    isReading = false;
  }
}

/** Keep the list up to date while it is in sight, but not under somebody's fingers. */
function renew() {
  const list = byId("past-list");
  const isInUse = byId("past").hidden || list.contains(document.activeElement) || list.children.length > PAGE;
  if (document.visibilityState === "visible" && !isInUse) showPast();
}

export function preparePast() {
  document.addEventListener("visibilitychange", renew);
  setInterval(renew, RENEW_MS);
  byId("past-more").addEventListener("click", async () => {
    const items = await load(cursor);
    byId("past-list").append(...items);
    items[0]?.querySelector("a").focus();
  });
}
