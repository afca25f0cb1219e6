import { emailField, send, withEmail } from "/app/account.js";
import { fill, h } from "/app/dom.js";
import { go, onward } from "/app/router.js";
import { form } from "/app/ui.js";

export const title = "Forgot your password?";

/** @param {HTMLElement} view @param {Context} context */
export function render(view, { query }) {
  view.classList.add("narrow");
  fill(
    view,
    h("h1", title),
    h("p.quietly", "Tell us your address, and we send a code with which you set a new one."),
    form(
      { label: "Ask for a code", submit: "Send a code", send: ask },
      emailField({ autofocus: true, value: query.get("email") ?? "" }),
    ),
    h("p.below", h("a", { href: onward("/sign-in") }, "Back to sign in")),
  );
}

/** The answer does not tell whether there is such an account, and so neither does the next page. */
/** @param {{ email: string }} options */
async function ask({ email }) {
  await send("forgot-password", { email });
  go(withEmail("/reset-password", email));
}
