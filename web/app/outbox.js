/**
 * The exchange with the API: changes of to-dos go out as mutations of `POST /v1/sync`, what has changed comes back with
 * the answers, or with `GET /v1/sync` when there is nothing to send. Each change is kept in this browser, under its
 * user's id, until the API has answered: it survives a lost network, a reload and a sign-out, and no session of another
 * user sends it. All tabs share them; the one that holds the lock sends.
 */

import { answered } from "./answers.js";
import { api, isPassing, Problem } from "./api.js";
import { begun, decided, mutation, nextToSend, released, sendable, undeleted } from "./changes.js";
import * as replica from "./replica.js";
import * as session from "./session.js";
import * as unsent from "./unsent.js";

const PATH = "/v1/sync";
const SHORTEST_PAUSE = 2000;
const LONGEST_PAUSE = 60_000;
const MOST_FAILURES = 5;
/** A page that is left may send 64 KiB. */
const MOST_AT_PARTING = 100;
const AT_ONCE = { failures: 0, pausedUntil: 0, closedUntil: 0 };

const events = new EventTarget();
const tabs = new BroadcastChannel("outbox");

/** @type {Promise<unknown> | null} */
let running = null;
let isAskedAgain = false;
/** Whether there may be changes that this tab has not heard of, and should. */
let isBehind = false;
/** Whether the token is refused. It stays until all is sent: it says in which state of the data versions count. */
let isRestarting = false;
/** @type {unknown} What the last request for changes threw. */
export let failure = null;
/** Of all tabs together. The pauses are ours, a `Retry-After` is the server's. */
let pace = AT_ONCE;
/** @type {number | undefined} */
let timer;

/** Whether the last try failed: what is there waits for the network or the server. */
export const isWaiting = () => pace.failures > 0;

/** Whether changes of others are on their way. */
export const isPulling = () => isBehind && !failure;

/**
 * `"change"`: the outbox is another, or the state of the exchange. `"refusal"`: `detail` is `{ id, isLate }`, of a
 * change that the user has to decide on.
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
  const again = (/** @type {Change} */ change) => (change.id === id && change.problem ? { ...change, problem: undefined, failures: 1 } : change);
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

/** Ask for what has changed, and send what there is; `now` as `send` has it. */
export function pull({ now = false } = {}) {
  isBehind = true;
  return send({ now });
}

/** Look after the outbox for as long as the page lives. */
export function start() {
  let owner = session.user()?.id;
  addEventListener("online", () => send({ now: true }));
  addEventListener("visibilitychange", () => send({ now: true }));
  addEventListener("pagehide", part);
  tabs.onmessage = ({ data }) => keepTo(data);
  unsent.on("change", changed);
  unsent.on("news", () => send()); // the tab that has sent so far may be gone
  session.onChange(() => {
    if (session.user()?.id === owner) return; // only the tokens are new
    owner = session.user()?.id;
    pace = AT_ONCE;
    isRestarting = false;
    failure = null;
    if (owner) unsent.look(owner);
    send({ now: true });
  });
  if (owner) unsent.look(owner);
  send();
}

/**
 * The page is left: a deletion goes out although the time for an "Undo" is not over. There is no time to wait for
 * anything: it is repeated at the next visit, and recognised by its id if it has arrived.
 */
function part() {
  const user = session.user()?.id;
  const held = sendable(read()).filter(({ kind, heldUntil }) => kind === "delete" && heldUntil).slice(0, MOST_AT_PARTING);
  if (!user || held.length === 0) return;
  api("POST", PATH, { body: { token: replica.token ?? undefined, mutations: held.map(mutation) }, keepalive: true }).catch(console.warn);
  const keys = new Set(held.map(({ key }) => key));
  unsent.update(user, (changes) => changes.map((one) => (keys.has(one.key) ? { ...one, heldUntil: 0, tried: 1 } : one)));
}

async function drain() {
  isAskedAgain = false;
  const user = session.user()?.id;
  while (user && user === session.user()?.id && Date.now() >= opening()) {
    const now = Date.now();
    const sent = nextToSend(await unsent.update(user, (changes) => begun(isRestarting ? released(changes) : changes, now)), now);
    if ((sent.length === 0 && !isBehind) || user !== session.user()?.id) return;
    await exchange(user, sent);
  }
}

