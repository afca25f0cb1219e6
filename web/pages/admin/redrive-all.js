/** Sending all dead letters once more: one request does as many as it can in its time, so it is repeated. */

import { api } from "/app/api.js";
import { attempt } from "/app/attempt.js";
import { fill, h } from "/app/dom.js";
import { pageOf } from "/app/endless.js";
import { number } from "/app/format.js";
import { confirm, toast } from "/app/ui.js";

/** @param {{ queue: string, count: number, signal: AbortSignal, changed: () => unknown }} options */
export function redriveAll({ queue, count, signal, changed }) {
  const button = h("button", { type: "button", onclick: start }, `Redrive all (${number(count)})`);
  const news = h("span.quietly", { role: "status" });
  let running = false;

  async function start() {
    if (running) return stop();
    const text = "Each goes to its queue as it is. What still cannot be handled comes back here.";
    if (!(await confirm("Redrive all dead letters?", { text, action: "Redrive all" }))) return undefined;
    running = true;
    fill(button, "Stop");
    const failure = await attempt(() => repeat());
    if (signal.aborted) return undefined;
    if (failure) toast(failure);
    return changed();
  }

  function stop() {
    running = false;
    fill(button, "Stopping…");
  }

  /** As long as fewer remain each time: messages that fail again at once would loop. */
  async function repeat() {
    let moved = 0;
    let before = Infinity;
    let remaining = count;
    while (running && !signal.aborted && remaining > 0 && remaining < before) {
      before = remaining;
      const { data } = await api("POST", pageOf("/v1/admin/dead-letters/redrive", { queue }));
      moved += data.moved;
      remaining = data.remaining;
      fill(news, `${number(moved)} sent, about ${number(remaining)} left`);
    }
    return `${number(moved)} sent once more; about ${number(remaining)} left.`;
  }

  return h("div.actions", news, button);
}
