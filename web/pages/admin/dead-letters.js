import { get } from "/app/api.js";
import { h, icon, within } from "/app/dom.js";
import { pageOf } from "/app/endless.js";
import { number, time } from "/app/format.js";
import { load } from "/app/region.js";
import { setQuery } from "/app/router.js";
import { table } from "/app/table.js";
import { empty, field } from "/app/ui.js";
import { discard, inspect, QUEUES, redrive, shortId } from "./dead-letter.js";
import { layout, when } from "./layout.js";
import { redriveAll } from "./redrive-all.js";

export const title = "Dead letters";

/** @param {HTMLElement} view @param {Context} context */
export async function render(view, { query, signal }) {
  await layout(view, {
    heading: title,
    lead: "Messages that could not be handled. Redrive sends one to its queue as it is; nothing is edited on the way.",
    signal,
    draw: async () => deadLetters(query.get("queue") ?? "", signal),
  });
}

/** @param {string} wanted @param {AbortSignal} signal */
function deadLetters(wanted, signal) {
  const options = [["", "All"], ...Object.entries(QUEUES)];
  const filter = field("Queue", { name: "queue", tag: "select", value: wanted, options });
  const queue = within(filter, "select");
  const letters = h("div.stack");
  let newest = new AbortController();

  function show(again = false) {
    newest.abort();
    newest = new AbortController();
    const current = AbortSignal.any([signal, newest.signal]);
    return load(letters, current, () => list(queue.value, { signal: current, changed }), { again });
  }

  const refresh = h("button", { type: "button", onclick: () => show() }, "Refresh");

  /** After an act its button is gone; the focus goes to what is always there. */
  async function changed() {
    await show(true);
    if (document.activeElement === document.body) refresh.focus();
  }

  queue.addEventListener("change", () => (setQuery({ queue: queue.value }), show()));
  show();
  return [h("div.filters", filter, refresh), letters];
}

/** @param {string} queue @param {{ signal: AbortSignal, changed: () => unknown }} options */
async function list(queue, { signal, changed }) {
  const { items, counts } = await get(pageOf("/v1/admin/dead-letters", { queue }), { signal });
  const total = Object.values(counts).reduce((sum, count) => sum + count, 0);
  if (items.length === 0 && total === 0) return empty("check", "No dead letters", "Everything that was sent could be handled.");
  return [
    h("div.head", h("p", summary(counts)), redriveAll({ queue, count: total, signal, changed })),
    items.length > 0 && table("Dead letters", columns(changed), items),
    items.length < total && h("p.quietly", `The oldest ${number(items.length)} of about ${number(total)}: deal with these to see others.`),
  ];
}

/** @param {Record<string, number>} counts */
function summary(counts) {
  return Object.entries(counts).map(([name, count], place) => [place > 0 && " · ", `${QUEUES[name]}: `, h("strong", number(count))]);
}

/** @param {() => unknown} changed @returns {Column[]} */
function columns(changed) {
  return [
    { label: "Queue", head: true, cell: ({ queue }) => QUEUES[queue] },
    { label: "Reason", wide: true, cell: ({ reason }) => reason ?? "Failed each time; its log knows more" },
    { label: "Attempts", numeric: true, cell: ({ attempts }) => number(attempts) },
    { label: "First sent", cell: ({ sentAt }) => when(sentAt, time) },
    { label: "Actions", quiet: true, numeric: true, cell: (letter) => actions(letter, changed) },
  ];
}

/** @param {Schemas["DeadLetterOut"]} letter @param {() => unknown} changed */
function actions(letter, changed) {
  /**
   * @param {string} name
   * @param {string | Element} shown
   * @param {(letter: Schemas["DeadLetterOut"], button: HTMLButtonElement) => Promise<unknown>} act
   * @param {string} [look]
   */
  const button = (name, shown, act, look = "") => {
    const label = `${name} ${shortId(letter)}`;
    const element = h("button", { type: "button", class: look, "aria-label": label, title: label }, shown);
    element.addEventListener("click", async () => (await act(letter, element)) && changed());
    return element;
  };
  return h(
    "div.row-actions",
    button("Inspect", "Inspect", inspect),
    button("Redrive", "Redrive", redrive),
    button("Discard", icon("trash"), discard, "quiet danger only-icon"),
  );
}
