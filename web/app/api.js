/**
 * Calls of the API. They answer with what the API sent, or throw: `Problem` is the API's own word (RFC 9457),
 * `Unreachable` means that none came, so the same call may be tried again later.
 */

import config from "/config.js";
import * as session from "./session.js";

const TIMEOUT = 30_000;

/** What the API refused or could not do: `status`, `code` for programs, `message` for people, `requestId` to quote. */
export class Problem extends Error {
  /** @param {number} status @param {any} document @param {number | null} retryAfter */
  constructor(status, document, retryAfter) {
    super(document.detail || document.title || `The server answered with status ${status}.`);
    this.status = status;
    this.code = document.code ?? "unknown";
    /** @type {string | null} */
    this.requestId = document.requestId ?? null;
    /** @type {Schemas["FieldProblem"][]} One for each invalid field. */
    this.errors = document.errors ?? [];
    /** @type {any} The resource as it is now, when `If-Match` did not hold. */
    this.current = document.current ?? null;
    /** Seconds to wait before another try; `null` when the server named none. */
    this.retryAfter = retryAfter;
  }
}

export class Unreachable extends Error {
  constructor() {
    super("The server cannot be reached. Check your connection, then try again.");
  }
}

/**
 * Whether the same call may succeed a little later. A password that is refused for now is for a person to try again.
 *
 * @param {unknown} error
 */
export function isPassing(error) {
  if (!(error instanceof Problem)) return error instanceof Unreachable;
  return error.status >= 500 || (error.status === 429 && error.code !== "too_many_attempts");
}

/**
 * One call: `await api("PATCH", "/v1/todos/…", { body, ifMatch })`.
 *
 * Answers with `{ status, data, headers }`; `data` is `null` when there is no body. An expired access token is renewed
 * and the call repeated, once. Aborting `signal` throws its `AbortError`.
 *
 * @param {string} method
 * @param {string} path
 * @param {CallOptions} [options]
 * @returns {Promise<Answer>}
 */
export async function api(method, path, options = {}) {
  const used = session.tokens();
  try {
    return await send(method, path, options, used?.access_token);
  } catch (error) {
    if (!isExpired(error) || !used || options.anonymous) throw error;
    const token = await renewed(used);
    if (!token) throw error;
    return send(method, path, options, token);
  }
}

/**
 * @template {string} P
 * @param {P} path
 * @param {CallOptions} [options]
 * @returns {Promise<AnswerOf<P>>}
 */
export const get = (path, options) => api("GET", path, options).then((answer) => answer.data);

/** @param {string} method @param {string} path @param {CallOptions} options @param {string} [token] */
async function send(method, path, { body, headers, ifMatch, signal, anonymous, keepalive }, token) {
  /** @type {RequestInit & { headers: Record<string, string> }} */
  const request = {
    method,
    headers: { Accept: "application/json", ...headers },
    signal: signal ? AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT)]) : AbortSignal.timeout(TIMEOUT),
    keepalive,
  };
  if (token && !anonymous) request.headers.Authorization = `Bearer ${token}`;
  if (ifMatch !== undefined) request.headers["If-Match"] = `"${ifMatch}"`;
  if (body !== undefined) {
    request.headers["Content-Type"] = "application/json";
    request.body = JSON.stringify(body);
  }
  const { response, data } = await answer(config.apiBase + path, request, signal);
  if (!response.ok) throw new Problem(response.status, data ?? {}, seconds(response.headers.get("Retry-After")));
  return { status: response.status, data, headers: response.headers };
}

/** @param {string} url @param {RequestInit} request @param {AbortSignal} [signal] */
async function answer(url, request, signal) {
  try {
    const response = await fetch(url, request);
    return { response, data: parsed(await response.text()) };
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new Unreachable();
  }
}

/** @param {string} text */
function parsed(text) {
  try {
    return text ? JSON.parse(text) : null;
  } catch {
    return null; // not from the API: a proxy's error page
  }
}

/** @param {string | null} header */
function seconds(header) {
  return header && Number.isFinite(Number(header)) ? Number(header) : null;
}

/**
 * API Gateway refuses before the API is asked, without a code: 401, or 403 where a function is its authorizer.
 *
 * @param {unknown} error
 */
function isExpired(error) {
  if (!(error instanceof Problem)) return false;
  if (error.status === 401) return error.code !== "invalid_credentials";
  return error.status === 403 && error.code === "unknown";
}

const WAIT = Symbol("another tab is at it");
const PATIENCE = 2000;

/** @type {Promise<string | null> | null} */
let renewal = null;

/**
 * A new access token in the place of an expired one; calls that expire together, in all tabs, share one renewal.
 * `null` when the user who made the call is not signed in any more: another user's token may not carry it.
 *
 * @param {Tokens} used
 */
function renewed(used) {
  renewal ??= inTurn(used).finally(() => (renewal = null));
  return renewal;
}

/**
 * One tab at a time. What the tab before has stored reaches this one a moment after its turn has ended.
 *
 * @param {Tokens} used
 */
async function inTurn(used) {
  const first = { ifAvailable: true };
  const token = await navigator.locks.request("renew", first, (lock) => (lock ? renew(used) : WAIT));
  if (token !== WAIT) return token;
  return navigator.locks.request("renew", async () => {
    await session.superseded(used, PATIENCE);
    return renew(used);
  });
}

/** @param {Tokens} used */
async function renew(used) {
  const held = session.tokens();
  if (!held || !session.isSamePerson(held, used)) return null;
  if (held.access_token !== used.access_token) return held.access_token; // another tab was faster
  try {
    const { data } = await send("POST", "/v1/auth/refresh", {
      body: { refresh_token: held.refresh_token, client: session.clientOf(held) },
      anonymous: true,
    });
    if (isCurrent(held)) session.keep({ ...session.tokens(), ...data });
  } catch (error) {
    if (isCurrent(held)) {
      const isOver = error instanceof Problem && error.status < 500 && error.status !== 429;
      if (isOver) session.forget({ ended: true });
      throw error;
    }
  }
  const current = session.tokens(); // of another tab, if it was faster after all; none, after a sign-out
  return current && session.isSamePerson(current, used) ? current.access_token : null;
}

/** @param {Tokens} held */
function isCurrent(held) {
  return session.tokens()?.refresh_token === held.refresh_token;
}
