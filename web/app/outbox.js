/**
 * Changes of to-dos on their way to the API. Each is kept in this browser, under its user's id, until the API has
 * answered: it survives a lost network, a reload and a sign-out, and no session of another user sends it. All tabs share
 * them; the one that holds the lock sends.
 */

import { api, isPassing, Problem } from "./api.js";
import {
  asItArrived,
  begun,
  decided,
  hadArrived,
  isSettledByDeletion,
  nextToSend,
  rebased,
  released,
  sendable,
  settled,
  undeleted,
} from "./changes.js";
import * as session from "./session.js";
import * as unsent from "./unsent.js";

const SHORTEST_PAUSE = 2000;
const LONGEST_PAUSE = 60_000;
const MOST_FAILURES = 5;
const AT_ONCE = { failures: 0, pausedUntil: 0, closedUntil: 0 };

const events = new EventTarget();
const tabs = new BroadcastChannel("outbox");

/** @type {Promise<unknown> | null} */
let running = null;
let isAskedAgain = false;
/** Of all tabs together. The pauses are ours, a `Retry-After` is the server's. */
let pace = AT_ONCE;
/** @type {number | undefined} */
let timer;

/** Whether the last try failed: what is there waits for the network or the server. */
export const isWaiting = () => pace.failures > 0;

/**
 * `"change"`: the outbox is another. `"answer"`: `detail` is `{ sent, todo }`, the to-do as the API has it now.
 * `"refusal"`: `detail` is `{ id, isLate }`, of a change that the user has to decide on.
 *
 * @param {OutboxEvent} type
 * @param {(event: any) => void} listener
 * @param {AbortSignal} [signal]
 */
export function on(type, listener, signal) {
  events.addEventListener(type, listener, { signal });
}

/** @returns {Change[]} */
export function read(user = session.user()?.id) {
  return user ? unsent.read(user) : [];
}

/**
 * Keep a change and send it as soon as may be. Rejects when there is no space for it.
 *
 * @param {Wanted} change
 * @param {string} user
 */
export function add(change, user) {
  const kept = unsent.append(user, { ...made(), fields: {}, base: null, ...change });
  send();
  return kept;
}

/**
 * Take back a deletion: `todo` becomes as it was. `gone` is the version that the API has deleted, if it has.
 *
 * @param {Todo} todo
 * @param {string} user
 * @param {number} [gone]
 */
export function restore(todo, user, gone) {
  const one = made();
  const kept = unsent.update(user, (changes) => undeleted(changes, todo, one, gone));
  send();
  return kept;
}

/**
 * Put an end to `asked`, a to-do's changes: lead from what the API has (`theirs`) to `wanted` (`null`: deleted).
 *
 * @param {Change[]} asked
 * @param {Todo | null} theirs
 * @param {Todo | null} wanted
 */
export function decide(asked, theirs, wanted) {
  const rest = made();
  unsent.update(signedIn(), (changes) => decided(changes, asked, theirs, wanted, rest));
  return send();
}

/**
 * Try again what the server could not do.
 *
 * @param {string} id
 */
export function retry(id) {
  const again = (/** @type {Change} */ change) => (change.id === id && change.problem ? { ...change, problem: undefined, tried: 1 } : change);
  unsent.update(signedIn(), (changes) => changes.map(again));
  return send({ now: true });
}

/**
 * Forget all changes of a user who leaves.
 *
 * @param {string} user
 */
export function forget(user) {
  return unsent.update(user, () => []);
}

/** Send what there is; `now`: without waiting for the end of a pause (but of a `Retry-After`), or of an "Undo". */
export function send({ now = false } = {}) {
  const user = session.user()?.id;
  if (now) pace = { ...pace, pausedUntil: 0 };
  if (now && user) unsent.update(user, released);
  isAskedAgain = true;
  running ??= navigator.locks.request("outbox", drain).finally(() => {
    running = null;
    if (isAskedAgain) return send();
    return schedule();
  });
  return running;
}

/** Look after the outbox for as long as the page lives. */
export function start() {
  let owner = session.user()?.id;
  addEventListener("online", () => send({ now: true }));
  addEventListener("visibilitychange", () => send({ now: true }));
  addEventListener("pagehide", part);
  tabs.onmessage = ({ data }) => (data.pace ? keepTo(data.pace) : data.user === owner && answered(data));
  unsent.on("change", changed);
  unsent.on("news", () => send()); // the tab that has sent so far may be gone
  session.onChange(() => {
    if (session.user()?.id === owner) return; // only the tokens are new
    owner = session.user()?.id;
    pace = AT_ONCE;
    if (owner) unsent.look(owner);
    send({ now: true });
  });
  if (owner) unsent.look(owner);
  send();
}

/**
 * The page is left: a deletion goes out although the time for an "Undo" is not over. There is no time to wait for
 * anything; one that does not arrive is sent at the next visit, and one that has is gone by then.
 */
function part() {
  const user = session.user()?.id;
  const held = sendable(read()).filter(({ kind, heldUntil }) => kind === "delete" && heldUntil);
  if (!user || held.length === 0) return;
  for (const { id, base } of held)
    api("DELETE", `/v1/todos/${id}`, { ifMatch: base?.version, keepalive: true }).catch(console.warn);
  const keys = new Set(held.map(({ key }) => key));
  unsent.update(user, (changes) => changes.map((one) => (keys.has(one.key) ? { ...one, heldUntil: 0, tried: 1 } : one)));
}

