/** The pieces that pages are made of: forms that speak from the API's problems, dialogs, toasts, states. */

import { Problem, Unreachable } from "./api.js";
import { all, fill, h, icon, within } from "./dom.js";

let serial = 0;
/** @param {string} prefix */
export const uniqueId = (prefix) => `${prefix}-${++serial}`;

/**
 * A labelled input.
 *
 * @param {string} label
 * @param {FieldOptions} properties
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
 * A form that is sent once at a time.
 *
 * @param {FormOptions} options
 * @param {any[]} fields
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

/**
 * Run `action` with `button` disabled and saying so; its width stays.
 *
 * @template T
 * @param {HTMLButtonElement} button
 * @param {string} text
 * @param {() => T | Promise<T>} action
 * @returns {Promise<T>}
 */
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

/** @param {HTMLFormElement} element */
function complete(element) {
  const inputs = /** @type {HTMLInputElement[]} */ ([...element.elements]);
  const wrong = inputs.filter((input) => input.willValidate && !input.checkValidity());
  for (const input of wrong) tell(input, input.validationMessage);
  wrong[0]?.focus();
  return wrong.length === 0;
}

/** @param {HTMLFormElement} element @param {HTMLElement} message @param {unknown} error */
function explain(element, message, error) {
  if (!isFailure(error)) throw error;
  const rest = (error.errors ?? []).filter(({ pointer, message: text }) => {
    const input = element.elements.namedItem(pointer?.split("/")[1] ?? "");
    if (!(input instanceof HTMLElement) || input.getAttribute("type") === "hidden") return true;
    tell(input, text);
    return false;
  });
  const shown = element.querySelector("[aria-invalid]");
  if (!shown || rest.length > 0) fill(message, problemBox(error, rest));
  /** @type {HTMLElement | null} */ (shown ?? message.querySelector("[tabindex]"))?.focus();
}

/** @param {HTMLElement} input @param {string} text */
function tell(input, text) {
  input.setAttribute("aria-invalid", "true");
  const error = document.getElementById(`${input.id}-error`);
  if (error) fill(error, text).hidden = false;
}

/** @param {HTMLFormElement} element @param {HTMLElement} message */
function clearErrors(element, message) {
  fill(message);
  for (const input of element.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  for (const error of all(element, "p.error")) fill(error).hidden = true;
}

/**
 * Whether the API refused or was out of reach; anything else is a bug.
 *
 * @param {unknown} error
 * @returns {error is Failure}
 */
export const isFailure = (error) => error instanceof Problem || error instanceof Unreachable;

/**
 * What went wrong, in the API's words, with the request id to quote.
 *
 * @param {Failure} error
 */
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

/**
 * A whole region that could not be loaded, with a way to try again. Anything but an API error is a bug: it shows.
 *
 * @param {unknown} error
 * @param {() => unknown} [retry]
 */
export function failure(error, retry) {
  if (!isFailure(error)) console.error(error);
  const bug = { pointer: "", code: "bug", message: String(error) };
  const box = problemBox(isFailure(error) ? error : { message: "Something went wrong in this page.", errors: [bug] });
  const again = () => (within(document, "#main").focus({ preventScroll: true }), retry?.()); // the button goes
  return h("div.failure", { role: "alert" }, box, retry && h("button", { type: "button", onclick: again }, "Try again"));
}

/** What stands for a thing that cannot be drawn, so that the rest of the page can be. */
/** @param {string} kind @param {unknown} id */
export function unreadable(kind, id) {
  return h("p.unreadable", `This ${kind} cannot be shown: something in it is not as this page expects. Its id is `, h("code", String(id)), ".");
}

/** @param {string} name @param {string} title @param {any[]} text */
export function empty(name, title, ...text) {
  return h("div.empty", icon(name), h("h2", title), h("p", text));
}

/** Grey bars where `count` rows will be, as high as the rows: nothing jumps when they come. */
export function skeleton(count = 3) {
  const bars = Array.from({ length: count }, () => h("div.bone"));
  return h("div.skeleton", { "aria-busy": "true" }, h("p.visually-hidden", "Loading…"), bars);
}

/**
 * A short message at the edge of the window. It stays while it is hovered or focused.
 *
 * @param {string} text
 * @param {ToastOptions} [options]
 */
export function toast(text, { action, tone = "info", seconds = 6 } = {}) {
  /** @type {HTMLElement | null} */
  let came = null;
  const go = () => {
    const hadFocus = element.contains(document.activeElement);
    element.remove();
    if (hadFocus) (came?.isConnected ? came : within(document, "#main")).focus({ preventScroll: true });
  };
  const element = h(
    "div.toast",
    { class: tone },
    h("p", text),
    action && h("button.quiet", { type: "button", onclick: () => (go(), action.run()) }, action.label),
    h("button.quiet.only-icon", { type: "button", "aria-label": "Dismiss", onclick: go }, icon("close")),
  );
  element.addEventListener("focusin", ({ relatedTarget }) => {
    const from = /** @type {HTMLElement | null} */ (relatedTarget);
    if (!element.contains(from)) came = from;
  });
  within(document, "#toasts").append(element);
  const expire = () => (element.matches(":hover, :focus-within") ? setTimeout(expire, 2000) : element.remove());
  setTimeout(expire, seconds * 1000);
}

/**
 * A modal dialog. `build(close)` answers with its content; the promise resolves with what `close` was given.
 *
 * @param {string} title
 * @param {(close: Close) => any} build
 * @param {DialogOptions} [options]
 * @returns {Promise<any>}
 */
export function dialog(title, build, { leave } = {}) {
  const id = uniqueId("dialog");
  return new Promise((resolve) => {
    const element = h("dialog", { "aria-labelledby": id });
    const close = (/** @type {any} */ value) => element.close(JSON.stringify(value ?? null));
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
  for (const element of all(document, "dialog")) if (element.open) element.close();
}

/**
 * Ask before something that cannot be undone.
 *
 * @param {string} title
 * @param {ConfirmOptions} options
 * @returns {Promise<boolean | null>}
 */
export function confirm(title, { text, action, type }) {
  return dialog(title, (close) => {
    const typed = type ? field(`Type ${type} to go on`, { name: "typed", autocomplete: "off", required: true }) : null;
    const button = h("button.danger", { type: "submit", disabled: Boolean(type) }, action);
    const input = typed && within(typed, "input");
    input?.addEventListener("input", () => (button.disabled = input.value !== type));
    /** @param {Event} event */
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
