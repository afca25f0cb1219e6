/** Types that the modules name in their JSDoc, for `make web-types` and editors: no browser loads this file. */

type Schemas = import("contract").components["schemas"];

/** The answer to a GET of a path that the contract has as it stands here; `any` for one with parts filled in. */
type AnswerOf<P extends string> = P extends `${infer Path}?${string}`
  ? AnswerOf<Path>
  : P extends keyof Paths
    ? Paths[P] extends { get: { responses: { 200: { content: { "application/json": infer Body } } } } }
      ? Body
      : any
    : any;
type Paths = import("contract").paths;

/** A to-do as the pages have it: one that waits in the outbox has no revision yet. */
type Todo = Omit<Schemas["TodoOut"], "revision">;
type Fields = Pick<Todo, "title" | "notes" | "completed" | "dueOn" | "dueAt" | "priority" | "tags" | "list">;

/** An unsent change of a to-do: see `app/changes.js`. */
interface Change {
  key: string;
  id: string;
  kind: "create" | "change" | "delete";
  fields: Partial<Fields>;
  base: Todo | null;
  at: string;
  over?: number;
  seenTags?: string[];
  tried?: number;
  failures?: number;
  late?: boolean;
  heldUntil?: number;
  /** What the API has answered: for the change, or for its whole request. */
  problem?: Partial<Problem> | Result;
  /** Its key in IndexedDB. */
  place?: number;
}
/** A change to be kept. */
type Wanted = Partial<Change> & Pick<Change, "id" | "kind">;
type Made = Pick<Change, "key" | "at"> & Partial<Change>;
type Update = (changes: Change[]) => Change[];
/** An update of the unsent changes of a user: see `app/unsent.js`. */
interface Kept {
  user: string;
  added?: Change;
  change: Update;
}
type OutboxEvent = "change" | "refusal";

/** What `/v1/sync` answers: see `app/outbox.js`. */
type SyncAnswer = Partial<Schemas["SyncPushOut"]>;
type Result = Schemas["MutationResult"];
/** A to-do as it is now, or its deletion. */
interface TodoNews {
  id: string;
  version: number;
  data: Todo | null;
}
/** What an answer tells: see `app/replica.js`. */
interface News {
  user: string;
  /** The token that was sent. */
  since: string | null;
  changes: TodoNews[];
  next: string | null;
}

/** What a line says: see `app/quick.js`. */
type Parsed = Pick<Fields, "title" | "tags"> & Partial<Fields>;

/** Which to-dos a page shows: see `app/filters.js`. */
interface Filters {
  show: string;
  list: string;
  tag: string;
  priority: string;
  due: string;
  q: string;
  sort: string;
}

type Choose = (filters: Filters) => unknown;

/** When a to-do is due: a day wherever the user is, or a moment. */
type Due = Partial<Pick<Todo, "dueOn" | "dueAt">>;
type Task = Due & Pick<Todo, "completed">;

/** A part of a whole: see `share` in `app/chart.js`. */
interface Part extends Key {
  value: number;
  text: string;
}
/** An entry of a chart's legend. */
interface Key {
  name: string;
  tone: string;
  text?: string;
}
/** A column of a chart, with a value for each series. */
interface Stack {
  name: string;
  values: number[];
  hint: string;
}

/** What can be done with a to-do of the list: see `pages/todos/row.js`. */
interface Actions {
  change(todo: Todo, fields: Partial<Fields>): Promise<boolean>;
  open(todo: Todo): unknown;
  remove(todo: Todo): unknown;
  decide(todo: Todo): unknown;
  filters(): Filters;
  show(event: MouseEvent, view: Partial<Filters>): unknown;
}
/** What an unsent change of a to-do waits for. */
type Status = "decide" | "waiting" | null;
type StatusOf = (id: string) => Status;
/** A row of the list. `instead` is shown where it cannot be drawn. */
interface Row {
  element: HTMLElement;
  update(todo: Todo, status: Status): void;
  instead?: HTMLElement | null;
}
interface Group {
  name: string;
  rows: Todo[];
}
/** A to-do as its form has it: see `pages/todos/details.js`. */
type Typed = Record<"title" | "notes" | "day" | "hour" | "tags" | "list", string> & Pick<Todo, "priority">;

/** The pieces of pages: see `app/ui.js`. */
interface FieldOptions {
  /** The field's name in the API: a validation error at `/name` shows beside it. */
  name: string;
  hint?: any;
  /** `textarea`, or `select` with `options`: `[[value, text]]`. */
  tag?: string;
  options?: string[][];
  /** The others go to the input. */
  [property: string]: any;
}
interface FormOptions {
  label: string;
  /** Gets `{ name: text }`. What it throws is shown beside the fields or above the button. */
  send(values: any): unknown;
  submit: string;
  busy?: string;
}
interface ToastOptions {
  action?: { label: string; run(): unknown };
  tone?: string;
  seconds?: number;
}
type Close = (value?: any) => void;
interface DialogOptions {
  /** Called in the place of closing it when "Escape" is pressed. */
  leave?(close: Close): unknown;
}
interface ConfirmOptions {
  text: any;
  action: string;
  /** What must be typed to go on. */
  type?: string;
}

/** A column of a table: see `app/table.js`. */
interface Column {
  label: string;
  cell(item: any): unknown;
  name?: string;
  head?: boolean;
  numeric?: boolean;
  wide?: boolean;
  quiet?: boolean;
}

interface CallOptions {
  body?: unknown;
  headers?: Record<string, string>;
  /** The version of the resource, sent as `If-Match`. */
  ifMatch?: number;
  signal?: AbortSignal;
  /** Without the access token. */
  anonymous?: boolean;
  /** The call outlives the page. */
  keepalive?: boolean;
}
interface Answer {
  status: number;
  data: any;
  headers: Headers;
}
type Problem = import("/app/api.js").Problem;
type Unreachable = import("/app/api.js").Unreachable;
/** What `problemBox` shows: `Unreachable` has neither errors nor a request id. */
type Failure = Pick<Error, "message"> & { errors?: Schemas["FieldProblem"][]; requestId?: string | null };

interface Tokens {
  access_token: string;
  id_token: string;
  refresh_token: string;
  /** The user's name, where it was changed since the tokens were made. */
  name?: string;
}
interface User {
  id: string;
  email: string;
  name: string;
  isAdmin: boolean;
}

interface Route {
  /** `/files`; a `{name}` in it takes one segment. */
  path: string;
  access?: "user" | "guest" | "admin";
  load: () => Promise<Page>;
}
/** Where to go instead of a route; `null`: it may be shown. */
type Redirect = (route: Route) => string | null;
/** What a page's module exports. `render` fills `view` and may return a promise. */
interface Page {
  title: string;
  render(view: HTMLElement, context: Context): unknown;
}
/** `signal` aborts when the user goes elsewhere. */
interface Context {
  params: Record<string, string>;
  query: URLSearchParams;
  signal: AbortSignal;
}
type SiteConfig = typeof import("/config.js").default;

/** The element that `h("a.button.primary")` makes. */
type ElementOf<S extends string> = S extends `${infer Tag}.${string}`
  ? ElementOf<Tag>
  : S extends keyof HTMLElementTagNameMap
    ? HTMLElementTagNameMap[S]
    : HTMLElement;
