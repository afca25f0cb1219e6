import {
  codeField,
  knownEmail,
  newPasswordField,
  remember,
  send,
  signInAgain,
  withEmail,
  withoutBlanks,
} from "/app/account.js";
import { fill, h } from "/app/dom.js";
import { go, onward } from "/app/router.js";
import { form } from "/app/ui.js";
import { localHint } from "./confirm.js";

export const title = "Set a new password";

/** @param {HTMLElement} view @param {Context} context */
export function render(view, { query }) {
  const email = query.get("email");
  view.classList.add("narrow");
  fill(
    view,
    h("h1", title),
    email && h("p.quietly", "If there is an account of ", h("strong", email), ", a code is on its way to it."),
    form(
      { label: title, submit: "Set the new password", send: reset },
      knownEmail(query),
      codeField({ autofocus: Boolean(email) }),
      newPasswordField("New password"),
    ),
    h(
      "p.below",
      h("a", { href: email ? withEmail("/forgot-password", email) : onward("/forgot-password") }, "Send another code"),
    ),
    localHint(),
  );
}

/** Every session of the account ends with it; this browser begins a new one. */
/** @param {Schemas["ResetPassword"]} values */
async function reset({ email, code, password }) {
  await send("reset-password", { email, code: withoutBlanks(code), password });
  remember(email, password);
  if (!(await signInAgain(email))) go(`${withEmail("/sign-in", email)}&reset`);
}
