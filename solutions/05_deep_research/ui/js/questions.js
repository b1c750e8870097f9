/* The clarifying questions, one by one. An answer that is on its way is sent again until it has arrived. */

import * as api from "./api.js";
import { byId, isBusy, sendOnEnter, setBusy } from "./dom.js";
import { forget, keep, kept } from "./keep.js";
import { isOver } from "./progress.js";
import { persistently } from "./trouble.js";

let open = null; // {id, index}: the question that the form shows
let noted = null; // the research that the note of unsent text is about
let refresh = () => {};

const draftName = () => `draft:${open.id}:${open.index}`;
const sendingName = () => `sending:${open.id}:${open.index}`;

/** Wire the form. `onChange` is called when the server has taken something, to read the new state. */
export function prepareQuestions(onChange) {
  refresh = onChange;
  const field = byId("answer");
  sendOnEnter(field);
  field.addEventListener("input", () => open && keep(draftName(), field.value));
  byId("answer-form").addEventListener("submit", (event) => {
    event.preventDefault();
    send();
  });
  byId("skip").addEventListener("click", skip);
}

/** Show the open question, or hide the form when there is none. Returns whether the question is new to this page. */
export function showQuestion(id, status) {
  const form = byId("answer-form");
  const isOpen = status.status === "awaiting_clarifications" && status.current_question !== null;
  const index = isOpen ? status.current_question_index : null;
  if (open?.id === id && open.index === index) return false;
  form.hidden = !isOpen;
  leave(id, isOver(status));
  open = isOpen ? { id, index } : null;
  if (!isOpen) return false;
  byId("question-count").textContent = `Question ${index + 1} of ${status.clarification_questions.length}`;
  byId("question").textContent = status.current_question;
  byId("answer").value = kept(draftName()) ?? "";
  atWork(false);
  explain("");
  if (kept(sendingName())) send(); // the page was reloaded while this answer was on its way
  return true;
}

/** The question that the form shows is closed. What was typed here and not sent from here stays readable. */
function leave(id, isAtEnd) {
  if (noted !== id) noteUnsent("");
  noted = id;
  if (open?.id === id && !isBusy(byId("answer-send")) && !isAtEnd) noteUnsent(byId("answer").value);
}

function noteUnsent(text, why = "That question was closed in another tab.") {
  const words = `${why} Not sent from here: “${text.trim()}”`;
  byId("unsent").textContent = text.trim() ? words : "";
}

export const focusQuestion = () => byId("answer").focus();

function explain(reason) {
  byId("answer-error").textContent = reason;
  byId("answer").setAttribute("aria-invalid", String(Boolean(reason)));
}

function atWork(isAtWork) {
  byId("answer").readOnly = isAtWork;
  setBusy(byId("answer-send"), isAtWork, "Sending …");
  setBusy(byId("skip"), isAtWork);
}

async function send() {
  const field = byId("answer");
  if (isBusy(byId("answer-send"))) return;
  const text = field.value;
  if (!text.trim()) {
    explain("Type an answer first, or skip the open questions.");
    return field.focus();
  }
  const { id, index } = open;
  const [draft, sending] = [draftName(), sendingName()];
  keep(sending, true);
  await attempt({ id, index, text }, () => api.answer(id, index, text), () => forget(draft));
  forget(sending);
}

async function skip() {
  if (isBusy(byId("skip")) || !open) return;
  const { id } = open;
  const draft = draftName();
  const text = byId("answer").value; // half an answer is not lost with the question
  await attempt({ ...open, text }, () => api.skip(id), () => forget(draft));
  noteUnsent(text, "You skipped this.");
}

/** Make a call for one question, however long that takes. The form may show another question, or none, when it ends. */
async function attempt(question, call, done) {
  const isStillOpen = () => open?.id === question.id && open.index === question.index;
  atWork(true);
  explain("");
  noteUnsent("");
  try {
    await persistently(call);
    done();
    await refresh(question.id);
  } catch (error) {
    if (!isStillOpen()) return noteUnsent(question.text);
    explain(error.message);
    byId("answer").focus();
    if (error.status === 409) refresh(question.id); // answered in another tab, or at its end
  } finally {
    if (isStillOpen()) atWork(false);
  }
}
