/**
 * Unsent changes where all tabs find them: in IndexedDB, one record each. Its transactions come one after the other,
 * whichever tab begins them. `localStorage` has none, and even under a lock a tab may see late what another wrote
 * there: of what two tabs keep at the same time, one would overwrite the other.
 *
 * Where IndexedDB cannot be opened, the changes of a tab stay in its memory, and `isInMemory` says so.
 */

import { enqueued } from "./changes.js";

const STORE = "changes";

const events = new EventTarget();
const tabs = new BroadcastChannel("unsent");


/** @type {Map<string, Change[]>} By user: what the last transaction left. */
const left = new Map();
/** @type {Set<Kept>} What this tab's transactions that have not ended will do. */
const coming = new Set();
/** @type {Promise<IDBDatabase> | null} */
let opened = null;

/** Whether changes are lost with this tab. */
export let isInMemory = false;

/**
 * `"change"`: `read` may answer otherwise now. `"news"`: because of another tab.
 *
 * @param {"change" | "news"} type
 * @param {() => void} listener
 */
export function on(type, listener) {
  events.addEventListener(type, listener);
}

/**
 * The changes of `user`, as they will be when all that this tab has begun is kept.
 *
 * @param {string} user
 */
export function read(user) {
  const own = [...coming].filter((one) => one.user === user);
  return own.reduce((changes, { change }) => change(changes), left.get(user) ?? []);
}

/**
 * Keep one more. Nothing need be read for it, so it is kept even if the tab is closed at once.
 *
 * @param {string} user
 * @param {Change} added
 */
export function append(user, added) {
  return keep({ user, added, change: (changes) => enqueued(changes, added) });
}

/**
 * Put `change(changes)` in the place of `changes`. Resolves with what there was.
 *
 * @param {string} user
 * @param {Update} change
 */
export function update(user, change) {
  return keep({ user, change });
}

/**
 * Learn what other tabs have kept.
 *
 * @param {string} user
 */
export function look(user) {
  return update(user, (changes) => changes);
}

tabs.onmessage = async (/** @type {MessageEvent<string>} */ { data: user }) => {
  await look(user);
  events.dispatchEvent(new Event("news"));
};

/** @param {Kept} one */
async function keep(one) {
  coming.add(one);
  changed();
  try {
    const db = isInMemory ? null : await database().catch(withoutDatabase);
    const [before, after] = db ? await transacted(db, one) : remembered(one);
    left.set(one.user, after);
    if (one.added || after !== before) tabs.postMessage(one.user);
    return before;
  } finally {
    coming.delete(one);
    changed();
  }
}

/**
 * Once for all: of a tab that went to and fro, the one store would not know what the other holds.
 *
 * @param {unknown} error
 */
function withoutDatabase(error) {
  console.warn(error);
  isInMemory = true;
  addEventListener("beforeunload", (event) => [...left.values()].some(({ length }) => length > 0) && event.preventDefault());
  return null;
}

/** @param {Kept} one */
function remembered({ user, change }) {
  const before = left.get(user) ?? [];
  return [before, change(before)];
}

/**
 * What there was, and what there is now. What was only added is combined with its to-do's last when it is read.
 *
 * @param {IDBDatabase} db
 * @param {Kept} one
 * @returns {Promise<[Change[], Change[]]>}
 */
function transacted(db, { user, added, change }) {
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(STORE, "readwrite");
    const store = transaction.objectStore(STORE);
    if (added) store.add({ ...added, user });
    const records = store.index("user").getAll(user);
    if (added) transaction.commit();
    /** @type {Change[]} */
    let before;
    /** @type {Change[]} */
    let after;
    records.onsuccess = () => {
      before = records.result.reduce(enqueued, []);
      after = added ? before : change(before);
      if (after !== before) replace(store, records.result, after, user);
    };
    transaction.oncomplete = () => resolve([before, after]);
    transaction.onabort = () => reject(transaction.error);
  });
}

/** @param {IDBObjectStore} store @param {Change[]} records @param {Change[]} changes @param {string} user */
function replace(store, records, changes, user) {
  const stay = new Set(changes.map(({ place }) => place));
  for (const { place } of records) if (place !== undefined && !stay.has(place)) store.delete(place);
  for (const change of changes) if (!records.includes(change)) store.put({ ...change, user });
}

/** @returns {Promise<IDBDatabase>} */
function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("unsent", 1);
    request.onupgradeneeded = () => {
      const store = request.result.createObjectStore(STORE, { keyPath: "place", autoIncrement: true });
      store.createIndex("user", "user");
    };
    request.onsuccess = () => {
      request.result.onclose = () => (opened = null);
      resolve(request.result);
    };
    request.onerror = () => {
      opened = null;
      reject(request.error);
    };
  });
  return opened;
}

const changed = () => events.dispatchEvent(new Event("change"));
