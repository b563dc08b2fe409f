/** Everything that can be clicked or filled in, by type of element. */

import { h, safeUrl } from "../dom.js";
import { keyOf } from "../form.js";
import { icon } from "../icons.js";
import { drawPlain, spoken } from "../inline.js";
import { openMenu } from "../popover.js";
import { perform } from "./act.js";
import { drawCheckboxes, drawRadios } from "./choices.js";
import { drawDatePicker, drawDateTimePicker, drawTimePicker } from "./pickers.js";
import { drawMultiSelect, drawSelect } from "./selects.js";
import { drawTextInput } from "./text-inputs.js";

/** @typedef {import("../types.js").Block} Block */
/** @typedef {import("../types.js").Element} Element */
/** @typedef {import("../types.js").Surface} Surface */

/** @typedef {import("./act.js").Draw} Draw */
/** @typedef {import("./act.js").Naming} Naming */

/** @type {Record<string, Draw>} */
const RENDERERS = {
  button: drawButton,
  workflow_button: drawButton,
  overflow: drawOverflow,
  checkboxes: drawCheckboxes,
  radio_buttons: drawRadios,
  datepicker: drawDatePicker,
  timepicker: drawTimePicker,
  datetimepicker: drawDateTimePicker,
  plain_text_input: drawTextInput,
  email_text_input: drawTextInput,
  url_text_input: drawTextInput,
  number_input: drawTextInput,
  static_select: drawSelect,
  users_select: drawSelect,
  channels_select: drawSelect,
  conversations_select: drawSelect,
  multi_static_select: drawMultiSelect,
  multi_users_select: drawMultiSelect,
  multi_channels_select: drawMultiSelect,
  multi_conversations_select: drawMultiSelect,
};

/**
 * @param {Element} element
 * @param {Block} block
 * @param {Surface} surface
 * @param {Naming} [naming]
 * @returns {HTMLElement}
 */
export function drawControl(element, block, surface, naming = {}) {
  const draw = RENDERERS[element.type];
  if (!draw) {
    return h("span", { class: "unknown" }, `The sandbox cannot draw a “${element.type}” element.`);
  }
  const control = draw(element, block, surface, naming);
  // A message gets new block ids with each edit, and only its action ids last.
  control.dataset.control =
    surface.kind === "message" ? (element.action_id ?? "") : keyOf(block, element);
  return control;
}

/**
 * @param {Element} element
 * @param {Block} block
 * @param {Surface} surface
 * @param {Naming} naming
 * @returns {HTMLElement}
 */
function drawButton(element, block, surface, naming) {
  const style = ["primary", "danger"].includes(element.style) ? ` button--${element.style}` : "";
  const button = h(
    "button",
    {
      type: "button",
      class: `button${style}`,
      "aria-label": element.accessibility_label,
      "aria-describedby": naming.describedBy,
      on: {
        click: () => {
          const url = safeUrl(element.url);
          if (url) window.open(url, "_blank", "noopener,noreferrer");
          void perform(button, element, block, surface, { value: element.value });
        },
      },
    },
    h("span", { class: "button__label" }, drawPlain(element.text?.text ?? "")),
  );
  return button;
}

/**
 * @param {Element} element
 * @param {Block} block
 * @param {Surface} surface
 * @returns {HTMLElement}
 */
function drawOverflow(element, block, surface) {
  const items = (element.options ?? []).map((/** @type {any} */ option) => ({
    label: spoken(option.text),
    description: spoken(option.description),
    run: () => {
      const url = safeUrl(option.url);
      if (url) window.open(url, "_blank", "noopener,noreferrer");
      void perform(button, element, block, surface, { selected: option.value });
    },
  }));
  const button = h(
    "button",
    {
      type: "button",
      class: "button button--icon",
      "aria-label": "More options",
      "aria-haspopup": "menu",
      "aria-expanded": "false",
      on: { click: () => openMenu(button, "More options", items) },
    },
    icon("more"),
  );
  return button;
}
