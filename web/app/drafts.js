/**
 * Typed text that is not saved yet. It stays in its tab, under its user's id, when the page is left, reloaded or taken
 * away by a sign-out in another tab, and is there again when its user is.
 */

import * as session from "./session.js";

/** @param {string} name */
const key = (name) => `draft:${name}:${session.user()?.id}`;

/** The draft of one field or form; `null` when there is none. */
/** @param {string} name */
export function draft(name) {
  const place = key(name); // of who is signed in now: the text is theirs when they have gone, too
  return {
    read: () => read(place),
    keep: (/** @type {unknown} */ value) => write(place, value),
    drop: () => write(place, null),
  };
}

/** JSON of the tab's storage, which may be damaged, another version's, or missing: `null` then. */
/** @param {string} place @returns {any} */
function read(place) {
  try {
    return JSON.parse(sessionStorage.getItem(place) ?? "null");
  } catch {
    return null;
  }
}

/** Storage that is full or forbidden keeps nothing. `value` `null`: keep nothing. */
/** @param {string} place @param {unknown} value */
function write(place, value) {
  try {
    if (value === null) sessionStorage.removeItem(place);
    else sessionStorage.setItem(place, JSON.stringify(value));
  } catch (error) {
    console.warn(error);
  }
}

/**
 * Follow what is typed into `form`, and put back what was. Only what differs is kept, so that a form that shows newer
 * values shows them. Answers with the draft.
 *
 * @param {HTMLFormElement} form
 * @param {string} name
 */
export function follow(form, name) {
  const own = draft(name);
  const before = texts(form);
  for (const [field, text] of Object.entries(own.read() ?? {})) restore(form.elements.namedItem(field), text);
  form.addEventListener("input", () => {
    const typed = Object.entries(texts(form)).filter(([field, text]) => text !== before[field]);
    own.keep(typed.length > 0 ? Object.fromEntries(typed) : null);
  });
  return own;
}

/** @param {HTMLFormElement} form */
const texts = (form) => Object.fromEntries(new FormData(form));

/** @param {any} input @param {any} text */
function restore(input, text) {
  if (!input) return;
  input.value = text;
  input.dispatchEvent(new Event("input")); // its own checks look at it
}
