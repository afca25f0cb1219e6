/**
 * Who is signed in: the tokens, kept in this browser so that a reload and other tabs stay signed in.
 *
 * They are readable by every script of this origin. That is why the page allows no other origin's scripts, no inline
 * scripts and no HTML made from text (see its Content-Security-Policy).
 */

import config from "/config.js";

const KEY = "session";
const changes = new EventTarget();

/** Whether the server ended the last session of this tab. */
export let hasEnded = false;

/**
 * As the API gave them; `null` when signed out.
 *
 * @returns {Tokens | null}
 */
export function tokens() {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? "null");
  } catch {
    return null; // what another version of this app kept
  }
}

/** @param {Tokens} answer */
export function keep(answer) {
  hasEnded = false;
  localStorage.setItem(KEY, JSON.stringify(answer));
  changes.dispatchEvent(new Event("change"));
}

/**
 * The tokens still say the name of when they were made.
 *
 * @param {string | null} name `null`: none.
 */
export function rename(name) {
  const held = tokens();
  if (held) keep({ ...held, name: name ?? "" });
}

/** `ended`: by the server, not by the user; the sign-in page then says so. */
export function forget({ ended = false } = {}) {
  hasEnded = ended;
  localStorage.removeItem(KEY);
  changes.dispatchEvent(new Event("change"));
}

/**
 * Called after every sign-in and sign-out, in this tab or another.
 *
 * @param {() => void} listener
 */
export function onChange(listener) {
  changes.addEventListener("change", listener);
}

addEventListener("storage", (event) => {
  if (event.key === KEY || event.key === null) changes.dispatchEvent(new Event("change"));
});

/**
 * Wait until there are other tokens than `used`, but no longer than `patience` milliseconds.
 *
 * @param {Tokens} used
 * @param {number} patience
 */
export async function superseded(used, patience) {
  if (tokens()?.access_token !== used.access_token) return;
  await new Promise((resolve) => {
    changes.addEventListener("change", resolve, { once: true });
    setTimeout(resolve, patience);
  });
}

/**
 * The signed-in user, from the id token; `null` when signed out.
 *
 * @returns {User | null}
 */
export function user() {
  const held = tokens();
  const claims = payload(held?.id_token);
  if (typeof claims?.sub !== "string") return null;
  const name = held?.name ?? claims.name;
  const groups = claims["cognito:groups"];
  return {
    id: claims.sub,
    email: claims.email,
    name: String(name || claims.email || ""),
    isAdmin: Array.isArray(groups) && groups.includes("admin"),
  };
}

/**
 * The client that the tokens are of, which alone renews them. Sessions from before the site had its own are the apps'.
 *
 * @param {Tokens} held
 */
export const clientOf = (held) => (payload(held.id_token)?.aud === config.userPoolClientId ? "site" : "app");

/**
 * Whether two sets of tokens are the same user's.
 *
 * @param {Tokens | null} one
 * @param {Tokens | null} other
 */
export function isSamePerson(one, other) {
  const sub = payload(one?.id_token)?.sub;
  return sub !== undefined && sub === payload(other?.id_token)?.sub;
}

/**
 * The claims, unverified: they choose what is shown. The API decides by the verified token what is allowed.
 *
 * @param {string} [token]
 */
function payload(token) {
  try {
    const part = String(token).split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
    const bytes = Uint8Array.from(atob(part), (character) => character.charCodeAt(0));
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return null;
  }
}
