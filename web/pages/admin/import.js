import { get } from "/app/api.js";
import { share } from "/app/chart.js";
import { fill, h } from "/app/dom.js";
import { more, page, pageOf } from "/app/endless.js";
import { number, time } from "/app/format.js";
import { poll } from "/app/poll.js";
import * as session from "/app/session.js";
import { addRows, table } from "/app/table.js";
import { failure } from "/app/ui.js";
import { bytes } from "/app/units.js";
import { importLink, showPreview } from "./import-preview.js";
import { isSettled, reason, statusChip } from "./import-status.js";
import { facts, layout, when } from "./layout.js";

/** @typedef {(cursor?: string | null) => Promise<any>} Ask */

export const title = "Import";

/** @param {HTMLElement} view @param {Context} context */
export async function render(view, { params, signal }) {
  const name = h("span", title);
  const path = `/v1/admin/imports/${encodeURIComponent(params.id)}`;
  /** @param {string | null} [cursor] */
  const ask = (cursor) => get(pageOf(path, {}, cursor), { signal });
  /** @param {string | null} [cursor] */
  const askWarnings = (cursor) => get(pageOf(`${path}/warnings`, {}, cursor), { signal });
  await layout(view, {
    heading: name,
    aside: h("a", { href: "/admin/imports" }, "All imports"),
    signal,
    draw: async () => {
      const first = await ask();
      fill(name, first.name);
      document.title = `${first.name} · To-dos`;
      return following(first, { path, ask, askWarnings, signal });
    },
  });
}

/**
 * The import as it goes on; when it has come to its end, what was rejected.
 *
 * @param {Schemas["ImportDetail"]} first
 * @param {{ path: string, ask: Ask, askWarnings: Ask, signal: AbortSignal }} options
 */
function following(first, { path, ask, askWarnings, signal }) {
  const status = h("p.state-line", { role: "status" });
  const progress = h("div.stack.tight");
  const preview = h("div.stack");
  const rejects = h("div.stack");
  const warnings = h("div.stack");
  let drawn = "";

  /** @param {Schemas["ImportDetail"]} record */
  function show(record) {
    if (record.status !== drawn) fill(status, statusChip(record), sentence(record));
    drawn = record.status;
    fill(progress, counts(record), about(record));
    if (isSettled(record)) {
      if (record.status === "previewed") showPreview(preview, { path, record, signal });
      fill(rejects, rejected(record, ask, signal));
      if (record.warnings > 0) showWarnings(warnings, askWarnings, signal);
    }
    return isSettled(record);
  }

  if (!show(first)) poll(async () => show(await ask()), { signal, first: 500, most: 5000 });
  return [h("section.card", { "aria-label": "Progress" }, status, progress), preview, rejects, warnings];
}

/** @param {Schemas["ImportDetail"]} record */
function sentence({ status, dryRun, previewOf }) {
  if (status === "running" && dryRun) return "The rows are being read. Nothing is stored yet.";
  if (status === "pending" && previewOf) return "It begins in a moment. You may leave this page; the report is mailed to you.";
  return SENTENCES[status];
}

/** @type {Record<Schemas["ImportStatus"], string>} */
const SENTENCES = {
  pending: "It begins when the file has arrived.",
  running: "The rows are being read. You may leave this page; the report is mailed to you.",
  previewed: "The whole file was read, and nothing is stored yet. Check the columns, then import.",
  completed: "The whole file was read.",
  failed: "The file could not be read to its end: nothing of it is stored.",
};

/** @param {Schemas["ImportDetail"]} record */
function counts({ rows, accepted, rejected: refused, warnings, status, dryRun, reason: code, reasonLine, reasonDetail }) {
  if (status === "failed") {
    const where = reasonLine ? `, in line ${number(reasonLine)}` : "";
    const text = `${reason(String(code))}${where}.`;
    return h("p.notice", text, reasonDetail && ` ${reasonDetail}`, " ", h("code", code));
  }
  if (rows === 0) return null;
  return [
    share(`${number(rows)} rows read`, [
      { name: dryRun ? "Would be accepted" : "Accepted", value: accepted, text: number(accepted), tone: "tone-1" },
      { name: dryRun ? "Would be rejected" : "Rejected", value: refused, text: number(refused), tone: "bad" },
    ]),
    warnings > 0 && h("p.quietly", `${number(warnings)} ${warnings === 1 ? "warning" : "warnings"}`),
  ];
}

/** @param {Schemas["ImportDetail"]} record */
function about({ size, contentType, startedBy, createdAt, finishedAt, expiresAt, runId, previewOf }) {
  return facts([
    ["Started", when(createdAt, time)],
    ["Ended", when(finishedAt, time)],
    ["Size", size === null ? null : bytes(size)],
    ["Media type", contentType],
    ["By", starter(startedBy)],
    ...(expiresAt && !runId ? [["Import until", when(expiresAt, time)]] : []),
    ...(previewOf ? [["Preview", importLink(previewOf, "See the preview")]] : []),
  ]);
}

/** @param {string | null} id */
function starter(id) {
  if (!id) return "Put into the bucket";
  return id === session.user()?.id ? "You" : ["Another administrator, ", h("code", id)];
}

/** @param {Schemas["ImportDetail"]} record @param {Ask} ask @param {AbortSignal} signal */
function rejected(record, ask, signal) {
  const none = record.dryRun ? "No row would be rejected." : "No row was rejected.";
  if (record.rejects.length === 0 && !record.nextCursor) return record.status !== "failed" && h("p.quietly", none);
  const rows = table("Rejected rows", COLUMNS, record.rejects);
  /** @param {string | null} cursor */
  const load = async (cursor) => {
    const { rejects: items, nextCursor } = await ask(cursor);
    return { items, nextCursor };
  };
  /** @param {Schemas["RejectOut"][]} items */
  const add = (items) => addRows(rows, COLUMNS, items);
  return [h("h2", "Rejected rows"), rows, more({ cursor: record.nextCursor, load, add, signal })];
}

/** What of accepted rows could not be read, a page at a time. */
/** @param {HTMLElement} place @param {Ask} ask @param {AbortSignal} signal */
async function showWarnings(place, ask, signal) {
  try {
    const { items, nextCursor } = await page(ask);
    const rows = table("Warnings", COLUMNS, items);
    /** @param {Schemas["ImportWarningOut"][]} next */
    const add = (next) => addRows(rows, COLUMNS, next);
    const lead = h("p.quietly", "These rows are taken. What could not be read is kept beside their fields.");
    fill(place, h("h2", "Warnings"), lead, rows, more({ cursor: nextCursor, load: ask, add, signal }));
  } catch (error) {
    if (!signal.aborted) fill(place, failure(error, () => showWarnings(place, ask, signal)));
  }
}

/** @type {Column[]} */
const COLUMNS = [
  { label: "Line", head: true, cell: ({ line }) => number(line) },
  { label: "Field", cell: ({ field }) => field ?? "The whole row" },
  { label: "Reason", cell: ({ reason: code }) => [reason(code), " ", h("code.quietly", code)] },
];
