/** Style sheets of pages that are not the first. */

import { h } from "./dom.js";

/**
 * Load a page's own style sheet, once; resolves when it applies, so that nothing is drawn without its style.
 *
 * @param {string} path
 */
export function stylesheet(path) {
  const there = /** @type {any} */ (document.querySelector(`link[rel="stylesheet"][href="${path}"]`));
  if (there) return there.loading ?? Promise.resolve();
  const link = /** @type {any} */ (h("link", { rel: "stylesheet", href: path }));
  link.loading = new Promise((resolve, reject) => {
    link.onload = resolve;
    link.onerror = () => (link.remove(), reject(new Error(`${path} cannot be loaded.`)));
  });
  document.head.append(link);
  return link.loading;
}
