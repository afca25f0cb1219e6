/** The list, drawn again at each change: rows that stay are the same elements, in their place. */

import { h } from "/app/dom.js";
import { row, undrawable } from "./row.js";

/** @type {Record<string, string>} */
const TITLES = {
  added: "Just added",
  past: "Overdue",
  today: "Today",
  week: "Next 7 days",
  later: "Later",
  none: "No date",
};

/** @param {Actions} actions */
export function list(actions) {
  const element = h("div.groups");
  /** @type {Map<string, Row>} By id. */
  const rows = new Map();
  /** @type {Map<string, ReturnType<typeof newSection>>} */
  const sections = new Map();

  /** `groups`: `[{ name, rows }]`; `statusOf(id)` says what an unsent change of a to-do waits for. */
  /** @param {Group[]} groups @param {StatusOf} statusOf @param {Filters} filters */
  function update(groups, statusOf, filters) {
    const shown = new Set(groups.flatMap((group) => group.rows.map(({ id }) => id)));
    const next = besideFocus(element, rows, shown);
    arrange(
      element,
      groups.map((group) => section(group, statusOf, filters)),
    );
    for (const id of rows.keys()) if (!shown.has(id)) rows.delete(id);
    next?.();
  }

  /** @param {Group} group @param {StatusOf} statusOf @param {Filters} filters */
  function section({ name, rows: todos }, statusOf, filters) {
    const { element, heading, items } = known(sections, name, newSection);
    const title = name === "past" && filters.show !== "open" ? "Earlier" : (TITLES[name] ?? "");
    if (heading.textContent !== title) heading.textContent = title;
    heading.hidden = !title;
    arrange(
      items,
      todos.map((todo) => drawn(todo, statusOf(todo.id))),
    );
    return element;
  }

  /** @param {Todo} todo @param {Status} status */
  function drawn(todo, status) {
    const one = known(rows, todo.id, () => row(actions));
    try {
      one.update(todo, status);
      one.instead = null;
    } catch (error) {
      console.warn(error);
      one.instead ??= undrawable(todo, actions);
    }
    return shownOf(one);
  }

  /** @param {string} id */
  function focus(id) {
    const box = rows.get(id)?.element.querySelector("input[type=checkbox]");
    /** @type {HTMLElement | null | undefined} */ (box)?.focus();
  }

  return { element, update, focus };
}

/** @param {Row} row */
const shownOf = ({ element, instead }) => instead ?? element;

function newSection() {
  const heading = h("h2.group");
  const items = h("ul.todos", { role: "list" });
  return { heading, items, element: h("section", heading, items) };
}

/**
 * @template T
 * @param {Map<string, T>} map
 * @param {string} key
 * @param {() => T} make
 * @returns {T}
 */
function known(map, key, make) {
  const found = map.get(key) ?? make();
  map.set(key, found);
  return found;
}

/** Make `nodes` the children of `parent`, moving none that need not: a moved element loses the focus. */
/** @param {Element} parent @param {Element[]} nodes */
function arrange(parent, nodes) {
  const wanted = new Set(nodes);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  nodes.forEach((node, index) => {
    if (parent.children[index] !== node) parent.insertBefore(node, parent.children[index] ?? null);
  });
}

/** When the row with the focus goes, its neighbour gets it. */
/** @param {Element} element @param {Map<string, Row>} rows @param {Set<string>} shown */
function besideFocus(element, rows, shown) {
  const focused = [...rows].find(([, one]) => shownOf(one).contains(document.activeElement));
  if (!focused || shown.has(focused[0])) return null;
  const all = [...element.querySelectorAll("li.todo")];
  const place = all.indexOf(shownOf(focused[1]));
  /** @param {Element} one */
  const stays = (one) => [...rows].some(([id, other]) => shownOf(other) === one && shown.has(id));
  const neighbour = all.slice(place + 1).find(stays) ?? all.slice(0, place).findLast(stays);
  return () => {
    const control = neighbour?.querySelector("input[type=checkbox], button") ?? document.getElementById("new-todo");
    /** @type {HTMLElement | null} */ (control)?.focus();
  };
}
