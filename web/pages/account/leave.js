/** Signing out everywhere, and leaving for good. */

import { api } from "/app/api.js";
import { attempt } from "/app/attempt.js";
import { fill, h, within } from "/app/dom.js";
import * as outbox from "/app/outbox.js";
import { persist } from "/app/poll.js";
import { go } from "/app/router.js";
import * as session from "/app/session.js";
import { confirm, failure, field, toast, whileBusy } from "/app/ui.js";

export function sessionsSection() {
  const button = h("button", { type: "button" }, "Sign out everywhere");
  button.addEventListener("click", async () => {
    const text = "You will have to sign in again, here and on every other device.";
    if (!(await confirm("Sign out everywhere?", { text, action: "Sign out everywhere" }))) return;
    await attempt(async () => {
      await whileBusy(button, "Signing out…", () => api("POST", "/v1/auth/logout-all"));
      end("You are signed out everywhere.");
    });
  });
  return h("div.actions.start", button);
}

/** @param {Schemas["Me"]} me */
export function leaveSection({ id, email }) {
  const news = h("div.news", { role: "status" });
  const button = h("button.danger", { type: "button" }, "Delete account");
  const password = field("Your password", { name: "password", type: "password", autocomplete: "current-password" });
  button.addEventListener("click", async () => {
    const erase = eraseWith(/** @type {HTMLInputElement} */ (within(password, "input")).value);
    if (!(await confirm("Delete your account?", { text: WARNING, action: "Delete account for good", type: email }))) return;
    const again = () => fill(news, h("p", "This takes a little longer; still erasing…"));
    await whileBusy(button, "Erasing…", () => persist(erase, { again })).then(
      () => forgetHere(id).finally(() => end("Your account is deleted. Goodbye.")),
      (error) => fill(news, failure(error)),
    );
  });
  return [
    h("ul", ["All your to-dos, lists and tags", "All your files", "Your profile, and your sign-in"].map((what) => h("li", what))),
    h("p", "Export your data first if you want to keep it."),
    password,
    h("div.actions.start", button),
    news,
  ];
}

/** It is closed with the first try; the token is good for repeating it until everything is gone. */
/** @param {string} password Empty for an account without one. */
const eraseWith = (password) => () => api("DELETE", "/v1/users/me", { body: password ? { password } : {} });

/** What this browser keeps for the user: unsent changes, and what is under keys that end with their id. */
/** @param {string} id */
function forgetHere(id) {
  for (const storage of [localStorage, sessionStorage])
    for (const key of Object.keys(storage)) if (key.endsWith(`:${id}`)) storage.removeItem(key);
  return outbox.forget(id);
}

const WARNING = "Your to-dos, your files, your profile and your sign-in are erased for good. Nobody can bring them back.";

/** @param {string} farewell */
function end(farewell) {
  session.forget();
  go("/");
  toast(farewell);
}