async function drain() {
  isAskedAgain = false;
  const user = session.user()?.id;
  while (user && user === session.user()?.id && Date.now() >= opening()) {
    const now = Date.now();
    const change = nextToSend(await unsent.update(user, (changes) => begun(changes, now)), now);
    if (!change || user !== session.user()?.id) return;
    await attempt(user, change);
  }
}

/** @param {string} user @param {Change} change */
async function attempt(user, change) {
  try {
    const todo = await deliver(change);
    await settle(user, change, todo, todo);
  } catch (reason) {
    const error = /** @type {Problem} */ (reason);
    const { current } = error;
    if (isDone(change, error)) await settle(user, change, current && asItArrived(change, current), current);
    else if (await rebase(user, change, error)) return;
    else if (mayWork(error, change)) await pause(user, error);
    else if (error instanceof Problem) await refuse(user, change, error);
    else throw error;
  }
}

/** @param {Change} change */
async function deliver({ id, kind, fields, base, over }) {
  const path = `/v1/todos/${id}`;
  if (kind === "create" && over) return (await api("PUT", path, { ifMatch: over, body: fields })).data;
  if (kind === "create") return (await api("PUT", path, { headers: { "If-None-Match": "*" }, body: fields })).data;
  if (kind === "change") return (await api("PATCH", path, { ifMatch: base?.version, body: fields })).data;
  await api("DELETE", path, { ifMatch: base?.version });
  return null;
}

/**
 * Whether `sent` is to be sent again, on the version that was changed elsewhere in other fields.
 *
 * @param {string} user
 * @param {Change} sent
 * @param {Problem} error
 */
async function rebase(user, sent, { status, current }) {
  if (status !== 412 || !current) return false;
  const rest = { ...made(), late: sent.late };
  const change = (/** @type {Change[]} */ changes) => rebased(changes, sent, current, rest);
  const before = await unsent.update(user, change);
  if (change(before) === before) return false;
  tell(user, sent, current);
  return true;
}

/** @param {Change} change @param {Problem} error */
function isDone(change, error) {
  return isSettledByDeletion(change, error) || (error.status === 412 && hadArrived(change, error.current));
}

/**
 * Whether the same change may succeed later. One that breaks the server again and again must not stop the others.
 *
 * @param {Error} error
 * @param {Change} change
 */
function mayWork(error, { tried = 0 }) {
  if (error instanceof Problem && error.status === 500) return tried + 1 < MOST_FAILURES;
  return isPassing(error) || (error instanceof Problem && [401, 403, 408].includes(error.status));
}

/** @param {string} user @param {Partial<Problem>} error */
function pause(user, { retryAfter }) {
  const failures = pace.failures + 1;
  const wait = Math.min(SHORTEST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE) * (0.75 + Math.random() / 2);
  const closedUntil = Date.now() + (retryAfter ?? 0) * 1000;
  tellPace({ failures, pausedUntil: Date.now() + wait, closedUntil });
  return unsent.update(user, (changes) => changes.map((change) => ({ ...change, late: true })));
}

/** @param {string} user @param {Change} change @param {Problem} error */
function refuse(user, { key, id, late }, error) {
  const problem = { ...error, message: error.message };
  const kept = unsent.update(user, (changes) =>
    changes.map((change) => (change.key === key ? { ...change, problem } : change)),
  );
  tellPace(AT_ONCE);
  events.dispatchEvent(new CustomEvent("refusal", { detail: { id, isLate: late } }));
  return kept;
}

/**
 * The answer is passed on at once: what is changed next builds on it, here and in other tabs.
 *
 * @param {string} user
 * @param {Change} sent
 * @param {Todo | null} next
 * @param {Todo | null} todo
 */
function settle(user, sent, next, todo) {
  const kept = unsent.update(user, (changes) => settled(changes, sent, next));
  tellPace(AT_ONCE);
  tell(user, sent, todo);
  return kept;
}

/** Look again when the pause is over, or the time for an "Undo". */
function schedule() {
  clearTimeout(timer);
  const times = sendable(read()).map(({ heldUntil = 0 }) => Math.max(heldUntil, opening()));
  if (times.length > 0) timer = setTimeout(send, Math.max(Math.min(...times) - Date.now(), 50));
}

/** When the next change may go. */
const opening = () => Math.max(pace.pausedUntil, pace.closedUntil);

/**
 * A server that is busy, or not there, is not for each tab to find out.
 *
 * @param {typeof AT_ONCE} next
 */
function tellPace(next) {
  tabs.postMessage({ pace: next });
  keepTo(next);
}

/** @param {typeof AT_ONCE} next */
function keepTo(next) {
  pace = next;
  changed();
}

const signedIn = () => /** @type {User} */ (session.user()).id;
const made = () => ({ key: crypto.randomUUID(), at: new Date().toISOString() });
const changed = () => events.dispatchEvent(new Event("change"));

/** @param {string} user @param {Change} sent @param {Todo | null} todo */
function tell(user, sent, todo) {
  tabs.postMessage({ user, sent, todo });
  answered({ sent, todo });
}

/** @param {Sent} detail */
const answered = (detail) => events.dispatchEvent(new CustomEvent("answer", { detail }));
