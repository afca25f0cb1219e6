/** Waiting for what the server does in its own time. */

import { isPassing, Problem } from "./api.js";

/**
 * Resolves after so many milliseconds, or at once when `signal` aborts.
 *
 * @param {number} milliseconds
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
export function pause(milliseconds, signal) {
  return new Promise((resolve) => {
    const timer = setTimeout(end, milliseconds);
    signal?.addEventListener("abort", end);
    if (signal?.aborted) end();

    function end() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", end);
      resolve();
    }
  });
}

/**
 * Call `ask` until it answers `true`, less and less often, and only while the page is looked at. A server that is away
 * for a moment is asked again.
 *
 * @param {() => unknown} ask
 * @param {{ signal: AbortSignal, first?: number, most?: number }} options
 */
export async function poll(ask, { signal, first = 400, most = 10_000 }) {
  let wait = first;
  while (!signal.aborted) {
    await pause(wait, signal);
    await shown(signal);
    if (signal.aborted) return;
    wait = Math.min(wait * 1.5, most);
    try {
      if (await ask()) return;
    } catch (error) {
      if (signal.aborted) return;
      if (!isPassing(error)) throw error;
      wait = Math.max(wait, (retryAfter(error) ?? 0) * 1000);
    }
  }
}

/**
 * Repeat what may stop half-way (429, 503) until it is done: at most `tries` times, each reported to `again(number)`.
 *
 * @template T
 * @param {() => Promise<T>} action
 * @param {{ tries?: number, again?: (number: number) => unknown }} [options]
 */
export async function persist(action, { tries = 8, again = () => undefined } = {}) {
  for (let number = 1; ; number++) {
    try {
      return await action();
    } catch (error) {
      if (!isPassing(error) || number === tries) throw error;
      again(number);
      await pause((retryAfter(error) ?? Math.min(number, 5)) * 1000);
    }
  }
}

/** @param {unknown} error */
const retryAfter = (error) => (error instanceof Problem ? error.retryAfter : null);

/** @param {AbortSignal} signal */
function shown(signal) {
  if (!document.hidden) return undefined;
  return new Promise((resolve) => {
    const listen = { once: true, signal };
    document.addEventListener("visibilitychange", resolve, listen);
    signal.addEventListener("abort", resolve, { once: true });
  });
}
