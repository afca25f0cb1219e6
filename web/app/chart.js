/**
 * Small charts: a picture with a name, its legend, and the same figures as a table on request. Colours come from the
 * stylesheet (`tone-1` to `tone-6`, `bad`) and never stand alone.
 */

import { h, svg } from "./dom.js";
import { table } from "./table.js";

/** One bar of parts that add up: `[{ name, value, text, tone }]`. */
/** @param {string} label @param {Part[]} parts */
export function share(label, parts) {
  const total = parts.reduce((sum, { value }) => sum + value, 0);
  const spoken = parts.map(({ name, text }) => `${name}: ${text}`).join(", ");
  let x = 0;
  const bars = parts.map(({ value, tone }) => {
    const width = total ? (value / total) * 100 : 0;
    const bar = svg("rect", { class: tone, x: `${x}%`, y: 0, width: `${width}%`, height: "100%" });
    x += width;
    return bar;
  });
  const picture = svg("svg", { class: "share", role: "img", "aria-label": `${label}. ${spoken}` }, bars);
  return figure(picture, legend(parts), table(label, SHARE_COLUMNS, parts));
}

/** @type {Column[]} */
const SHARE_COLUMNS = [
  { label: "What", head: true, cell: ({ name }) => name },
  { label: "How many", numeric: true, cell: ({ text }) => text },
];

/**
 * A column for each item, stacked of series: `series` are their names, `items` are `[{ name, values, hint }]` with a
 * value for each series; `text(value)` writes one.
 *
 * @param {string} label
 * @param {{ series: string[], items: Stack[], text: (value: number) => string, spoken?: string }} options
 */
export function columns(label, { series, items, text, spoken }) {
  const most = rounded(Math.max(...items.map(({ values }) => sum(values))));
  const picture = svg(
    "svg",
    { class: "columns", role: "img", "aria-label": spoken ? `${label}. ${spoken}` : label },
    [0.5, 1].map((part) => grid(part)),
    items.map((item, number) => column(item, number, items.length, most)),
  );
  const tones = series.map((name, number) => ({ name, tone: tone(number) }));
  const [first, last] = [items[0], items[items.length - 1]];
  const axis = h("div.axis", { "aria-hidden": "true" }, h("span", first.name), h("span", last.name));
  const scale = h("p.scale", { "aria-hidden": "true" }, text(most));
  return figure([scale, picture, axis], legend(tones), table(label, columnHeads(series, text), items));
}

/** @param {number} number */
const tone = (number) => `tone-${Math.min(number, 5) + 1}`;
/** @param {number[]} values */
const sum = (values) => values.reduce((total, value) => total + value, 0);

/** @param {number} part */
function grid(part) {
  const y = `${100 - part * 100}%`;
  return svg("line", { class: "grid", x1: 0, x2: "100%", y1: y, y2: y });
}

/**
 * @param {Stack} item
 * @param {number} number
 * @param {number} count
 * @param {number} most
 */
function column({ hint, values }, number, count, most) {
  const width = 100 / count;
  let y = 100;
  const bars = values.map((value, which) => {
    const height = (value / most) * 100;
    y -= height;
    return svg("rect", {
      class: tone(which),
      x: `${number * width + width * 0.14}%`,
      y: `${y}%`,
      width: `${width * 0.72}%`,
      height: `${height}%`,
    });
  });
  const reach = svg("rect", { class: "reach", x: `${number * width}%`, y: 0, width: `${width}%`, height: "100%" });
  return svg("g", {}, reach, bars, svg("title", {}, hint));
}

/** The next figure at or above `value` that a scale may end with. */
/** @param {number} value */
function rounded(value) {
  if (!(value > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 1.5, 2, 3, 4, 5, 6, 8, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}

/** @param {string[]} series @param {(value: number) => string} text @returns {Column[]} */
function columnHeads(series, text) {
  return [
    { label: "Day", head: true, cell: ({ name }) => name },
    ...series.map((name, which) => ({
      label: name,
      numeric: true,
      cell: (/** @type {Stack} */ { values }) => text(values[which]),
    })),
    { label: "Total", numeric: true, cell: ({ values }) => text(sum(values)) },
  ];
}

/** @param {Key[]} parts */
function legend(parts) {
  /** @param {Key} key */
  const entry = ({ name, text, tone: colour }) =>
    h("li", h("span.swatch", { class: colour }), name, text !== undefined && h("strong", text));
  return h("ul.legend", parts.map(entry));
}

/** @param {unknown} picture @param {Element} key @param {Element} figures */
function figure(picture, key, figures) {
  return h("figure.chart", picture, key, h("details", h("summary", "Show as table"), figures));
}
