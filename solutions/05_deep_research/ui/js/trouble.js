/* The banner: what is missing and what to type. It asks for the server's health until all is well, and goes away by itself. */

import { health, Missing } from "./api.js";
import { byId, element } from "./dom.js";

const AGAIN_MS = 1_500;
const WATCH_MS = 10_000;
const SLOW_MS = 3_000; // after that a call that hangs is worth a look at the server's health

let problem = null;
let asking = null; // the one loop that waits for the end of the trouble
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function draw() {
  const banner = byId("trouble");
  if (!problem) return banner.replaceChildren();
  const { detail, start } = problem;
  if (banner.textContent.startsWith(detail)) return; // unchanged: a screen reader would read it again
  banner.replaceChildren(element("p", {}, detail, start && " Type: ", start && element("code", {}, start)));
}

async function untilHealthy() {
  while (problem) {
    draw();
    await pause(AGAIN_MS);
    await look();
  }
  draw();
  asking = null;
}

async function look() {
  try {
    setWebUi(await health());
    problem = null;
  } catch (error) {
    if (error instanceof Missing) problem = error.problem;
  }
}

/** Show a problem. Returns a promise for its end. */
export function trouble(found) {
  problem = found;
  asking ??= untilHealthy();
  draw();
  return asking;
}

/** Make a call; when something is missing, wait until it is back and make it again. Throws what the server refuses. */
export async function persistently(call) {
  for (;;) {
    const slow = setTimeout(check, SLOW_MS);
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof Missing)) throw error;
      await trouble(error.problem);
    } finally {
      clearTimeout(slow);
    }
  }
}

/** One look at the server's health, with a banner if something is missing. */
export async function check() {
  if (asking) return;
  await look();
  if (problem) trouble(problem);
}

/** A look now, and every 10 s while the page can be seen. */
export function watch() {
  check();
  setInterval(() => document.visibilityState === "visible" && check(), WATCH_MS);
}

let webUi = "";

/** Take from the server's health where Temporal's Web UI lists the workflows, if it says so. */
export function setWebUi(state) {
  webUi = state.web_ui ?? "";
  linkWorkflow();
}

/** Link to the workflow of the page's address, or to all of them. */
export function linkWorkflow() {
  const id = new URLSearchParams(location.search).get("session");
  const link = byId("web-ui");
  link.hidden = !/^https?:\/\//.test(webUi);
  if (!link.hidden) link.href = id ? `${webUi}/${encodeURIComponent(id)}` : webUi;
}
