/** The visitor's clipboard. */

import { toast } from "./toast.js";

/**
 * @param {string} text
 * @returns {Promise<void>}
 */
export async function copy(text) {
  await navigator.clipboard.writeText(text);
  toast("Copied.", "info");
}
