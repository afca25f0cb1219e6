import { get } from "/app/api.js";
import { fill, h, icon } from "/app/dom.js";
import { time } from "/app/format.js";
import { poll } from "/app/poll.js";
import { empty } from "/app/ui.js";
import { ago } from "/app/units.js";
import { chip, layout } from "./layout.js";

export const title = "Alarms";

const STATES = {
  ALARM: { word: "Ringing", tone: "bad", sign: () => icon("alarm") },
  INSUFFICIENT_DATA: { word: "No data yet", tone: "", sign: () => "–" },
  OK: { word: "All well", tone: "good", sign: () => icon("check") },
};

/** @param {HTMLElement} view @param {Context} context */
export async function render(view, { signal }) {
  await layout(view, {
    heading: title,
    lead: "What CloudWatch watches over in this deployment, what rings first.",
    signal,
    draw: async () => {
      const content = h("div");
      const show = async () => void fill(content, alarms((await get("/v1/admin/alarms", { signal })).items));
      await show();
      poll(show, { signal, first: 30_000, most: 60_000 });
      return content;
    },
  });
}

/** @param {Schemas["AlarmOut"][]} items */
function alarms(items) {
  if (items.length === 0) {
    return empty("alarm", "No alarms here", "They come with the stack on AWS; the laptop has none.");
  }
  return h("ul.rows", { "aria-label": "Alarms" }, items.map(alarm));
}

/** @param {Schemas["AlarmOut"]} alarm */
function alarm({ name, description, state, reason, since }) {
  const { word, tone, sign } = STATES[state];
  return h(
    "li.row.alarm",
    h("div.tile", { class: tone, "aria-hidden": "true" }, sign()),
    h("div.row-main", h("strong", name), description && h("p", description), reason && h("p.quietly", reason)),
    h("div.alarm-state", chip(word, tone), since && h("time.quietly", { dateTime: since, title: time(since) }, ago(since))),
  );
}
