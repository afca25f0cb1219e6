import { get } from "/app/api.js";
import { h } from "/app/dom.js";
import { more, page, pageOf } from "/app/endless.js";
import { date } from "/app/format.js";
import { load } from "/app/region.js";
import { setQuery } from "/app/router.js";
import { addRows, table } from "/app/table.js";
import { empty, field } from "/app/ui.js";
import { chip, layout, when } from "./layout.js";
import { STATUSES, userDialog } from "./user.js";

export const title = "Users";

const PAUSE_IN_TYPING = 250;

/** @param {HTMLElement} view @param {Context} context */
export async function render(view, { query, signal }) {
  await layout(view, {
    heading: title,
    lead: "Everybody with an account. A new one shows after a second or so.",
    signal,
    draw: async () => usersPage({ email: query.get("email") ?? "", status: query.get("status") ?? "" }, signal),
  });
}

/** @param {{ email: string, status: string }} wanted @param {AbortSignal} signal */
function usersPage(wanted, signal) {
  const search = field("Search by e-mail", { name: "email", type: "search", value: wanted.email, autocomplete: "off", placeholder: "ada@" });
  const options = [["", "All"], ...Object.entries(STATUSES).map(([value, { name }]) => [value, name])];
  const status = field("Status", { name: "status", tag: "select", value: wanted.status, options });
  const filters = h("form.filters", { role: "search", "aria-label": "Users" }, search, status);
  filters.addEventListener("submit", (event) => event.preventDefault());
  const found = h("div.stack");
  let timer = 0;
  let newest = new AbortController();

  async function show() {
    const values = new FormData(filters);
    const parameters = { email: String(values.get("email")).trim(), status: String(values.get("status")) };
    newest.abort(); // an answer that comes late must not replace a newer one
    newest = new AbortController();
    setQuery(parameters);
    await list(found, parameters, AbortSignal.any([signal, newest.signal]));
  }

  filters.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(show, PAUSE_IN_TYPING);
  });
  signal.addEventListener("abort", () => clearTimeout(timer));
  show();
  return [filters, found];
}

/** @param {HTMLElement} place @param {Record<string, string>} parameters @param {AbortSignal} signal */
function list(place, parameters, signal) {
  /** @param {string | null} cursor */
  const ask = (cursor) => get(pageOf("/v1/admin/users", parameters, cursor), { signal });
  return load(place, signal, async () => {
    const first = await page(ask);
    if (first.items.length === 0) return empty("user", "Nobody found", "The search looks at how the address begins.");
    const users = table("Users", COLUMNS, first.items);
    return [users, more({ cursor: first.nextCursor, load: ask, add: (items) => addRows(users, COLUMNS, items), signal })];
  });
}

/** @type {Column[]} */
const COLUMNS = [
  { label: "User", head: true, cell: ({ email, name }) => h("div.two-lines", h("strong", email), h("span", name ?? "")) },
  { label: "Status", cell: statusChip },
  { label: "Joined", cell: ({ createdAt }) => when(createdAt, date) },
  { label: "Actions", quiet: true, numeric: true, cell: (user) => details(user) },
];

/** @param {Schemas["UserAccount"]} user */
function statusChip({ id, status }) {
  const { name, tone } = STATUSES[status];
  return h("span.user-state", { dataset: { user: id } }, chip(name, tone));
}

/** @param {Schemas["UserAccount"]} user */
function details(user) {
  let known = user;
  const button = h("button", { type: "button", "aria-label": `Details of ${user.email}` }, "Details");
  button.addEventListener("click", async () => {
    const answer = await userDialog(known);
    reflect(user.id, answer);
    known = answer ?? known;
  });
  return button;
}

/** What was done in the dialog shows in the user's row; the list may be a newer one by then. */
/** @param {string} id @param {Schemas["UserAccount"] | null} user */
function reflect(id, user) {
  const state = document.querySelector(`.user-state[data-user="${CSS.escape(id)}"]`);
  if (user) return state?.replaceWith(statusChip(user));
  const row = state?.closest("tr");
  const next = row?.nextElementSibling ?? row?.previousElementSibling;
  row?.remove();
  const search = /** @type {HTMLInputElement | null} */ (document.querySelector("input[name=email]"));
  return (next?.querySelector("button") ?? search)?.focus();
}
