import { api } from "/app/api.js";
import { go } from "/app/router.js";
import { field, form } from "/app/ui.js";

/** The next page asks for the code. The answer does not tell whether another account has the address. */
export function emailSection() {
  return form(
    { label: "Change e-mail address", submit: "Send a code", busy: "Sending…", send: ask },
    field("New address", { name: "email", type: "email", autocomplete: "email", maxLength: 128, required: true }),
    field("Password", {
      name: "password",
      type: "password",
      autocomplete: "current-password",
      hint: "Leave it empty if you sign in by another provider, within five minutes of that.",
    }),
  );
}

/** @param {{ email: string, password: string }} values */
async function ask({ email, password }) {
  const body = password ? { email, password } : { email };
  await api("POST", "/v1/users/me/email", { body });
  go(`/change-email?email=${encodeURIComponent(email.trim())}`);
}
