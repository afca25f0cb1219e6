/** Uploading a file of raw user data, by button or by dropping it. */

import { api } from "/app/api.js";
import { fill, h, icon } from "/app/dom.js";
import { dropZone } from "/app/drop.js";
import { go } from "/app/router.js";
import { transfer } from "/app/transfer.js";
import { failure, problemBox } from "/app/ui.js";
import { bytes } from "/app/units.js";

const MOST = 512 * 2 ** 20;
/** @type {Record<string, string>} By the end of a name. */
const TYPES = { csv: "text/csv", json: "application/json", jsonl: "application/x-ndjson", ndjson: "application/x-ndjson" };
const ACCEPT = ".csv,.json,.jsonl,.ndjson,.gz";

/** @param {AbortSignal} signal */
export function importUpload(signal) {
  const place = h("div.news");
  const chooser = h("input", { type: "file", accept: ACCEPT, hidden: true, "aria-label": "Choose a file" });
  const first = h("input", { type: "checkbox", checked: true });
  const button = h("button.primary", { type: "button", onclick: () => chooser.click() }, icon("upload"), "Choose a file");

  /** @param {File} file @returns {Promise<unknown>} */
  async function take(file) {
    const wrong = fault(file);
    if (wrong) return fill(place, h("div", { role: "alert" }, problemBox({ message: wrong })));
    button.disabled = true;
    try {
      return await send(file, { place, dryRun: first.checked, signal });
    } catch (error) {
      return fill(place, !signal.aborted && !isAbort(error) && failure(error, () => take(file)));
    } finally {
      button.disabled = false;
    }
  }

  chooser.addEventListener("change", () => {
    const file = chooser.files?.[0];
    if (file) take(file);
    chooser.value = "";
  });
  dropZone({ take: ([file]) => take(file), signal });
  return h(
    "section.card",
    { "aria-label": "New import" },
    h(
      "div.head",
      h("p", "CSV with a header, a JSON array, or JSON lines; gzipped or not. Drop one here, too."),
      h("label.check", first, "Preview first"),
      chooser,
      button,
    ),
    place,
  );
}

/** @param {any} error */
const isAbort = (error) => error.name === "AbortError";

/** The reason that can be seen before anything is sent; `null` when nothing is wrong with it from here. */
/** @param {File} file */
function fault({ name, size }) {
  if (!mediaType(name)) return "This must be a .csv, .json, .jsonl or .ndjson file, gzipped (.gz) or not.";
  if (size === 0) return "The file is empty.";
  if (size > MOST) return `It is too large: an import may have at most ${bytes(MOST)}.`;
  return null;
}

/** @param {string} name */
function mediaType(name) {
  const [, kind, zipped] = /\.(csv|jsonl?|ndjson)(\.gz)?$/i.exec(name) ?? [];
  return zipped ? "application/gzip" : TYPES[kind?.toLowerCase()];
}

/** @param {File} file @param {{ place: HTMLElement, dryRun: boolean, signal: AbortSignal }} options */
async function send(file, { place, dryRun, signal }) {
  const stopped = new AbortController();
  const bar = h("progress", { max: file.size, value: 0, "aria-label": `Uploading ${file.name}` });
  const far = h("p.quietly", "Announcing it…");
  fill(
    place,
    h("div.sending", h("strong", file.name), bar, far, h("button", { type: "button", onclick: () => stopped.abort() }, "Cancel upload")),
  );
  const body = { name: file.name, contentType: mediaType(file.name), size: file.size, dryRun };
  const { data } = await api("POST", "/v1/admin/imports", { body, signal });
  await transfer(data.upload, file, {
    signal: AbortSignal.any([signal, stopped.signal]),
    progress(sent) {
      bar.value = sent;
      fill(far, `${bytes(sent)} of ${bytes(file.size)}`);
    },
  });
  go(`/admin/imports/${data.import.id}`);
}
