import { get } from "/app/api.js";
import { h } from "/app/dom.js";
import { more, page, pageOf } from "/app/endless.js";
import { time } from "/app/format.js";
import { addRows, table } from "/app/table.js";
import { empty } from "/app/ui.js";
import { chip, facts, layout, when } from "./layout.js";

export const title = "Audit";

/** @type {Record<Schemas["AuditEntryOut"]["outcome"], { name: string, tone: string }>} */
const OUTCOMES = {
  started: { name: "End unknown", tone: "warn" },
  succeeded: { name: "Done", tone: "good" },
  failed: { name: "Failed", tone: "bad" },
};

/** @type {Record<string, string>} */
const ACTIONS = {
  "user.disable": "Disabled a user",
  "user.enable": "Enabled a user",
  "user.delete": "Deleted a user",
  "dead_letter.redrive": "Redrove a dead letter",
  "dead_letter.discard": "Discarded a dead letter",
  "dead_letters.redrive": "Redrove all dead letters",
  "import.create": "Started an import",
};

/** @param {HTMLElement} view @param {Context} context */
export async function render(view, { signal }) {
  await layout(view, {
    heading: title,
    lead: "Every act of an administrator, written down before it happens, and kept for 400 days.",
    signal,
    draw: () => entries(signal),
  });
}

/** @param {AbortSignal} signal */
async function entries(signal) {
  /** @param {string | null} cursor */
  const ask = (cursor) => get(pageOf("/v1/admin/audit", {}, cursor), { signal });
  const first = await page(ask);
  if (first.items.length === 0) return empty("list", "Nothing has happened yet", "Disable a user, or redrive a dead letter: it will stand here.");
  const acts = table("Audit", COLUMNS, first.items);
  return [acts, more({ cursor: first.nextCursor, load: ask, add: (items) => addRows(acts, COLUMNS, items), signal })];
}

/** @type {Column[]} */
const COLUMNS = [
  { label: "Act", head: true, cell: ({ action, target }) => twoLines(h("strong", ACTIONS[action] ?? action), h("code", target)) },
  { label: "When", cell: ({ at, actorEmail }) => twoLines(when(at, time), h("span", `by ${actorEmail}`)) },
  { label: "Outcome", cell: outcomeChip },
  { label: "More", quiet: true, cell: (entry) => details(entry) },
];

/** @param {any} first @param {any} second */
/** @param {Schemas["AuditEntryOut"]} entry */
function outcomeChip({ outcome }) {
  const { name, tone } = OUTCOMES[outcome];
  return chip(name, tone);
}

/** @param {any} first @param {any} second */
const twoLines = (first, second) => h("div.two-lines", first, second);

/** @param {Schemas["AuditEntryOut"]} entry */
function details({ action, target, actorId, requestId, details: given }) {
  const pairs = Object.entries(given).map(([name, value]) => [name, String(value)]);
  const ids = [["action", h("code", action)], ["target", h("code", target)], ["actor", h("code", actorId)]];
  return h(
    "details",
    h("summary", "Details"),
    facts([...ids, ["request", requestId && h("code", requestId)], ...pairs]),
  );
}
