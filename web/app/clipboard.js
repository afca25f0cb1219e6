import { toast } from "./ui.js";

/** @param {string} text */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    toast("Copied.");
  } catch {
    toast("The browser does not allow copying here. Select the text and copy it yourself.", { tone: "bad" });
  }
}
