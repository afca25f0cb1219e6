/** Taking one's data along: the export as one file, and the import of its to-dos. */

import { api, get } from "/app/api.js";
import { fill, h, icon } from "/app/dom.js";
import { number, today } from "/app/format.js";
import { persist } from "/app/poll.js";
import { failure, whileBusy } from "/app/ui.js";

/** @typedef {Pick<Schemas["Imported"], "imported" | "skipped" | "deleted">} Totals */

const MOST_TODOS = 2000;
const MOST_BYTES = 4_000_000;
/** @type {(keyof Totals)[]} */
const COUNTED = ["imported", "skipped", "deleted"];

export function dataSection() {
  const news = h("div.news", { role: "status" });
  const chooser = h("input", { type: "file", accept: ".json,application/json", hidden: true, "aria-label": "Import to-dos" });
  const exporting = h("button", { type: "button" }, icon("download"), "Export my data");
  const importing = h("button", { type: "button", onclick: () => chooser.click() }, icon("upload"), "Import to-dos");
  /** @param {string} text */
  const tell = (text) => fill(news, h("p", text));
  /** @param {HTMLButtonElement} button @param {string} busy @param {() => unknown} action */
  const run = (button, busy, action) => () =>
    whileBusy(button, busy, action).catch((error) => fill(news, failure(error)));

  exporting.addEventListener("click", run(exporting, "Exporting…", () => exportAll(tell)));
  chooser.addEventListener("change", () => {
    const file = chooser.files?.[0];
    chooser.value = "";
    if (file) run(importing, "Importing…", () => importFrom(file, tell))();
  });
  return [h("div.actions.start", exporting, importing, chooser), news];
}

/** @param {(text: string) => unknown} tell */
async function exportAll(tell) {
  let part = await get("/v1/users/me/export");
  const whole = { ...part, nextCursor: null };
  while (part.nextCursor) {
    tell(`${number(whole.todos.length)} to-dos so far…`);
    part = await get(`/v1/users/me/export?cursor=${encodeURIComponent(part.nextCursor)}`);
    whole.todos.push(...part.todos);
  }
  save(`my-data-${today()}.json`, JSON.stringify(whole, null, 2));
  tell(`Exported: your profile, ${number(whole.todos.length)} to-dos and the list of ${number(whole.files.length)} files.`);
}

/** @param {string} name @param {string} text */
function save(name, text) {
  const url = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // the browser has taken it by then
}

/** What is there already, or was deleted, is skipped, so that repeating it is safe. The quota of to-dos ends it. */
/** @param {File} file @param {(text: string) => unknown} tell */
async function importFrom(file, tell) {
  const todos = todosOf(await file.text());
  if (!todos) return tell("This file is no export: there are no to-dos in it.");
  const total = { imported: 0, skipped: 0, deleted: 0 };
  for (const part of parts(todos)) {
    const send = () => api("POST", "/v1/todos/import", { body: { todos: part } });
    const { data } = await persist(send, { tries: 4 }).catch((error) => locate(error, total));
    for (const name of COUNTED) total[name] += data[name];
    if (data.overQuota > 0) return tell(outcome(total, todos.length - handled(total)));
    tell(`${number(handled(total))} of ${number(todos.length)}…`);
  }
  return tell(outcome(total, 0));
}

/** @param {Totals} totals */
const handled = ({ imported, skipped, deleted }) => imported + skipped + deleted;

/** @param {Totals} totals @param {number} left */
function outcome({ imported, skipped, deleted }, left) {
  const sentences = [`Imported ${number(imported)} to-dos; ${number(skipped)} were here already.`];
  if (deleted > 0) sentences.push(`${number(deleted)} were deleted here before, and stay deleted.`);
  if (left > 0) sentences.push(`${number(left)} did not fit: you have as many to-dos as you may keep. Delete some first.`);
  return sentences.join(" ");
}

/** Say which to-do of the file is meant: the API counts from 0, in what it was sent. */
/**
 * @param {any} error
 * @param {Totals} total
 * @returns {never}
 */
function locate(error, total) {
  for (const each of error.errors ?? []) {
    const [, , index, name] = each.pointer.split("/");
    each.message = `To-do ${number(handled(total) + Number(index) + 1)}, ${name ?? "as a whole"}: ${each.message}`;
  }
  throw error;
}

/** @param {string} text @returns {Schemas["TodoImport"][] | null} */
function todosOf(text) {
  try {
    const { todos } = JSON.parse(text);
    return Array.isArray(todos) ? todos : null;
  } catch {
    return null; // not JSON at all
  }
}

/** In pieces that one request may carry. */
/** @param {Schemas["TodoImport"][]} todos */
function* parts(todos) {
  /** @type {Schemas["TodoImport"][]} */
  let part = [];
  let size = 0;
  for (const todo of todos) {
    const own = new Blob([JSON.stringify(todo)]).size;
    if (part.length > 0 && (part.length === MOST_TODOS || size + own > MOST_BYTES)) {
      yield part;
      [part, size] = [[], 0];
    }
    part.push(todo);
    size += own + 1;
  }
  if (part.length > 0) yield part;
}
