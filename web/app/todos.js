/**
 * The to-dos of the signed-in user as a page shows them: what the API listed, and over it what waits in the outbox.
 * Lives as long as the tab, so that going to another page and back, or losing the network, loses nothing.
 */

import { get } from "./api.js";
import { difference, overlaid } from "./changes.js";
import { byCreation, byDue, dueGroup } from "./due.js";
import { fromQuery, inherited, isBare, isMatch, toPath } from "./filters.js";
import { today } from "./format.js";
import * as names from "./names.js";
import * as outbox from "./outbox.js";
import { parsed } from "./quick.js";
import * as session from "./session.js";
import { stored } from "./text.js";

const UNDO_TIME = 6500;

class Todos extends EventTarget {
  #user;
  /** @type {Filters} */
  filters = fromQuery(new URLSearchParams());
  isLoading = false;
  /** @type {unknown} What the last load threw; what was known is shown all the same. */
  error = null;
  loadedAt = 0;
  /** @type {Map<string, Todo>} */
  #known = new Map();
  /** @type {Set<string> | null} The ids that the API listed for `filters`; `null` until it has. */
  #listed = null;
  /** @type {string | null} */
  #cursor = null;
  /** Ids that were added here, and those changed so that they would leave the view: they stay until the next load. */
  #added = /** @type {Set<string>} */ (new Set());
  #kept = /** @type {Set<string>} */ (new Set());
  /**
   * Ids that were made since the last load began, and those deleted: a list on its way may not know it yet. With the
   * version that was deleted, where the deletion was made here.
   */
  #made = /** @type {Set<string>} */ (new Set());
  #gone = /** @type {Map<string, number | undefined>} */ (new Map());
  #loading = new AbortController();

  /** @param {string} user */
  constructor(user) {
    super();
    this.#user = user;
  }

