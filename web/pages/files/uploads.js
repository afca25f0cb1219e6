/**
 * The uploads of this tab. They live outside of the page, so that they go on while the user looks at something else;
 * signing out ends them, and closing the tab asks first.
 */

import { api, get } from "/app/api.js";
import * as session from "/app/session.js";
import { transfer } from "/app/transfer.js";
import { mediaType } from "./rules.js";

const AT_ONCE = 3;
/** @type {Set<Upload>} */
const uploads = new Set();
const news = new EventTarget();

/** A file on its way. `state`: `waiting`, `sending`, `failed`, or `sent`, when it becomes `record`. */
export class Upload extends EventTarget {
  /** @type {"waiting" | "sending" | "failed" | "sent"} */
  state = "waiting";
  sent = 0;
  /** @type {Failure | null} */
  error = null;
  /** Another try would fail, too. */
  final = false;
  /** @type {Schemas["FileOut"] | null} */
  record = null;
  #key = crypto.randomUUID(); // a repetition is the same file
  #stopped = new AbortController();

  /** @param {File} file @param {Failure | null} [error] */
  constructor(file, error = null) {
    super();
    this.file = file;
    if (error) Object.assign(this, { state: "failed", error, final: true });
  }

  async run() {
    this.#become("sending", { sent: 0, error: null });
    try {
      const upload = await this.#announce();
      if (upload) await this.#send(upload);
      this.#become("sent", { record: await get(`/v1/files/${this.record?.id}`) });
      this.#leave();
    } catch (error) {
      if (!this.#stopped.signal.aborted) this.#become("failed", { error: /** @type {Failure} */ (error) });
    }
  }

  get alive() {
    return uploads.has(this);
  }

  /** Stop, and give back what it took of the quota. */
  cancel() {
    this.#stopped.abort();
    this.#leave();
    if (this.record) api("DELETE", `/v1/files/${this.record.id}`).catch(() => undefined); // else it lapses in an hour
  }

  retry() {
    this.#become("waiting", {});
    advance();
  }

  async #announce() {
    const { file } = this;
    const body = { name: file.name, contentType: mediaType(file), size: file.size };
    const { data } = await api("POST", "/v1/files", { body, headers: { "Idempotency-Key": this.#key } });
    this.record = data.file;
    if (this.#stopped.signal.aborted) this.cancel();
    return data.upload;
  }

  /** @param {Schemas["Upload"]} upload */
  async #send(upload) {
    const { signal } = this.#stopped;
    const parts = await transfer(upload, this.file, { signal, progress: (sent) => this.#become("sending", { sent }) });
    if (parts) await api("POST", `/v1/files/${this.record?.id}/complete`, { body: { parts } });
  }

  /** @param {Upload["state"]} state @param {Partial<Pick<Upload, "sent" | "error" | "record">>} fields */
  #become(state, fields) {
    if (this.#stopped.signal.aborted) return;
    Object.assign(this, { state, ...fields });
    this.dispatchEvent(new Event("change"));
  }

  #leave() {
    uploads.delete(this);
    this.dispatchEvent(new Event("change"));
    news.dispatchEvent(new CustomEvent("left", { detail: this }));
  }
}

/** Queue `files`: `[{ file, error }]`, where `error` keeps one from being sent at all. */
/** @param {{ file: File, error: Failure | null }[]} files */
export function add(files) {
  const added = files.map(({ file, error }) => new Upload(file, error));
  for (const upload of added) uploads.add(upload);
  advance();
  return added;
}

export const all = () => [...uploads];

/**
 * `listener(upload)` is called when one is done or was given up.
 *
 * @param {(upload: any) => void} listener
 * @param {AbortSignal} [signal]
 */
export function onLeft(listener, signal) {
  news.addEventListener("left", (event) => listener(/** @type {CustomEvent} */ (event).detail), { signal });
}

function advance() {
  /** @param {Upload["state"]} state */
  const under = (state) => all().filter((upload) => upload.state === state);
  const free = AT_ONCE - under("sending").length;
  for (const upload of under("waiting").slice(0, Math.max(free, 0))) upload.run().finally(advance);
}

addEventListener("beforeunload", (event) => {
  if (all().some(({ state }) => state === "waiting" || state === "sending")) event.preventDefault();
});

session.onChange(() => {
  if (!session.user()) for (const upload of all()) upload.cancel();
});
