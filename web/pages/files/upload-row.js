/** @typedef {import("./uploads.js").Upload} Upload */
/** @typedef {import("./kept.js").FilesContext} FilesContext */

/** A file on its way: how far it has come, and a way to stop it or to try again. */

import { fill, h, icon, within } from "/app/dom.js";
import { problemBox } from "/app/ui.js";
import { bytes } from "/app/units.js";
import { tile } from "./row.js";

/** @param {Upload} upload @param {Pick<FilesContext, "signal" | "tell" | "left">} context */
export function uploadRow(upload, { signal, tell, left }) {
  const { name, size } = upload.file;
  const bar = h("progress", { max: Math.max(size, 1), value: 0, "aria-label": `Uploading ${name}` });
  const state = h("div.quietly");
  const actions = h("div.row-actions");
  const element = h("li.row", tile(name), h("div.row-main", h("strong", name), bar, state), actions);
  let drawn = "";

  function show() {
    const { state: now, sent, error } = upload;
    if (!upload.alive) return leave();
    bar.value = sent;
    if (now !== "failed") fill(state, now === "waiting" ? "Waiting for its turn" : `${bytes(sent)} of ${bytes(size)}`);
    if (now !== drawn) become((drawn = now), now === "failed" ? error : null);
    return undefined;
  }

  /** @param {Upload["state"]} now @param {Failure | null} error */
  function become(now, error) {
    const focused = actions.contains(document.activeElement);
    bar.hidden = Boolean(error);
    if (error) {
      fill(state, problemBox(error));
      fill(actions, !upload.final && again(upload, name), dismiss(upload, name));
      tell(`${name} could not be uploaded.`);
    } else fill(actions, cancel(upload, name));
    if (focused) within(actions, "button").focus();
  }

  function leave() {
    const focused = element.contains(document.activeElement);
    element.remove();
    if (focused) left();
    if (upload.state === "sent") tell(`${name} is uploaded.`);
  }

  upload.addEventListener("change", show, { signal });
  show();
  return element;
}

/** @param {Upload} upload @param {string} name */
function again(upload, name) {
  return h("button", { type: "button", "aria-label": `Try again: ${name}`, onclick: () => upload.retry() }, "Try again");
}

/** @param {Upload} upload @param {string} name */
function dismiss(upload, name) {
  return quiet(`Dismiss ${name}`, () => upload.cancel());
}

/** @param {Upload} upload @param {string} name */
function cancel(upload, name) {
  return quiet(`Cancel upload of ${name}`, () => upload.cancel());
}

/** @param {string} label @param {() => unknown} onclick */
function quiet(label, onclick) {
  return h("button.quiet.only-icon", { type: "button", "aria-label": label, title: label, onclick }, icon("close"));
}