  get hasMore() {
    return Boolean(this.#cursor);
  }

  /**
   * Show what `filters` let through: at once from what is known, then as the API lists it.
   *
   * @param {Filters} filters
   */
  load(filters) {
    this.filters = filters;
    this.#listed = null;
    this.#cursor = null;
    this.#added.clear();
    this.#kept.clear();
    this.#made.clear();
    return this.more();
  }

  /** The next page of the list; and those after it, as long as nothing of them is to be seen. */
  async more() {
    this.#loading.abort();
    const { signal } = (this.#loading = new AbortController());
    this.error = null;
    this.isLoading = true;
    this.changed();
    try {
      const seen = this.#listed ? this.rows().length : 0;
      do this.#add(await get(toPath(this.filters, this.#cursor), { signal }));
      while (this.#cursor && this.rows().length <= seen);
    } catch (error) {
      if (signal.aborted) return;
      this.error = error;
    }
    this.isLoading = false;
    this.changed();
  }

  /** @param {TodoPage} page */
  #add({ items, nextCursor }) {
    for (const todo of items) this.#learn(todo);
    this.#listed = new Set([...(this.#listed ?? []), ...items.map(({ id }) => id)]);
    this.#cursor = nextCursor;
    this.loadedAt = Date.now();
    names.learn(items);
    if (this.#listed.size === 0 && !nextCursor && isBare(this.filters))
      names.forget(this.filters.list, this.filters.tag);
  }

  /**
   * An answer may be older than what is known already: the later version holds.
   *
   * @param {Todo} todo
   */
  #learn(todo) {
    const known = this.#known.get(todo.id);
    if (this.#gone.has(todo.id) || (known && known.version > todo.version)) return;
    this.#known.set(todo.id, todo);
  }

  /**
   * What the API has now (`null`: nothing), as it answered to a change of ours or refused it.
   *
   * @param {string} id
   * @param {Todo | null} todo
   * @param {TakeOptions} [options]
   */
  take(id, todo, { isNew = false, gone } = {}) {
    if (isNew) {
      this.#gone.delete(id);
      this.#made.add(id);
    }
    if (todo) {
      this.#learn(todo);
    } else {
      this.#known.delete(id);
      this.#gone.set(id, gone);
    }
    this.changed();
  }

  /** The to-dos in view, in their order. */
  rows() {
    const changes = outbox.read(this.#user);
    const undecided = new Set(changes.filter(({ problem }) => problem).map(({ id }) => id));
    const stays = (/** @type {Todo} */ { id }) => this.#added.has(id) || this.#kept.has(id) || undecided.has(id);
    const isListed = (/** @type {Todo} */ { id, version }) => !this.#listed || this.#listed.has(id) || this.#made.has(id) || version === 0;
    return overlaid([...this.#known.values()], changes)
      .filter((todo) => stays(todo) || (isListed(todo) && this.#mayMatch(todo)))
      .sort(this.filters.sort === "created" ? byCreation : byDue);
  }

  /**
   * What cannot be read is in view: its row says so, and offers to delete it.
   *
   * @param {Todo} todo
   */
  #mayMatch(todo) {
    try {
      return isMatch(todo, this.filters);
    } catch {
      return true;
    }
  }

  /** The rows by heading: `[{ name, rows }]`. What was just added is on top, the last first. */
  groups() {
    const places = [...this.#added];
    const groupOf = (/** @type {Todo} */ todo) =>
      this.#added.has(todo.id) ? "added" : this.filters.sort === "due" ? dueGroup(todo) : "all";
    const { added = [], ...others } = Object.groupBy(this.rows(), groupOf);
    added.sort((one, other) => places.indexOf(other.id) - places.indexOf(one.id));
    const groups = Object.entries({ added, ...others }).map(([name, rows]) => ({ name, rows }));
    return groups.filter(({ rows }) => rows.length > 0);
  }

  /**
   * Add what a line of the quick-add field says; in a narrowed view so that it belongs there.
   *
   * @param {string} line
   */
  add(line) {
    const said = parsed(line);
    const given = inherited(this.filters, today());
    const fields = stored({ ...given, ...said, tags: [...(given.tags ?? []), ...said.tags] });
    const id = crypto.randomUUID();
    this.#added.add(id);
    const kept = outbox.add({ id, kind: "create", fields }, this.#user);
    names.learn([{ list: fields.list ?? "inbox", tags: fields.tags }]);
    return kept;
  }

  /**
   * The to-do as it will be once all is sent.
   *
   * @param {string} id
   */
  current(id) {
    const known = this.#known.get(id);
    return overlaid(known ? [known] : [], outbox.read(this.#user)).find((todo) => todo.id === id);
  }

  /**
   * Change some fields of `seen`, the to-do as it was when its editing began. If a new value of one of these fields has arrived
   * since, the change stays one of the older version: the API then reports the conflict. If another tab is deleting
   * the to-do, it stays.
   *
   * @param {Todo} seen
   * @param {Partial<Fields>} wanted
   */
  change(seen, wanted) {
    const fields = stored(wanted);
    if (this.#known.has(seen.id) && !this.current(seen.id)) return this.restore({ ...seen, ...fields });
    const now = this.current(seen.id) ?? seen;
    const isOutdated = Object.keys(fields).some((name) => name in difference(seen, now));
    this.#kept.add(seen.id);
    const base = isOutdated ? seen : (this.#known.get(seen.id) ?? seen);
    const kept = outbox.add({ id: seen.id, kind: "change", fields, base }, this.#user);
    names.learn([{ ...seen, ...fields }]);
    return kept;
  }

  /**
   * It is gone from view at once, and sent when the time for an "Undo" is over.
   *
   * @param {Todo} todo
   */
  remove(todo) {
    const base = this.#known.get(todo.id) ?? todo;
    return outbox.add({ id: todo.id, kind: "delete", base, heldUntil: Date.now() + UNDO_TIME }, this.#user);
  }

  /** @param {Todo} todo */
  restore(todo) {
    this.#kept.add(todo.id);
    return outbox.restore(todo, this.#user, this.#gone.get(todo.id));
  }

  changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** @type {{ user: string, todos: Todos } | null} */
let current = null;

/** Those of the signed-in user. */
export function todos() {
  const user = /** @type {User} */ (session.user()).id;
  if (current?.user !== user) current = { user, todos: new Todos(user) };
  return current.todos;
}

outbox.on("change", () => current?.todos.changed());
outbox.on("answer", (/** @type {{ detail: Sent }} */ { detail: { sent, todo } }) =>
  current?.todos.take(sent.id, todo, {
    isNew: sent.kind === "create",
    gone: sent.base ? sent.base.version + 1 : undefined,
  }),
);
session.onChange(() => {
  if (session.user()?.id !== current?.user) current = null;
});
