/** When a to-do is due. `dueOn` is a day wherever the user is, `dueAt` a moment: here it falls on a day, too. */

import { clock, localDay, nearDate, today } from "./format.js";

/** The days that the API takes, in UTC. */
export const FIRST_DAY = "1900-01-01";
export const LAST_DAY = "9999-12-31";

/** Whether the API takes `iso`, a day or a moment in UTC. Years beyond these four digits begin with a sign. */
/** @param {string} iso */
export function isPlausible(iso) {
  const day = iso.slice(0, 10);
  return /^\d{4}-/.test(day) && day >= FIRST_DAY && day <= LAST_DAY;
}

/** The day, as `YYYY-MM-DD` here; `null` without a due date. */
/** @param {Due} todo */
export function dueDay({ dueOn, dueAt }) {
  return dueOn ?? (dueAt ? localDay(new Date(dueAt)) : null);
}

/** @param {Task} todo @param {Date} [now] */
export function isOverdue(todo, now = new Date()) {
  if (todo.completed) return false;
  if (todo.dueAt) return new Date(todo.dueAt) < now;
  return Boolean(todo.dueOn && todo.dueOn < localDay(now));
}

/** "Tomorrow", "Today, 14:30", "12 Jan 2027". */
/** @param {Due} todo */
export function dueText(todo) {
  const day = nearDate(/** @type {string} */ (dueDay(todo)));
  const text = day.charAt(0).toUpperCase() + day.slice(1);
  return todo.dueAt ? `${text}, ${clock(todo.dueAt)}` : text;
}

/** @type {Record<string, (todo: Task) => boolean>} What the filter `due` lets through. */
export const SPANS = {
  overdue: (todo) => isOverdue(todo),
  today: (todo) => dueDay(todo) === today(),
  week: (todo) => ["today", "week"].includes(dueGroup(todo)),
};

/** The part of the list by due date in which a to-do stands. */
/** @param {Due} todo */
export function dueGroup(todo) {
  const day = dueDay(todo);
  if (day === null) return "none";
  if (day < today()) return "past";
  if (day === today()) return "today";
  return day < today(7) ? "week" : "later";
}

/** The API's order, with each day as it is here; a day comes before its hours. */
/** @param {Todo} one @param {Todo} other */
export function byDue(one, other) {
  return compare(dueKey(one), dueKey(other)) || byCreation(one, other);
}

/** @param {Todo} one @param {Todo} other */
export function byCreation(one, other) {
  return compare(one.createdAt, other.createdAt) || compare(one.id, other.id);
}

/** @param {Due} todo */
function dueKey(todo) {
  return `${dueDay(todo) ?? "~"} ${todo.dueAt ?? ""}`;
}

/** @param {string} one @param {string} other */
function compare(one, other) {
  return one < other ? -1 : Number(one > other);
}
