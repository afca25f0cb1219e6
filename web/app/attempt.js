/** Actions that have no form, on pages that are not the first. */

import { isFailure, toast } from "./ui.js";

/**
 * Show an error of an action that has no form: `button.onclick = () => attempt(() => api(…))`.
 *
 * @template T
 * @param {() => T | Promise<T>} action
 */
export async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    if (!isFailure(error)) throw error;
    toast(error.requestId ? `${error.message} (request ${error.requestId})` : error.message, { tone: "bad", seconds: 12 });
    return undefined;
  }
}
