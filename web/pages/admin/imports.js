import { get } from "/app/api.js";
import { h, within } from "/app/dom.js";
import { more, page, pageOf } from "/app/endless.js";
import { number, time } from "/app/format.js";
import { poll } from "/app/poll.js";
import { addRows, row, table } from "/app/table.js";
import { empty } from "/app/ui.js";
import { isSettled, statusChip } from "./import-status.js";
import { importUpload } from "./import-upload.js";
import { layout, when } from "./layout.js";

/** @typedef {{ item: Schemas["ImportOut"], element: HTMLTableRowElement }} Shown */

export const title = "Imports";

/** @param {HTMLElement} view @param {Context} context */
export async function render(view, { signal }) {
  await layout(view, {
    heading: title,
    lead: "Raw user data, brought to one form and stored by e-mail address. Kept here for 90 days.",
    signal,
    draw: async () => [importUpload(signal), await imports(signal)],
  });
}

/** @param {AbortSignal} signal */
async function imports(signal) {
  /** @param {string | null} cursor */
  const ask = (cursor) => get(pageOf("/v1/admin/imports", {}, cursor), { signal });
  const first = await page(ask);
  if (first.items.length === 0) return empty("upload", "No imports yet", "Upload a file, or put one under users/ in the ingest bucket.");
  const list = table("Imports", COLUMNS);
  /** @type {Map<string, Shown>} By id. */
  const shown = new Map();

  /** @param {Schemas["ImportOut"][]} items */
  function add(items) {
    addRows(list, COLUMNS, items);
    const rows = [...list.tBodies[0].rows].slice(-items.length);
    items.forEach((item, number) => shown.set(item.id, { item, element: rows[number] }));
  }

  /** Bring the rows up to date that have changed; answers whether all of them have come to an end. */
  async function refresh() {
    for (const item of (await ask(null)).items) update(shown, item);
    return [...shown.values()].every(({ item }) => isSettled(item));
  }

  if (first.items.length > 0) add(first.items);
  if (!first.items.every(isSettled)) poll(refresh, { signal, first: 1000, most: 30_000 });
  return [list, more({ cursor: first.nextCursor, load: ask, add, signal })];
}

/** @param {Map<string, Shown>} shown @param {Schemas["ImportOut"]} item */
function update(shown, item) {
  const known = shown.get(item.id);
  if (!known || JSON.stringify(known.item) === JSON.stringify(item)) return;
  const element = row(COLUMNS, item);
  const focused = known.element.contains(document.activeElement);
  known.element.replaceWith(element);
  if (focused) within(element, "a").focus();
  shown.set(item.id, { item, element });
}

/** @type {Column[]} */
const COLUMNS = [
  { label: "File", head: true, cell: ({ id, name }) => h("a", { href: `/admin/imports/${id}` }, name) },
  { label: "Status", cell: statusChip },
  { label: "Rows", numeric: true, cell: ({ rows }) => number(rows) },
  { label: "Accepted", numeric: true, cell: ({ accepted }) => number(accepted) },
  { label: "Rejected", numeric: true, cell: ({ rejected }) => number(rejected) },
  { label: "Warnings", numeric: true, cell: ({ warnings }) => number(warnings) },
  { label: "Started", cell: ({ createdAt }) => when(createdAt, time) },
];
