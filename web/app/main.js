/** Where the app starts: the pages by path, who may see which, and the bar on top of them. */

import config from "/config.js";
import { within } from "./dom.js";
import { number } from "./format.js";
import { header } from "./header.js";
import * as outbox from "./outbox.js";
import * as router from "./router.js";
import * as session from "./session.js";
import { closeDialogs, toast } from "./ui.js";

/** @type {Route[]} */
const PAGES = [
  { path: "/", access: "user", load: () => import("/pages/todos.js") },
  { path: "/welcome", access: "guest", load: () => import("/pages/welcome.js") },
  { path: "/sign-in", access: "guest", load: () => import("/pages/sign-in.js") },
  { path: "/sign-up", access: "guest", load: () => import("/pages/sign-up.js") },
  { path: "/confirm", access: "guest", load: () => import("/pages/confirm.js") },
  { path: "/forgot-password", access: "guest", load: () => import("/pages/forgot-password.js") },
  { path: "/reset-password", access: "guest", load: () => import("/pages/reset-password.js") },
  { path: "/change-email", access: "user", load: () => import("/pages/change-email.js") },
  { path: "/undo-email", load: () => import("/pages/undo-email.js") },
  { path: "/files", access: "user", load: () => import("/pages/files.js") },
  { path: "/account", access: "user", load: () => import("/pages/account.js") },
  { path: "/admin/users", access: "admin", load: () => import("/pages/admin/users.js") },
  { path: "/admin/stats", access: "admin", load: () => import("/pages/admin/stats.js") },
  { path: "/admin/imports", access: "admin", load: () => import("/pages/admin/imports.js") },
  { path: "/admin/imports/{id}", access: "admin", load: () => import("/pages/admin/import.js") },
  { path: "/admin/dead-letters", access: "admin", load: () => import("/pages/admin/dead-letters.js") },
  { path: "/admin/alarms", access: "admin", load: () => import("/pages/admin/alarms.js") },
  { path: "/admin/costs", access: "admin", load: () => import("/pages/admin/costs.js") },
  { path: "/admin/audit", access: "admin", load: () => import("/pages/admin/audit.js") },
];

if (config.mailbox) PAGES.push({ path: "/mailbox", load: () => import("/pages/mailbox.js") });

/**
 * Where a user who may not see a page is sent instead. Hiding is for comfort; the API is what refuses.
 *
 * @param {Route} route
 */
function redirect({ path, access }) {
  const user = session.user();
  if (access === "guest") return user && wanted();
  if (!access || (user && (access === "user" || user.isAdmin))) return null;
  if (user) return "/";
  return path === "/" && !session.hasEnded
    ? "/welcome"
    : `/sign-in?then=${encodeURIComponent(location.pathname + location.search)}`;
}

/** The page that asked for a sign-in. Only a path of this site: to a browser `/\t/elsewhere` is `//elsewhere`, too. */
function wanted() {
  const then = new URLSearchParams(location.search).get("then") ?? "/";
  return /^\/(?![/\\])[^\t\n\r]*$/.test(then) ? then : "/";
}

/** Without its bar, a page is still there. */
function draw() {
  try {
    header(within(document, "#header"), session.user(), config);
  } catch (error) {
    reportError(error);
  }
}

/**
 * A field takes what fits, and the browser says nothing of the rest.
 *
 * @param {any} event A `ClipboardEvent` or a `DragEvent`.
 */
function tellCut({ target, clipboardData, dataTransfer }) {
  if (!(target.maxLength >= 0)) return;
  const given = (clipboardData ?? dataTransfer)?.getData("text") ?? "";
  const selected = clipboardData ? (target.selectionEnd ?? 0) - (target.selectionStart ?? 0) : 0;
  const cut = target.value.length - selected + given.length - target.maxLength;
  if (cut > 0) toast(`${number(cut)} characters did not fit: this field takes ${number(target.maxLength)}.`, { tone: "bad", seconds: 12 });
}

let shown = session.user();

session.onChange(() => {
  const before = shown;
  shown = session.user();
  if (JSON.stringify(shown) !== JSON.stringify(before)) draw(); // else only the tokens are new
  if (shown?.id === before?.id) return;
  closeDialogs(); // they are of what the user before could see
  router.show();
});
for (const type of ["paste", "drop"]) document.addEventListener(type, tellCut);
addEventListener("page", draw);
draw();
outbox.start();
outbox.on("refusal", () => {
  const show = { label: "Show", run: () => router.go("/") };
  if (location.pathname !== "/") toast("A change of a to-do needs your decision.", { action: show, seconds: 12 });
});
router.start(PAGES, redirect);
