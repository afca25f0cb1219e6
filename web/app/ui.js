/** The pieces that pages are made of: forms that speak from the API's problems, dialogs, toasts, states. */

import { Problem, Unreachable } from "./api.js";
import { fill, h, icon } from "./dom.js";

let serial = 0;
export const uniqueId = (prefix) => `${prefix}-${++serial}`;

/**
 * A labelled input. `name` is the field's name in the API: a validation error at `/name` shows beside it.
 * Other properties go to the input; `tag` may be `textarea` or `select` (then with `options`: `[[value, text]]`).
 */
export function field(label, { name, hint, tag = "input", options = [], ...properties }) {
  const id = uniqueId(name);
  const described = hint ? `${id}-hint ${id}-error` : `${id}-error`;
  const choices = options.map(([value, text]) => h("option", { value, selected: value === properties.value }, text));
  const input = h(tag, { id, name, "aria-describedby": described, ...properties }, choices);
  return h(
    "div.field",
    h("label", { htmlFor: id }, label),
    input,
    hint && h("p.hint", { id: `${id}-hint` }, hint),
    h("p.error", { id: `${id}-error`, hidden: true }),
  );
}

/**
 * A form that is sent once at a time. `send(values)` gets `{ name: text }`; what it throws is told beside the fields
 * or above the button.
 */
export function form({ label, send, submit, busy = "One moment…" }, ...fields) {
  const message = h("div.form-message", { "aria-live": "assertive" });
  const button = h("button.primary", { type: "submit" }, submit);
  const element = h("form", { noValidate: true, "aria-label": label }, fields, message, button);
  element.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (button.disabled) return;
    clearErrors(element, message);
    if (!complete(element)) return;
    await whileBusy(button, busy, () => send(Object.fromEntries(new FormData(element)))).catch((error) =>
      explain(element, message, error),
    );
  });
  return element;
}

/** Run `action` with `button` disabled and saying so; its width stays. */
export async function whileBusy(button, text, action) {
  const label = [...button.childNodes];
  const { width } = button.getBoundingClientRect();
  button.disabled = true;
  button.style.setProperty("min-inline-size", `${Math.ceil(width)}px`);
  fill(button, text);
  try {
    return await action();
  } finally {
    button.disabled = false;
    button.style.removeProperty("min-inline-size");
    fill(button, label);
  }
}

function complete(element) {
  const wrong = [...element.elements].filter((input) => input.willValidate && !input.checkValidity());
  for (const input of wrong) tell(input, input.validationMessage);
  wrong[0]?.focus();
  return wrong.length === 0;
}

function explain(element, message, error) {
  if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
  const rest = (error.errors ?? []).filter(({ pointer, message: text }) => {
    const input = element.elements[pointer?.split("/")[1]];
    const isSeen = input instanceof HTMLElement && input.type !== "hidden";
    if (isSeen) tell(input, text);
    return !isSeen;
  });
  const shown = element.querySelector("[aria-invalid]");
  if (!shown || rest.length > 0) fill(message, problemBox(error, rest));
  (shown ?? message.querySelector("[tabindex]"))?.focus();
}

function tell(input, text) {
  input.setAttribute("aria-invalid", "true");
  const error = document.getElementById(`${input.id}-error`);
  if (error) fill(error, text).hidden = false;
}

