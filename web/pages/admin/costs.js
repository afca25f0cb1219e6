import { get } from "/app/api.js";
import { columns } from "/app/chart.js";
import { h } from "/app/dom.js";
import { date, time } from "/app/format.js";
import { table } from "/app/table.js";
import { empty } from "/app/ui.js";
import { money } from "/app/units.js";
import { layout } from "./layout.js";

export const title = "Costs";

const NAMED = 5;

/** @param {HTMLElement} view @param {Context} context */
export async function render(view, { signal }) {
  await layout(view, {
    heading: title,
    lead: "The whole AWS account in the last 30 days. Cost Explorer is asked every eight hours at most: each question costs a cent.",
    signal,
    draw: async () => costs(await get("/v1/admin/costs", { signal })),
  });
}

/** @param {Schemas["CostsOut"]} answer */
function costs({ status, asOf, stale, currency, total, days }) {
  if (status === "unknown" || asOf === null) {
    return empty("chart", "No figures yet", "Cost Explorer has not answered so far. A laptop has none; on AWS it has to be switched on once, and then needs a day.");
  }
  /** @param {number | string} amount */
  const text = (amount) => money(amount, currency);
  const services = byService(days);
  return [
    stale && h("p.notice", `These figures are of ${time(asOf)}; newer ones could not be had.`),
    h(
      "section.card",
      h("div.head", h("h2", "By day"), h("p.total", h("strong.figure", text(total)), h("span.quietly", `as of ${time(asOf)}`))),
      days.length > 0 ? chart(days, services, text) : h("p", "Nothing has cost anything."),
    ),
    services.length > 0 && h("section.card", h("h2", "By service"), table("Costs by service", serviceColumns(text), services)),
  ];
}

/** `[{ service, amount }]` of all days together, the highest first. Sums are for the eye: the API's amounts are exact. */
/** @param {Schemas["DayCost"][]} days */
function byService(days) {
  const sums = new Map();
  for (const { service, amount } of days.flatMap(({ services }) => services)) {
    sums.set(service, (sums.get(service) ?? 0) + Number(amount));
  }
  return [...sums].map(([service, amount]) => ({ service, amount })).sort((one, other) => other.amount - one.amount);
}

/**
 * @param {Schemas["DayCost"][]} days
 * @param {{ service: string, amount: number }[]} services
 * @param {(amount: number | string) => string} text
 */
function chart(days, services, text) {
  const named = services.slice(0, NAMED).map(({ service }) => service);
  const others = services.length > NAMED;
  const items = days.map((day) => ({
    name: date(day.date),
    hint: [`${date(day.date)}: ${text(day.total)}`, ...day.services.map(({ service, amount }) => `${service}: ${text(amount)}`)].join("\n"),
    values: valuesOf(day, named, others),
  }));
  const highest = days.reduce((most, day) => (Number(day.total) > Number(most.total) ? day : most));
  const spoken = `From ${date(days[0].date)} to ${date(days[days.length - 1].date)}; the most expensive day was ${date(highest.date)} with ${text(highest.total)}.`;
  return columns("Costs by day", { series: others ? [...named, "Others"] : named, items, text, spoken });
}

/** @param {Schemas["DayCost"]} day @param {string[]} named @param {boolean} others */
function valuesOf({ services, total }, named, others) {
  const values = named.map((name) => Number(services.find(({ service }) => service === name)?.amount ?? 0));
  const rest = Number(total) - values.reduce((sum, value) => sum + value, 0);
  return others ? [...values, Math.max(rest, 0)] : values;
}

/** @param {(amount: number) => string} text @returns {Column[]} */
function serviceColumns(text) {
  return [
    { label: "Service", head: true, cell: ({ service }) => service },
    { label: "30 days", numeric: true, cell: ({ amount }) => text(amount) },
  ];
}
