/** What happened to the account. */

import { get } from "/app/api.js";
import { h } from "/app/dom.js";
import { more, page, pageOf } from "/app/endless.js";
import { clock, time } from "/app/format.js";
import { load } from "/app/region.js";

/** @type {Record<string, string>} */
const KINDS = {
  signed_in: "Signed in",
  sign_in_failed: "Wrong password",
  password_changed: "Password changed",
  password_reset: "Password reset",
  address_changed: "E-mail address changed",
  address_change_undone: "Change of e-mail address undone",
  signed_out_everywhere: "Signed out everywhere",
};
/** @type {Record<string, string>} */
const CLIENTS = { app: "in an app", site: "in a browser" };

/** @param {AbortSignal} signal */
export function activitySection(signal) {
  const place = h("div");
  load(place, signal, () => entries(signal));
  return place;
}

/** @param {AbortSignal} signal */
async function entries(signal) {
  /** @param {string | null} cursor */
  const ask = (cursor) => get(pageOf("/v1/users/me/activity", { limit: "10" }, cursor), { signal });
  const first = await page(ask);
  if (first.items.length === 0) return h("p.quietly", "Nothing in the last 90 days.");
  const list = h("ul", { "aria-label": "Activity" }, first.items.map(entry));
  /** @param {Schemas["ActivityOut"][]} items */
  const add = (items) => list.append(...items.map(entry));
  return [list, more({ cursor: first.nextCursor, load: ask, add, signal })];
}

/** @param {Schemas["ActivityOut"]} entry */
function entry({ kind, at, count, client, network }) {
  const from = [CLIENTS[client ?? ""], network && `from ${network}`].filter(Boolean).join(", ");
  const what = count > 1 ? `${KINDS[kind] ?? kind}, ${count} times` : (KINDS[kind] ?? kind);
  return h("li", h("strong", what), " ", h("time.quietly", { dateTime: at }, moment(kind, at)), from && h("span.quietly", ` ${from}`));
}

/** Wrong passwords are counted by the hour. */
/** @param {string} kind @param {string} at */
function moment(kind, at) {
  if (kind !== "sign_in_failed") return time(at);
  return `${time(at)} – ${clock(new Date(Date.parse(at) + 3_600_000).toISOString())}`;
}
