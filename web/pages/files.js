import { get } from "/app/api.js";
import { fill, h, icon } from "/app/dom.js";
import { dropZone } from "/app/drop.js";
import { more, page, pageOf } from "/app/endless.js";
import { load } from "/app/region.js";
import { stylesheet } from "/app/stylesheet.js";
import { empty } from "/app/ui.js";
import { keptFiles } from "./files/kept.js";
import { quota } from "./files/quota.js";
import { fault } from "./files/rules.js";
import { uploadRow } from "./files/upload-row.js";
import * as uploads from "./files/uploads.js";

export const title = "Files";

/** @param {HTMLElement} view @param {Context} context */
export async function render(view, { signal }) {
  const head = h("div.head", h("h1", title));
  const content = h("div.stack");
  view.append(head, content);
  await load(content, signal, async () => {
    const [first] = await Promise.all([page(list(signal)), stylesheet("/styles/pages.css")]);
    return filesPage(first, head, signal);
  });
}

/** @param {AbortSignal} signal */
const list = (signal) => (/** @type {string | null} */ cursor) => get(pageOf("/v1/files", {}, cursor), { signal });

/** @param {Schemas["FileList"]} first @param {HTMLElement} head @param {AbortSignal} signal */
function filesPage(first, head, signal) {
  const { chooser, none, button, sending, news } = elements();
  const meter = quota(first.usage);
  /** @type {import("./files/kept.js").FilesContext} */
  const context = {
    signal,
    tell: (text) => fill(news, text),
    counted: (usage) => meter.show(usage),
    changed: () => (settle(), refresh(meter, signal)),
    left: (neighbour) => (neighbour ?? button).focus(),
  };
  const kept = keptFiles(context);
  const end = more({ cursor: first.nextCursor, load: list(signal), add, signal });

  function settle() {
    sending.hidden = !sending.firstChild;
    kept.element.hidden = !kept.element.firstChild;
    none.hidden = !kept.element.hidden || !sending.hidden || !end.hidden;
  }

  /** @param {Schemas["FileOut"][]} records @param {"append" | "prepend"} [where] */
  function add(records, where) {
    const underway = new Set(uploads.all().map(({ record }) => record?.id));
    kept.add(records.filter(({ id }) => !underway.has(id)), where);
    settle();
  }

  /** @param {File[]} files */
  function take(files) {
    const checked = files.map((file) => ({ file, error: refused(file, meter.usage) }));
    sending.append(...uploads.add(checked).map((upload) => uploadRow(upload, context)));
    settle();
  }

  chooser.addEventListener("change", () => (take([...(chooser.files ?? [])]), (chooser.value = "")));
  dropZone({ take, signal });
  uploads.onLeft((upload) => {
    if (upload.state === "sent") add([upload.record], "prepend");
    context.changed();
  }, signal);
  sending.append(...uploads.all().map((upload) => uploadRow(upload, context)));
  add(first.items);
  head.append(chooser, button);
  return [meter.element, sending, none, kept.element, end, news];
}

function elements() {
  const chooser = h("input", { type: "file", multiple: true, hidden: true, "aria-label": "Choose files" });
  const none = empty("upload", "Nothing here yet", "Drop files anywhere on this page, or choose them with the button above.");
  none.classList.add("inviting");
  return {
    chooser,
    none,
    button: h("button.primary", { type: "button", onclick: () => chooser.click() }, icon("upload"), "Choose files"),
    sending: h("ul.rows", { "aria-label": "Uploads" }),
    news: h("p.visually-hidden", { role: "status" }),
  };
}

/** @param {File} file @param {Schemas["FileUsage"]} usage */
function refused(file, usage) {
  const text = fault(file, usage);
  return text === null ? null : { message: text };
}

/** Fetch again how much of the quota is left. A failure is not shown. */
/** @param {{ show: (usage: Schemas["FileUsage"]) => unknown }} meter @param {AbortSignal} signal */
async function refresh(meter, signal) {
  const answer = await get("/v1/files?limit=1", { signal }).catch(() => null);
  if (answer) meter.show(answer.usage);
}
