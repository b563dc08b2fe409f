/** Short notices at the foot of the page, for what went wrong outside of any message. */

import { ControlError } from "./api.js";
import { iconButton } from "./buttons.js";
import { capital } from "./dates.js";
import { byId, h } from "./dom.js";
import { icon } from "./icons.js";

const SHOWN_MS = 8_000;

/** @type {Record<string, string>} */
const KNOWN = {
  operation_timeout: "did not answer within 3 seconds",
  dispatch_failed: "could not be reached",
  invalid_command_response: "sent an answer that Slack cannot show",
  invalid_response_action: "sent an answer that Slack does not know",
};

/**
 * @param {string} text
 * @param {"error" | "info"} [kind]
 */
export function toast(text, kind = "error") {
  const region = byId("toasts");
  const close = () => note.remove();
  const note = h(
    "div",
    { class: `toast toast--${kind}` },
    icon(kind === "error" ? "warning" : "check"),
    h("span", { class: "toast__text" }, text),
    iconButton("close", "Dismiss", close, "toast__close"),
  );
  region.append(note);
  // Last in the top layer, hence above a dialog that opened since.
  region.hidePopover();
  region.showPopover();
  setTimeout(close, SHOWN_MS);
}

/**
 * Say why the app did not do what was asked.
 *
 * @param {string} app its name
 * @param {unknown} failure an acknowledgement's `error`, or what the control API threw
 * @returns {string}
 */
export function explain(app, failure) {
  const code = failure instanceof ControlError ? failure.code : String(failure);
  if (code === "unreachable") return "The sandbox does not answer.";
  const known = KNOWN[code];
  return known ? `${app} ${known} (${code}).` : `${capital(code)}.`;
}

/**
 * Run something that talks to the sandbox; a refusal becomes a notice.
 *
 * @template T
 * @param {string} app
 * @param {() => Promise<T>} run
 * @returns {Promise<T | null>} null after a refusal
 */
export async function attempt(app, run) {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof ControlError)) throw error;
    toast(explain(app, error));
    return null;
  }
}
