/** One account, and what an administrator may do with it. */

import { api, Problem } from "/app/api.js";
import { fill, h, within } from "/app/dom.js";
import { time } from "/app/format.js";
import { persist } from "/app/poll.js";
import * as session from "/app/session.js";
import { confirm, dialog, problemBox, toast, whileBusy } from "/app/ui.js";
import { chip, facts, when } from "./layout.js";

/** @typedef {Schemas["UserAccount"]} Account */
/**
 * What can be done with an account. `send` answers with the account afterwards, `null` when it is gone.
 *
 * @typedef {object} Act
 * @property {{ title: string, text: string, action: string }} [question]
 * @property {string} busy
 * @property {(user: Account) => Promise<Account | null>} send
 */

export const STATUSES = {
  active: { name: "Active", tone: "good" },
  disabled: { name: "Disabled", tone: "warn" },
  deleting: { name: "Being deleted", tone: "bad" },
};

/** Answers with the user as they are when the dialog closes; `null` when they are deleted. */
/** @param {Schemas["UserAccount"]} user */
export async function userDialog(user) {
  /** @type {Account | null} */
  let known = user;
  await dialog(user.email, (close) => {
    const content = h("div.stack");
    const message = h("div.form-message", { "aria-live": "assertive" });

    /** @param {Account} user */
    function show(user) {
      fill(
        content,
        about(user),
        isOwn(user) && h("p.quietly", "This is your own account: another administrator would have to do this."),
        message,
        h(
          "div.actions",
          h("button", { type: "button", onclick: () => close() }, "Close"),
          !isOwn(user) && acts(user, act),
        ),
      );
    }

    /** @param {HTMLButtonElement} button @param {Act} options */
    async function act(button, { question, busy, send }) {
      if (question && !(await confirm(question.title, question))) return;
      fill(message);
      await whileBusy(button, busy, () => send(user)).then(
        (changed) => {
          known = changed;
          if (!known) return close();
          show(known);
          return within(content, "button").focus();
        },
        (error) => fill(message, problemBox(error)),
      );
    }

    show(user);
    return content;
  });
  return known;
}

/** @param {Account} account */
const isOwn = ({ id }) => id === session.user()?.id;

/** @param {Schemas["UserAccount"]} user */
function about(user) {
  const { name, tone } = STATUSES[user.status];
  return facts([
    ["Name", user.name],
    ["Status", chip(name, tone)],
    ["Phone", user.phone],
    ["Language", user.locale],
    ["Time zone", user.timeZone],
    ["Joined", when(user.createdAt, time)],
    ["Changed", when(user.updatedAt, time)],
    ["Id", h("code", user.id)],
  ]);
}

/** @param {Account} account @param {(button: HTMLButtonElement, act: Act) => unknown} act */
function acts({ status }, act) {
  /** @param {string} name @param {string} tone @param {Act} what */
  const button = (name, tone, what) => {
    const element = h("button", { type: "button", class: tone }, name);
    element.addEventListener("click", () => act(element, what));
    return element;
  };
  return [
    status === "active" && button("Disable user", "", DISABLE),
    status === "disabled" && button("Enable user", "", ENABLE),
    button("Delete user", "danger", DELETE),
  ];
}

/** @type {Act} */
const DISABLE = {
  question: { title: "Disable this user?", text: "They are signed out at once, and cannot sign in until enabled again.", action: "Disable user" },
  busy: "Disabling…",
  send: async ({ id }) => (await api("POST", `/v1/admin/users/${id}/disable`)).data,
};

/** @type {Act} */
const ENABLE = {
  busy: "Enabling…",
  send: async ({ id }) => (await api("POST", `/v1/admin/users/${id}/enable`)).data,
};

/** @type {Act} */
const DELETE = {
  question: { title: "Delete this user?", text: "The account, its to-dos and its files are erased for good.", action: "Delete user" },
  busy: "Erasing…",
  async send({ id, email }) {
    await persist(() => api("DELETE", `/v1/admin/users/${id}`).catch(gone));
    toast(`${email} is deleted.`);
    return null;
  },
};

/** A repetition finds no user: then an earlier try has succeeded. */
/** @param {unknown} error */
function gone(error) {
  if (!(error instanceof Problem && error.status === 404)) throw error;
}
