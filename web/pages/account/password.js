import { newPasswordField } from "/app/account.js";
import { api } from "/app/api.js";
import { h } from "/app/dom.js";
import { field, form, toast } from "/app/ui.js";

/** @param {Schemas["Me"]} me */
export function passwordSection(me) {
  const element = form(
    { label: "Change password", submit: "Change password", busy: "Changing…", send: change },
    // Password managers save what they see beside a user name.
    h("input", { type: "email", name: "username", autocomplete: "username", value: me.email, hidden: true, readOnly: true }),
    field("Current password", { name: "currentPassword", type: "password", autocomplete: "current-password", required: true }),
    newPasswordField("New password", { name: "newPassword" }),
  );

  /** @param {Schemas["ChangePassword"]} values */
  async function change({ currentPassword, newPassword }) {
    await api("POST", "/v1/users/me/password", { body: { currentPassword, newPassword } });
    element.reset();
    toast("Your password is changed.");
  }

  return element;
}
