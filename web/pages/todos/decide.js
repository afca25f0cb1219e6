/** What only the user can decide: a change that the API refused, or that met another one. */

import { isStill, merged, mine } from "/app/changes.js";
import { h, icon } from "/app/dom.js";
import { dueText } from "/app/due.js";
import { listTitle } from "/app/filters.js";
import * as outbox from "/app/outbox.js";
import { dialog, problemBox } from "/app/ui.js";
import { details } from "./details.js";

/** @typedef {(value?: string | null) => void} Close */
/** @typedef {(id: string, todo: Todo | null) => void} Correct */
/** @typedef {Change & { problem: Partial<Problem> & Failure }} Refused */
/** @typedef {(keyof ReturnType<typeof described>)[]} Names */
/** @typedef {[Todo | null, Todo | null] | null} Decision The version of the API, and the one to send. */

/** @type {Record<keyof ReturnType<typeof described>, string>} */
const LABELS = {
  title: "Title",
  completed: "Done",
  due: "Due",
  priority: "Priority",
  list: "List",
  tags: "Tags",
  notes: "Notes",
};

/**
 * Ask about one to-do; `correct(id, todo)` learns what the API has now. Resolves when it is decided or put off. If
 * another tab has gone on meanwhile, that was the answer to another question: it is asked again, unless it is settled.
 *
 * @param {string} id
 * @param {Correct} correct
 * @returns {Promise<void>}
 */
export async function decide(id, correct) {
  const asked = outbox.read().filter((change) => change.id === id);
  const refused = asked.find(isRefused);
  if (!refused) return;
  const decision = await question(refused, mine(asked, id), asked);
  if (!decision) return;
  if (!isStill(outbox.read(), asked)) {
    await decide(id, correct);
    return;
  }
  const [theirs, wanted] = decision;
  correct(id, theirs);
  outbox.decide(asked, theirs, wanted);
}

/** @param {Change} change @returns {change is Refused} */
const isRefused = (change) => Boolean(change.problem);

/**
 * The version of the API and the one to send; nothing when the decision is put off.
 *
 * @param {Refused} refused
 * @param {Todo | null} yours
 * @param {Change[]} asked
 * @returns {Promise<Decision>}
 */
function question(refused, yours, asked) {
  const { status, code, current } = refused.problem;
  if (status === 412 && current) return choose(yours, current, merged(asked, refused.id, current));
  return yours && (status === 404 || code === "todo_deleted") ? revive(yours) : mend(refused, yours);
}

/** @param {Todo | null} yours @param {Todo} theirs @param {Todo | null} both @returns {Promise<Decision>} */
async function choose(yours, theirs, both) {
  const answer = await dialog(yours ? "Changed in two places" : "Changed since you deleted it", (close) => [
    h(
      "p.quietly",
      yours
        ? "This to-do was changed on another device or tab while you edited it. Which version do you keep?"
        : "This to-do was changed on another device or tab before your deletion arrived.",
    ),
    comparison(yours, theirs),
    h(
      "div.actions",
      later(close),
      both && h("button", { type: "button", onclick: () => close("both") }, "Keep both changes"),
      h("button", { type: "button", onclick: () => close("theirs") }, yours ? "Keep theirs" : "Keep it"),
      h(
        "button",
        { type: "button", class: yours ? "primary" : "danger", onclick: () => close("mine") },
        yours ? "Keep mine" : "Delete it anyway",
      ),
    ),
  ]);
  const wanted = /** @type {Record<string, Todo | null>} */ ({ mine: yours, theirs, both });
  return answer && [theirs, wanted[answer]];
}

/** @param {Todo} yours @returns {Promise<Decision>} */
async function revive(yours) {
  const answer = await dialog("Deleted elsewhere", (close) => [
    h("p", "This to-do was deleted on another device while you changed it:"),
    h("p", h("strong", yours.title)),
    actions(close, ["drop", "Let it go"], ["keep", "Keep mine as a new to-do", "primary"]),
  ]);
  return answer && [null, answer === "keep" ? yours : null];
}

/** @param {Refused} refused @param {Todo | null} yours @returns {Promise<Decision>} */
async function mend({ id, kind, base, problem }, yours) {
  const answer = await dialog("This change was refused", (close) => [
    h("p", h("strong", (yours ?? base)?.title)),
    problemBox(problem),
    actions(
      close,
      ["drop", "Discard the change", "danger"],
      ["retry", "Try again"],
      yours && ["edit", "Edit it", "primary"],
    ),
  ]);
  if (answer === "retry") outbox.retry(id);
  if (answer === "drop") return [base, base];
  const fields = answer === "edit" && yours && (await details(yours));
  return fields ? [kind === "create" ? null : base, { ...yours, ...fields }] : null;
}

/** @param {Close} close @param {(string[] | false | null)[]} choices */
function actions(close, ...choices) {
  const buttons = choices
    .flatMap((choice) => (choice ? [choice] : []))
    .map(([value, text, tone = ""]) => h("button", { type: "button", class: tone, onclick: () => close(value) }, text));
  return h("div.actions", later(close), buttons);
}

/** First, so that a key pressed by chance decides nothing. */
/** @param {Close} close */
function later(close) {
  return h("button.quiet", { type: "button", onclick: () => close(null) }, "Decide later");
}

/** Both versions side by side; what differs is marked, and not by colour alone. */
/** @param {Todo | null} yours @param {Todo} theirs */
function comparison(yours, theirs) {
  const left = yours && described(yours);
  const right = described(theirs);
  const fields = /** @type {Names} */ (Object.keys(LABELS));
  const names = fields.filter((name) => name === "title" || (left?.[name] ?? right[name]) || right[name]);
  return h(
    "table.comparison",
    h("thead", h("tr", h("td"), yours && h("th", { scope: "col" }, "Yours"), h("th", { scope: "col" }, "Theirs"))),
    h(
      "tbody",
      names.map((name) => {
        const differs = left && left[name] !== right[name];
        const label = h(
          "th",
          { scope: "row" },
          differs && icon("differs"),
          LABELS[name],
          differs && h("span.visually-hidden", " (differs)"),
        );
        return h(
          "tr",
          { class: differs ? "differs" : "" },
          label,
          left && h("td", left[name] || "–"),
          h("td", right[name] || "–"),
        );
      }),
    ),
  );
}

/** @param {Todo} todo */
function described(todo) {
  return {
    title: todo.title,
    completed: todo.completed ? "Yes" : "No",
    due: todo.dueOn || todo.dueAt ? dueText(todo) : "",
    priority: todo.priority === "none" ? "" : todo.priority.charAt(0).toUpperCase() + todo.priority.slice(1),
    list: listTitle(todo.list),
    tags: todo.tags.map((tag) => `#${tag}`).join(" "),
    notes: todo.notes,
  };
}
