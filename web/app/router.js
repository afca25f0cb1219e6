/** Pages by path, over the History API: links work as everywhere, and so do reload, back and forward. */

import { Unreachable } from "./api.js";
import { fill, h } from "./dom.js";
import { failure } from "./ui.js";

let routes = [];
let leave = null;
let guard = () => null;

/**
 * `table`: `[{ path: "/files", load: () => import("…"), access }]`; a `{name}` in a path takes one segment.
 * `redirect(route)` may answer with a path to go to instead.
 *
 * A page module exports `title` and `render(view, { params, query, signal })`, which fills `view` and may return a
 * promise; `signal` aborts when the user goes elsewhere.
 */
export function start(table, redirect) {
  routes = table.map((route) => ({ ...route, pattern: pattern(route.path) }));
  guard = redirect;
  addEventListener("popstate", () => show());
  document.addEventListener("click", follow);
  return show();
}

export function go(path, { replace = false } = {}) {
  history[replace ? "replaceState" : "pushState"](null, "", path);
  return show();
}

/** Change the query of the present page without drawing it anew: what a filter does. `push`: "Back" undoes it. */
export function setQuery(entries, { push = false } = {}) {
  const query = new URLSearchParams(Object.entries(entries).filter(([, value]) => value)).toString();
  history[push ? "pushState" : "replaceState"](null, "", location.pathname + (query ? `?${query}` : ""));
}

/** Draw the present page again. */
export async function show() {
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

/** A page's module. That its file cannot be fetched says of the network what a failed call says. */
async function loaded(load) {
  try {
    return await load();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.warn(error);
    throw new Unreachable();
  }
}

function present(view) {
  const main = document.getElementById("main");
  if (main.firstChild === view) return;
  const first = !main.firstChild;
  main.replaceChildren(view);
  dispatchEvent(new Event("page"));
  if (first) return; // a new document: the browser puts the focus
  scrollTo(0, 0);
  (view.querySelector("[autofocus]") ?? main).focus({ preventScroll: true });
}

function match(path) {
  for (const route of routes) {
    const found = route.pattern.exec(path);
    if (found) return { route, params: mapped(found.groups) };
  }
  return null;
}

function mapped(groups = {}) {
  return Object.fromEntries(Object.entries(groups).map(([name, value]) => [name, decodeURIComponent(value)]));
}

function pattern(path) {
  return new RegExp(`^${path.replaceAll(/\{(\w+)\}/g, "(?<$1>[^/]+)")}/?$`);
}

function follow(event) {
  const link = event.target.closest?.("a[href]");
  const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  if (!link || !plain || event.defaultPrevented || link.target || link.hasAttribute("download")) return;
  if (link.origin !== location.origin || !match(link.pathname) || link.getAttribute("href").startsWith("#")) return;
  event.preventDefault();
  go(link.pathname + link.search);
}
