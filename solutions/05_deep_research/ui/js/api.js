/* The server's calls. Two ways to fail: something is missing and will come back, or the server says no.
   Addresses are relative to the page: they hold below any path, too. */

/** The server, Temporal or a worker is not there. Worth another try when it is back. */
export class Missing extends Error {
  constructor({ missing, detail, start }) {
    super(detail);
    this.problem = { missing, detail, start };
  }
}

/** The server has understood and says no: unknown, out of turn, too long. */
export class Refused extends Error {
  constructor(status, detail) {
    super(detail);
    this.status = status;
  }
}

const NO_SERVER = {
  missing: "server",
  detail: "The web server does not answer. Nothing is lost; start it, and this page goes on.",
  start: "python run_server.py",
};
const OFFLINE = { detail: "Your browser is offline. The research goes on without it; this page goes on when you are back." };
const SLOW = { detail: "The web server is slow to answer. Nothing is lost; this page asks again." };
const GATEWAY_ERRORS = [502, 503, 504]; // 502 and 504: from a proxy in front of the server, as in a Codespace

async function refusal(response) {
  const body = await response.json().catch(() => ({}));
  if (GATEWAY_ERRORS.includes(response.status)) return new Missing(body.detail ? body : NO_SERVER);
  const detail = typeof body.detail === "string" ? body.detail : `The server answered ${response.status}.`;
  return new Refused(response.status, detail);
}

async function call(method, path, { body, headers = {}, signal } = {}) {
  let response;
  try {
    response = await fetch(path, {
      method,
      signal,
      cache: "no-store",
      headers: method === "POST" ? { "Content-Type": "application/json", ...headers } : headers, // the server insists
      body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (signal?.aborted && signal.reason?.name !== "TimeoutError") throw error;
    if (signal?.aborted) throw new Missing(SLOW); // slow is not gone
    throw new Missing(navigator.onLine ? NO_SERVER : OFFLINE);
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

const json = async (...args) => (await call(...args)).json();
const at = (name, id) => `api/${name}/${encodeURIComponent(id)}`;
const soon = () => ({ signal: AbortSignal.timeout(25_000) }); // the server itself gives up after 20 s, and says why

export async function health() {
  const state = await json("GET", "api/health", { signal: AbortSignal.timeout(15_000) });
  NO_SERVER.start = state.start_server; // for later, when nobody is there to say it
  return state;
}

export const status = (id) => json("GET", at("status", id), soon());
export const result = (id) => json("GET", at("result", id), soon());
export const cancel = (id) => json("POST", at("cancel", id), soon());
export const skip = (id) => json("POST", at("skip", id), soon());
export const answer = (id, index, text) => json("POST", `${at("answer", id)}/${index}`, { body: { answer: text }, ...soon() });
export const retry = (id) => json("POST", at("retry", id), soon());
export const plan = (id, searches, approve) => json("POST", at("plan", id), { body: { searches, approve }, ...soon() });
export const remove = (id) => json("POST", at("delete", id), soon());
export const sessions = (limit, search, cursor) =>
  json("GET", `api/sessions?${new URLSearchParams({ limit, search, ...(cursor && { cursor }) })}`, soon());

/** Answers when the questions are known, or after 3 s with the state it is in then: the page follows it from there. */
export const start = (asked, key, signal) =>
  json("POST", "api/start-research", { body: { ...asked, questions_within_s: 3 }, headers: { "Idempotency-Key": key }, signal });

export const reportAddress = (id, form) => `${at("report", id)}.${form}`;
export const report = async (id, form) => (await call("GET", reportAddress(id, form), soon())).text();
export const events = (id) => new EventSource(at("events", id));

export const formPage = "./";
export const researchPage = (id) => `./?session=${encodeURIComponent(id)}`;
export const reportPage = (id) => `success?session=${encodeURIComponent(id)}`;
