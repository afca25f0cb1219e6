/** Presses. The browser makes a click of one only if it ends on the element on which it began. */

/** Milliseconds: a finger may rest on the screen, and a button may be released outside the window. */
const PATIENCE = 1000;

let ended = Promise.resolve();
let end = () => {};

addEventListener("pointerdown", begin, true);
for (const type of ["pointerup", "pointercancel"]) addEventListener(type, () => setTimeout(() => end()), true); // after its click

function begin() {
  ended = new Promise((resolve) => {
    end = resolve;
    setTimeout(resolve, PATIENCE);
  });
}

/** Resolves once no press is under way, so that what is pressed can be replaced. */
export function pressEnded() {
  return ended;
}
