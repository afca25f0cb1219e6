/** What the results of `POST /v1/sync` mean for unsent changes, as plain data. */

import { applied, settled } from "./changes.js";

/**
 * `changes` after those that were `sent` got `results`, the to-dos as the results show them, and the changes that the user has to
 * decide on.
 *
 * @param {Change[]} changes
 * @param {Change[]} sent
 * @param {Result[]} results
 */
export function answered(changes, sent, results) {
  /** @type {Map<string, TodoNews>} The last one of each to-do. */
  const news = new Map();
  /** @type {Change[]} */
  const refused = [];
  for (const [place, result] of results.entries()) {
    const change = changes.find(({ key }) => key === sent[place].key);
    if (!change) continue;
    const todo = left(change, result);
    const { id } = change;
    if (result.current) news.set(id, { id, version: result.current.version, data: result.current });
    else if (result.result === "applied") news.set(id, { id, version: Number(result.version), data: todo });
    if (isDone(change, result)) {
      changes = settled(changes, change, todo, result.result === "merged");
    } else {
      changes = changes.map((one) => (one === change ? { ...one, problem: result } : one));
      refused.push(change);
    }
  }
  return { changes, news: [...news.values()], refused };
}

/**
 * Whether the API has done what the user wants, or there is nothing left to do: a deletion of what is gone; a creation
 * of what is there, for its id was made here; and a creation whose to-do was deleted since: the later act counts.
 *
 * @param {Change} change
 * @param {Result} result
 */
function isDone({ kind, over }, { result, current }) {
  if (result === "gone") return kind === "delete" || (kind === "create" && over === undefined);
  return ["applied", "replayed", "merged"].includes(result) || (kind === "create" && Boolean(current));
}

/**
 * The to-do as the change has left it; `null` when it is gone, or unknown.
 *
 * @param {Change} change
 * @param {Result} answer
 * @returns {Todo | null}
 */
function left(change, { result, version, current }) {
  if (current || change.kind === "delete") return current ?? null;
  if (!version || !["applied", "replayed"].includes(result)) return null;
  return { .../** @type {Todo} */ (applied(change.base, change)), version };
}
