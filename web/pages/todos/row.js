/** One to-do in the list. Its controls stay the same elements while it changes, so that the focus stays, too. */

import { fill, h, icon, refill } from "/app/dom.js";
import { dueText, isOverdue } from "/app/due.js";
import { listTitle, toHref } from "/app/filters.js";
import { isBlank } from "/app/text.js";
import { unreadable } from "/app/ui.js";
import { inView } from "./filters.js";

/** `actions`: `{ change(todo, fields), open(todo), remove(todo), decide(todo), filters(), show(event, view) }`. */
/** @param {Actions} actions */
export function row(actions) {
  /** @type {Todo} */
  let todo;
  const check = h("input", { type: "checkbox", onchange: () => actions.change(todo, { completed: check.checked }) });
  const title = h("button.todo-title", { type: "button", onclick: () => edit(todo) });
  const about = h("div.about");
  const waiting = h("div.waiting"); // beside the title: below it, it would move the other rows when it comes and goes
  const details = h("button.quiet.only-icon", { type: "button", onclick: () => actions.open(todo) }, icon("edit"));
  const remove = h(
    "button.quiet.danger.only-icon",
    { type: "button", onclick: () => actions.remove(todo) },
    icon("trash"),
  );
  const text = h("div.text", title, about);
  const element = h("li.todo", h("span.check", check), text, waiting, h("div.tools", details, remove));

  /** @param {Todo} next @param {Status} status */
  function update(next, status) {
    todo = next;
    element.classList.toggle("done", todo.completed);
    check.checked = todo.completed;
    check.setAttribute("aria-label", todo.title);
    if (title.textContent !== todo.title) fill(title, todo.title);
    details.setAttribute("aria-label", `Details of ${todo.title}`);
    remove.setAttribute("aria-label", `Delete ${todo.title}`);
    refill(waiting, status === "waiting" && h("span.chip.warn", icon("cloud"), h("span.label", "Pending")));
    refill(about, chips(todo, status, actions));
    about.hidden = !about.firstChild;
  }

  /** `typed`: what could not be kept before. */
  /** @param {Todo} seen @param {string} [typed] */
  function edit(seen, typed = seen.title) {
    const before = seen.title;
    const input = h("input", {
      type: "text",
      value: typed,
      maxLength: 500,
      "aria-label": "Title",
      autocomplete: "off",
    });
    let isOpen = true;

    /** @param {boolean} isKept */
    function close(isKept) {
      if (!isOpen) return;
      isOpen = false;
      const value = input.value.trim();
      const hadFocus = document.activeElement === input;
      input.replaceWith(title);
      if (isKept && !isBlank(value) && value !== before) save(value);
      if (hadFocus) title.focus();
    }

    /** @param {string} value */
    async function save(value) {
      if (!(await actions.change(seen, { title: value })) && title.isConnected) edit(seen, value);
    }

    input.addEventListener("blur", () => close(true));
    input.addEventListener("keydown", (event) => {
      if (event.isComposing || !["Enter", "Escape"].includes(event.key)) return;
      event.preventDefault(); // else the button, which gets the focus, is pressed by the same key
      close(event.key === "Enter");
    });
    title.replaceWith(input);
    input.focus();
    input.setSelectionRange(typed.length, typed.length);
  }

  return { element, update };
}

/** In place of a row that cannot be drawn, so that the to-do can still be deleted. */
/** @param {Todo} todo @param {Pick<Actions, "remove">} actions */
export function undrawable(todo, { remove }) {
  const press = () => remove(todo);
  return h(
    "li.todo.undrawable",
    h("span.check", icon("warning")),
    h("div.text", unreadable("to-do", todo.id)),
    h(
      "div.tools",
      h("button.quiet.danger.only-icon", { type: "button", "aria-label": `Delete to-do ${todo.id}`, onclick: press }, icon("trash")),
    ),
  );
}

/**
 * @param {Todo} todo
 * @param {Status} status
 * @param {Pick<Actions, "decide" | "filters" | "show">} actions
 */
function chips(todo, status, { decide, filters, show }) {
  const narrowed = filters();
  return [
    status === "decide" &&
      h("button.chip.bad", { type: "button", onclick: () => decide(todo) }, icon("warning"), "Needs your decision"),
    (todo.dueOn || todo.dueAt) && due(todo),
    todo.priority !== "none" && priority(todo.priority),
    todo.list !== narrowed.list && todo.list !== "inbox" && h("span.mark", icon("folder"), listTitle(todo.list)),
    todo.tags.map((tag) =>
      h(
        "a.tag",
        { href: toHref(inView(narrowed, { tag })), onclick: (/** @type {MouseEvent} */ event) => show(event, { tag }) },
        `#${tag}`,
      ),
    ),
    todo.notes &&
      h("span.mark.notes", icon("note"), h("span.visually-hidden", "Notes: "), h("span.excerpt", excerpt(todo.notes))),
  ];
}

/** @param {Todo} todo */
function due(todo) {
  const late = isOverdue(todo);
  return h(
    "span.mark",
    { class: late ? "late" : "" },
    icon(late ? "alarm" : "calendar"),
    dueText(todo),
    late && " · overdue",
  );
}

/** @param {Fields["priority"]} name */
function priority(name) {
  return h("span.mark.priority", { class: name }, icon("flag"), `${name.charAt(0).toUpperCase()}${name.slice(1)}`);
}

/** The first line that says something. */
/** @param {string} notes */
function excerpt(notes) {
  return notes.trim().split("\n", 1)[0].slice(0, 120);
}
