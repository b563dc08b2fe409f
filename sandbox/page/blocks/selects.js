/** Select menus: of fixed options, people, channels or conversations; one choice or several. */

import { fill, h } from "../dom.js";
import { icon } from "../icons.js";
import { spoken } from "../inline.js";
import { openListbox } from "../listbox.js";
import { avatar } from "../avatar.js";
import { change } from "./act.js";

/** @typedef {import("../listbox.js").Entry} Entry */
/** @typedef {import("../listbox.js").Group} Group */
/** @typedef {import("../types.js").Channel} Channel */
/** @typedef {import("../types.js").Element} Element */
/** @typedef {import("../types.js").Surface} Surface */
/** @typedef {import("./act.js").Draw} Draw */

let selects = 0;

/** @type {Draw} */
export function drawSelect(element, block, surface, naming) {
  const groups = groupsOf(element, surface);
  const label = h("span", { class: "select__value", id: `select-${(selects += 1)}` });
  const placeholder = spoken(element.placeholder) || "Select an option";
  const held = () => surface.form.get(block, element);
  const reflect = () => {
    const entry = find(groups, String(held() ?? ""));
    fill(label, entry?.label ?? placeholder);
    label.classList.toggle("is-placeholder", !entry);
  };
  const pick = async (/** @type {string | null} */ value) => {
    if (value === held()) return;
    const changed = change(button, element, block, surface, value);
    reflect();
    if (!(await changed)) reflect();
  };
  const button = h(
    "button",
    {
      type: "button",
      class: "select",
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      "aria-labelledby": naming.labelledBy ? `${naming.labelledBy} ${label.id}` : null,
      "aria-describedby": naming.describedBy,
      on: {
        click: () =>
          openListbox(button, {
            label: placeholder,
            groups: block.optional ? [NOTHING, ...groups] : groups,
            chosen: () => new Set([String(held() ?? "")]),
            onPick: (value) => void pick(value || null),
          }),
      },
    },
    label,
    icon("chevron"),
  );
  reflect();
  return button;
}

/** An optional select can be emptied again. @type {Group} */
const NOTHING = { label: "", entries: [{ value: "", label: "None" }] };

/** @type {Draw} */
export function drawMultiSelect(element, block, surface, naming) {
  const groups = groupsOf(element, surface);
  const placeholder = spoken(element.placeholder) || "Select options";
  const most = element.max_selected_items ?? Infinity;
  /** @type {string[]} while the list is open the app is not told yet */
  let values = /** @type {string[]} */ (surface.form.get(block, element) ?? []);

  const reflect = () => {
    fill(
      chips,
      values.map((value) => {
        const text = find(groups, value)?.label ?? value;
        return h(
          "span",
          { class: "chip" },
          h("span", { class: "chip__label" }, text),
          h(
            "button",
            {
              type: "button",
              class: "chip__remove",
              "aria-label": `Remove ${text}`,
              on: { click: () => void set(values.filter((other) => other !== value)) },
            },
            icon("close"),
          ),
        );
      }),
    );
    fill(hint, values.length > 0 ? "Add more" : placeholder);
  };
  const set = async (/** @type {string[]} */ wanted) => {
    const before = values;
    values = wanted;
    reflect();
    if (await change(box, element, block, surface, wanted)) return;
    values = before;
    reflect();
  };
  const toggle = (/** @type {string} */ value) => {
    if (values.includes(value)) values = values.filter((other) => other !== value);
    else if (values.length < most) values = [...values, value];
    reflect();
    list.place();
  };
  /** @type {import("../popover.js").Popover} */
  let list;
  const open = () => {
    const before = values;
    list = openListbox(button, {
      label: placeholder,
      groups,
      multiple: true,
      chosen: () => new Set(values),
      onPick: toggle,
      onClose: () => {
        const wanted = values;
        if (String(wanted) === String(before)) return;
        values = before;
        void set(wanted);
      },
    });
  };
  const chips = h("span", { class: "chips" });
  const hint = h("span", { class: "select__value is-placeholder", id: `select-${(selects += 1)}` });
  const button = h(
    "button",
    {
      type: "button",
      class: "select select--bare",
      "aria-haspopup": "listbox",
      "aria-expanded": "false",
      "aria-labelledby": naming.labelledBy ? `${naming.labelledBy} ${hint.id}` : null,
      "aria-describedby": naming.describedBy,
      on: { click: open },
    },
    hint,
    icon("chevron"),
  );
  const box = h(
    "div",
    { class: "multi-select", role: "group", "aria-labelledby": naming.labelledBy },
    chips,
    button,
  );
  reflect();
  return box;
}

/**
 * @param {Group[]} groups
 * @param {string} value
 * @returns {Entry | undefined}
 */
const find = (groups, value) =>
  groups.flatMap(({ entries }) => entries).find((entry) => entry.value === value);

/**
 * Return what a select offers.
 *
 * @param {Element} element
 * @param {Surface} surface
 * @returns {Group[]}
 */
function groupsOf(element, { workspace, person }) {
  const kind = element.type.replace("multi_", "");
  if (kind === "users_select") return [people(workspace.people)];
  if (kind === "channels_select") {
    return [
      channels(workspace.channels.filter((channel) => !channel.private && !channel.archived)),
    ];
  }
  if (kind === "conversations_select") {
    const { include, exclude_external_shared_channels: internal } = element.filter ?? {};
    const wanted = workspace.channels.filter(
      (channel) =>
        !channel.archived &&
        !(internal && channel.shared) &&
        (include ?? ["public", "private"]).includes(channel.private ? "private" : "public"),
    );
    const { label, entries } = channels(wanted);
    const withDm = person.dm !== null && (include?.includes("im") ?? true);
    const dm = { value: person.dm ?? "", label: workspace.app.name };
    return [{ label, entries: withDm ? [...entries, dm] : entries }];
  }
  const groups = element.option_groups ?? [{ label: null, options: element.options ?? [] }];
  return groups.map((/** @type {any} */ group) => ({
    label: spoken(group.label),
    entries: group.options.map((/** @type {any} */ option) => ({
      value: option.value,
      label: spoken(option.text),
      description: spoken(option.description),
    })),
  }));
}

/**
 * @param {import("../types.js").Person[]} all
 * @returns {Group}
 */
const people = (all) => ({
  label: "",
  entries: all
    .filter(({ deleted }) => !deleted)
    .map((person) => ({
      value: person.id,
      label: person.real_name,
      picture: () => avatar(person, "small"),
    })),
});

/**
 * @param {Channel[]} all
 * @returns {Group}
 */
const channels = (all) => ({
  label: "",
  entries: all.map((channel) => ({
    value: channel.id,
    label: channel.name,
    picture: () => icon(channel.private ? "lock" : "hash"),
  })),
});
