/* The plan before the money: edit, add or remove searches, then start them. Edits are kept by the server, and stop the clock. */

import * as api from "./api.js";
import { byId, element, isBusy, setBusy } from "./dom.js";
import { dollars } from "./money.js";
import { until } from "./time.js";
import { persistently } from "./trouble.js";

const MOST = 12;
const KEEP_AFTER_MS = 700;
let open = null; // {id, isEdited, cost}: the plan that the form shows
let timer = 0;
let refresh = () => {};

/** Wire the form. `onChange` is called when the server has taken something, to read the new state. */
export function preparePlan(onChange) {
  refresh = onChange;
  byId("plan-form").addEventListener("submit", (event) => {
    event.preventDefault();
    if (!isBusy(byId("plan-send"))) send(true);
  });
  byId("plan-form").addEventListener("input", edited);
  byId("plan-list").addEventListener("click", (event) => {
    const item = event.target.closest("button")?.closest("li");
    if (item) remove(item);
  });
  byId("plan-add").addEventListener("click", () => {
    const item = draw({ query: "", reason: "Added by hand." });
    byId("plan-list").append(item);
    item.querySelector("input").focus();
    number();
  });
}

/** Show the plan that waits, or hide the form. Returns whether it is new to this page. */
export function showPlan(id, status) {
  const isWaiting = status.status === "awaiting_approval";
  byId("plan-form").hidden = !isWaiting;
  if (!isWaiting) {
    open = null;
    return false;
  }
  const isNew = open?.id !== id;
  if (isNew) open = { id, isEdited: false };
  open.cost = status.cost;
  if (!open.isEdited) byId("plan-list").replaceChildren(...status.searches.map(draw));
  number();
  drawClock(status);
  return isNew;
}

export const focusPlan = () => byId("plan-title").focus();

function draw({ query, reason }) {
  return element("li", { "data-reason": reason },
    element("input", { type: "text", value: query, maxlength: "2000" }),
    element("button", { type: "button", class: "quiet" }, "Remove"),
    element("p", { class: "search-reason" }, reason));
}

/** Names for the fields, by their place, and what the whole will cost. */
function number() {
  const items = [...byId("plan-list").children];
  items.forEach((item, index) => {
    item.querySelector("input").setAttribute("aria-label", `Search ${index + 1}`);
    item.querySelector("button").setAttribute("aria-label", `Remove search ${index + 1}`);
    item.querySelector("button").hidden = items.length === 1;
  });
  byId("plan-add").hidden = items.length >= MOST;
  const { per_search_usd: each, report_usd: report, is_paid: isPaid } = open.cost;
  const total = dollars(each * items.length + report);
  const free = isPaid ? "" : " With the practice model you pay nothing.";
  byId("plan-cost").textContent = `${items.length} searches at about ${dollars(each)} each, and the report: about ${total}.${free}`;
}

function drawClock({ starts_by_itself: at }) {
  const clock = byId("plan-clock");
  if (!at) return (clock.textContent = "Nothing is searched until you start it. Take your time.");
  clock.replaceChildren("Starts by itself in ", element("span", { "data-until": at }, until(at)), ", unless you edit it.");
}

function remove(item) {
  const next = item.nextElementSibling ?? item.previousElementSibling;
  item.remove();
  next?.querySelector("input").focus();
  number();
  edited();
}

/** Keep an edit on the server once the typing stops. */
function edited() {
  open.isEdited = true;
  clearTimeout(timer);
  timer = setTimeout(() => open && searches().length && send(false), KEEP_AFTER_MS);
}

function searches() {
  const rows = [...byId("plan-list").children].map((item) => ({
    query: item.querySelector("input").value.trim(),
    reason: item.dataset.reason,
  }));
  return rows.filter((row) => row.query);
}

async function send(approve) {
  clearTimeout(timer);
  const { id } = open;
  const plan = searches();
  if (!plan.length) return explain("Keep at least one search.");
  explain("");
  setBusy(byId("plan-send"), approve, "Starting …");
  try {
    await persistently(() => api.plan(id, plan, approve));
    if (approve) open = null;
    await refresh(id);
  } catch (error) {
    explain(error.message);
    if (error.status === 409) refresh(id); // it has started meanwhile
  } finally {
    setBusy(byId("plan-send"), false);
  }
}

function explain(reason) {
  byId("plan-error").textContent = reason;
}
