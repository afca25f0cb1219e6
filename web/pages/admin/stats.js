import { get } from "/app/api.js";
import { share } from "/app/chart.js";
import { h, icon } from "/app/dom.js";
import { number } from "/app/format.js";
import { bytes } from "/app/units.js";
import { layout } from "./layout.js";

export const title = "Stats";

/** @param {HTMLElement} view @param {Context} context */
export async function render(view, { signal }) {
  await layout(view, {
    heading: title,
    lead: "Counted along the way, and not scanned for: a crash may leave one off by one.",
    signal,
    draw: async () => {
      const stats = await get("/v1/admin/stats", { signal });
      return [h("div.tiles", tiles(stats)), h("div.panels", rows(stats), mail(stats))];
    },
  });
}

/** @param {Schemas["Stats"]} stats */
function tiles(stats) {
  return [
    tile("user", "Users", number(stats.users)),
    tile("check", "To-dos", number(stats.todos)),
    tile("file", "Files", number(stats.files)),
    tile("cloud", "Storage", bytes(stats.bytes)),
  ];
}

/** @param {string} symbol @param {string} name @param {string} value */
function tile(symbol, name, value) {
  return h("section.card.figure-tile", { "aria-label": name }, icon(symbol), h("p.figure", value), h("p.quietly", name));
}

/** @param {Schemas["Stats"]} stats */
function rows({ imports, rowsAccepted, rowsRejected }) {
  const parts = [part("Accepted", rowsAccepted, "tone-1"), part("Rejected", rowsRejected, "bad")];
  return panel("Imported rows", `Records of messages, and of ${number(imports)} imports that have ended.`, parts);
}

/** @param {Schemas["Stats"]} stats */
function mail({ mailSent, mailResent, mailRefused, mailSuppressed }) {
  const parts = [
    part("Sent", mailSent, "tone-1"),
    part("Sent twice, maybe", mailResent, "tone-2"),
    part("Suppressed", mailSuppressed, "tone-3"),
    part("Refused", mailRefused, "bad"),
  ];
  return panel("Mail", "Suppressed: the address bounces, or has complained. Refused: to be found in the dead letters.", parts);
}

/** @param {string} name @param {number} value @param {string} tone */
const part = (name, value, tone) => ({ name, value, text: number(value), tone });

/** @param {string} name @param {string} about @param {Part[]} parts */
function panel(name, about, parts) {
  const some = parts.some(({ value }) => value > 0);
  return h("section.card", h("h2", name), some ? share(name, parts) : h("p", "Nothing yet."), h("p.quietly", about));
}
