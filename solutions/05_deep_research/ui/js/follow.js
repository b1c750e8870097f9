/* Follows one research run by the server's event stream, through reloads of the server and closed laptops. */

import { events, Missing, Refused, status } from "./api.js";
import { isOver } from "./progress.js";
import { trouble } from "./trouble.js";

const HIDDEN_MS = 10_000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Follow a research run until its end. `show` gets each state, `gone` the reason when there is no such research.
 * Returns a function that stops following.
 */
export function follow(id, { show, gone }) {
  let stream = null;
  let isStopped = false;

  function stop() {
    isStopped = true;
    stream?.close();
    document.removeEventListener("visibilitychange", seenOrHidden);
  }

  function listen() {
    stream?.close();
    const mine = (stream = events(id));
    mine.addEventListener("status", (event) => take(JSON.parse(event.data)));
    mine.addEventListener("problem", (event) => {
      const problem = JSON.parse(event.data);
      if (problem.missing) trouble(problem);
    });
    const broke = () => {
      mine.close();
      if (mine === stream && !isStopped) afterwards();
    };
    mine.addEventListener("end", broke); // before the research's own end: the server stops, or refuses
    mine.onerror = broke;
  }

  function take(status) {
    if (isOver(status)) stop();
    show(status);
  }

  /** The stream broke. Find out why, by a call that says so, and go on when it can go on. */
  async function afterwards() {
    stream = null;
    await pause(500);
    if (!(await readOnce()) || isStopped || stream || document.visibilityState === "hidden") return;
    listen();
  }

  async function readOnce() {
    while (!isStopped) {
      try {
        take(await status(id));
        return true;
      } catch (error) {
        if (error instanceof Missing) await trouble(error.problem);
        else if (error instanceof Refused && error.status === 404) {
          stop();
          gone(error.message);
        } else await pause(3_000);
      }
    }
    return false;
  }

  /** A browser opens six connections to a server, and a stream holds one: a hidden tab reads the state now and then instead. */
  async function seenOrHidden() {
    if (document.visibilityState === "visible") return listen();
    stream?.close();
    stream = null;
    while (!isStopped && document.visibilityState === "hidden") {
      await pause(HIDDEN_MS);
      if (document.visibilityState === "hidden") await readOnce();
    }
  }

  document.addEventListener("visibilitychange", seenOrHidden);
  listen();
  return stop;
}
