import { emailField, signIn, withEmail } from "/app/account.js";
import { fill, h } from "/app/dom.js";
import { onward } from "/app/router.js";
import * as session from "/app/session.js";
import { field, form } from "/app/ui.js";

export const title = "Sign in";

/** @param {HTMLElement} view @param {Context} context */
export function render(view, { query }) {
  import("/pages/todos.js"); // on its way while the password is typed
  const email = query.get("email") ?? "";
  view.classList.add("narrow");
  fill(
    view,
    h("h1", title),
    notice(query),
    form(
      { label: title, submit: "Sign in", send: (values) => signIn(values.email, values.password) },
      emailField({ value: email, autofocus: !email }),
      field("Password", {
        name: "password",
        type: "password",
        autocomplete: "current-password",
        required: true,
        autofocus: Boolean(email),
      }),
    ),
    h(
      "p.below",
      h("a", { href: email ? withEmail("/forgot-password", email) : onward("/forgot-password") }, "Forgot your password?"),
      " · ",
      h("a", { href: onward("/sign-up") }, "Create an account"),
      " · ",
      h("a", { href: email ? withEmail("/confirm", email) : onward("/confirm") }, "Confirm your address"),
    ),
  );
}

/** @param {URLSearchParams} query */
function notice(query) {
  if (session.hasEnded) return h("p.notice", { role: "status" }, "Your session has ended. Sign in again.");
  if (query.has("confirmed"))
    return h("p.notice.good", { role: "status" }, "Your address is confirmed. Sign in to begin.");
  if (query.has("reset")) return h("p.notice.good", { role: "status" }, "Your password is set. Sign in with it.");
  return null;
}
