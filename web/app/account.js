/** What the pages of signing up, in and back in share. */

import config from "/config.js";
import { api } from "./api.js";
import { fill, h, icon, within } from "./dom.js";
import { onward } from "./router.js";
import * as session from "./session.js";
import { field } from "./ui.js";

/** Typed a moment ago and needed once more after the confirmation. In memory only: a reload forgets it. */
/** @type {{ email: string, password: string } | null} */
let typed = null;

/** @param {string} email @param {string} password */
export function remember(email, password) {
  typed = { email: normal(email), password };
}

/** The password that was typed for `email`, if it still is known. */
/** @param {string} email */
export const typedFor = (email) => (typed?.email === normal(email) ? typed.password : undefined);

/** Sign in with what was typed for `email`, if it still is known; whether it worked. */
/** @param {string} email */
export async function signInAgain(email) {
  const password = typedFor(email);
  if (password === undefined) return false;
  typed = null;
  await signIn(email, password);
  return true;
}

/** Signing in changes the session, and the app then goes to where the user wanted to be. */
/** @param {string} email @param {string} password */
export async function signIn(email, password) {
  session.keep(await send("login", { email, password, client: "site" }));
}

/** A code as it was mailed: copying it may take blanks along, and mails show it in groups. */
/** @param {string} code */
export const withoutBlanks = (code) => code.replaceAll(/\s/g, "");

/** A call that needs no session. */
/** @param {string} name @param {unknown} body */
export async function send(name, body) {
  return (await api("POST", `/v1/auth/${name}`, { body, anonymous: true })).data;
}

/** @param {string} path @param {string} email */
export function withEmail(path, email) {
  return onward(`${path}?email=${encodeURIComponent(email.trim())}`);
}

export function emailField(properties = {}) {
  return field("Email", {
    name: "email",
    type: "email",
    autocomplete: "username",
    maxLength: 128,
    required: true,
    ...properties,
  });
}

/** The address, known from the page before; asked for when the page is opened directly. */
/** @param {URLSearchParams} query */
export function knownEmail(query) {
  const email = query.get("email");
  return email ? h("input", { type: "hidden", name: "email", value: email }) : emailField({ autofocus: true });
}

export function codeField(properties = {}) {
  return field("Code", {
    name: "code",
    autocomplete: "one-time-code",
    inputMode: "numeric",
    pattern: "\\s*([0-9A-Za-z]\\s*){1,16}",
    maxLength: 64,
    required: true,
    class: "code",
    ...properties,
  });
}

/** @type {[string, RegExp][]} */
const KINDS = [
  ["An upper-case letter", /[A-Z]/],
  ["A lower-case letter", /[a-z]/],
  ["A digit", /[0-9]/],
  ["A symbol", /[!-/:-@[-`{-~]/],
];
/** @type {[string, RegExp][]} */
const RULES = [["At least 12 characters", /^.{12}/su], ...(config.passwordComplexity ? KINDS : [])];

/** A field for a new password that shows live which rules it meets. The server has the last word. */
/** @param {string} label @param {Record<string, unknown>} [properties] */
export function newPasswordField(label, properties = {}) {
  const element = field(label, {
    name: "password",
    type: "password",
    autocomplete: "new-password",
    maxLength: 256,
    required: true,
    hint: "No common one, and not your address or name.",
    ...properties,
  });
  const input = within(element, "input");
  const rules = h("ul.rules", { id: `${input.id}-rules` });
  const check = () => {
    const met = RULES.map(([, pattern]) => pattern.test(input.value));
    fill(
      rules,
      RULES.map(([text], index) => rule(text, met[index])),
    );
    input.setCustomValidity(met.every(Boolean) ? "" : "This password does not meet all the rules below.");
  };
  input.setAttribute("aria-describedby", `${rules.id} ${input.getAttribute("aria-describedby")}`);
  input.addEventListener("input", check);
  check();
  element.append(rules);
  return element;
}

/** @param {string} text @param {boolean} isMet */
function rule(text, isMet) {
  return h(
    "li",
    { class: isMet ? "met" : "" },
    icon(isMet ? "check" : "dot"),
    text,
    isMet && h("span.visually-hidden", " (met)"),
  );
}

/** @param {string} email */
const normal = (email) => email.trim().toLowerCase();
