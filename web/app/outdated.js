/** Unsent changes after a restart of sync, as plain data: few visits need it. */

/**
 * `change` when the to-dos are others: a backup was restored, or it was too long ago. No version that it knows counts, so
 * the API finds a conflict, in whose question what there is now is shown.
 *
 * @param {Change} change
 * @returns {Change}
 */
export function outdated({ base, over, problem, ...change }) {
  const { MAX_SAFE_INTEGER: version } = Number;
  const asked = problem?.current ? { ...problem, code: "changed", current: undefined } : problem;
  return { ...change, base: base && { ...base, version }, over: over && version, problem: asked };
}
