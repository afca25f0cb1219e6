import { codeField, withoutBlanks } from "/app/account.js";
import { api } from "/app/api.js";
import { fill, h } from "/app/dom.js";
import { persist } from "/app/poll.js";
import { go } from "/app/router.js";
import { form, toast } from "/app/ui.js";
import { localHint } from "./confirm.js";

export const title = "Confirm your new address";

/** @param {HTMLElement} view @param {Context} context */
export function render(view, { query }) {
  const email = query.get("email");
  view.classList.add("narrow");
  fill(
    view,
    h("h1", title),
    h(
      "p.quietly",
      "A code is on its way to ",
      email ? h("strong", email) : "the new address",
      ", unless another account has that address. It is good for an hour.",
    ),
    form({ label: title, submit: "Change the address", busy: "Changing…", send: confirm }, codeField({ autofocus: true })),
    h("p.below", h("a", { href: "/account" }, "Back to the account")),
    localHint(),
  );
}

/** Safe to repeat: once it is done, the same code is success. */
/** @param {{ code: string }} values */
async function confirm({ code }) {
  const send = () => api("POST", "/v1/users/me/email/confirm", { body: { code: withoutBlanks(code) } });
  await persist(send, { tries: 3 });
  go("/account");
  toast("Your address is changed. The former one got a link that undoes this for seven days.");
}
