/** How much of the storage is used. */

import { fill, h } from "/app/dom.js";
import { number } from "/app/format.js";
import { bytes } from "/app/units.js";

/** `{ element, show(usage), usage }`; `usage` as `GET /v1/files` tells it. */
/** @param {Schemas["FileUsage"]} usage */
export function quota(usage) {
  const bar = h("div.bar-fill");
  const meter = h("div.meter", { role: "meter", "aria-label": "Storage used", "aria-valuemin": 0 }, bar);
  const text = h("p.quietly");
  const self = { element: h("div.quota", meter, text), usage, show };

  /** @param {Schemas["FileUsage"]} current */
  function show(current) {
    const { bytes: used, maxBytes, files, maxFiles } = (self.usage = current);
    const words = `${bytes(used)} of ${bytes(maxBytes)}`;
    const part = Math.max(used / maxBytes, files / maxFiles);
    meter.setAttribute("aria-valuemax", String(maxBytes));
    meter.setAttribute("aria-valuenow", String(used));
    meter.setAttribute("aria-valuetext", words);
    meter.classList.toggle("warn", part > 0.9);
    bar.style.setProperty("inline-size", `${Math.min(part, 1) * 100}%`);
    fill(text, h("strong", words), ` used · ${number(files)} of ${number(maxFiles)} files`);
  }

  show(usage);
  return self;
}
