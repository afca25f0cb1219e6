/** A part of a page that has to be loaded. */

import { fill } from "./dom.js";
import { failure, skeleton } from "./ui.js";

/**
 * Grey bars in `place`, then what `load()` answers with, or what went wrong and a way to try again. Where it has been
 * drawn before, pass `again` to leave it until the new content is there.
 *
 * @param {Element} place
 * @param {AbortSignal} signal
 * @param {() => unknown} draw
 * @param {{ bones?: number, again?: boolean }} [options]
 * @returns {Promise<void>}
 */
export async function load(place, signal, draw, { bones = 4, again = false } = {}) {
  if (!again) fill(place, skeleton(bones));
  try {
    const content = await draw();
    if (!signal.aborted) fill(place, content);
  } catch (error) {
    if (signal.aborted) return;
    fill(place, failure(error, () => load(place, signal, draw, { bones })));
  }
}
