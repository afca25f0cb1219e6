/** What a dry run shows: what becomes of each column, to be corrected, and the first rows as they would be stored. */

import { api, get } from "/app/api.js";
import { fill, h, within } from "/app/dom.js";
import { number } from "/app/format.js";
import { go } from "/app/router.js";
import { table } from "/app/table.js";
import { failure, form } from "/app/ui.js";

/** @typedef {Schemas["ImportColumn"]} ImportColumn */
/** @typedef {string | HTMLSelectElement} Choice A text where nothing can be chosen. */
/** @typedef {Map<ImportColumn, Choice>} Choices */

const MANY = 20;
/** @type {Record<string, string>} */
const TARGETS = {
  email: "Email",
  name: "Name",
  firstName: "First name",
  lastName: "Last name",
  phone: "Phone",
  birthDate: "Birth date",
  birthYear: "Year of birth",
  birthMonth: "Month of birth",
  birthDay: "Day of birth",
  country: "Country",
  locale: "Language",
  attribute: "Another value",
  dropped: "Not imported",
};

/**
 * Draw the preview of the dry run at `path` into `place`.
 *
 * @param {HTMLElement} place
 * @param {{ path: string, record: Schemas["ImportDetail"], signal: AbortSignal }} options
 * @returns {Promise<unknown>}
 */
export async function showPreview(place, { path, record, signal }) {
  if (record.runId) return fill(place, h("p.notice.good", "This file was imported. ", importLink(record.runId, "See the import")));
  if (new Date(record.expiresAt ?? 0) <= new Date())
    return fill(place, h("p.notice", "The preview has expired. Upload the file again."));
  try {
    const preview = await get(`${path}/preview`, { signal });
    return fill(place, importing(preview, path), firstRows(preview), notes(preview));
  } catch (error) {
    return !signal.aborted && fill(place, failure(error, () => showPreview(place, { path, record, signal })));
  }
}

/** @param {string} id @param {string} text */
export const importLink = (id, text) => h("a", { href: `/admin/imports/${id}` }, text);

/** @param {Schemas["ImportPreview"]} preview @param {string} path */
function importing({ columns, columnsLeftOut }, path) {
  /** @type {Choices} */
  const selects = new Map(columns.map((column) => [column, choice(column)]));
  const missing = h("div.news", { role: "status" });
  const check = () => fill(missing, needsEmail(selects, columnsLeftOut));
  const rows = table("Columns", columnsOf(selects), columns);
  rows.addEventListener("change", check);
  check();

  async function send() {
    const { data } = await api("POST", `${path}/run`, { body: { mapping: changes(selects) } });
    go(`/admin/imports/${data.id}`);
  }

  const left = columnsLeftOut > 0 && h("p.quietly", `${number(columnsLeftOut)} more columns keep their meaning.`);
  const skip = columns.length > MANY && h("button.quiet", { type: "button", onclick: () => toImport(element) }, "Skip the columns");
  const parts = h("div.stack", h("h2", "Columns"), missing, skip, rows, left);
  const element = form({ label: "Import", send, submit: "Import", busy: "Starting…" }, parts);
  element.classList.add("importing");
  return element;
}

/** The button behind a list that takes hundreds of presses of Tab. */
/** @param {HTMLElement} element */
const toImport = (element) => within(element, "[type=submit]").focus();

/** @param {Choices} selects @returns {Column[]} */
function columnsOf(selects) {
  return [
    { label: "Column", head: true, cell: ({ header }) => header },
    { label: "Stored as", cell: (column) => selects.get(column) },
    { label: "Remark", cell: remark },
  ];
}

/** @param {ImportColumn} column */
function choice({ header, target, secret }) {
  if (secret) return TARGETS.dropped;
  const options = Object.entries(TARGETS).map(([value, text]) => h("option", { value, selected: value === target }, text));
  return h("select", { "aria-label": `Store ${header} as` }, options);
}

/** @param {ImportColumn} column */
function remark({ target, rank, secret, attribute, header }) {
  if (secret) return "It holds secrets by its name: it is always left out";
  if (rank !== null && rank > 1) return `Used where no better column of ${TARGETS[target]} can be read`;
  if (target === "attribute" && attribute !== header) return ["Kept as ", h("code", attribute)];
  return null;
}

/** @param {Choice} select @param {ImportColumn} column */
const valueOf = (select, { target }) => (typeof select === "string" ? target : select.value);

/** @param {Choices} selects @param {number} leftOut */
function needsEmail(selects, leftOut) {
  const found = [...selects].some(([column, select]) => valueOf(select, column) === "email");
  return !found && leftOut === 0 && h("p.notice", "No column holds the email addresses. Choose the one that does.");
}

/** What differs from what was recognised. */
/** @param {Choices} selects */
function changes(selects) {
  const chosen = [...selects].map(([column, select]) => ({ ...column, value: valueOf(select, column) }));
  const changed = chosen.filter(({ target, value }) => value !== target);
  return Object.fromEntries(changed.map(({ header, value }) => [header, value]));
}

/** @param {Schemas["ImportPreview"]} preview */
function firstRows({ rows }) {
  if (rows.length === 0) return h("p.quietly", "No row would be accepted with these columns.");
  const shown = FIELDS.filter(({ name, head }) => head || rows.some((row) => row[name] !== null));
  /** @type {Column[]} */
  const columns = [{ label: "Line", numeric: true, cell: ({ line }) => number(line) }, ...shown];
  if (rows.some(({ attributes }) => Object.keys(attributes).length > 0)) columns.push(OTHERS);
  const lead = h("p.quietly", "As they would be stored with the columns as recognised.");
  return [h("h2", "First rows"), lead, table("First rows", columns, rows)];
}

/** @type {("email" | "name" | "phone" | "birthDate" | "country" | "locale")[]} */
const SHOWN = ["email", "name", "phone", "birthDate", "country", "locale"];
const FIELDS = SHOWN.map((name) => ({
  name,
  label: TARGETS[name],
  head: name === "email",
  wide: name === "email",
  cell: (/** @type {Schemas["ImportPreviewRow"]} */ row) => row[name],
}));

const OTHERS = {
  label: "Other values",
  cell(/** @type {Schemas["ImportPreviewRow"]} */ { attributes, attributesLeftOut: left }) {
    const { unread, ...others } = attributes;
    const values = [...Object.entries(others), ...notRead(unread)].map(([name, value]) =>
      h("li", h("span.quietly", `${name}: `), text(value)),
    );
    return h("ul.values", values, left > 0 && h("li.quietly", `and ${number(left)} more`));
  },
};

/**
 * Values that could not be read, by their field. Where they are long, they are one text.
 *
 * @param {unknown} unread
 * @returns {[string, unknown][]}
 */
function notRead(unread) {
  if (typeof unread === "string") return [["not read", unread]];
  return Object.entries(unread ?? {}).map(([field, value]) => [`${TARGETS[field] ?? field}, not read`, value]);
}

/** @param {unknown} value */
const text = (value) => (typeof value === "string" ? value : JSON.stringify(value));

/** @param {Schemas["ImportPreview"]} preview */
function notes({ duplicates }) {
  if (!duplicates) return null;
  const rows = duplicates === 1 ? "1 row repeats" : `${number(duplicates)} rows repeat`;
  return h("p.quietly", `${rows} an address of an earlier row: the last one counts.`);
}
