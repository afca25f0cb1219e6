/** The field that adds a to-do, and what it understood of the line so far. */

import { fill, h, icon } from "/app/dom.js";
import { dueText } from "/app/due.js";
import { draft } from "/app/drafts.js";
import { parsed } from "/app/quick.js";
import { isBlank } from "/app/text.js";

/** @param {(line: string) => Promise<boolean>} add */
export function composer(add) {
  const own = draft("new-todo");
  const input = h("input", {
    id: "new-todo",
    name: "title",
    maxLength: 500,
    autocomplete: "off",
    enterKeyHint: "done",
    placeholder: "New to-do",
    "aria-describedby": "new-todo-hint",
  });
  const hint = h("p.hint", { id: "new-todo-hint" });
  const button = h("button.primary", { type: "submit" }, "Add");
  const line = h(
    "div.line",
    icon("add"),
    h("label.visually-hidden", { htmlFor: input.id }, "New to-do"),
    input,
    button,
  );
  const form = h("form.composer", { "aria-label": "Add a to-do", noValidate: true }, line, hint);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = input.value;
    put("");
    input.focus();
    if (!isBlank(typed)) send(typed);
  });
  // On narrow screens the hint comes with the first focus and then stays: if it went, a press would miss what it began on.
  input.addEventListener("focus", () => form.classList.add("open"), { once: true });
  input.addEventListener("input", () => (own.keep(input.value || null), explain()));

  /** @param {string} text */
  function put(text) {
    input.value = text;
    own.keep(text || null);
    explain();
  }

  /** What could not be kept is given back, unless the next one is begun already. */
  /** @param {string} typed */
  async function send(typed) {
    if (!(await add(typed)) && !input.value) put(typed);
  }

  function explain() {
    fill(hint, !isBlank(input.value) ? understood(parsed(input.value)) : help());
  }

  put(String(own.read() ?? ""));
  return { element: form, focus: () => input.focus() };
}

function help() {
  return [
    "Shortcuts: ",
    h("code", "#tag"),
    " ",
    h("code", "!high"),
    " ",
    h("code", "@tomorrow"),
    " ",
    h("code", "@friday"),
  ];
}

/** @param {Parsed} parsed */
function understood({ title, dueOn, priority, tags }) {
  const said = [
    dueOn && `due ${dueText({ dueOn }).toLowerCase()}`,
    priority && `${priority} priority`,
    ...tags.map((tag) => `#${tag}`),
  ];
  const rest = said.filter(Boolean);
  return rest.length > 0 ? ["Adds ", h("strong", title), `, ${rest.join(", ")}`] : help();
}
