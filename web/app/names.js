/** The names of lists and tags that were seen, to choose from: the API has no list of them. */

import { read, write } from "./kept.js";
import * as session from "./session.js";
import { nfc } from "./text.js";

const MOST = 40;

export function known() {
  const { lists, tags } = read("localStorage", key()) ?? {};
  return { lists: union(array(lists) ?? ["inbox"], []), tags: union(array(tags) ?? [], []) };
}

/** @param {Pick<Todo, "list" | "tags">[]} todos */
export function learn(todos) {
  const { lists, tags } = known();
  keep({
    lists: union(
      lists,
      todos.map(({ list }) => list),
    ),
    tags: union(
      tags,
      todos.flatMap((todo) => todo.tags),
    ),
  });
}

/** A list or tag in which nothing is left. */
/** @param {string} list @param {string} tag */
export function forget(list, tag) {
  const { lists, tags } = known();
  keep({ lists: lists.filter((name) => name !== list || name === "inbox"), tags: tags.filter((name) => name !== tag) });
}

/** @param {{ lists: string[], tags: string[] }} names */
function keep(names) {
  write("localStorage", key(), names);
}

/** @param {unknown[]} old @param {unknown[]} more @returns {string[]} */
function union(old, more) {
  const texts = [...old, ...more].filter((name) => typeof name === "string");
  return [...new Set(texts.map(nfc))].slice(-MOST);
}

/** @param {unknown} value */
const array = (value) => (Array.isArray(value) ? value : null);
const key = () => `names:${session.user()?.id}`;

session.onChange(() => {
  if (session.user()) return;
  for (const name of Object.keys(localStorage)) if (name.startsWith("names:")) localStorage.removeItem(name);
});
