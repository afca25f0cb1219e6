/**
 * Making elements. Text always becomes a text node, so nothing that a user wrote is ever read as HTML:
 * the page's policy (Trusted Types) forbids `innerHTML` altogether.
 */

/**
 * `h("a.button", { href: "/files", onclick }, "Files")`. A property is set where the element has one, an attribute
 * otherwise; `on…` listens; `class` adds classes; `false`, `null` and `undefined` leave it (or a child) out.
 *
 * @template {string} S
 * @param {S} selector
 * @param {any} [properties]
 * @param {any[]} children
 * @returns {ElementOf<S>}
 */
export function h(selector, properties, ...children) {
  const [tag, ...classes] = selector.split(".");
  const element = /** @type {ElementOf<S>} */ (document.createElement(tag));
  element.classList.add(...classes);
  if (isChild(properties)) children.unshift(properties);
  else setAll(element, properties);
  element.append(...flat(children));
  return element;
}

/**
 * Put `children` in the place of everything inside `element`.
 *
 * @template {Element} E
 * @param {E} element
 * @param {any[]} children
 */
export function fill(element, ...children) {
  element.replaceChildren(...flat(children));
  return element;
}

/**
 * As `fill`, but what is there already stays: a press that has begun on it must not end on another element.
 *
 * @template {Element} E
 * @param {E} element
 * @param {any[]} children
 */
export function refill(element, ...children) {
  const next = /** @type {E} */ (element.cloneNode());
  next.append(...flat(children));
  if (!next.isEqualNode(element)) element.replaceChildren(...next.childNodes);
  return element;
}

/**
 * What `selector` finds in `root`, which is there.
 *
 * @template {string} S
 * @param {ParentNode} root
 * @param {S} selector
 * @returns {ElementOf<S>}
 */
export function within(root, selector) {
  const found = root.querySelector(selector);
  if (!found) throw new Error(`There is no ${selector} here.`);
  return /** @type {ElementOf<S>} */ (found);
}

/**
 * All that `selector` finds in `root`.
 *
 * @template {string} S
 * @param {ParentNode} root
 * @param {S} selector
 */
export function all(root, selector) {
  return /** @type {NodeListOf<ElementOf<S>>} */ (root.querySelectorAll(selector));
}

/**
 * Calls `run` when an observed element comes into view. Entries queue up, the oldest first: the last one holds.
 *
 * @param {() => unknown} run
 * @param {string} rootMargin
 */
export function nearing(run, rootMargin) {
  return new IntersectionObserver((entries) => entries.at(-1)?.isIntersecting && run(), { rootMargin });
}

const SVG = "http://www.w3.org/2000/svg";

/** @type {Record<string, string>} */
const PATHS = {
  add: "M12 5v14M5 12h14",
  alarm: "M12 8v5m0 3.5v.5M10.3 3.9 2.6 17.5A2 2 0 0 0 4.3 20.5h15.4a2 2 0 0 0 1.7-3L13.7 3.9a2 2 0 0 0-3.4 0Z",
  calendar: "M4 9h16M8 3v4m8-4v4M6 5h12a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2H6a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2Z",
  chart: "M4 20V4m0 16h16M9 16v-5m5 5V8m5 8v-3",
  check: "m5 12.5 4.5 4.5L19 7.5",
  close: "M6 6l12 12M18 6 6 18",
  cloud: "M7 18.5h10.5a4 4 0 0 0 .6-7.95 6 6 0 0 0-11.6-1.1A4.6 4.6 0 0 0 7 18.5Z",
  console: "m5 8 4 4-4 4m7 0h7",
  differs: "M6 9h12M6 15h12M15.5 5 8.5 19",
  dot: "M12 12h.01",
  download: "M12 4v11m0 0 4.5-4.5M12 15l-4.5-4.5M5 20h14",
  edit: "M14.5 5.5 18.5 9.5M4 20l1-5L16 4a2 2 0 0 1 3 0l1 1a2 2 0 0 1 0 3L9 19Z",
  file: "M13 3H7a2 2 0 0 0-2 2v14a2 2 0 0 0 2 2h10a2 2 0 0 0 2-2V9Zm0 0v6h6",
  flag: "M5 21V4m0 0h11l-2 4 2 4H5",
  folder: "M3.5 18V6.5a1.5 1.5 0 0 1 1.5-1.5h4l2 2.5h8a1.5 1.5 0 0 1 1.5 1.5v9a1.5 1.5 0 0 1-1.5 1.5H5A1.5 1.5 0 0 1 3.5 18Z",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  mail: "M4 6h16a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1Zm-.5.8 8.5 6.4 8.5-6.4",
  note: "M5 6h14M5 11h14M5 16h8",
  search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14Zm9 2-4-4",
  sun: "M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm0-13v2m0 14v2M3 12h2m14 0h2M5.6 5.6 7 7m10 10 1.4 1.4m0-12.8L17 7M7 17l-1.4 1.4",
  tag: "M4 4h7.5L20.5 13l-7.5 7.5L4 11.5Zm4 4h.01",
  trash: "M4 7h16M10 11v6m4-6v6M6 7l1 13h10l1-13M9 7V4h6v3",
  upload: "M12 16V5m0 0L7.5 9.5M12 5l4.5 4.5M5 20h14",
  user: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7.5 8.5a7.5 7.5 0 0 1 15 0",
  warning: "M12 8v5m0 3.5v.5M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18Z",
};

/**
 * A line drawing beside a text that says the same, so screen readers skip it.
 *
 * @param {string} name One of `PATHS`.
 */
export function icon(name) {
  return svg("svg", { class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" }, svg("path", { d: PATHS[name] }));
}

/**
 * An SVG element, for icons and charts.
 *
 * @param {string} tag
 * @param {Record<string, any>} attributes
 * @param {any[]} children
 */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...flat(children));
  return element;
}

/** @param {unknown} value */
function isChild(value) {
  return typeof value === "string" || value instanceof Node || Array.isArray(value);
}

/** @param {any[]} children */
function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** @param {any} element @param {Record<string, any>} [properties] */
function setAll(element, properties) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "class") element.classList.add(...value.split(" ").filter(Boolean));
    else if (name === "dataset") Object.assign(element.dataset, value);
    else if (name in element && name !== "list" && name !== "form") element[name] = value;
    else if (value !== false) element.setAttribute(name, value === true ? "" : value);
  }
}
