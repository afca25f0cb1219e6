/** Sizes, amounts of money and spans of time as this browser's language writes them. */

import { language, relative } from "./format.js";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"];

/** @param {number} count */
export function bytes(count) {
  const power = count < 1 ? 0 : Math.min(Math.floor(Math.log10(count) / 3), UNITS.length - 1);
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: UNITS[power],
    unitDisplay: power ? "short" : "long",
    maximumFractionDigits: power ? 1 : 0,
  }).format(count / 1000 ** power);
}

/** @param {number | string} amount @param {string} currency */
export function money(amount, currency) {
  return new Intl.NumberFormat(language, { style: "currency", currency }).format(Number(amount));
}

/** @type {[Intl.RelativeTimeFormatUnit, number][]} In seconds. */
const LENGTHS = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
];

/** "2 minutes ago". */
/** @param {string} iso */
export function ago(iso) {
  const seconds = (new Date(iso).getTime() - Date.now()) / 1000;
  for (const [unit, length] of LENGTHS) {
    if (Math.abs(seconds) >= length) return relative.format(Math.round(seconds / length), unit);
  }
  return relative.format(Math.round(seconds), "second");
}
