/** What only the user can decide: a change that the API refused, or that met another one. */

import { isStill, mine } from "/app/changes.js";
import { h, icon } from "/app/dom.js";
import { dueText } from "/app/due.js";
import { listTitle } from "/app/filters.js";
import * as outbox from "/app/outbox.js";
import * as replica from "/app/replica.js";
import { dialog, problemBox } from "/app/ui.js";
import { details } from "./details.js";

/** @typedef {(value?: string | null) => void} Close */
/** @typedef {Change & { problem: Partial<Problem> | Result }} Refused */
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

/** The answers of the API after which the to-do is not there: a deletion, one too long ago, another than was undone. */
const GONE = ["todo_deleted", "not_found", "changed"];
/** @type {Record<string, string>} What is said of some codes; the others come with what is wrong in which field. */
const REASONS = { quota_exceeded: "You have as many to-dos as you may keep. Delete some first." };

/**
 * Ask about one to-do. Resolves when it is decided or put off. If another tab has gone on meanwhile, that was the answer
 * to another question: it is asked again, unless it is settled.
 *
 * @param {string} id
 * @returns {Promise<void>}
 */
export async function decide(id) {
  const asked = outbox.read().filter((change) => change.id === id);
  const refused = asked.find(isRefused);
  if (!refused) return;
  const decision = await question(refused, mine(asked, id));
  if (!decision) return;
  if (!isStill(outbox.read(), asked)) {
    await decide(id);
    return;
  }
  outbox.decide(asked, ...decision);
}

/** @param {Change} change @returns {change is Refused} */
const isRefused = (change) => Boolean(change.problem);

/**
 * The version of the API and the one to send; nothing when the decision is put off.
 *
 * @param {Refused} refused
 * @param {Todo | null} yours
 * @returns {Promise<Decision>}
 */
function question(refused, yours) {
  const { code = "" } = refused.problem;
  const current = refused.problem.current ?? (code === "changed" && replica.get(refused.id));
  if (current) return choose(yours, current);
  return yours && GONE.includes(code) ? revive(yours) : mend(refused, yours);
}

/** @param {Todo | null} yours @param {Todo} theirs @returns {Promise<Decision>} */
async function choose(yours, theirs) {
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
      h("button", { type: "button", onclick: () => close("theirs") }, yours ? "Keep theirs" : "Keep it"),
      h(
        "button",
        { type: "button", class: yours ? "primary" : "danger", onclick: () => close("mine") },
        yours ? "Keep mine" : "Delete it anyway",
      ),
    ),
  ]);
  return answer && [theirs, answer === "mine" ? yours : theirs];
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
    problemBox(explained(problem)),
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

/**
 * A refused mutation has pointers and codes; a refused request has a text, too.
 *
 * @param {Refused["problem"]} problem
 * @returns {Failure}
 */
function explained(problem) {
  if ("message" in problem && problem.message) return { ...problem, message: problem.message };
  const { code = "", errors } = problem;
  return {
    message: REASONS[code] ?? `The server does not accept this (${code}).`,
    errors: errors?.map((error) => ({ ...error, message: `${error.pointer}: ${error.message}` })),
  };
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
