/**
 * Changes of to-dos on their way to the API. Each is kept in this browser, under its user's id, until the API has
 * answered: it survives a lost network, a reload and a sign-out, and nobody else's session sends it.
 */

import { api, isPassing, Problem } from "./api.js";
import {
  asItArrived,
  BLANK,
  decided,
  difference,
  enqueued,
  hadArrived,
  nextToSend,
  sendable,
  settled,
  undeleted,
} from "./changes.js";
import * as session from "./session.js";

const SHORTEST_PAUSE = 2000;
const LONGEST_PAUSE = 60_000;
const MOST_FAILURES = 5;

const events = new EventTarget();
const tabs = new BroadcastChannel("outbox");

let running = null;
let isAskedAgain = false;
let failures = 0;
let pausedUntil = 0;
let closedUntil = 0;
let timer;

/** Whether the last try failed: what is there waits for the network or the server. */
export const isWaiting = () => failures > 0;

/**
 * `"change"`: the outbox is another. `"answer"`: `detail` is `{ sent, todo }`, the to-do as the API has it now.
 * `"refusal"`: `detail` is `{ id, isLate }`, of a change that the user has to decide on.
 */
export function on(type, listener, signal) {
  events.addEventListener(type, listener, { signal });
}

export function read(user = session.user()?.id) {
  return (user && JSON.parse(localStorage.getItem(keyOf(user)))) || [];
}

/** Keep a change and send it as soon as may be. Throws what `localStorage` throws when it is full. */
export function add(change) {
  const made = { key: crypto.randomUUID(), at: new Date().toISOString(), fields: {}, base: null, ...change };
  update((changes) => enqueued(changes, made));
  send();
}

/** Take back a deletion: `todo` shall be as it was. If it has been sent already, the to-do is made again. */
export function restore(todo) {
  const own = read().filter(({ id }) => id === todo.id);
  const last = own.at(-1);
  if (last?.kind !== "delete" || last.tried)
    return add({ id: todo.id, kind: "create", fields: difference(BLANK, todo) });
  if (own.length === 1) return decide(todo.id, last.base, todo);
  update((changes) => undeleted(changes, todo));
  return send();
}

/** Put an end to all changes of one to-do: lead from what the API has (`theirs`) to `wanted` (`null`: deleted). */
export function decide(id, theirs, wanted) {
  const rest = { key: crypto.randomUUID(), at: new Date().toISOString() };
  update((changes) => decided(changes, id, theirs, wanted, rest));
  return send();
}

/** Try again what the server could not do. */
export function retry(id) {
  update((changes) =>
    changes.map((change) => (change.id === id ? { ...change, problem: undefined, tried: 1 } : change)),
  );
  return send({ now: true });
}

/** Send what there is; `now`: without waiting for the end of a pause (but of a `Retry-After`), or of an "Undo". */
export function send({ now = false } = {}) {
  if (now) {
    pausedUntil = 0;
    if (read().some((change) => change.heldUntil))
      update((changes) => changes.map(({ heldUntil, ...change }) => change));
  }
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
  addEventListener("online", () => send({ now: true }));
  addEventListener("storage", ({ key }) => key?.startsWith("outbox:") && changed());
  addEventListener("visibilitychange", () => read().length > 0 && send({ now: true }));
  tabs.onmessage = ({ data }) => data.user === session.user()?.id && answered(data);
  let owner = session.user()?.id;
  session.onChange(() => {
    if (session.user()?.id === owner) return; // only the tokens are new
    owner = session.user()?.id;
    failures = 0;
    send({ now: true });
  });
  send();
}

async function drain() {
  isAskedAgain = false;
  const user = session.user()?.id;
  while (user && user === session.user()?.id && Date.now() >= opening()) {
    const change = nextToSend(read(user), Date.now());
    if (!change) return;
    await attempt(user, change);
  }
}

async function attempt(user, change) {
  const tried = (change.tried ?? 0) + 1;
  amend(user, change, { tried });
  try {
    const todo = await deliver(change);
    settle(user, change, todo, todo);
  } catch (error) {
    const { current } = error;
    if (isDone(change, error)) settle(user, change, current && asItArrived(change, current), current);
    else if (mayWork(error, tried)) pause(user, error);
    else if (error instanceof Problem) refuse(user, change, error);
    else throw error;
  }
}

async function deliver({ id, kind, fields, base }) {
  const path = `/v1/todos/${id}`;
  if (kind === "create") return (await api("PUT", path, { headers: { "If-None-Match": "*" }, body: fields })).data;
  if (kind === "change") return (await api("PATCH", path, { ifMatch: base.version, body: fields })).data;
  await api("DELETE", path, { ifMatch: base.version });
  return null;
}

function isDone(change, { status, current }) {
  return (status === 404 && change.kind === "delete") || (status === 412 && hadArrived(change, current));
}

/** Whether the same change may succeed later. One that breaks the server again and again must not stop the others. */
function mayWork(error, tried) {
  if (error instanceof Problem && error.status === 500) return tried < MOST_FAILURES;
  return isPassing(error) || (error instanceof Problem && [401, 403, 408].includes(error.status));
}

function pause(user, { retryAfter }) {
  failures += 1;
  const wait = Math.min(SHORTEST_PAUSE * 2 ** (failures - 1), LONGEST_PAUSE) * (0.75 + Math.random() / 2);
  pausedUntil = Date.now() + wait;
  closedUntil = Date.now() + (retryAfter ?? 0) * 1000;
  update((changes) => changes.map((change) => ({ ...change, late: true })), user);
}

function refuse(user, change, error) {
  failures = 0;
  amend(user, change, { problem: { ...error, message: error.message } });
  events.dispatchEvent(new CustomEvent("refusal", { detail: { id: change.id, isLate: change.late } }));
}

function settle(user, sent, next, todo) {
  failures = 0;
  update((changes) => settled(changes, sent, next), user);
  tabs.postMessage({ user, sent, todo });
  answered({ sent, todo });
}

/** Look again when the pause is over, or the time for an "Undo". */
function schedule() {
  clearTimeout(timer);
  const times = sendable(read()).map(({ heldUntil = 0 }) => Math.max(heldUntil, opening()));
  if (times.length > 0) timer = setTimeout(send, Math.max(Math.min(...times) - Date.now(), 50));
}

/** When the next change may go: the pauses are ours, a `Retry-After` is the server's. */
const opening = () => Math.max(pausedUntil, closedUntil);

function amend(user, { key }, properties) {
  update((changes) => changes.map((change) => (change.key === key ? { ...change, ...properties } : change)), user);
}

function update(change, user = session.user().id) {
  const changes = change(read(user));
  if (changes.length > 0) localStorage.setItem(keyOf(user), JSON.stringify(changes));
  else localStorage.removeItem(keyOf(user));
  changed();
}

/** A key that ends with the user's id, as all do that hold something of theirs: who leaves takes them along. */
const keyOf = (user) => `outbox:${user}`;
const changed = () => events.dispatchEvent(new Event("change"));
const answered = (detail) => events.dispatchEvent(new CustomEvent("answer", { detail }));
