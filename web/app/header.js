/** The bar: where you are, where you can go, and the way out. On narrow screens the places lie at the bottom. */

import { api } from "./api.js";
import { fill, h, icon, svg } from "./dom.js";
import * as outbox from "./outbox.js";
import { onward } from "./router.js";
import * as session from "./session.js";
import { confirm } from "./ui.js";

const CONSOLE = "/admin/users";
const PATIENCE = 2000;
const UNSENT =
  "Some changes have not reached the server. They stay in this browser, and are sent when you sign in here again.";

/** @param {HTMLElement} element @param {User | null} user @param {SiteConfig} config */
export function header(element, user, config) {
  const aside = [config.mailbox && place("/mailbox", "mail", "Mailbox"), ...(user ? [signOutButton()] : guestLinks())];
  fill(
    element,
    h("a.brand", { href: "/" }, logo(), "To-dos"),
    user && h("nav.places", { "aria-label": "Main" }, places(user)),
    aside.some(Boolean) && h("nav.aside", { "aria-label": "Session" }, aside),
  );
}

/** As in icon.svg; drawn here, so that it is there without a network, too. */
function logo() {
  const tile = svg("rect", { width: 32, height: 32, rx: 9 });
  return svg(
    "svg",
    { class: "logo", viewBox: "0 0 32 32", "aria-hidden": "true" },
    tile,
    svg("path", { d: "m9 16.5 5 5 9.5-11" }),
  );
}

/** @param {User} user */
function places(user) {
  return [
    place("/", "list", "To-dos"),
    place("/files", "file", "Files"),
    place("/account", h("span.avatar", { "aria-hidden": "true" }, initials(user.name)), "Account"),
    user.isAdmin && place(CONSOLE, "console", "Console", "/admin/"),
  ];
}

/**
 * @param {string} path
 * @param {string | Element} symbol
 * @param {string} label
 * @param {string} [prefix]
 */
function place(path, symbol, label, prefix) {
  const here = prefix ? location.pathname.startsWith(prefix) : location.pathname === path;
  return h(
    "a.place",
    { href: path, "aria-current": here ? "page" : null },
    typeof symbol === "string" ? icon(symbol) : symbol,
    h("span", label),
  );
}

/** Where the page itself does not lead there: each way in is there once. */
function guestLinks() {
  const here = location.pathname;
  if (here === "/welcome" || here === "/sign-up") return [];
  return [
    here !== "/sign-in" && h("a.button", { href: onward("/sign-in") }, "Sign in"),
    h("a.button.primary", { href: onward("/sign-up") }, "Sign up"),
  ];
}

function signOutButton() {
  return h("button", { type: "button", onclick: signOut }, "Sign out");
}

/** Unsent changes stay in this browser, but they cannot be sent until their user is back, so this says so. */
async function signOut() {
  const patience = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  if (outbox.read().length > 0) await Promise.race([outbox.send({ now: true }), patience]);
  const isSent = outbox.read().length === 0;
  if (isSent || (await confirm("Sign out with unsent changes?", { text: UNSENT, action: "Sign out" }))) end();
}

/** Here it takes effect at once, with or without a network; the server is asked to revoke the refresh token. */
function end() {
  const { refresh_token } = session.tokens() ?? {};
  session.forget();
  const body = { refresh_token };
  if (refresh_token) api("POST", "/v1/auth/logout", { body, anonymous: true, keepalive: true }).catch(() => undefined);
}

/** Up to two letters that stand for a user; none for a name that has no letter, as `_@example.com`. */
/** @param {string} name */
export function initials(name) {
  const words = name
    .split("@")[0]
    .split(/[\s._-]+/)
    .filter(Boolean);
  return [...words.slice(0, 1), ...words.slice(1).slice(-1)].map((word) => [...word][0].toUpperCase()).join("");
}
