/** To-dos: the page after sign-in. One call of the API fills it, and another looks for changes every 30 seconds. */

import { isPassing } from "/app/api.js";
import { fill, h, icon, nearing, refill } from "/app/dom.js";
import { fromQuery, isNarrowed, toQuery, viewTitle } from "/app/filters.js";
import * as outbox from "/app/outbox.js";
import { setQuery } from "/app/router.js";
import { shortened } from "/app/text.js";
import { todos } from "/app/todos.js";
import { empty, failure, skeleton, toast } from "/app/ui.js";
import { composer } from "./todos/composer.js";
import { inView, sidebar, toolbar } from "./todos/filters.js";
import { list } from "./todos/list.js";
import { pending, statuses } from "./todos/pending.js";

export const title = "To-dos";

const TICK = 30_000;
const AHEAD_AFTER = 2000;

/** @param {HTMLElement} view @param {Context} context */
export function render(view, { query, signal }) {
  const store = todos();
  const heading = h("h1");
  const state = h("div.state");
  const views = sidebar(visit);
  const tools = toolbar(choose);
  const adding = composer((/** @type {string} */ line) => act(() => store.add(line)));
  const items = list({ change, open, remove, decide: settle, filters: () => store.filters, show: follow });
  const bar = pending({ review });
  const more = h("button", { type: "button", onclick: () => store.more() }, "Load more");
  const end = h("div.more", more);
  const news = h("p.visually-hidden", { role: "status" });
  const content = h(
    "div.content",
    heading,
    adding.element,
    tools.element,
    items.element,
    state,
    end,
    bar.element,
    news,
  );
  view.classList.add("with-sidebar");
  view.append(views.element, content);

  const watch = nearing(next, "400px");
  let drawing = 0;
  store.addEventListener("change", later, { signal });
  outbox.on("refusal", ({ detail }) => !detail.isLate && settle(detail), signal);
  addEventListener("online", pull, { signal });
  signal.addEventListener("abort", () => watch.disconnect());
  watch.observe(end);
  const ahead = () => prepare().catch(console.warn);
  for (const type of ["pointerover", "focusin"]) view.addEventListener(type, ahead, { once: true });
  setTimeout(ahead, AHEAD_AFTER);
  const clock = setInterval(tick, TICK);
  addEventListener("visibilitychange", tick, { signal });
  signal.addEventListener("abort", () => {
    clearInterval(clock);
    const focused = document.activeElement;
    if (focused instanceof HTMLElement && view.contains(focused)) focused.blur(); // a title that is being edited is kept
  });
  const loaded = store.load(fromQuery(query));
  draw();
  return loaded;

  /** @param {Filters} filters @param {{ push?: boolean }} [how] */
  async function choose(filters, how) {
    setQuery(toQuery(filters), how);
    await store.load(filters);
    if (store.filters !== filters || store.error) return;
    const count = store.rows().length;
    fill(news, count === 1 ? "1 to-do" : `${count} to-dos`);
  }

  /** @param {Filters} filters */
  function visit(filters) {
    choose(filters, { push: true });
  }

  /** @param {MouseEvent} event @param {Partial<Filters>} one */
  function follow(event, one) {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    visit(inView(store.filters, one));
  }

  /** One drawing for all that changes within a task. */
  function later() {
    drawing ||= requestAnimationFrame(() => {
      drawing = 0;
      if (!signal.aborted) draw();
    });
  }

  /** Show an error of the drawing below the list; the rest of the page goes on. */
  function draw() {
    try {
      drawAll();
    } catch (error) {
      fill(state, failure(error, draw));
    }
  }

  function drawAll() {
    const groups = store.groups();
    const name = viewTitle(store.filters);
    if (heading.textContent !== name) fill(heading, name);
    views.update(store.filters);
    tools.update(store.filters);
    items.update(groups, statuses(), store.filters);
    bar.update();
    refill(state, below(groups.length > 0));
    end.hidden = !store.hasMore;
    if (!end.hidden) observeAnew();
  }

  /** @param {boolean} hasRows */
  function below(hasRows) {
    if (store.error && hasRows && isPassing(store.error)) return stale(pull);
    if (store.error) return failure(store.error, pull);
    if (hasRows) return null;
    if (store.isLoading) return skeleton(6);
    return nothing(store.filters);
  }

  /** Observing again reports at once when the end is still in view. */
  function observeAnew() {
    watch.unobserve(end);
    watch.observe(end);
  }

  function next() {
    if (store.hasMore) store.more();
  }

  function pull() {
    outbox.pull({ now: true });
  }

  /** @param {Todo} todo @param {Partial<Fields>} fields */
  function change(todo, fields) {
    return act(() => store.change(todo, fields));
  }

  /** @param {Pick<Todo, "id">} options */
  async function open({ id }) {
    const todo = store.current(id);
    if (!todo) return;
    const { details } = (await ahead()) ?? {};
    if (!details) {
      toast("The details are not here yet. They open when the network is back.", { tone: "bad" });
      return addEventListener("online", () => open({ id }), { once: true, signal });
    }
    let fields = await details(todo);
    while (fields && !(await change(todo, fields))) fields = await details(todo, { ...todo, ...fields });
  }

  /** @param {Todo} todo */
  function remove(todo) {
    act(() => store.remove(todo));
    toast(`Deleted “${shortened(String(todo.title ?? todo.id))}”.`, { action: { label: "Undo", run: () => undo(todo) } });
  }

  /** @param {Todo} todo */
  async function undo(todo) {
    await act(() => store.restore(todo));
    if (signal.aborted) return;
    draw();
    items.focus(todo.id);
  }

  /** Another device may have changed something, and what was "Tomorrow", or not yet overdue, may be by now. */
  function tick() {
    later();
    if (!document.hidden) outbox.pull();
  }

  function review() {
    const undecided = outbox.read().find(({ problem }) => problem);
    if (undecided) settle(undecided);
  }

  /** @param {{ id: string }} todo */
  async function settle(todo) {
    const { decide } = await import("./todos/decide.js"); // few visits need it
    if (signal.aborted || document.querySelector("dialog[open]")) return;
    await decide(todo.id);
    draw();
  }
}

