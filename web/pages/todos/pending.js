/** A quiet line about the changes that wait in the outbox. */

import { fill, h, icon } from "/app/dom.js";
import * as outbox from "/app/outbox.js";
import * as unsent from "/app/unsent.js";

/** `statuses()(id)`: `"decide"`, `"waiting"`, or `null` when all is sent or on its way. */
export function statuses() {
  const changes = outbox.read();
  const undecided = new Set(changes.filter(({ problem }) => problem).map(({ id }) => id));
  const unsent = new Set(outbox.isWaiting() ? changes.map(({ id }) => id) : []);
  return (/** @type {string} */ id) => (undecided.has(id) ? "decide" : unsent.has(id) ? "waiting" : null);
}

/** @param {{ review: () => unknown }} options */
export function pending({ review }) {
  const element = h("div.pending", { role: "status" });
  let shown = "";

  function update() {
    const changes = outbox.read();
    const undecided = new Set(changes.filter(({ problem }) => problem).map(({ id }) => id)).size;
    const waiting = outbox.isWaiting() ? changes.filter(({ problem }) => !problem).length : 0;
    const isAtRisk = unsent.isInMemory && changes.length > 0;
    const next = `${undecided} ${waiting} ${isAtRisk}`;
    if (shown === next) return; // shown already
    shown = next;
    fill(
      element,
      isAtRisk && h("div.notice", icon("warning"), h("p", AT_RISK)),
      waiting > 0 &&
        line("cloud", `${counted(waiting)} ${waiting === 1 ? "waits" : "wait"} for the network.`, "Send now", () =>
          outbox.send({ now: true }),
        ),
      undecided > 0 &&
        line("warning", `${counted(undecided)} ${undecided === 1 ? "needs" : "need"} your decision.`, "Review", review),
    );
  }

  return { element, update };
}

const AT_RISK = "This browser cannot keep changes. Leave this tab open until they are sent, or they are lost.";
/** @param {number} count */
const counted = (count) => `${count} ${count === 1 ? "change" : "changes"}`;

/**
 * @param {string} symbol
 * @param {string} text
 * @param {string} label
 * @param {() => unknown} onclick
 */
function line(symbol, text, label, onclick) {
  return h("div.notice", icon(symbol), h("p", text), h("button.quiet", { type: "button", onclick }, label));
}
