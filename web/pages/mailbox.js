/** What the local stack has mailed. Only `make run` serves this: nothing on AWS has such a page. */

import config from "/config.js";
import { get } from "/app/api.js";
import { copy } from "/app/clipboard.js";
import { fill, h, within } from "/app/dom.js";
import { number } from "/app/format.js";
import { poll } from "/app/poll.js";
import { load } from "/app/region.js";
import { setQuery } from "/app/router.js";
import { stylesheet } from "/app/stylesheet.js";
import { empty, field, uniqueId } from "/app/ui.js";
import { ago } from "/app/units.js";

/** @typedef {{ to: string[], from: string, subject: string, text: string, sentAt: string | null }} Letter */

export const title = "Mailbox";

const MOST_SHOWN = 100;
const CODE = /\b\d{6}\b/;

/** @param {HTMLElement} view @param {Context} context */
export async function render(view, { query, signal }) {
  const content = h("div.stack");
  view.append(
    h("div.title", h("h1", title), h("p.quietly", "What your local stack has sent, the newest first. New mail shows by itself.")),
    content,
  );
  await load(content, signal, async () => {
    const [mails] = await Promise.all([mail(signal), stylesheet("/styles/pages.css")]);
    return box(mails, query.get("to") ?? "", signal);
  });
}

/** @param {AbortSignal} signal @returns {Promise<Letter[]>} */
const mail = async (signal) => (await get(String(config.mailbox), { anonymous: true, signal })).messages;

/** @param {Letter[]} first @param {string} to @param {AbortSignal} signal */
function box(first, to, signal) {
  let known = first;
  const letters = h("div.stack");
  const search = field("Recipient", { name: "to", type: "search", value: to, autocomplete: "off", placeholder: "ada@example.com" });
  const input = within(search, "input");

  function show() {
    const wanted = input.value.trim().toLowerCase();
    const found = known.filter((each) => each.to.some((address) => address.toLowerCase().includes(wanted)));
    fill(letters, found.length === 0 ? nothing(wanted) : found.slice(0, MOST_SHOWN).map(letter), rest(found.length));
  }

  async function look() {
    const mails = await mail(signal);
    if (JSON.stringify(mails) === JSON.stringify(known)) return false;
    known = mails;
    show();
    return false;
  }

  input.addEventListener("input", () => (setQuery({ to: input.value }), show()));
  poll(look, { signal, first: 3000, most: 3000 });
  show();
  return [h("div.narrow-field", search), letters];
}

/** @param {string} wanted */
function nothing(wanted) {
  if (wanted) return empty("search", "No mail for this recipient");
  return empty("mail", "No mail yet", "Sign up, and the code that confirms your address arrives here.");
}

/** @param {number} count */
function rest(count) {
  return count > MOST_SHOWN && h("p.quietly", `And ${number(count - MOST_SHOWN)} older ones: narrow them by recipient.`);
}

/** @param {Letter} letter */
function letter({ to, from, subject, text, sentAt }) {
  const id = uniqueId("mail");
  const code = CODE.exec(text)?.[0];
  return h(
    "article.card.mail",
    { "aria-labelledby": id },
    h(
      "div.mail-head",
      h("h2", { id }, subject || "(no subject)"),
      h("p.quietly", "To ", h("strong", to.join(", ")), ` · from ${from}`, sentAt && [" · ", h("time", { dateTime: sentAt }, ago(sentAt))]),
    ),
    h("p.mail-text", text),
    code && h("div.actions.start", h("span.mail-code", code), copyButton(code)),
  );
}

/** @param {string} code */
function copyButton(code) {
  return h("button", { type: "button", "aria-label": `Copy code ${code}`, onclick: () => copy(code) }, "Copy");
}
