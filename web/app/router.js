/** Pages by path, over the History API: links work as everywhere, and so do reload, back and forward. */

import { Unreachable } from "./api.js";
import { fill, h, within } from "./dom.js";
import { closeDialogs, failure, toast } from "./ui.js";

/** @type {(Route & { pattern: RegExp })[]} */
let routes = [];
/** @type {AbortController | null} */
let leave = null;
/** @type {Redirect} */
let guard = () => null;
/** The path of the page that is shown. */
let shown = "";
/** Waits for the end of a press. The browser makes a click of one only if what it began on is still there. */
let released = Promise.resolve();
let release = () => {};

/**
 * @param {Route[]} table
 * @param {Redirect} redirect
 */
export function start(table, redirect) {
  routes = table.map((route) => ({ ...route, pattern: pattern(route.path) }));
  guard = redirect;
  addEventListener("popstate", back);
  addEventListener("error", ({ error }) => error && broken(error));
  addEventListener("unhandledrejection", ({ reason }) => broken(reason));
  document.addEventListener("click", follow);
  addEventListener("pointerdown", press);
  for (const type of ["pointerup", "pointercancel"]) addEventListener(type, () => setTimeout(release, 50)); // its click follows
  return show();
}

/** @param {string} path @param {{ replace?: boolean }} [options] */
export function go(path, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", path);
  return show();
}

/** Change the query of the present page without drawing it again, as a filter does. `push`: "Back" undoes it. */
/** @param {Record<string, string>} entries @param {{ push?: boolean }} [options] */
export function setQuery(entries, { push = false } = {}) {
  const query = new URLSearchParams(Object.entries(entries).filter(([, value]) => value)).toString();
  history[push ? "pushState" : "replaceState"](null, "", location.pathname + (query ? `?${query}` : ""));
  shown = here();
}

/**
 * "Back" and "Forward". With a dialog open they close it, and the page under it stays. A fragment is no other page: the
 * skip link only moves the focus.
 */
function back() {
  if (document.querySelector("dialog[open]")) {
    closeDialogs();
    if (here() !== shown) history.pushState(null, "", shown);
  } else if (here() !== shown) {
    show();
  }
}

/** A second at most: a finger may rest on the screen, and a button may be released outside the window. */
function press() {
  released = new Promise((resolve) => {
    release = resolve;
    setTimeout(resolve, 1000);
  });
}

const here = () => location.pathname + location.search;

/**
 * The last resort for errors. Where grey bars would stay, or an empty page, it shows the reason and a way to try again;
 * else a message, because the page may hold unsaved input.
 *
 * @param {any} error
 */
function broken(error) {
  if (error?.name === "AbortError") return;
  const main = within(document, "#main");
  const bars = main.querySelector("[aria-busy=true]");
  if (bars) bars.replaceWith(failure(error, show));
  else if (!main.firstChild) main.append(h("div.page", failure(error, show)));
  else toast(`Something went wrong in this page. ${error}`, { tone: "bad", seconds: 12 });
}

/** `path` with the page that asked for a sign-in, so that it is reached through all pages of signing up and in. */
/** @param {string} path */
export function onward(path) {
  const then = new URLSearchParams(location.search).get("then");
  return then ? `${path}${path.includes("?") ? "&" : "?"}${new URLSearchParams({ then })}` : path;
}

/**
 * Draw the present page again.
 *
 * @returns {Promise<void>}
 */
export async function show() {
  shown = here();
  const found = match(location.pathname);
  const elsewhere = found && guard(found.route);
  if (elsewhere) return go(elsewhere, { replace: true });
  leave?.abort();
  const { signal } = (leave = new AbortController());
  const view = h("div.page");
  try {
    const page = await loaded(found?.route.load ?? (() => import("/pages/not-found.js")));
    if (signal.aborted) return;
    document.title = `${page.title} · To-dos`;
    const drawn = page.render(view, {
      params: found?.params ?? {},
      query: new URLSearchParams(location.search),
      signal,
    });
    present(view);
    await drawn;
  } catch (error) {
    if (signal.aborted) return;
    present(
      fill(
        view,
        failure(error, () => show()),
      ),
    );
  }
}

/**
 * A page's module, once the page before it can go. That its file cannot be fetched says of the network what a failed
 * call says.
 *
 * @param {() => Promise<Page>} load
 */
async function loaded(load) {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.warn(error);
    throw new Unreachable();
  } finally {
    await released;
  }
}

/** @param {HTMLElement} view */
function present(view) {
  const main = within(document, "#main");
  if (main.firstChild === view) return;
  const first = !main.firstChild;
  main.replaceChildren(view);
  dispatchEvent(new Event("page"));
  if (first) return; // a new document: the browser puts the focus
  scrollTo(0, 0);
  /** @type {HTMLElement} */ (view.querySelector("[autofocus]") ?? main).focus({ preventScroll: true });
}

/** @param {string} path */
function match(path) {
  for (const route of routes) {
    const found = route.pattern.exec(path);
    const params = found && mapped(found.groups);
    if (params) return { route, params };
  }
  return null;
}

/** `null` when it is no encoding of anything. */
function mapped(groups = {}) {
  try {
    return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
  } catch {
    return null;
  }
}

/** @param {string} path */
function pattern(path) {
  return new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}/?$`);
}

/** @param {MouseEvent} event */
function follow(event) {
  const target = /** @type {Element} */ (event.target);
  const link = /** @type {HTMLAnchorElement | null} */ (target.closest?.("a[href]"));
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
  if (link.origin !== location.origin || !match(link.pathname) || link.getAttribute("href")?.startsWith("#")) return;
  event.preventDefault();
  go(link.pathname + link.search);
}
