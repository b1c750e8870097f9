/* Tells a person who looks elsewhere that a research run is done or needs them, if the browser may. */

import { byId } from "./dom.js";

const CALLS = ["completed", "failed", "needs_attention", "awaiting_clarifications", "awaiting_approval"];
const canAsk = () => "Notification" in window && Notification.permission === "default";

export function prepareNotify() {
  const button = byId("notify");
  button.hidden = !canAsk();
  button.addEventListener("click", async () => {
    await Notification.requestPermission();
    button.hidden = !canAsk();
  });
}

/** `words`: what has come to be. Said only when the page is out of sight. */
export function notify(status, words) {
  const isAway = document.visibilityState === "hidden" || !document.hasFocus();
  if (!isAway || !CALLS.includes(status.status) || !("Notification" in window) || Notification.permission !== "granted") return;
  try {
    const told = new Notification(words, { body: status.query, tag: status.session_id });
    told.onclick = () => window.focus();
  } catch {
    // Phones allow it to service workers alone.
  }
}
