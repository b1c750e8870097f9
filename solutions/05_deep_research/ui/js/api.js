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
    throw new Missing(NO_SERVER);
  }
  if (!response.ok) throw await refusal(response);
  return response;
}

const json = async (...args) => (await call(...args)).json();
const at = (name, id) => `api/${name}/${encodeURIComponent(id)}`;
const soon = () => ({ signal: AbortSignal.timeout(10_000) });

export const health = () => json("GET", "api/health", { signal: AbortSignal.timeout(5_000) });
export const status = (id) => json("GET", at("status", id), soon());
export const result = (id) => json("GET", at("result", id), soon());
export const cancel = (id) => json("POST", at("cancel", id), soon());
export const skip = (id) => json("POST", at("skip", id), soon());
export const answer = (id, index, text) => json("POST", `${at("answer", id)}/${index}`, { body: { answer: text }, ...soon() });
export const sessions = (limit, cursor) =>
  json("GET", `api/sessions?${new URLSearchParams(cursor ? { limit, cursor } : { limit })}`, soon());

/** Answers when triage and questions are known, which takes as long as the model thinks: no time-out. */
export const start = (query, key, signal) =>
  json("POST", "api/start-research", { body: { query }, headers: { "Idempotency-Key": key }, signal });

export const reportAddress = (id, form) => `${at("report", id)}.${form}`;
export const report = async (id, form) => (await call("GET", reportAddress(id, form), soon())).text();
export const events = (id) => new EventSource(at("events", id));

export const formPage = "./";
export const researchPage = (id) => `./?session=${encodeURIComponent(id)}`;
export const reportPage = (id) => `success?session=${encodeURIComponent(id)}`;
