/* What this tab must not lose: half-typed text, and what is being sent. In sessionStorage, so it survives a reload.
   Behind a proxy other applications share that: ours has the path of its pages before its names. */

const named = (name) => new URL("./", location).pathname + name;

export function keep(name, value) {
  try {
    if (value === "" || value === null) sessionStorage.removeItem(named(name));
    else sessionStorage.setItem(named(name), JSON.stringify(value));
  } catch {
    // Storage is switched off or full. The page works all the same; only a reload would lose the text.
  }
}

export function kept(name) {
  try {
    return JSON.parse(sessionStorage.getItem(named(name)));
  } catch {
    return null;
  }
}

export const forget = (name) => keep(name, null);

/* What this browser remembers: settings, and the names that its person gave. In localStorage, for every tab. */

export function remember(name, value) {
  try {
    if (value === null) localStorage.removeItem(named(name));
    else localStorage.setItem(named(name), JSON.stringify(value));
  } catch {
    // Storage is switched off: the setting holds until the page is left.
  }
}

export function recall(name) {
  try {
    return JSON.parse(localStorage.getItem(named(name)));
  } catch {
    return null;
  }
}
