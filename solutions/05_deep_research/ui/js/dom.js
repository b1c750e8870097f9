/* Small helpers for the document. All text goes in as text, never as markup. */

export const byId = (id) => document.getElementById(id);

/** A new element. Children that are strings become text nodes; null and undefined are left out. */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Show one of the page's views and hide the others. */
export function showOnly(shown, all) {
  for (const id of all) byId(id).hidden = !shown.includes(id);
}

/** Move the focus to what is new, unless the person is in the middle of something else on this page. */
export function focusOn(target) {
  const now = document.activeElement;
  const isElsewhere = now?.checkVisibility() && now.closest("dialog, .top, .trouble");
  if (!isElsewhere) target.focus();
}

/** Say a sentence to a screen reader. Used when the stage changes, not for every search. */
export function announce(sentence) {
  byId("announcer").textContent = sentence;
}

export function setTitle(text) {
  document.title = text ? `${text} · Deep research` : "Deep research";
}

/** Enter sends a form from its text field; Shift+Enter, and Enter that ends an input method's composition, do not. */
export function sendOnEnter(field) {
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    if (!event.repeat) field.form.requestSubmit();
  });
}

/** Mark a button as at work, maybe with another label. It keeps the focus, as a disabled one would not; its handler asks isBusy. */
export function setBusy(button, isBusy, label) {
  button.dataset.label ??= button.textContent;
  button.setAttribute("aria-disabled", String(isBusy));
  button.textContent = (isBusy && label) || button.dataset.label;
}

export const isBusy = (button) => button.getAttribute("aria-disabled") === "true";
