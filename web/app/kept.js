/**
 * JSON in the browser's storage. What is there may be damaged, another version's, or nothing: `null` then. A storage
 * that is full or forbidden keeps nothing; only comfort may depend on it.
 */

/** @param {Place} storage @param {string} key @returns {any} */
export function read(storage, key) {
  try {
    return JSON.parse(globalThis[storage].getItem(key) ?? "null");
  } catch {
    return null;
  }
}

/** `value` `null`: keep nothing. */
/** @param {Place} storage @param {string} key @param {unknown} value */
export function write(storage, key, value) {
  try {
    if (value === null) globalThis[storage].removeItem(key);
    else globalThis[storage].setItem(key, JSON.stringify(value));
  } catch (error) {
    console.warn(error);
  }
}
