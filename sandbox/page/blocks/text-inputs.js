/** Inputs for text, e-mail addresses, URLs and numbers. */

import { h } from "../dom.js";
import { spoken } from "../inline.js";
import { perform } from "./act.js";

/** @typedef {import("./act.js").Draw} Draw */

const TYPING_MS = 400;

/** @type {Record<string, Record<string, string>>} */
const KINDS = {
  plain_text_input: { type: "text" },
  email_text_input: { type: "text", inputmode: "email" },
  url_text_input: { type: "text", inputmode: "url" },
  number_input: { type: "text", inputmode: "decimal" },
};

/** @type {Draw} */
export function drawTextInput(element, block, surface, naming) {
  const { form } = surface;
  const attributes = {
    class: "text-input",
    placeholder: spoken(element.placeholder),
    autocomplete: "off",
    spellcheck: "false",
    "aria-labelledby": naming.labelledBy,
    "aria-label": naming.labelledBy ? null : spoken(element.placeholder) || "Text",
    "aria-describedby": naming.describedBy,
    autofocus: Boolean(element.focus_on_load),
  };
  const input = element.multiline
    ? h("textarea", { ...attributes, rows: "4" })
    : h("input", { ...attributes, ...KINDS[element.type] });
  input.value = String(form.get(block, element) ?? "");

  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
  const dispatch = () => {
    if (!block.dispatch_action && block.type === "input") return;
    void perform(input, element, block, surface, { selected: input.value || null });
  };
  /** @type {number | undefined} */
  let typing;
  input.addEventListener("input", () => {
    form.set(block, element, input.value);
    clearTimeout(typing);
    if (triggers.includes("on_character_entered")) typing = setTimeout(dispatch, TYPING_MS);
  });
  input.addEventListener("keydown", (/** @type {Event} */ event) => {
    const { key, shiftKey, isComposing } = /** @type {KeyboardEvent} */ (event);
    if (key !== "Enter" || shiftKey || isComposing || element.multiline) return;
    if (!block.dispatch_action || !triggers.includes("on_enter_pressed")) return;
    // It is meant for the app, not for the form around it.
    event.preventDefault();
    dispatch();
  });
  return input;
}
