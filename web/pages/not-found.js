import { h } from "/app/dom.js";
import { empty } from "/app/ui.js";

export const title = "Not found";

/** @param {HTMLElement} view */
export function render(view) {
  view.append(h("h1.visually-hidden", title), empty("search", "There is no such page", h("a", { href: "/" }, "Go to your to-dos")));
}
