/**
 * Unsent changes of to-dos, as plain data: `Change` in `types.d.ts`.
 *
 * `key` is the id of its mutation; `base`: the to-do that it was made on, whose version goes into `ifVersion`;
 * `seenTags`: the tags that the user has changed, if not those of `base`; `over`: this creation undoes a deletion, of
 * this version (0: unknown); `tried`: it was sent once, so it may have arrived although no answer came; `failures`: how
 * often the server could not take it; `late`: it had to wait; `problem`: it was refused, and the user has to decide.
 */

const MOST_AT_ONCE = 100;
/** In UTF-16 code units, of up to three bytes each: the API takes 1 MiB. */
const MOST_UNITS = 340_000;

/** @type {Fields} */
export const BLANK = {
  title: "",
  notes: "",
  completed: false,
  dueOn: null,
  dueAt: null,
  priority: "none",
  tags: [],
  list: "inbox",
};

export const FIELDS = /** @type {(keyof Fields)[]} */ (Object.keys(BLANK));

/** @param {unknown} one @param {unknown} other */
const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/**
 * The fields of `to` that differ from those of `from`: the merge patch that leads from one to the other.
 *
 * @param {Fields} from
 * @param {Fields} to
 * @returns {Partial<Fields>}
 */
export function difference(from, to) {
  return Object.fromEntries(FIELDS.filter((name) => !same(from[name], to[name])).map((name) => [name, to[name]]));
}

/**
 * The to-do as it will be; `null` when it will be gone.
 *
 * @param {Todo | null} todo
 * @param {Change} change
 * @returns {Todo | null}
 */
export function applied(todo, change) {
  if (change.kind === "delete") return change.problem ? todo : null;
  return { ...(todo ?? created(change)), ...change.fields };
}

/** @param {Change} change @returns {Todo} */
function created({ id, at }) {
  return { ...BLANK, id, completedAt: null, createdAt: at, updatedAt: at, version: 0 };
}

/**
 * `changes` with one more. It is coalesced with an unsent one of the same to-do; one that was sent once is never rewritten,
 * because it is unknown what arrived: the new one waits behind it.
 *
 * @param {Change[]} changes
 * @param {Change} change
 */
export function enqueued(changes, change) {
  const own = changes.filter(({ id }) => id === change.id);
  const last = own.at(-1);
  if (!last) return [...changes, change];
  if (last.tried) return [...changes, behind(last, change)];
  const coalesced = combined(last, change, own.length === 1);
  return changes.flatMap((other) => (other === last ? (coalesced ?? []) : other));
}

/** What is unsent hides what the API has: a change on top of it has seen no later version than that. */
/** @param {Change} last @param {Change} change @returns {Change} */
function behind(last, change) {
  const { base } = change;
  return version(base) > version(last.base) ? { ...change, base: base && { ...base, version: version(last.base) } } : change;
}

/**
 * `changes` without the deletion that its to-do's last one is: `todo` becomes as it was. A deletion takes in what waited
 * before it, so that comes back with it. If it has been sent already, the to-do is restored: `made`. The API restores
 * exactly the version that was deleted, `gone` if the deletion was answered.
 *
 * @param {Change[]} changes
 * @param {Todo} todo
 * @param {Made} made
 * @returns {Change[]}
 */
export function undeleted(changes, todo, made, gone = 0) {
  const own = changes.filter(({ id }) => id === todo.id);
  const deletion = own.at(-1);
  if (deletion?.kind !== "delete" || deletion.tried) {
    const over = deletion?.kind === "delete" ? version(deletion.base) + 1 : gone;
    const fields = difference(BLANK, todo);
    return enqueued(changes, { ...made, id: todo.id, kind: "create", fields, base: null, over });
  }
  if (own.length === 1) return decided(changes, own, deletion.base, todo, made);
  const rest = changes.filter((change) => change !== deletion);
  const seen = mine(rest, todo.id) ?? BLANK;
  const fields = difference(seen, todo);
  if (Object.keys(fields).length === 0) return rest;
  const { heldUntil, ...kept } = deletion;
  return changes.map((change) => (change === deletion ? { ...kept, kind: "change", fields, seenTags: seen.tags } : change));
}

/**
 * Two changes of one to-do as one; `null` when they cancel out. Only of the first in line does the base say what it
 * will meet: behind another, a field as in the base may be what takes that other one back. What was changed in one tab
 * while another deleted it stays.
 *
 * @param {Change} first
 * @param {Change} second
 * @param {boolean} isFirstInLine
 * @returns {Change | null}
 */
function combined(first, second, isFirstInLine) {
  if (second.kind === "delete") return first.kind === "create" ? null : { ...second, key: first.key, base: first.base };
  if (first.kind === "delete") return { ...second, key: first.key, base: first.base };
  const fields = { ...first.fields, ...second.fields };
  const seenTags = (first.fields.tags ? first : second).seenTags;
  if (first.kind === "create" || !isFirstInLine) return { ...first, fields, seenTags };
  const base = first.base ?? BLANK;
  const left = difference(base, { ...base, ...fields });
  return Object.keys(left).length > 0 ? { ...first, fields: left, seenTags } : null;
}

/**
 * The change as a mutation of `POST /v1/sync`. It must be the same each time that it is sent, but for `ifVersion`.
 *
 * @param {Change} change
 */
export function mutation({ key, id, kind, fields, base, over, seenTags }) {
  const made = { mutationId: key, type: "todo", id };
  if (kind === "create" && over === undefined) return { ...made, op: "create", data: fields };
  if (kind === "create") return { ...made, op: "restore", ifVersion: over || null, data: fields };
  const ifVersion = version(base);
  if (kind === "delete") return { ...made, op: "delete", ifVersion };
  const { tags, ...patch } = fields;
  return { ...made, op: "patch", ifVersion, patch: tags ? { ...patch, tags: edit(seenTags ?? base?.tags ?? [], tags) } : patch };
}

