/**
 * What rows of files need of their page.
 *
 * @typedef {object} FilesContext
 * @property {AbortSignal} signal
 * @property {(text: string) => unknown} tell
 * @property {(usage: Schemas["FileUsage"]) => unknown} counted
 * @property {() => unknown} changed
 * @property {(neighbour?: HTMLElement | null) => unknown} left
 */

/** The files that the API knows of, and what becomes of those whose upload it still awaits. */

import { get } from "/app/api.js";
import { h } from "/app/dom.js";
import { poll } from "/app/poll.js";
import { fileRow } from "./row.js";

/**
 * `{ element, add(records, where) }`. `context`: `{ signal, tell(text), changed(), left(neighbour), counted(usage) }` of
 * the page.
 *
 * @param {FilesContext} context
 */
export function keptFiles(context) {
  const element = h("ul.rows", { "aria-label": "Files" });
  const rows = new Map();
  let watch = new AbortController();

  /** @param {Schemas["FileOut"][]} records @param {"append" | "prepend"} [where] */
  function add(records, where = "append") {
    const fresh = records.filter(({ id }) => !rows.has(id));
    for (const record of fresh) rows.set(record.id, fileRow(record, (byHand) => remove(record.id, byHand)));
    element[where](...fresh.map(({ id }) => rows.get(id).element));
    if (fresh.some(isPending)) follow();
  }

  /** @param {string} id @param {boolean} [byHand] */
  function remove(id, byHand = false) {
    const { element: row } = rows.get(id);
    const neighbour = row.nextElementSibling ?? row.previousElementSibling;
    rows.delete(id);
    row.remove();
    if (byHand) context.left(neighbour?.querySelector("button"));
    context.changed();
  }

  /** One question for all that are pending; it is asked often again when another one comes. */
  function follow() {
    watch.abort();
    watch = new AbortController();
    const signal = AbortSignal.any([context.signal, watch.signal]);
    poll(() => ask(signal), { signal, most: 30_000 });
  }

  /** @param {AbortSignal} signal */
  async function ask(signal) {
    const asked = pending();
    const { items, usage, nextCursor } = await get("/v1/files?limit=100", { signal });
    const found = new Map(items.map((file) => [file.id, file]));
    const oldest = items.at(-1);
    /** @param {Schemas["FileOut"]} file */
    const isListed = ({ id }) => !nextCursor || Boolean(oldest && id > oldest.id); // ids grow with time, and the newest come first
    for (const { record } of asked) {
      if (rows.has(record.id)) update(record, found.get(record.id), isListed(record));
    }
    context.counted(usage);
    return pending().length === 0;
  }

  /** What should be listed and is not was never uploaded in time, or was deleted elsewhere. */
  /** @param {Schemas["FileOut"]} record @param {Schemas["FileOut"] | undefined} file @param {boolean} isListed */
  function update(record, file, isListed) {
    if (!file && isListed) remove(record.id);
    if (!file || isPending(file)) return;
    rows.get(record.id).show(file);
    context.tell(`${file.name} is ${file.status === "available" ? "ready" : "rejected"}.`);
  }

  const pending = () => [...rows.values()].filter(({ record }) => isPending(record));

  return { element, add };
}

/** @param {Pick<Schemas["FileOut"], "status">} file */
const isPending = ({ status }) => status === "pending";
