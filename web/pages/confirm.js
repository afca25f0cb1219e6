import config from "/config.js";
import { codeField, knownEmail, send, signInAgain, typedFor, withEmail, withoutBlanks } from "/app/account.js";
import { Problem } from "/app/api.js";
import { attempt } from "/app/attempt.js";
import { fill, h } from "/app/dom.js";
import { go } from "/app/router.js";
import { form, toast, whileBusy } from "/app/ui.js";

export const title = "Confirm your email";

/** @param {HTMLElement} view @param {Context} context */
export function render(view, { query }) {
  const email = query.get("email");
  const again = h("button.link", { type: "button", onclick: () => resend(element, again) }, "Send the code again");
  const element = form(
    { label: title, submit: "Confirm", send: confirm },
    knownEmail(query),
    codeField({ autofocus: Boolean(email) }),
  );
  view.classList.add("narrow");
  fill(
    view,
    h("h1", title),
    h(
      "p.quietly",
      email
        ? ["We sent a mail to ", h("strong", email), ". It arrives within a minute."]
        : "Enter your address and the code from the mail.",
    ),
    element,
    h("p.below", "Nothing there? Look at your spam folder, or ", again, "."),
    localHint(),
  );
}

/** @param {Schemas["ConfirmSignUp"]} values */
async function confirm({ email, code }) {
  await send("confirm", { email, code: withoutBlanks(code), password: typedFor(email) }).catch(unlessConfirmed);
  if (!(await signInAgain(email))) go(`${withEmail("/sign-in", email)}&confirmed`);
}

/** The answer to an earlier try may have been lost. */
/** @param {unknown} error */
function unlessConfirmed(error) {
  if (!(error instanceof Problem && error.code === "already_confirmed")) throw error;
}

/** @param {HTMLFormElement} element @param {HTMLButtonElement} button */
async function resend(element, button) {
  const email = /** @type {HTMLInputElement} */ (element.elements.namedItem("email"));
  if (!email.reportValidity()) return;
  const answer = await attempt(() =>
    whileBusy(button, "Sending…", () => send("resend", { email: email.value })),
  );
  if (answer) toast(answer.detail);
}

/** On a laptop no mail leaves the machine. */
export function localHint() {
  return (
    config.mailbox &&
    h(
      "p.notice.plain",
      "This stack runs on your machine, and so does its mail: look into the ",
      h("a", { href: "/mailbox", target: "_blank" }, "mailbox"),
      ".",
    )
  );
}
