/**
 * The to-dos of the signed-in user as a page shows them: what the API has sent, and over it what waits in the outbox,
 * filtered and sorted here.
 */

import { difference, overlaid } from "./changes.js";
import { byCreation, byDue, dueGroup } from "./due.js";
import { fromQuery, inherited, isMatch } from "./filters.js";
import { today } from "./format.js";
import * as outbox from "./outbox.js";
import { parsed } from "./quick.js";
import * as replica from "./replica.js";
import * as session from "./session.js";
import { stored } from "./text.js";

const UNDO_TIME = 6500;
/** How many rows are drawn at first, and each time that the end comes near. */
const PAGE = 50;

class Todos extends EventTarget {
  #user;
  /** @type {Filters} */
  filters = fromQuery(new URLSearchParams());
  /** Whether there are more rows than are drawn. */
  hasMore = false;
  #most = PAGE;
  /** Ids that were added here, and those changed so that they would leave the view: they stay until the next load. */
  #added = /** @type {Set<string>} */ (new Set());
  #kept = /** @type {Set<string>} */ (new Set());

  /** @param {string} user */
  constructor(user) {
    super();
    this.#user = user;
  }

  get isLoading() {
    return outbox.isPulling();
  }

  /** What the last try to learn of changes threw; what was known is shown all the same. */
  get error() {
    return outbox.failure;
  }

  /**
   * Show what `filters` let through: at once from what is known, then with what has changed.
   *
   * @param {Filters} filters
   */
  load(filters) {
    this.filters = filters;
    this.#most = PAGE;
    this.#added.clear();
    this.#kept.clear();
    replica.tokenOf(this.#user); // shows the copy although another tab may hold the lock
    this.changed();
    return outbox.pull();
  }

  more() {
    this.#most += PAGE;
    this.changed();
  }

  #all(changes = outbox.read(this.#user)) {
    return overlaid([...replica.all(this.#user)], changes);
  }

  /** The lists and tags of what is open, to choose from. */
  names() {
    const open = this.#all().filter(({ completed }) => !completed);
    const unique = (/** @type {unknown[]} */ names) => [...new Set(names.filter((name) => typeof name === "string"))];
    return { lists: unique(open.map(({ list }) => list)), tags: unique(open.flatMap(({ tags }) => tags)) };
  }

  /** The to-dos in view, in their order. */
  rows() {
    const changes = outbox.read(this.#user);
    const undecided = new Set(changes.filter(({ problem }) => problem).map(({ id }) => id));
    const stays = (/** @type {Todo} */ { id }) => this.#added.has(id) || this.#kept.has(id) || undecided.has(id);
    return this.#all(changes)
      .filter((todo) => stays(todo) || this.#mayMatch(todo))
      .sort(this.filters.sort === "created" ? byCreation : byDue);
  }

  #drawn() {
    const rows = this.rows();
    this.hasMore = rows.length > this.#most;
    return rows.filter(({ id }, place) => place < this.#most || this.#added.has(id));
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
    const { added = [], ...others } = Object.groupBy(this.#drawn(), groupOf);
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
    return outbox.add({ id, kind: "create", fields }, this.#user);
  }

  /**
   * The to-do as it will be once all is sent.
   *
   * @param {string} id
   */
  current(id) {
    const known = replica.get(id);
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
    if (replica.get(seen.id) && !this.current(seen.id)) return this.restore({ ...seen, ...fields });
    const now = this.current(seen.id) ?? seen;
    const isOutdated = Object.keys(fields).some((name) => name in difference(seen, now));
    this.#kept.add(seen.id);
    const base = isOutdated ? seen : (replica.get(seen.id) ?? seen);
    return outbox.add({ id: seen.id, kind: "change", fields, base, seenTags: seen.tags }, this.#user);
  }

  /**
   * It is gone from view at once, and sent when the time for an "Undo" is over.
   *
   * @param {Todo} todo
   */
  remove(todo) {
    const base = replica.get(todo.id) ?? todo;
    return outbox.add({ id: todo.id, kind: "delete", base, heldUntil: Date.now() + UNDO_TIME }, this.#user);
  }

  /** @param {Todo} todo */
  restore(todo) {
    this.#kept.add(todo.id);
    return outbox.restore(todo, this.#user, replica.versionOfDeletion(todo.id));
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
replica.onChange(() => current?.todos.changed());
session.onChange(() => {
  if (session.user()?.id !== current?.user) current = null;
});
