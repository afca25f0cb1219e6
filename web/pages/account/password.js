import { newPasswordField } from "/app/account.js";
import { api } from "/app/api.js";
import { h } from "/app/dom.js";
import * as session from "/app/session.js";
import { field, form, toast } from "/app/ui.js";

/** @param {Schemas["Me"]} me */
export function passwordSection(me) {
  const element = form(
    { label: "Change password", submit: "Change password", busy: "Changing…", send: change },
    // Password managers save what they see beside a user name.
    h("input", { type: "email", name: "username", autocomplete: "username", value: me.email, hidden: true, readOnly: true }),
    field("Current password", { name: "currentPassword", type: "password", autocomplete: "current-password", required: true }),
    newPasswordField("New password", { name: "newPassword" }),
    h("label.option", h("input", { type: "checkbox", name: "endOtherSessions", checked: true }), " Sign out my other sessions"),
  );

  /** @param {{ currentPassword: string, newPassword: string, endOtherSessions?: "on" }} values */
  async function change({ currentPassword, newPassword, endOtherSessions }) {
    const body = { currentPassword, newPassword, endOtherSessions: endOtherSessions === "on" };
    const { data } = await api("POST", "/v1/users/me/password", { body });
    if (data) session.keep(data);
    element.reset();
    toast(body.endOtherSessions ? "Your password is changed, and other sessions are signed out." : "Your password is changed.");
  }

  return element;
}
