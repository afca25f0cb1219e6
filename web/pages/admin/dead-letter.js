/** One dead letter: looking at it, sending it once more, or discarding it. Each act answers whether it is gone. */

import { api } from "/app/api.js";
import { attempt } from "/app/attempt.js";
import { copy } from "/app/clipboard.js";
import { h } from "/app/dom.js";
import { number, time } from "/app/format.js";
import { confirm, dialog, toast, whileBusy } from "/app/ui.js";
import { facts, when } from "./layout.js";

/** @type {Record<string, string>} */
export const QUEUES = { email: "Mail", ingest: "Raw user data" };

/** @param {Pick<Schemas["DeadLetterOut"], "id">} letter */
export const shortId = ({ id }) => id.slice(0, 8);

/** @param {Schemas["DeadLetterOut"]} letter @param {HTMLButtonElement} button */
export async function redrive(letter, button) {
  return act(button, "Sending…", "Sent to its queue once more.", () => api("POST", `${path(letter, "/redrive")}`));
}

/** @param {Schemas["DeadLetterOut"]} letter @param {HTMLButtonElement} button */
export async function discard(letter, button) {
  const text = "The message is erased for good, and nobody will handle it.";
  if (!(await confirm("Discard this dead letter?", { text, action: "Discard" }))) return false;
  return act(button, "Discarding…", "Discarded.", () => api("DELETE", path(letter)));
}

/** @param {Schemas["DeadLetterOut"]} letter @param {string} [rest] */
const path = ({ id, queue }, rest = "") => `/v1/admin/dead-letters/${id}${rest}?queue=${queue}`;

/**
 * @param {HTMLButtonElement} button
 * @param {string} busy
 * @param {string} done
 * @param {() => Promise<Answer>} send
 */
async function act(button, busy, done, send) {
  const answer = await attempt(() => whileBusy(button, busy, send));
  if (answer) toast(done);
  return Boolean(answer);
}

/** @param {Schemas["DeadLetterOut"]} letter */
export function inspect(letter) {
  return dialog(`Dead letter ${shortId(letter)}`, (close) => {
    /**
     * @param {string} name
     * @param {string} tone
     * @param {(letter: Schemas["DeadLetterOut"], button: HTMLButtonElement) => Promise<boolean>} deal
     */
    const button = (name, tone, deal) => {
      const element = h("button", { type: "button", class: tone }, name);
      element.addEventListener("click", async () => (await deal(letter, element)) && close(true));
      return element;
    };
    return h(
      "div.stack",
      about(letter),
      h("pre.payload", { tabIndex: 0, role: "region", "aria-label": "Payload" }, pretty(letter.payload)),
      letter.truncated && h("p.quietly", "This is only its beginning; it is redriven whole."),
      h("div.actions.start", h("button", { type: "button", onclick: () => copy(letter.payload) }, "Copy payload")),
      h(
        "div.actions",
        h("button", { type: "button", onclick: () => close(false) }, "Close"),
        button("Discard", "danger", discard),
        button("Redrive", "primary", redrive),
      ),
    );
  });
}

/** @param {Schemas["DeadLetterOut"]} letter */
function about({ id, queue, reason, attempts, sentAt }) {
  return facts([
    ["Queue", QUEUES[queue]],
    ["Reason", reason ?? "Failed each time; its consumer's log knows more"],
    ["Attempts", number(attempts)],
    ["First sent", when(sentAt, time)],
    ["Message id", h("code", id)],
  ]);
}

/** JSON is indented for reading; what is redriven is the message as it was. */
/** @param {string} payload */
function pretty(payload) {
  try {
    return JSON.stringify(JSON.parse(payload), null, 2);
  } catch {
    return payload;
  }
}
