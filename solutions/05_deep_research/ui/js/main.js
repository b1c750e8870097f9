/* The page at `/`: the form and the earlier research runs, or, with `?session=`, one research run. */

import { formPage, researchPage } from "./api.js";
import { explain, noteStart, notedStart, prepareAsk, sendStart, stopStarting } from "./ask.js";
import { byId, focusOn, setTitle, showOnly } from "./dom.js";
import { prepareNotify } from "./notify.js";
import { preparePast, showPast } from "./past.js";
import { preparePlan } from "./plan.js";
import { prepareQuestions } from "./questions.js";
import { closeResearch, openResearch, prepareResearch, refresh } from "./research.js";
import { tick } from "./time.js";
import { linkWorkflow, watch } from "./trouble.js";

const VIEWS = ["ask", "examples", "past", "starting", "lookup", "research", "unknown"];
const session = () => new URLSearchParams(location.search).get("session");

function route(focus = false) {
  linkWorkflow();
  if (session()) return openResearch(session(), VIEWS, focus);
  closeResearch();
  return notedStart() ? begin() : showForm(focus);
}

function showForm(focus) {
  setTitle("");
  showOnly(["ask", "examples", "past"], VIEWS);
  showPast();
  if (focus) byId("query").focus();
}

/** Send the start that was noted, and go on with the research that it began. */
async function begin() {
  closeResearch();
  showOnly(["starting"], VIEWS);
  setTitle("Reading the question");
  focusOn(byId("starting-title"));
  try {
    const state = await sendStart();
    if (!state || byId("starting").hidden) return; // the person went elsewhere meanwhile
    history.pushState(null, "", researchPage(state.session_id));
    route(true);
  } catch (error) {
    showForm(true);
    explain(error.message);
  }
}

function startAgain(query) {
  noteStart(query);
  history.pushState(null, "", formPage);
  begin();
}

/** Links within this page change its view without loading anything: they work while the server is away, too. */
function onClick(event) {
  const link = event.target.closest("a[href='./'], a[href^='./?']");
  if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  stopStarting();
  history.pushState(null, "", link.getAttribute("href"));
  route(true);
  scrollTo(0, 0);
}

prepareAsk(begin, () => showForm(true));
prepareQuestions(refresh);
preparePlan(refresh);
prepareResearch(startAgain);
preparePast();
prepareNotify();
byId("examples").addEventListener("click", (event) => {
  const example = event.target.closest("button");
  if (example) startAgain(example.textContent);
});
document.addEventListener("click", onClick);
addEventListener("popstate", () => route(true));
route();
watch();
tick();
