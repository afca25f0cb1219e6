/** What narrows the list: views, lists and tags beside it, the search and the rest above it. */

import { all, h, icon, refill } from "/app/dom.js";
import { listTitle, toHref } from "/app/filters.js";
import { todos } from "/app/todos.js";
import { isBlank } from "/app/text.js";

const SEARCH_DELAY = 250;

const VIEWS = [
  ["", "All to-dos", "list"],
  ["overdue", "Overdue", "alarm"],
  ["today", "Today", "sun"],
  ["week", "Next 7 days", "calendar"],
];

/** A view is one of these at a time. */
/** @type {Pick<Filters, "due" | "list" | "tag">} */
const VIEW = { due: "", list: "", tag: "" };
const VIEW_NAMES = /** @type {(keyof typeof VIEW)[]} */ (Object.keys(VIEW));

/** @param {Filters} filters @param {Partial<Filters>} one @returns {Filters} */
export const inView = (filters, one) => ({ ...filters, ...VIEW, ...one });

/** Links, so that each view has an address; `choose(filters)` goes there without drawing the page again. */
/** @param {Choose} choose */
export function sidebar(choose) {
  const content = h("div.views");
  const button = h(
    "button.quiet.views-button",
    { type: "button", "aria-expanded": "false", onclick: toggle },
    icon("list"),
    "Views",
  );
  const element = h("nav.sidebar", { "aria-label": "Views" }, button, content);
  /** @type {Filters} */
  let filters;

  function toggle() {
    const isOpen = element.classList.toggle("open");
    button.setAttribute("aria-expanded", String(isOpen));
  }

  /** @param {Partial<Filters>} one @param {string} text @param {string} symbol */
  function link(one, text, symbol) {
    const target = inView(filters, one);
    const isHere = VIEW_NAMES.every((name) => filters[name] === target[name]);
    const properties = {
      href: toHref(target),
      "aria-current": isHere ? "true" : null,
      onclick: (/** @type {MouseEvent} */ event) => follow(event, target),
    };
    return h("li", h("a.view", properties, icon(symbol), h("span", text)));
  }

  /** @param {MouseEvent} event @param {Filters} target */
  function follow(event, target) {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (element.classList.contains("open")) toggle();
    choose(target);
  }

  /** @param {Filters} next */
  function update(next) {
    filters = next;
    const { lists, tags } = todos().names();
    /** @param {string[]} all */
    const sorted = (all) => all.toSorted((one, other) => one.localeCompare(other));
    const shownLists = ["inbox", ...sorted(union(lists, filters.list).filter((name) => name !== "inbox"))];
    const shownTags = sorted(union(tags, filters.tag));
    const focused = document.activeElement?.closest?.(".view")?.getAttribute("href");
    refill(
      content,
      h(
        "ul",
        VIEWS.map(([due, text, symbol]) => link({ due }, text, symbol)),
      ),
      shownLists.length > 1 && [
        h("h2", "Lists"),
        h(
          "ul",
          shownLists.map((list) => link({ list }, listTitle(list), "folder")),
        ),
      ],
      shownTags.length > 0 && [
        h("h2", "Tags"),
        h(
          "ul",
          shownTags.map((tag) => link({ tag }, tag, "tag")),
        ),
      ],
    );
    if (focused) [...all(content, ".view")].find((one) => one.getAttribute("href") === focused)?.focus();
  }

  return { element, update };
}

/** @param {Choose} choose */
export function toolbar(choose) {
  /** @type {Filters} */
  let filters;
  /** @type {number | undefined} */
  let timer;
  const search = h("input", { type: "search", id: "search", maxLength: 200, placeholder: "Search", oninput: later });
  const show = select("Show", "show", [
    ["open", "Open"],
    ["done", "Done"],
    ["all", "All"],
  ]);
  const priority = select("Priority", "priority", [
    ["", "Any priority"],
    ["high", "High"],
    ["medium", "Medium"],
    ["low", "Low"],
  ]);
  const sort = select("Sort by", "sort", [
    ["due", "By due date"],
    ["created", "By date added"],
  ]);
  const element = h(
    "form.toolbar",
    { role: "search", "aria-label": "Find to-dos" },
    h("div.search", icon("search"), h("label.visually-hidden", { htmlFor: "search" }, "Search"), search),
    show,
    priority,
    sort,
  );
  element.addEventListener("submit", (event) => (event.preventDefault(), now()));

  /** @param {string} label @param {keyof Filters} name @param {string[][]} options */
  function select(label, name, options) {
    const choice = h(
      "select",
      { name, id: name },
      options.map(([value, text]) => h("option", { value }, text)),
    );
    choice.addEventListener("change", () => choose({ ...filters, [name]: choice.value }));
    return h("div.choice", h("label.visually-hidden", { htmlFor: name }, label), choice);
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(now, SEARCH_DELAY);
  }

  function now() {
    clearTimeout(timer);
    const q = isBlank(search.value) ? "" : search.value.trim();
    if (q !== filters.q) choose({ ...filters, q });
  }

  /** @param {Filters} next */
  function update(next) {
    filters = next;
    for (const choice of element.querySelectorAll("select"))
      choice.value = filters[/** @type {keyof Filters} */ (choice.name)];
    if (document.activeElement !== search) search.value = filters.q;
  }

  return { element, update };
}

/** @param {string[]} names @param {string} one */
function union(names, one) {
  return one && !names.includes(one) ? [...names, one] : names;
}
