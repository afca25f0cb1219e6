/**
 * Unsent changes of to-dos, as plain data: `Change` in `types.d.ts`.
 *
 * `base` is the to-do that it was made on, whose version goes into `If-Match`; `over`: this creation undoes a deletion,
 * of this version (0: unknown); `tried`: it was sent once, so it may have arrived although no answer came; `late`: it
 * had to wait; `problem`: it was refused, and the user has to decide.
 */

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
  if (!last || last.tried) return [...changes, change];
  const coalesced = combined(last, change, own.length === 1);
  return changes.flatMap((other) => (other === last ? (coalesced ?? []) : other));
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
  const fields = difference(mine(rest, todo.id) ?? BLANK, todo);
  if (Object.keys(fields).length === 0) return rest;
  const { heldUntil, ...kept } = deletion;
  return changes.map((change) => (change === deletion ? { ...kept, kind: "change", fields } : change));
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
  if (first.kind === "create" || !isFirstInLine) return { ...first, fields };
  const base = first.base ?? BLANK;
  const left = difference(base, { ...base, ...fields });
  return Object.keys(left).length > 0 ? { ...first, fields: left } : null;
}

/**
 * `changes` after `sent` was answered with `todo` (`null`: it is gone). What waits behind it now builds on that.
 *
 * @param {Change[]} changes
 * @param {Change} sent
 * @param {Todo | null} todo
 */
export function settled(changes, sent, todo) {
  const rest = changes.filter(({ key }) => key !== sent.key);
  const next = rest.find(({ id }) => id === sent.id);
  if (!next || !todo) return rest;
  return rest.map((other) => (other === next ? { ...next, base: todo } : other));
}

/**
 * Whether a 412 only says that the change had arrived before, and its answer was lost: then what there is now holds
 * all that it says. Ids are made here, so one that exists was created from here.
 *
 * @param {Change} change
 * @param {Todo | null} current
 */
export function hadArrived(change, current) {
  if (!current) return false;
  if (change.kind === "create") return true;
  return change.kind === "change" && Object.keys(difference(current, { ...current, ...change.fields })).length === 0;
}

/**
 * Whether what was refused is what the user wants anyway: a deletion of what is gone; and a creation whose to-do was
 * deleted since. Ids are made here, so it had arrived, and another device has deleted it: the later act counts.
 *
 * @param {Change} change
 * @param {Problem} error
 */
export function isSettledByDeletion({ kind, over }, { status, code }) {
  if (kind === "delete") return status === 404 || status === 410;
  return kind === "create" && code === "todo_deleted" && over === undefined;
}

/**
 * `changes` after `sent` met `theirs`: made on that, if both sides' changes go together. All that waits for the to-do
 * counts, for what waits behind `sent` would go out without another question. The same list when the user has to decide.
 *
 * @param {Change[]} changes
 * @param {Change} sent
 * @param {Todo} theirs
 * @param {Made} rest
 */
export function rebased(changes, sent, theirs, rest) {
  const own = changes.filter(({ id }) => id === sent.id);
  if (own[0]?.key !== sent.key || own.some(({ kind }) => kind !== "change")) return changes;
  const both = merged(changes, sent.id, theirs);
  return both ? decided(changes, own, theirs, both, rest) : changes;
}

/**
 * The to-do as the change left it when it arrived; if it was changed since, what follows gets its own 412.
 *
 * @param {Change} change
 * @param {Todo} current
 * @returns {Todo}
 */
export function asItArrived(change, current) {
  const arrived = (change.over ?? version(change.base)) + 1;
  const left = applied(change.base, change);
  return current.version <= arrived || !left ? current : { ...left, version: arrived };
}

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
 * The change to send at `now`.
 *
 * @param {Change[]} changes
 * @param {number} now
 */
export function nextToSend(changes, now) {
  return sendable(changes).find(({ heldUntil = 0 }) => heldUntil <= now) ?? null;
}

/**
 * `changes` when `nextToSend` goes.
 *
 * @param {Change[]} changes
 * @param {number} now
 */
export function begun(changes, now) {
  const next = nextToSend(changes, now);
  if (!next) return changes;
  return changes.map((change) => (change === next ? { ...change, tried: (change.tried ?? 0) + 1 } : change));
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
 * To-dos as they will be once all is sent. What needs a decision is there in any case.
 *
 * @param {Todo[]} todos
 * @param {Change[]} changes
 */
export function overlaid(todos, changes) {
  const result = new Map(todos.map((todo) => [todo.id, todo]));
  for (const change of changes) {
    const before = result.get(change.id) ?? (change.kind === "create" || change.problem ? change.base : undefined);
    if (before === undefined) continue;
    const after = applied(before, change);
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
 * Both sides' changes together, when they touch different fields or agree; `null` when they do not.
 *
 * @param {Change[]} changes
 * @param {string} id
 * @param {Todo} theirs
 */
export function merged(changes, id, theirs) {
  const base = changes.find((change) => change.id === id)?.base;
  const wanted = mine(changes, id);
  if (!wanted || !base) return null;
  const ours = difference(base, wanted);
  const others = difference(base, theirs);
  const differing = FIELDS.filter((name) => name in others && !(name in ours && same(ours[name], theirs[name])));
  const touched = FIELDS.filter((name) => name in ours);
  const overlapping = differing.some((name) => isOneMatter(name, touched));
  return overlapping ? null : { ...theirs, ...ours };
}

/** @param {keyof Fields} name @param {(keyof Fields)[]} names */
function isOneMatter(name, names) {
  const isDue = name === "dueOn" || name === "dueAt";
  return names.includes(name) || (isDue && (names.includes("dueOn") || names.includes("dueAt")));
}

/**
 * Whether the changes of a to-do are still those that the user was `asked` about: another tab may have gone on.
 *
 * @param {Change[]} changes
 * @param {Change[]} asked
 */
export function isStill(changes, asked) {
  const own = changes.filter(({ id }) => id === asked[0].id);
  const shown = (/** @type {Change} */ { key, kind, fields, problem }) => [key, kind, fields, Boolean(problem)];
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