/** @param {string} user @param {Change[]} sent */
async function exchange(user, sent) {
  const token = await replica.tokenOf(user);
  const since = isRestarting && sent.length === 0 ? null : token;
  try {
    const { data } = await (sent.length > 0
      ? api("POST", PATH, { body: { token: since ?? undefined, mutations: sent.map(mutation) } })
      : api("GET", since ? `${PATH}?token=${encodeURIComponent(since)}` : PATH));
    if (since === token || (await isAllSent(user))) await take(user, sent, since, data ?? {});
  } catch (error) {
    const isRefused = isTokenRefused(error) && since !== null;
    if (sent.length === 0 && !isRefused) failure = error;
    if (isRefused) isRestarting = true;
    else if (mayWork(error)) await pause(user, error);
    else if (sent.length === 0) isBehind = false;
    else if (error instanceof Problem) await refuse(user, sent, error);
    else throw error;
  }
  changed();
}

/**
 * Whether nothing is to be sent before other to-dos take the place of those here. What waits for the user stays.
 *
 * @param {string} user
 */
async function isAllSent(user) {
  const { outdated } = await import("./outdated.js");
  const isReady = (/** @type {Change[]} */ changes) => sendable(changes).length === 0;
  const before = await unsent.update(user, (changes) => (isReady(changes) && changes.length > 0 ? changes.map(outdated) : changes));
  return isReady(before);
}

/** @param {unknown} error */
const isTokenRefused = (error) => error instanceof Problem && /^(sync_token_expired|invalid_sync_token)$/.test(error.code);

/**
 * The answer is taken at once: what is changed next builds on it, here and in other tabs. An expired token stops no
 * mutation, but what has changed has to be asked for again.
 *
 * @param {string} user
 * @param {Change[]} sent
 * @param {string | null} since
 * @param {SyncAnswer} answer
 */
function take(user, sent, since, { results = [], changes = [], hasMore = false, restart = false, nextToken }) {
  const { news, refused } = answered(sent, sent, results);
  const todos = changes.flatMap((change) => (change.type === "todo" ? change : []));
  learn(user, since, [...todos, ...news], nextToken ?? since);
  isBehind = hasMore || restart;
  isRestarting = restart;
  failure = null;
  const kept = unsent.update(user, (waiting) => answered(waiting, sent, results).changes);
  tellPace(AT_ONCE);
  refused.forEach(announce);
  return kept;
}

/** @param {string} user @param {string | null} since @param {TodoNews[]} changes @param {string | null} next */
function learn(user, since, changes, next) {
  if (user === session.user()?.id) replica.learn({ user, since, changes, next });
}

/** @param {Change} change */
const announce = ({ id, late }) => events.dispatchEvent(new CustomEvent("refusal", { detail: { id, isLate: late } }));

/**
 * Whether the same request may succeed later.
 *
 * @param {unknown} error
 * @returns {error is Failure}
 */
function mayWork(error) {
  if (error instanceof Problem && error.status === 500) return false;
  return isPassing(error) || (error instanceof Problem && [401, 403, 408].includes(error.status));
}

/**
 * A request that cannot be taken must not stop the others: each of its changes goes alone. A defect of the server may
 * pass, so it is tried some more times.
 *
 * @param {string} user
 * @param {Change[]} sent
 * @param {Problem} error
 */
async function refuse(user, sent, error) {
  const keys = new Set(sent.map(({ key }) => key));
  const isOver = sent.length === 1 && (error.status !== 500 || (sent[0].failures ?? 0) + 1 >= MOST_FAILURES);
  const problem = isOver ? { ...error, message: error.message } : undefined;
  const failing = (/** @type {Change} */ one) => ({ ...one, problem, failures: (one.failures ?? 0) + 1 });
  await unsent.update(user, (changes) => changes.map((one) => (keys.has(one.key) ? failing(one) : one)));
  if (error.status === 500 && !isOver) return pause(user, error);
  tellPace(AT_ONCE);
  if (isOver) announce(sent[0]);
}

/** @param {string} user @param {Partial<Problem>} error */
function pause(user, { retryAfter }) {
  const failures = pace.failures + 1;
  const wait = Math.min(SHORTEST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE) * (0.75 + Math.random() / 2);
  const closedUntil = Date.now() + (retryAfter ?? 0) * 1000;
  tellPace({ failures, pausedUntil: Date.now() + wait, closedUntil });
  return unsent.update(user, (changes) => changes.map((change) => ({ ...change, late: true })));
}

/** Look again when the pause is over, or the time for an "Undo". */
function schedule() {
  clearTimeout(timer);
  const times = sendable(read()).map(({ heldUntil = 0 }) => Math.max(heldUntil, opening()));
  if (isBehind && session.user()) times.push(opening());
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
  tabs.postMessage(next);
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
