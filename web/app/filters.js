/** Which to-dos a page shows: the filters, in its address and in plain words. */

import { SPANS } from "./due.js";
import { fold, isBlank, nfc } from "./text.js";

/** @type {Filters} */
const DEFAULTS = { show: "open", list: "", tag: "", priority: "", due: "", q: "", sort: "due" };
const PRIORITIES = ["none", "low", "medium", "high"];
const SHOWN = ["open", "done", "all"];
/** @type {Record<string, string>} By `due`. */
const DUE_TITLES = { overdue: "Overdue", today: "Today", week: "Next 7 days" };

/**
 * The filters that an address names; what it should not name is left out.
 *
 * @param {URLSearchParams} query
 */
export function fromQuery(query) {
  const said = (/** @type {string} */ name) => nfc(query.get(name) ?? "");
  const filters = /** @type {Filters} */ (
    Object.fromEntries(Object.entries(DEFAULTS).map(([name, value]) => [name, isBlank(said(name)) ? value : said(name)]))
  );
  if (!SHOWN.includes(filters.show)) filters.show = DEFAULTS.show;
  if (!(filters.due in SPANS)) filters.due = "";
  if (!PRIORITIES.includes(filters.priority)) filters.priority = "";
  if (filters.sort !== "created") filters.sort = "due";
  return filters;
}

/**
 * What differs from the defaults, for the address.
 *
 * @param {Partial<Filters>} filters
 */
export function toQuery(filters) {
  const differs = (/** @type {[string, string]} */ [name, value]) => value !== DEFAULTS[/** @type {keyof Filters} */ (name)];
  return Object.fromEntries(Object.entries(filters).filter(differs));
}

/** @param {Partial<Filters>} filters */
export function toHref(filters) {
  const query = new URLSearchParams(toQuery(filters)).toString();
  return query ? `/?${query}` : "/";
}

/** @param {Todo} todo @param {Filters} filters */
export function isMatch(todo, { show, list, tag, priority, due, q }) {
  return (
    (show === "all" || todo.completed === (show === "done")) &&
    (!list || todo.list === list) &&
    (!tag || todo.tags.includes(tag)) &&
    (!priority || todo.priority === priority) &&
    (!due || SPANS[due](todo)) &&
    (!q || mentions(todo, fold(q)))
  );
}

/** @param {Todo} todo @param {string} text */
function mentions({ title, notes, tags }, text) {
  return [title, notes, ...tags].some((hay) => fold(hay).includes(text));
}

/**
 * Whether anything but the order is chosen.
 *
 * @param {Partial<Filters>} filters
 */
export function isNarrowed(filters) {
  return Object.keys(toQuery({ ...filters, sort: DEFAULTS.sort })).length > 0;
}

/**
 * The heading of the page.
 *
 * @param {Filters} filters
 */
export function viewTitle({ due, list, tag }) {
  if (tag) return `#${tag}`;
  if (list) return listTitle(list);
  return DUE_TITLES[due] ?? "To-dos";
}

/** @param {string} name */
export const listTitle = (name) => (name === "inbox" ? "Inbox" : name);

/**
 * What a to-do that is added to this view says of itself, so that it belongs here.
 *
 * @param {Filters} filters
 * @param {string} day
 * @returns {Partial<Fields>}
 */
export function inherited({ list, tag, priority, due }, day) {
  return {
    ...(list && { list }),
    ...(tag && { tags: [tag] }),
    ...(priority && { priority: /** @type {Fields["priority"]} */ (priority) }),
    ...((due === "today" || due === "week") && { dueOn: day }),
  };
}
