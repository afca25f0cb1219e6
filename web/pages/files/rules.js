/** Checks of a file before anything is sent. The API has the last word; these are its rules, in short. */

import { isBlank, nfc } from "/app/text.js";
import { bytes } from "/app/units.js";

const MAX_NAME = 255;
const MEDIA_TYPE = /^[\w!#$&^.+-]{1,127}\/[\w!#$&^.+-]{1,127}$/;
const DECEPTIVE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

/** Why `file` cannot be uploaded; `null` when it can. `usage` as `GET /v1/files` tells it. */
/** @param {File} file @param {Schemas["FileUsage"]} usage */
export function fault(file, usage) {
  const name = nfc(file.name);
  if (new TextEncoder().encode(name).length > MAX_NAME) return `The name is too long: ${MAX_NAME} bytes are the most.`;
  if (DECEPTIVE.test(name) || /[/\\]/.test(name) || isBlank(name)) return "The name has characters that are not allowed.";
  if (file.size > usage.maxBytes) return `It is too large: a file may have at most ${bytes(usage.maxBytes)}.`;
  return null;
}

/** As the browser sees it, where that is a media type at all. */
/** @param {File} file */
export function mediaType(file) {
  return MEDIA_TYPE.test(file.type) ? file.type.toLowerCase() : "application/octet-stream";
}
