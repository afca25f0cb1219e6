/** One account, and what an administrator may do with it. */

import { api, Problem } from "/app/api.js";
import { fill, h, within } from "/app/dom.js";
import { time } from "/app/format.js";
import { persist } from "/app/poll.js";
import * as session from "/app/session.js";
import { confirm, dialog, problemBox, toast, whileBusy } from "/app/ui.js";
import { chip, facts, when } from "./layout.js";

export const STATUSES = {
  active: { name: "Active", tone: "good" },
  disabled: { name: "Disabled", tone: "warn" },
  deleting: { name: "Being deleted", tone: "bad" },
};

/** Answers with the user as they are when the dialog closes; `null` when they are deleted. */
/** @param {Schemas["UserAccount"]} user */
export async function userDialog(user) {
  let known = user;
  await dialog(user.email, (close) => {
    const content = h("div.stack");
    const message = h("div.form-message", { "aria-live": "assertive" });

    function show() {
      fill(
        content,
        about(known),
        isOwn(known) && h("p.quietly", "This is your own account: another administrator would have to do this."),
        message,
        h("div.actions", h("button", { type: "button", onclick: () => close() }, "Close"), !isOwn(known) && acts(known, act)),
      );
    }

    async function act(button, { question, busy, send }) {
      if (question && !(await confirm(question.title, question))) return;
      fill(message);
      await whileBusy(button, busy, () => send(known)).then(
        (changed) => {
          known = changed;
          if (!known) return close();
          show();
          return within(content, "button").focus();
        },
        (error) => fill(message, problemBox(error)),
      );
    }

    show();
    return content;
  });
  return known;
}

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

function acts({ status }, act) {
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

const DISABLE = {
  question: { title: "Disable this user?", text: "They are signed out at once, and cannot sign in until enabled again.", action: "Disable user" },
  busy: "Disabling…",
  send: async ({ id }) => (await api("POST", `/v1/admin/users/${id}/disable`)).data,
};

const ENABLE = {
  busy: "Enabling…",
  send: async ({ id }) => (await api("POST", `/v1/admin/users/${id}/enable`)).data,
};

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
function gone(error) {
  if (!(error instanceof Problem && error.status === 404)) throw error;
}
