/** Files dropped anywhere on the page. */

import { h, icon } from "./dom.js";
import { toast } from "./ui.js";

/** `take(files)` gets what was dropped. */
/** @param {{ take: (files: File[]) => unknown, signal: AbortSignal }} options */
export function dropZone({ take, signal }) {
  if (signal.aborted) return; // the user has gone elsewhere while the page was loading
  const curtain = h("div.curtain", { hidden: true }, icon("upload"), h("p", "Drop to upload"));
  /** @param {"dragover" | "dragleave" | "drop"} type @param {(event: DragEvent) => void} listener */
  const on = (type, listener) => document.addEventListener(type, listener, { signal });
  document.body.append(curtain);
  signal.addEventListener("abort", () => curtain.remove());

  on("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    curtain.hidden = false;
  });
  on("dragleave", (event) => {
    if (!event.relatedTarget) curtain.hidden = true; // the window was left, not only an element
  });
  on("drop", (event) => {
    curtain.hidden = true;
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    const items = [...event.dataTransfer.items].filter(({ kind }) => kind === "file");
    const files = items.filter((item) => !isFolder(item)).flatMap((item) => item.getAsFile() ?? []);
    if (files.length < items.length) toast("Folders cannot be uploaded. Drop the files that are in them.", { tone: "bad" });
    if (files.length > 0) take(files);
  });
}

/** @param {DataTransferItem} item */
function isFolder(item) {
  return item.webkitGetAsEntry?.()?.isDirectory ?? false;
}
