/* Times for people. Server and browser may disagree by a moment: nothing is shown as negative. */

export function duration(ms) {
  const seconds = Math.max(0, ms) / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export function when(moment) {
  const then = new Date(moment);
  const isToday = then.toDateString() === new Date().toDateString();
  const day = isToday ? "today" : then.toLocaleDateString(undefined, { day: "numeric", month: "short", year: "numeric" });
  return `${day}, ${then.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" })}`;
}

/** How long ago, in whole seconds. */
export const since = (moment) => duration(Date.now() - Date.parse(moment)).replace(/\.\d/, "");

/** How long until then, in whole seconds. */
export const until = (moment) => duration(Date.parse(moment) - Date.now()).replace(/\.\d/, "");

/** Count up in every element that says since when, and down in every one that says until when, once a second. */
export function tick() {
  setInterval(() => {
    for (const counter of document.querySelectorAll("[data-until]")) {
      counter.textContent = until(counter.dataset.until);
    }
    for (const counter of document.querySelectorAll("[data-since]")) {
      counter.textContent = since(counter.dataset.since);
    }
  }, 1_000);
}
