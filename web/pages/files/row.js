/** A file that the API knows of. */

import { api, get, Problem } from "/app/api.js";
import { attempt } from "/app/attempt.js";
import { fill, h, icon } from "/app/dom.js";
import { date } from "/app/format.js";
import { confirm, unreadable, whileBusy } from "/app/ui.js";
import { bytes } from "/app/units.js";

/** Milliseconds after which a file without its upload is not just slow. */
const LATE = 5 * 60_000;

/** `{ element, record, show(record) }`; `gone(byHand)` is called when the user has deleted it. */
/** @param {Schemas["FileOut"]} record @param {(byHand?: boolean) => unknown} gone */
export function fileRow(record, gone) {
  const about = h("div.quietly");
  const chip = h("div");
  const actions = h("div.row-actions");
  const main = h("div.row-main", h("strong", record.name), about);
  const self = { element: h("li.row", tile(record.name), main, chip, actions), record, show };

  /** A file that cannot be drawn can be deleted all the same. */
  /** @param {Schemas["FileOut"]} file */
  function show(file) {
    self.record = file;
    try {
      draw(file);
    } catch (error) {
      console.warn(error);
      fill(about, unreadable("file", file.id));
      fill(chip);
      fill(actions, remove({ id: file.id, name: file.name ?? file.id }, gone));
    }
  }

  /** @param {Schemas["FileOut"]} file */
  function draw(file) {
    fill(about, `${bytes(file.size)} · ${date(file.createdAt)}`);
    if (file.status === "rejected") about.append(" · What arrived is not what was announced. Delete it, then upload it again.");
    fill(chip, CHIPS[file.status]?.(file));
    fill(actions, file.status === "available" && download(file), remove(file, gone));
  }

  show(record);
  return self;
}

/** The name's last part, to tell files apart at a glance. */
/** @param {string} name */
export function tile(name) {
  const kind = /\.(\w{1,4})$/.exec(name)?.[1];
  return h("div.tile", { "aria-hidden": "true" }, kind ? kind.toUpperCase() : icon("file"));
}

/** @type {Partial<Record<Schemas["FileOut"]["status"], (file: Schemas["FileOut"]) => Element>>} */
const CHIPS = {
  pending: ({ createdAt }) => h("span.chip.warn", Date.now() - Date.parse(createdAt) < LATE ? "Being checked" : "Nothing has arrived"),
  rejected: () => h("span.chip.bad", icon("warning"), "Rejected"),
};

/** @param {Pick<Schemas["FileOut"], "id" | "name">} file */
function download({ id, name }) {
  return small(`Download ${name}`, "download", "", () =>
    attempt(async () => {
      const { url } = await get(`/v1/files/${id}/download`);
      h("a", { href: url, download: name }).click();
    }),
  );
}

/** @param {Pick<Schemas["FileOut"], "id" | "name">} file @param {(byHand?: boolean) => unknown} gone */
function remove({ id, name }, gone) {
  const button = small(`Delete ${name}`, "trash", "danger", async () => {
    const sure = await confirm("Delete this file?", { text: [h("strong", name), " is erased for good."], action: "Delete file" });
    if (!sure) return;
    await attempt(async () => {
      await whileBusy(button, "…", () => api("DELETE", `/v1/files/${id}`).catch(missing));
      gone(true);
    });
  });
  return button;
}

/** Another tab was faster. */
/** @param {unknown} error */
function missing(error) {
  if (!(error instanceof Problem && error.status === 404)) throw error;
}

/**
 * @param {string} label
 * @param {string} symbol
 * @param {string} look
 * @param {() => unknown} onclick
 */
function small(label, symbol, look, onclick) {
  return h("button.quiet.only-icon", { type: "button", class: look, "aria-label": label, title: label, onclick }, icon(symbol));
}
