/** Tables; on narrow screens each row becomes a card. The roles are spelt out, for a changed `display` takes them. */

import { h } from "./dom.js";
import { unreadable } from "./ui.js";

/**
 * `columns`: `[{ label, cell(item), head, numeric, wide, quiet }]`. `cell` answers with a text or nodes; `head` marks
 * what names the row; the label of a `quiet` column is read, but not shown.
 *
 * @param {string} label
 * @param {Column[]} columns
 * @param {any[]} [items]
 */
export function table(label, columns, items = []) {
  return h(
    "table.data",
    { role: "table", "aria-label": label },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, columns.map(heading))),
    h("tbody", { role: "rowgroup" }, items.map((item) => row(columns, item))),
  );
}

/** @param {Column[]} columns @param {any} item */
export function row(columns, item) {
  try {
    return h("tr", { role: "row" }, columns.map((column) => cell(column, item)));
  } catch (error) {
    console.warn(error);
    return h("tr", { role: "row" }, h("td", { role: "cell", colSpan: columns.length }, unreadable("row", item?.id)));
  }
}

/** @param {HTMLTableElement} element @param {Column[]} columns @param {any[]} items */
export function addRows(element, columns, items) {
  element.tBodies[0].append(...items.map((item) => row(columns, item)));
}

/** @param {Column} column */
function heading(column) {
  const { label, quiet } = column;
  const text = quiet ? h("span.visually-hidden", label) : label;
  return h("th", { scope: "col", role: "columnheader", class: look(column) }, text);
}

/** @param {Column} column @param {any} item */
function cell(column, item) {
  const { label, cell: content, head, quiet } = column;
  const properties = {
    role: head ? "rowheader" : "cell",
    scope: head ? "row" : null,
    class: look(column),
    dataset: quiet || head ? {} : { label },
  };
  return h(head ? "th" : "td", properties, [content(item) ?? ""].flat());
}

/** @param {Column} column */
const look = ({ numeric, wide }) => `${numeric ? "numeric" : ""} ${wide ? "wide" : ""}`;
