/**
 * The to-dos of the signed-in user as the API sent them, and the token that asks for what changes later. Each tab has
 * them in memory and learns what others receive. The browser keeps a copy until the user signs out: the next visit goes
 * on from there, with its own token, and so may miss the last changes.
 */

import * as session from "./session.js";

const PAUSE = 1000;

const events = new EventTarget();
const tabs = new BroadcastChannel("replica");

let signedIn = session.user()?.id;
/** @type {string | undefined} Whose to-dos these are. */
let owner;
/** @type {Promise<unknown>} */
let loading = Promise.resolve();
/** @type {Map<string, Todo>} */
let todos = new Map();
/** @type {Map<string, number>} Versions of deletions: what is older does not come back. */
let deleted = new Map();
/** @type {string | null} What `tokenOf` answers, as far as it is known yet. */
export let token = null;
let isKeeping = false;

/** @param {() => void} listener */
export const onChange = (listener) => events.addEventListener("change", listener);

/** @param {string} user @returns {Iterable<Todo>} */
export const all = (user) => (user === owner ? todos.values() : []);

/** @param {string} id */
export const get = (id) => todos.get(id);

/** The version of a to-do's deletion, if this tab has learned of it. */
/** @param {string} id */
export const versionOfDeletion = (id) => deleted.get(id);

/** The token of `user`, after the copy is loaded; `null` when there is none. */
/** @param {string} user */
export async function tokenOf(user) {
  if (owner !== user) {
    reset(user);
    loading = load(user).catch(console.warn);
  }
  await loading;
  return token;
}

/**
 * Take an answer. One to a request without a token replaces everything.
 *
 * @param {News} news
 */
export function learn(news) {
  tabs.postMessage(news);
  take(news);
  if (!isKeeping) setTimeout(keep, PAUSE);
  isKeeping = true;
}

tabs.onmessage = async (/** @type {MessageEvent<News>} */ { data }) => {
  await loading;
  if (data.user === owner) take(data);
};

session.onChange(() => {
  if (session.user()?.id === signedIn) return;
  signedIn = session.user()?.id;
  reset();
  caches.delete("replica").catch(console.warn);
});

/** @param {string} [user] */
function reset(user) {
  owner = user;
  todos = new Map();
  deleted = new Map();
  token = null;
}

/** @param {News} news */
function take({ user, since, changes, next }) {
  if (!since) reset(user);
  if (!since || since === token) token = next;
  for (const change of changes) put(change);
  events.dispatchEvent(new Event("change"));
}

/** Answers to two tabs may come in another order: the later version counts. */
/** @param {TodoNews} change */
function put({ id, version, data }) {
  if (version < (todos.get(id)?.version ?? 0) || version <= (deleted.get(id) ?? 0)) return;
  if (data) {
    todos.set(id, data);
  } else {
    deleted.set(id, version);
    todos.delete(id);
  }
}

/** @param {string} user */
async function load(user) {
  const copy = await (await (await caches.open("replica")).match(`/${user}`))?.json();
  if (owner !== user || !copy) return;
  token = copy.token;
  todos = new Map(copy.todos);
  events.dispatchEvent(new Event("change"));
}

async function keep() {
  isKeeping = false;
  try {
    const copies = await caches.open("replica");
    if (owner) await copies.put(`/${owner}`, Response.json({ token, todos: [...todos] }));
  } catch (error) {
    console.warn(error);
  }
}
