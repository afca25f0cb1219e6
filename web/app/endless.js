/** Lists by cursor: the next page comes as soon as the end of the list comes near. */

import { fill, h, nearing } from "./dom.js";
import { failure, whileBusy } from "./ui.js";

/**
 * A page that holds something, or the last one: a page may be empty although there are more.
 *
 * @template {{ items: unknown[], nextCursor: string | null }} P
 * @param {(cursor: string | null) => Promise<P>} load
 * @param {string | null} [cursor]
 */
export async function page(load, cursor = null) {
  let answer = await load(cursor);
  while (answer.items.length === 0 && answer.nextCursor) answer = await load(answer.nextCursor);
  return answer;
}

/** `path` with `parameters` and the cursor; what is empty is left out. */
/** @param {string} path @param {Record<string, string>} parameters @param {string | null} [cursor] */
export function pageOf(path, parameters, cursor) {
  const given = Object.fromEntries(Object.entries(parameters).filter(([, value]) => value));
  const query = new URLSearchParams(cursor ? { ...given, cursor } : given);
  return query.size ? `${path}?${query}` : path;
}

/**
 * What goes below a list that began with `page(load)` and ended at `cursor`. `add(items)` draws more of them. The
 * button serves readers who do not scroll.
 *
 * @param {object} options
 * @param {string | null} options.cursor
 * @param {(cursor: string | null) => Promise<any>} options.load
 * @param {(items: any[]) => void} options.add
 * @param {AbortSignal} options.signal
 */
export function more({ cursor, load, add, signal }) {
  const button = h("button", { type: "button", onclick: next }, "Load more");
  const place = h("div.list-end", { hidden: !cursor }, button);
  const watch = nearing(next, "300px");
  if (cursor && !signal.aborted) watch.observe(place);
  signal.addEventListener("abort", () => watch.disconnect());

  async function next() {
    if (button.disabled) return;
    watch.unobserve(place);
    try {
      const answer = await whileBusy(button, "Loading…", () => page(load, cursor));
      if (signal.aborted) return;
      cursor = answer.nextCursor;
      place.hidden = !cursor;
      add(answer.items);
      if (cursor) watch.observe(place); // observing again reports at once when the end is still in view
    } catch (error) {
      if (!signal.aborted) fill(place, failure(error, retry));
    }
  }

  function retry() {
    fill(place, button);
    next();
  }

  return place;
}
