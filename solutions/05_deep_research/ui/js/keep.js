/* What this tab must not lose: half-typed text, and what is being sent. In sessionStorage, so it survives a reload. */

export function keep(name, value) {
  try {
    if (value === "" || value === null) sessionStorage.removeItem(name);
    else sessionStorage.setItem(name, JSON.stringify(value));
  } catch {
    // Storage is switched off or full. The page works all the same; only a reload would lose the text.
  }
}

export function kept(name) {
  try {
    return JSON.parse(sessionStorage.getItem(name));
  } catch {
    return null;
  }
}

export const forget = (name) => keep(name, null);
