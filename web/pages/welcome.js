import config from "/config.js";
import { signIn } from "/app/account.js";
import { attempt } from "/app/attempt.js";
import { fill, h, icon } from "/app/dom.js";
import { stylesheet } from "/app/stylesheet.js";
import { whileBusy } from "/app/ui.js";

export const title = "Welcome";

const VIRTUES = [
  [
    "cloud",
    "Goes on without a network",
    "Write and tick off in the tunnel. What is not sent yet says so, and is sent when the network is back.",
  ],
  [
    "differs",
    "Never overwrites in silence",
    "Different fields changed on two devices are merged. The same one? You see both versions, and you choose.",
  ],
  [
    "file",
    "A folder of your own",
    "Files go straight to storage, with progress, limits shown beforehand, and links that expire.",
  ],
  [
    "user",
    "Yours to take and to erase",
    "Export everything as JSON at any time. Deleting the account deletes what it held.",
  ],
];

/** @param {HTMLElement} view */
export async function render(view) {
  import("/pages/sign-in.js"); // most go there next
  await stylesheet("/styles/welcome.css");
  view.classList.add("welcome");
  fill(
    view,
    h(
      "section.hero",
      h(
        "div.claim",
        h("h1", "To-dos that never lose a change."),
        h(
          "p.lead",
          "A small, complete app over a serverless backend: your lists and your files, on every device, also where there is no network.",
        ),
        h(
          "div.begin",
          h("a.button.primary", { href: "/sign-up" }, "Sign up"),
          h("a.button", { href: "/sign-in" }, "Sign in"),
        ),
        demo(),
      ),
      picture(),
    ),
    h(
      "ul.virtues",
      { role: "list" },
      VIRTUES.map(([symbol, heading, text]) => h("li", icon(symbol), h("h2", heading), h("p", text))),
    ),
    config.docs && h("p.below", "For developers: ", h("a", { href: "/docs" }, "the API, to try in the browser"), "."),
  );
}

/** Only a local stack tells of an account that anybody may use. */
function demo() {
  if (!config.demo) return null;
  const { email, password } = config.demo;
  const button = h(
    "button.link",
    { type: "button", onclick: () => attempt(() => whileBusy(button, "Signing in…", () => signIn(email, password))) },
    "Use the demo account",
  );
  return h(
    "p.demo",
    "This stack runs on your machine. ",
    button,
    ", or sign in as ",
    h("code", "admin@example.com"),
    " with the password ",
    h("code", password),
    ".",
  );
}

/** What the app looks like, drawn with its own pieces; it says nothing that is not said beside it. */
function picture() {
  return h(
    "div.picture",
    { "aria-hidden": "true" },
    h("p.group", "Today"),
    h(
      "ul",
      sample("Call the landlord", { mark: ["alarm", "Yesterday · overdue", "late"] }),
      sample("Book the train to Lyon", { mark: ["calendar", "Today, 18:00"], tag: "#travel" }),
      sample("Water the plants", { done: true }),
      sample("Send the slides to Ada", { mark: ["flag", "High", "priority high"], chip: "Pending" }),
    ),
  );
}

/** @param {string} text @param {{ done?: boolean, mark?: string[], tag?: string, chip?: string }} look */
function sample(text, { done, mark, tag, chip }) {
  return h(
    "li.todo",
    { class: done ? "done" : "" },
    h("span.check", h("span.box", done && icon("check"))),
    h(
      "div.text",
      h("span.todo-title", text),
      h(
        "div.about",
        chip && h("span.chip.warn", icon("cloud"), chip),
        mark && h("span.mark", { class: mark[2] }, icon(mark[0]), mark[1]),
        tag && h("span.tag", tag),
      ),
    ),
  );
}
