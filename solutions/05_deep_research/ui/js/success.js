/* The page at `/success?session=`: the report of a research run. */

import * as api from "./api.js";
import { noteStart } from "./ask.js";
import { announce, byId, element, isBusy, sendOnEnter, setBusy, setTitle } from "./dom.js";
import { recall, remember } from "./keep.js";
import { drawUsage } from "./money.js";
import { drawSteps } from "./progress.js";
import { exportReport } from "./export.js";
import { drawContents, insertReport, insertSources } from "./report.js";
import { persistently, setWebUi } from "./trouble.js";

const id = new URLSearchParams(location.search).get("session") ?? "";

async function open() {
  try {
    // The rendered report first: while the research is under way it is refused at once; the result would wait for the end.
    const markup = await persistently(() => api.report(id, "html"));
    const result = await persistently(() => api.result(id));
    draw(markup, result);
  } catch (error) {
    if (error.status === 409) location.replace(api.researchPage(id)); // not finished, or ended without a report
    else unknown(error.message);
    return;
  }
  // The rest is good to have: it needs a worker, which a finished report does not.
  await Promise.allSettled([api.status(id).then(drawStory), api.health().then(setWebUi)]);
}

function draw(markup, result) {
  insertReport(byId("article"), markup);
  byId("sources").hidden = !insertSources(byId("sources"), byId("article"));
  drawTitle();
  drawContents(byId("toc"), byId("article"));
  byId("summary").textContent = result.short_summary;
  byId("contents").hidden = !byId("toc").children.length;
  byId("contents").open = matchMedia("(min-width: 64rem)").matches;
  drawFollowUps(result.follow_up_questions);
  exportReport(id, byId("title").textContent);
  byId("loading").hidden = true;
  byId("report").hidden = false;
  setTitle(byId("title").textContent);
  if (!recall(`name:${id}`)) remember(`name:${id}`, byId("title").textContent); // the list names it by its title
  announce("The report is ready.");
}

/** The report's own first heading becomes the page's. */
function drawTitle() {
  const heading = byId("article").querySelector("h1");
  byId("title").textContent = heading?.textContent || "Report";
  heading?.remove();
}

function drawFollowUps(questions) {
  byId("follow-ups").hidden = !questions.length;
  byId("follow-ups").replaceChildren(...questions.map((question) => {
    const button = element("button", { type: "button" }, question);
    button.addEventListener("click", () => startNext(button, question), { once: true });
    return element("li", {}, button);
  }));
}

/** The page at `/` sends what is noted. Leave for it once it is certain that the server is there to serve it. */
async function startNext(button, question) {
  setBusy(button, true);
  noteStart(question, id);
  await persistently(api.health);
  location.assign(api.formPage);
}

sendOnEnter(byId("follow-up"));
byId("follow-up-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const question = byId("follow-up").value.trim();
  byId("follow-up-error").textContent = question ? "" : "Type a question first.";
  if (question && !isBusy(byId("follow-up-send"))) startNext(byId("follow-up-send"), question);
});

function drawStory(status) {
  byId("query").textContent = `You asked: ${status.query}`;
  byId("query").hidden = status.query.toLowerCase() === byId("title").textContent.toLowerCase();
  drawSteps(byId("steps"), status);
  drawUsage(status, true);
  byId("how").hidden = false;
}

function unknown(reason) {
  byId("loading").hidden = true;
  byId("unknown").hidden = false;
  byId("unknown-reason").textContent = reason;
  setTitle("Not found");
  byId("unknown-title").focus();
}

open();
