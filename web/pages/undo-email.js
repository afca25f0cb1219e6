/** The page of the link in the mail to a former address. The token is in the fragment, which no server sees. */

import { send } from "/app/account.js";
import { fill, h } from "/app/dom.js";
import { persist } from "/app/poll.js";
import { go } from "/app/router.js";
import * as session from "/app/session.js";
import { form, toast } from "/app/ui.js";

export const title = "Undo the change of your address";

/** It waits for a press of the button: programs that look at mails open links, too. */
/** @param {HTMLElement} view */
export function render(view) {
  const token = location.hash.slice(1);
  view.classList.add("narrow");
  fill(view, h("h1", title), token ? offer(token) : h("p", "Open the link in the mail once more: this one is not whole."));
}

/** @param {string} token */
function offer(token) {
  return [
    h("p", "Your account gets back the address that the mail went to. Do this if it was not you who changed it."),
    h("ul", [h("li", "Everyone is signed out, on every device."), h("li", "The password no longer works. We mail you a code to set a new one.")]),
    form({ label: title, submit: "Undo the change", busy: "Undoing…", send: () => undo(token) }),
  ];
}

/** @param {string} token */
async function undo(token) {
  await persist(() => send("email-undo", { token }), { tries: 5 });
  if (session.user()?.id === token.split(".")[0]) session.forget();
  go("/reset-password");
  toast("The address is yours again. Set a new password with the code that we have just mailed you.", { seconds: 12 });
}
