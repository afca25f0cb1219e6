/**
 * Files on their way to S3, straight from the browser. By `XMLHttpRequest`, for `fetch` tells nothing of how far an
 * upload has come.
 */

import { isPassing, Problem, Unreachable } from "./api.js";
import { pause } from "./poll.js";

const AT_ONCE = 3;
const TRIES = 4;

/**
 * Send `file` as the API offered: by one form, or in parts. Answers with the ETags of the parts, if there are any:
 * `[{ number, etag }]`. `progress(bytes)` is called along the way.
 *
 * @param {Schemas["Upload"]} upload
 * @param {File} file
 * @param {{ signal: AbortSignal, progress?: (bytes: number) => void }} options
 */
export function transfer(upload, file, { signal, progress = () => undefined }) {
  return "parts" in upload ? sendParts(upload, file, signal, progress) : sendForm(upload, file, signal, progress);
}

/**
 * @param {Schemas["UploadForm"]} upload
 * @param {File} file
 * @param {AbortSignal} signal
 * @param {(bytes: number) => void} progress
 */
async function sendForm({ url, fields }, file, signal, progress) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.append(name, value);
  body.append("file", file); // S3 wants it last
  await send("POST", url, body, signal, (sent) => progress(Math.min(sent, file.size)));
  return null;
}

/**
 * @param {Schemas["UploadParts"]} upload
 * @param {File} file
 * @param {AbortSignal} signal
 * @param {(bytes: number) => void} progress
 */
async function sendParts({ parts, partSize }, file, signal, progress) {
  const waiting = [...parts];
  /** @type {Map<number, number>} */
  const sent = new Map();
  /** @type {Schemas["FinishedPart"][]} */
  const done = [];
  const failed = new AbortController();
  const either = AbortSignal.any([signal, failed.signal]);
  /** @param {number} number @param {number} bytes */
  const tell = (number, bytes) => progress([...sent.set(number, bytes).values()].reduce((sum, each) => sum + each, 0));
  const worker = async () => {
    for (let part = waiting.shift(); part; part = waiting.shift()) {
      const start = (part.number - 1) * partSize;
      const piece = file.slice(start, start + part.size);
      const etag = await sendPart(part.url, piece, either, (bytes) => tell(part.number, bytes));
      done.push({ number: part.number, etag });
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  } finally {
    failed.abort();
  }
  return done;
}

/**
 * @param {string} url
 * @param {Blob} piece
 * @param {AbortSignal} signal
 * @param {(bytes: number) => void} progress
 */
async function sendPart(url, piece, signal, progress) {
  for (let number = 1; ; number++) {
    try {
      const request = await send("PUT", url, piece, signal, progress);
      return request.getResponseHeader("ETag") ?? "";
    } catch (error) {
      if (signal.aborted || !isPassing(error) || number === TRIES) throw error;
      progress(0);
      await pause(number ** 2 * 500, signal);
    }
  }
}

/**
 * @param {string} method
 * @param {string} url
 * @param {XMLHttpRequestBodyInit} body
 * @param {AbortSignal} signal
 * @param {(bytes: number) => void} progress
 * @returns {Promise<XMLHttpRequest>}
 */
function send(method, url, body, signal, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const abort = () => request.abort();
    request.open(method, url);
    request.upload.addEventListener("progress", ({ loaded }) => progress(loaded));
    request.addEventListener("load", () => (request.status < 300 ? resolve(request) : reject(refusal(request))));
    request.addEventListener("error", () => reject(new Unreachable()));
    request.addEventListener("abort", () => reject(signal.reason));
    request.addEventListener("loadend", () => signal.removeEventListener("abort", abort));
    if (signal.aborted) return reject(signal.reason);
    signal.addEventListener("abort", abort);
    return request.send(body);
  });
}

/** @type {Record<string, string>} */
const REFUSALS = {
  AccessDenied: "The storage refused the file: the time to upload it may have run out. Try again.",
  EntityTooLarge: "The file is larger than it was when you chose it. Choose it again.",
  EntityTooSmall: "The file is smaller than it was when you chose it. Choose it again.",
  InternalError: "The storage is busy. Try again in a moment.",
  NoSuchUpload: "The upload was given up meanwhile. Try again.",
  RequestTimeout: "The connection was too slow, or was lost. Try again.",
  ServiceUnavailable: "The storage is busy. Try again in a moment.",
  SlowDown: "The storage is busy. Try again in a moment.",
};

/** S3 says why in XML. A plain look finds its code: parsing XML is what the page's policy keeps scripts from. */
/** @param {XMLHttpRequest} request */
function refusal({ status, responseText }) {
  const code = /<Code>(\w+)<\/Code>/.exec(responseText)?.[1] ?? "unknown";
  return new Problem(status, { code, detail: REFUSALS[code] ?? `The storage refused the file (${code}).` }, null);
}
