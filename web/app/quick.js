/** The short syntax of the quick-add field: `Call mum #family !high @tomorrow`. */

import { isPlausible } from "./due.js";
import { today } from "./format.js";
import { isBlank, nfc } from "./text.js";

/** @type {Record<string, Fields["priority"]>} */
const PRIORITIES = { "!low": "low", "!medium": "medium", "!high": "high" };
const WEEKDAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];
const TAG = /^#(\p{L}[\p{L}\p{N}_-]{0,49})$/u;
const MOST_TAGS = 20;


/**
 * What a line says of a to-do. A word that means nothing here stays in the title.
 *
 * @param {string} line
 * @returns {Parsed}
 */
export function parsed(line) {
  /** @type {Parsed} */
  const found = { title: "", tags: [] };
  const rest = nfc(line)
    .trim()
    .split(/\s+/)
    .filter((/** @type {string} */ word) => !understood(word, found));
  const title = rest.join(" ");
  return isBlank(title) ? { title: nfc(line).trim(), tags: [] } : { ...found, title };
}

/** @param {string} word @param {Parsed} found Gets what the word says. */
function understood(word, found) {
  const priority = PRIORITIES[word.toLowerCase()];
  const day = word.startsWith("@") && dayOf(word.slice(1).toLowerCase());
  const tag = TAG.exec(word)?.[1];
  if (priority) found.priority = priority;
  else if (day) found.dueOn = day;
  else if (tag && found.tags.length < MOST_TAGS) found.tags = [...new Set([...found.tags, tag])];
  else return false;
  return true;
}

/** @param {string} word */
function dayOf(word) {
  if (word === "today") return today();
  if (word === "tomorrow") return today(1);
  const weekday = WEEKDAYS.findIndex((name) => name === word || name.slice(0, 3) === word);
  if (weekday >= 0) return today(((weekday - new Date().getDay() + 6) % 7) + 1);
  return /^\d{4}-\d{2}-\d{2}$/.test(word) && isDay(word) ? word : null;
}

/** To `Date`, 30 February is 2 March; to the API, the year 26 is a typing error. */
function isDay(/** @type {string} */ text) {
  const day = new Date(text);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text) && isPlausible(text);
}
