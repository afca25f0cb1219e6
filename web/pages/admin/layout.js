/** What all pages of the console have in common. */

import { h } from "/app/dom.js";
import { load } from "/app/region.js";
import { stylesheet } from "/app/stylesheet.js";

const PLACES = [
  ["/admin/users", "Users"],
  ["/admin/stats", "Stats"],
  ["/admin/imports", "Imports"],
  ["/admin/dead-letters", "Dead letters"],
  ["/admin/alarms", "Alarms"],
  ["/admin/costs", "Costs"],
  ["/admin/audit", "Audit"],
];

/**
 * Fill `view` with the console's places, the heading and what `draw()` answers with; until then with grey bars.
 * `lead` is a sentence below the heading, `aside` stands beside it.
 *
 * @param {HTMLElement} view
 * @param {{ heading: any, lead?: string, aside?: any, signal: AbortSignal, draw: () => Promise<any> }} options
 */
export async function layout(view, { heading, lead, aside, signal, draw }) {
  const content = h("div.stack");
  const head = h("div.head", h("h1", heading), aside);
  const nav = places();
  view.append(nav, h("div.title", head, lead && h("p.quietly", lead)), content);
  await load(content, signal, async () => {
    const [drawn] = await Promise.all([draw(), stylesheet("/styles/pages.css"), stylesheet("/styles/console.css")]);
    reveal(nav);
    return drawn;
  });
}

function places() {
  const links = PLACES.map(([path, name]) => {
    const here = location.pathname === path ? "page" : location.pathname.startsWith(`${path}/`) ? "true" : null;
    return h("li", h("a", { href: path, "aria-current": here }, name));
  });
  return h("nav.tabs", { "aria-label": "Console" }, h("ul", links));
}

/** On a narrow screen the place one is at may lie beyond the edge. */
/** @param {HTMLElement} nav */
function reveal(nav) {
  const here = /** @type {HTMLElement} */ (nav.querySelector("[aria-current]"));
  nav.scrollLeft = here.offsetLeft + (here.offsetWidth - nav.clientWidth) / 2;
}

/** A word on the state of something; `tone` is `good`, `bad`, `warn` or nothing. */
/** @param {string} text @param {string} [tone] */
export function chip(text, tone = "") {
  return h("span.chip", { class: tone }, text);
}

/** Names and values: `[[name, value]]`. */
/** @param {any[][]} pairs */
export function facts(pairs) {
  return h("dl.facts", pairs.map(([name, value]) => h("div", h("dt", name), h("dd", value ?? "–"))));
}

/** @param {string | null} iso @param {(iso: string) => string} format */
export function when(iso, format) {
  return iso ? h("time", { dateTime: iso }, format(iso)) : "–";
}