/** @param {string[]} from @param {string[]} to */
function edit(from, to) {
  return { add: to.filter((tag) => !from.includes(tag)), remove: from.filter((tag) => !to.includes(tag)) };
}

/**
 * `changes` after `sent` was answered with `todo` (`null`: it is gone). What waits behind it builds on that, unless its
 * user has not seen what others have changed in the same fields: then the API has to see that, too.
 *
 * @param {Change[]} changes
 * @param {Change} sent
 * @param {Todo | null} todo
 * @param {boolean} isMerged
 */
export function settled(changes, sent, todo, isMerged = false) {
  const rest = changes.filter(({ key }) => key !== sent.key);
  const next = rest.find(({ id }) => id === sent.id);
  if (!next || !todo || (isMerged && isOverlapping(next, sent, todo))) return rest;
  return rest.map((other) => (other === next ? { ...next, base: todo } : other));
}

/** @param {Change} next @param {Change} sent @param {Todo} todo */
function isOverlapping(next, sent, todo) {
  const theirs = Object.keys(difference(applied(sent.base, sent) ?? todo, todo)).map(matter);
  return next.kind === "delete" ? theirs.length > 0 : Object.keys(next.fields).some((name) => theirs.includes(matter(name)));
}

/** `dueOn` and `dueAt` are one matter. */
/** @param {string} name */
const matter = (name) => (name === "dueAt" ? "dueOn" : name);

/** @param {Todo | null} todo */
const version = (todo) => todo?.version ?? 0;

/**
 * Those that may be sent: of each to-do the first, unless it needs a decision.
 *
 * @param {Change[]} changes
 */
export function sendable(changes) {
  const seen = new Set();
  return changes.filter((change) => !seen.has(change.id) && seen.add(change.id) && !change.problem);
}

/**
 * The changes to send together at `now`. One that the server could not take goes alone, so that it stops no others.
 *
 * @param {Change[]} changes
 * @param {number} now
 */
export function nextToSend(changes, now) {
  const waiting = new Set();
  const ready = changes.filter(({ id, problem, heldUntil = 0 }) => {
    if (problem || heldUntil > now) waiting.add(id);
    return !waiting.has(id);
  });
  if (ready[0]?.failures) return ready.slice(0, 1);
  let size = 0;
  const end = ready.findIndex((change) => change.failures || (size += JSON.stringify(mutation(change)).length) > MOST_UNITS);
  return ready.slice(0, Math.min(end < 0 ? ready.length : Math.max(end, 1), MOST_AT_ONCE));
}

/**
 * `changes` when `nextToSend` go.
 *
 * @param {Change[]} changes
 * @param {number} now
 */
export function begun(changes, now) {
  const next = nextToSend(changes, now);
  return next.length === 0 ? changes : changes.map((change) => (next.includes(change) ? { ...change, tried: 1 } : change));
}

/**
 * `changes` with none held back any more.
 *
 * @param {Change[]} changes
 */
export function released(changes) {
  const isHeld = changes.some(({ heldUntil }) => heldUntil);
  return isHeld ? changes.map(({ heldUntil, ...change }) => change) : changes;
}

/**
 * To-dos as they will be once all is sent. What is to be changed is there although it may be gone elsewhere.
 *
 * @param {Todo[]} todos
 * @param {Change[]} changes
 */
export function overlaid(todos, changes) {
  const result = new Map(todos.map((todo) => [todo.id, todo]));
  for (const change of changes) {
    const after = applied(result.get(change.id) ?? change.base, change);
    if (after) result.set(change.id, after);
    else result.delete(change.id);
  }
  return [...result.values()];
}

/**
 * What the user meant a to-do to be, after all unsent changes; `null`: deleted.
 *
 * @param {Change[]} changes
 * @param {string} id
 */
export function mine(changes, id) {
  const own = changes.filter((change) => change.id === id).map((change) => ({ ...change, problem: undefined }));
  return own.reduce(applied, own[0].base);
}

/**
 * Whether the changes of a to-do are still those that the user was `asked` about: another tab may have gone on.
 *
 * @param {Change[]} changes
 * @param {Change[]} asked
 */
export function isStill(changes, asked) {
  const own = changes.filter(({ id }) => id === asked[0].id);
  const shown = (/** @type {Change} */ { key, kind, fields, base, problem }) => [key, kind, fields, version(base), Boolean(problem)];
  return same(own.map(shown), asked.map(shown));
}

/**
 * `changes` with those of one to-do, `asked`, replaced by what leads from `theirs` to `wanted` (`null`: deleted).
 *
 * @param {Change[]} changes
 * @param {Change[]} asked
 * @param {Todo | null} theirs
 * @param {Todo | null} wanted
 * @param {Made} rest
 * @returns {Change[]}
 */
export function decided(changes, asked, theirs, wanted, rest) {
  if (!isStill(changes, asked)) return changes;
  const [{ id }] = asked;
  const others = changes.filter((change) => change.id !== id);
  if (!wanted) return theirs ? [...others, { ...rest, id, kind: "delete", fields: {}, base: theirs }] : others;
  if (!theirs)
    return [...others, { ...rest, id: rest.key, kind: "create", fields: difference(BLANK, wanted), base: null }];
  const fields = difference(theirs, wanted);
  return Object.keys(fields).length === 0 ? others : [...others, { ...rest, id, kind: "change", fields, base: theirs }];
}
