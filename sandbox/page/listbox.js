/** The list that a select opens: groups of options, searched by typing. */

import { h, fill } from "./dom.js";
import { icon } from "./icons.js";
import { openPopover } from "./popover.js";

/**
 * @typedef {{value: string, label: string, description?: string, picture?: () => Node}} Entry
 * @typedef {{label: string, entries: Entry[]}} Group an empty label for entries without a group
 */

let lists = 0;

/**
 * Open a list beside `anchor`. Picking calls `onPick` with the value: once and the list closes,
 * or again and again when `multiple`.
 *
 * @param {HTMLElement} anchor
 * @param {object} options
 * @param {string} options.label
 * @param {Group[]} options.groups
 * @param {() => Set<string>} options.chosen
 * @param {boolean} [options.multiple]
 * @param {(text: string) => Entry | null} [options.typed] what a text that was typed stands for
 * @param {(value: string) => void} options.onPick
 * @param {() => void} [options.onClose]
 */
export function openListbox(anchor, options) {
  const { label, groups, chosen, multiple = false, typed, onPick, onClose } = options;
  const id = `list-${(lists += 1)}`;
  const list = h("div", {
    id,
    class: "listbox",
    role: "listbox",
    "aria-label": label,
    "aria-multiselectable": multiple ? "true" : null,
  });
  const search = h("input", {
    class: "listbox__search",
    type: "text",
    role: "combobox",
    placeholder: "Search",
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": `Search ${label}`,
    "aria-controls": id,
    "aria-expanded": "true",
    "aria-autocomplete": "list",
  });
  /** @type {{entry: Entry, row: HTMLElement}[]} */
  let rows = [];
  let active = 0;

  const activate = (/** @type {number} */ index, scroll = true) => {
    rows[active]?.row.classList.remove("is-active");
    active = Math.min(Math.max(index, 0), rows.length - 1);
    const row = rows[active]?.row;
    row?.classList.add("is-active");
    if (row) search.setAttribute("aria-activedescendant", row.id);
    else search.removeAttribute("aria-activedescendant");
    if (scroll) row?.scrollIntoView({ block: "nearest" });
  };

  const pick = (/** @type {Entry | undefined} */ entry) => {
    if (!entry) return;
    if (!multiple) popover.close(true);
    onPick(entry.value);
    if (multiple) mark();
  };

  const mark = () => {
    const values = chosen();
    for (const { entry, row } of rows) {
      row.setAttribute("aria-selected", String(values.has(entry.value)));
    }
  };

  const draw = () => {
    const wanted = search.value.trim().toLowerCase();
    const meant = wanted ? typed?.(wanted) : null;
    rows = [];
    const offered = meant ? [{ label: "", entries: [meant] }] : groups;
    const parts = offered.map((group, number) => {
      const found = group.entries.filter(
        ({ label: text, description = "" }) =>
          meant || `${text} ${description}`.toLowerCase().includes(wanted),
      );
      if (found.length === 0) return [];
      const drawn = found.map((entry) => {
        const index = rows.length;
        const row = h(
          "div",
          {
            id: `${id}-${index}`,
            class: "option",
            role: "option",
            on: {
              click: () => pick(entry),
              pointermove: () => active !== index && activate(index, false),
            },
          },
          entry.picture?.(),
          h(
            "span",
            { class: "option__text" },
            h("span", { class: "option__label" }, entry.label),
            entry.description && h("span", { class: "option__description" }, entry.description),
          ),
          icon("check"),
        );
        rows.push({ entry, row });
        return row;
      });
      if (!group.label) return drawn;
      const heading = h("div", { class: "listbox__group", id: `${id}-g${number}` }, group.label);
      return [h("div", { role: "group", "aria-labelledby": heading.id }, heading, drawn)];
    });
    fill(list, parts.flat());
    if (rows.length === 0) list.append(h("div", { class: "listbox__empty" }, "No results"));
    mark();
    activate(Math.max(0, wanted ? 0 : rows.findIndex(({ entry }) => chosen().has(entry.value))));
  };

  // The focus stays where one types.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  search.addEventListener("input", () => {
    draw();
    popover.place();
  });
  search.addEventListener("keydown", (event) => {
    /** @type {Record<string, number>} */
    const moves = {
      ArrowDown: (active + 1) % rows.length,
      ArrowUp: (active - 1 + rows.length) % rows.length,
      PageDown: active + 8,
      PageUp: active - 8,
    };
    if (event.key === "Tab") popover.close(true);
    else if (event.key === "Enter") pick(rows[active]?.entry);
    else if (event.key in moves) activate(moves[event.key]);
    else return;
    if (event.key !== "Tab") event.preventDefault();
  });

  const content = h(
    "div",
    { class: "listbox-frame" },
    h("div", { class: "listbox__head" }, icon("search"), search),
    list,
  );
  anchor.setAttribute("aria-expanded", "true");
  const popover = openPopover(anchor, content, {
    matchWidth: true,
    onClose: () => {
      anchor.setAttribute("aria-expanded", "false");
      onClose?.();
    },
  });
  draw();
  popover.place();
  search.focus();
  return popover;
}
