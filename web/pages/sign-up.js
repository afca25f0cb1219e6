import { emailField, newPasswordField, remember, send, signInAgain, withEmail } from "/app/account.js";
import { fill, h } from "/app/dom.js";
import { go, onward } from "/app/router.js";
import { isBlank } from "/app/text.js";
import { field, form } from "/app/ui.js";

export const title = "Sign up";

/** @param {HTMLElement} view */
export function render(view) {
  view.classList.add("narrow");
  fill(
    view,
    h("h1", "Create your account"),
    form(
      { label: title, submit: "Sign up", send: signUp },
      emailField({ autofocus: true, hint: "We send a code to it." }),
      newPasswordField("Password"),
      field("Name (optional)", { name: "name", autocomplete: "name", maxLength: 100 }),
    ),
    h("p.below", "You have an account already? ", h("a", { href: onward("/sign-in") }, "Sign in")),
  );
}

/** @param {{ email: string, password: string, name: string }} options */
async function signUp({ email, password, name }) {
  const { confirmationRequired } = await send("signup", { email, password, name: isBlank(name) ? undefined : name.trim() });
  remember(email, password);
  if (confirmationRequired) go(withEmail("/confirm", email));
  else await signInAgain(email);
}
