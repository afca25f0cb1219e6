/**
 * Text as people type it: its stored form, its form for comparison, and whether anything of it can be seen. The API
 * does the same (`src/app/text.py`); `tests/support/text_vectors.json` tests both.
 */

const ASCII = /^[\x00-\x7f]*$/;
const INVISIBLE = String.raw`\s\p{Z}\p{Cc}\p{Default_Ignorable_Code_Point}\uFFF9-\uFFFB\u2800`;
const BLANK = new RegExp(`^[${INVISIBLE}]*$`, "u");

/** The `pattern` of a field in which something must be seen. */
export const VISIBLE = `.*[^${INVISIBLE}].*`;

/** The composed form (NFC), in which text is stored. */
/** @param {string} text */
export const nfc = (text) => text.normalize("NFC");

/** @param {string} text */
export const isBlank = (text) => BLANK.test(text);

/** For a sentence that quotes it. */
/** @param {string} text @param {number} [most] */
export function shortened(text, most = 60) {
  const characters = [...text];
  return characters.length > most ? `${characters.slice(0, most).join("").trimEnd()}…` : text;
}

/**
 * Fields of a to-do with their text as the API will have it, so that its answer is recognised.
 *
 * @template {Partial<Fields>} F
 * @param {F} fields
 */
export function stored(fields) {
  return /** @type {F} */ (Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, composed(value)])));
}

/** @param {unknown} value */
function composed(value) {
  if (Array.isArray(value)) return [...new Set(value.map(nfc))];
  return typeof value === "string" ? nfc(value) : value;
}

/** The form in which text is searched, never shown. */
/** @param {string} text */
export function fold(text) {
  if (ASCII.test(text)) return text.toLowerCase();
  const once = caseless(text.normalize("NFKC"));
  return caseless(once.normalize("NFKC")).replaceAll(/i\u0307+/g, "i");
}

/** Unicode's full case folding, which JavaScript does not have, by character: the final sigma is one like any other. */
/** @param {string} text */
function caseless(text) {
  return text.replaceAll(/[A-Z]+|[^\x00-\x7f]/gu, (part) => (UNLIKE.test(part) ? unlike(part) : upAndDown(part)));
}

/** @param {string} part */
const upAndDown = (part) => part.toLowerCase().toUpperCase().toLowerCase();

/** The dotless i has no other case; Cherokee folds to capitals. */
const UNLIKE = /[\u0131\p{Script=Cherokee}]/u;
/** @param {string} character */
const unlike = (character) => (character === "\u0131" ? character : character.toUpperCase());