function clearErrors(element, message) {
  fill(message);
  for (const input of element.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  for (const error of element.querySelectorAll("p.error")) fill(error).hidden = true;
}

/** What went wrong, in the API's words, with the request id to quote. */
export function problemBox(error, details = error.errors ?? []) {
  return h(
    "div.problem",
    { tabIndex: -1 },
    icon("warning"),
    h(
      "div",
      h("p", error.message),
      details.length > 0 && h("ul", details.map(({ message }) => h("li", message))),
      error.requestId && h("p.request-id", "Request ", h("code", error.requestId)),
    ),
  );
}

/** A whole region that could not be loaded, with a way to try again. Anything but an API error is a bug: it shows. */
export function failure(error, retry) {
  if (!(error instanceof Problem || error instanceof Unreachable)) console.error(error);
  const known = error instanceof Problem || error instanceof Unreachable;
  const box = problemBox(known ? error : { message: "Something went wrong in this page.", errors: [{ message: String(error) }] });
  const again = () => (document.getElementById("main").focus({ preventScroll: true }), retry()); // the button goes
  return h("div.failure", { role: "alert" }, box, retry && h("button", { type: "button", onclick: again }, "Try again"));
}

/** What stands for a thing that cannot be drawn, so that the rest of the page can be. */
export function unreadable(kind, id) {
  return h("p.unreadable", `This ${kind} cannot be shown: something in it is not as this page expects. Its id is `, h("code", String(id)), ".");
}

export function empty(name, title, ...text) {
  return h("div.empty", icon(name), h("h2", title), h("p", text));
}

/** Grey bars where `count` rows will be, as high as the rows: nothing jumps when they come. */
export function skeleton(count = 3) {
  const bars = Array.from({ length: count }, () => h("div.bone"));
  return h("div.skeleton", { "aria-busy": "true" }, h("p.visually-hidden", "Loading…"), bars);
}

/** A short message at the edge of the window; `action`: `{ label, run }`. It stays while it is hovered or focused. */
export function toast(text, { action, tone = "info", seconds = 6 } = {}) {
  let came = null;
  const go = () => {
    const hadFocus = element.contains(document.activeElement);
    element.remove();
    if (hadFocus) (came?.isConnected ? came : document.getElementById("main")).focus({ preventScroll: true });
  };
  const element = h(
    "div.toast",
    { class: tone },
    h("p", text),
    action && h("button.quiet", { type: "button", onclick: () => (go(), action.run()) }, action.label),
    h("button.quiet.only-icon", { type: "button", "aria-label": "Dismiss", onclick: go }, icon("close")),
  );
  element.addEventListener("focusin", ({ relatedTarget }) => {
    if (!element.contains(relatedTarget)) came = relatedTarget;
  });
  document.getElementById("toasts").append(element);
  const expire = () => (element.matches(":hover, :focus-within") ? setTimeout(expire, 2000) : element.remove());
  setTimeout(expire, seconds * 1000);
}

/** Tell an error of an action that has no form: `button.onclick = () => attempt(() => api(…))`. */
export async function attempt(action) {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Problem || error instanceof Unreachable)) throw error;
    toast(error.requestId ? `${error.message} (request ${error.requestId})` : error.message, { tone: "bad", seconds: 12 });
    return undefined;
  }
}

/**
 * A modal dialog. `build(close)` answers with its content; the promise resolves with what `close` was given.
 * `leave(close)` is called in the place of closing it when "Escape" is pressed.
 */
export function dialog(title, build, { leave } = {}) {
  const id = uniqueId("dialog");
  return new Promise((resolve) => {
    const element = h("dialog", { "aria-labelledby": id });
    const close = (value) => element.close(JSON.stringify(value ?? null));
    fill(element, h("h2", { id }, title), build(close));
    element.addEventListener("close", () => {
      element.remove();
      resolve(element.returnValue ? JSON.parse(element.returnValue) : null);
    });
    element.addEventListener("cancel", (event) => {
      if (!leave || event.target !== element) return;
      event.preventDefault();
      leave(close);
    });
    document.body.append(element);
    element.showModal();
  });
}

export function closeDialogs() {
  for (const element of document.querySelectorAll("dialog[open]")) element.close();
}

/** Ask before something that cannot be undone; `type` must be typed to go on, when given. */
export function confirm(title, { text, action, type }) {
  return dialog(title, (close) => {
    const typed = type && field(`Type ${type} to go on`, { name: "typed", autocomplete: "off", required: true });
    const button = h("button.danger", { type: "submit", disabled: Boolean(type) }, action);
    typed?.addEventListener("input", (event) => (button.disabled = event.target.value !== type));
    const send = (event) => (event.preventDefault(), close(true));
    return h(
      "form",
      { onsubmit: send },
      h("p", text),
      typed,
      h("div.actions", h("button", { type: "button", onclick: () => close(false) }, "Cancel"), button),
    );
  });
}
