/** Everything about one to-do, in a dialog. */

import { difference } from "/app/changes.js";
import { h, within } from "/app/dom.js";
import { follow } from "/app/drafts.js";
import { FIRST_DAY, LAST_DAY, isPlausible } from "/app/due.js";
import { localDay } from "/app/format.js";
import { VISIBLE, isBlank, nfc, stored } from "/app/text.js";
import { todos } from "/app/todos.js";
import { confirm, dialog, field, form } from "/app/ui.js";

const PRIORITIES = [
  ["none", "None"],
  ["low", "Low"],
  ["medium", "Medium"],
  ["high", "High"],
];

const DISCARD = { text: "What you typed is not saved yet.", action: "Discard" };

/**
 * Resolves with the fields that were changed; `null` when nothing changes. `typed`: the to-do as it was typed before.
 *
 * @param {Todo} todo
 * @param {Todo} [typed]
 * @returns {Promise<Partial<Fields> | null>}
 */
export async function details(todo, typed = todo) {
  /** @type {ReturnType<typeof follow>} */
  let own;
  const mayLeave = async () => !own.read() || confirm("Discard what you typed?", DISCARD);
  /** @param {(value: unknown) => void} close */
  const leave = async (close) => {
    if (!(await mayLeave())) return;
    own.drop();
    close(null);
  };
  const fields = await dialog("Details", (close) => {
    const cancel = h("button", { type: "button", onclick: () => leave(close) }, "Cancel");
    const element = form(
      { label: "Details", submit: "Save", send: async (values) => save(values, close) },
      ...inputs(typed),
    );
    own = follow(element, `details:${todo.id}`);
    element.append(h("div.actions", cancel, element.querySelector("[type=submit]")));
    return element;
  }, { leave });

  /** @param {Typed} values @param {(value: unknown) => void} close */
  function save(values, close) {
    own.drop();
    close(difference(todo, { ...todo, ...stored(content(values)) }));
  }

  return fields && Object.keys(fields).length > 0 ? fields : null;
}

/** @param {Todo} todo */
function inputs(todo) {
  const time = todo.dueAt && new Date(todo.dueAt);
  const tags = field("Tags", {
    name: "tags",
    value: todo.tags.join(", "),
    autocomplete: "off",
    hint: "Separated by commas",
  });
  const tagInput = within(tags, "input");
  tagInput.addEventListener("input", () => tagInput.setCustomValidity(tagProblem(tagsOf(tagInput.value))));
  const day = field("Due date", {
    name: "day",
    type: "date",
    value: time ? localDay(time) : (todo.dueOn ?? ""),
    min: FIRST_DAY,
    max: LAST_DAY,
  });
  const hour = field("Due time", { name: "hour", type: "time", value: time ? clockOf(time) : "" });
  const [dayInput, hourInput] = [day, hour].map((one) => within(one, "input"));
  const together = () => dayInput.setCustomValidity(dueProblem(dayInput.value, hourInput.value));
  for (const input of [dayInput, hourInput]) input.addEventListener("input", together);
  return [
    field("Title", {
      name: "title",
      value: todo.title,
      maxLength: 500,
      required: true,
      pattern: VISIBLE,
      autocomplete: "off",
    }),
    field("Notes", { name: "notes", tag: "textarea", value: todo.notes, maxLength: 10_000 }),
    h("div.pair", day, hour),
    h(
      "div.pair",
      field("Priority", { name: "priority", tag: "select", options: PRIORITIES, value: todo.priority }),
      listField(todo),
    ),
    tags,
  ];
}

/** @param {Pick<Todo, "list">} options */
function listField({ list }) {
  const options = h(
    "datalist",
    { id: "known-lists" },
    todos().names().lists.map((name) => h("option", { value: name })),
  );
  const element = field("List", {
    name: "list",
    value: list,
    maxLength: 100,
    required: true,
    pattern: VISIBLE,
    list: options.id,
    autocomplete: "off",
  });
  element.append(options);
  return element;
}

/**
 * @param {Typed} values
 * @returns {Omit<Fields, "completed">}
 */
function content({ title, notes, day, hour, priority, tags, list }) {
  return {
    title: title.trim(),
    notes: isBlank(notes) ? "" : notes.replaceAll("\r\n", "\n"),
    dueOn: day && !hour ? day : null,
    dueAt: day && hour ? moment(day, hour) : null,
    priority,
    tags: tagsOf(tags),
    list: list.trim(),
  };
}

/** A time of day here may fall on another day in UTC, and so beyond what the API takes. */
/** @param {string} day @param {string} hour */
function dueProblem(day, hour) {
  if (hour && !day) return "A time needs a date.";
  const isBeyond = hour && isPlausible(day) && !isPlausible(moment(day, hour));
  return isBeyond ? `In UTC, this is not between ${FIRST_DAY} and ${LAST_DAY}.` : "";
}

/** @param {string} day @param {string} hour */
const moment = (day, hour) => new Date(`${day}T${hour}`).toISOString();

/** @param {string} text */
function tagsOf(text) {
  return [
    ...new Set(
      nfc(text)
        .split(",")
        .map((tag) => tag.trim().replace(/^#/, ""))
        .filter((tag) => !isBlank(tag)),
    ),
  ];
}

/** @param {string[]} tags */
function tagProblem(tags) {
  if (tags.length > 20) return "At most 20 tags.";
  return tags.some((tag) => tag.length > 50) ? "A tag has at most 50 characters." : "";
}

/** @param {Date} time */
function clockOf(time) {
  return [time.getHours(), time.getMinutes()].map((part) => String(part).padStart(2, "0")).join(":");
}