/** The first page goes without this dialog. It is fetched soon after, so that it is there when the network is not. */
const prepare = () => import("./todos/details.js");

/** What was loaded before stays in view. */
/** @param {() => unknown} retry */
function stale(retry) {
  const button = h("button.quiet", { type: "button", onclick: retry }, "Try again");
  return h(
    "div.notice.plain",
    { role: "status" },
    icon("cloud"),
    h("p", "The server cannot be reached: this is what was loaded before."),
    button,
  );
}

/** What changes is kept in this browser first; whether it could be: else what was typed is to be given back. */
/** @param {() => unknown} action */
async function act(action) {
  try {
    await action();
    return true;
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    const reason = error.name === "QuotaExceededError" ? "has no space left" : "cannot write to its storage";
    toast(`This browser ${reason}, so the change could not be kept.`, { tone: "bad", seconds: 12 });
    return false;
  }
}

/** @param {Filters} filters */
function nothing(filters) {
  if (filters.q) return empty("search", "Nothing found", `No to-do here mentions “${shortened(filters.q)}”.`);
  if (filters.show === "done" && !isNarrowed({ ...filters, show: "open" }))
    return empty("check", "Nothing done yet", "What you complete shows here.");
  if (filters.show === "open" && filters.due === "overdue") return empty("check", "Nothing is overdue", "You are up to date.");
  const kind = { open: "open to-do", done: "completed to-do", all: "to-do" }[filters.show];
  if (isNarrowed(filters)) return empty("check", "Nothing here", `No ${kind} belongs to this view.`);
  return empty("check", "All clear", "Write down what is on your mind: the field above takes it.");
}
