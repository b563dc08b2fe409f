/** A person's open modals: a stack of three at most, of which the top is seen. */

import * as api from "./api.js";
import { appAvatar } from "./avatar.js";
import { drawBlocks } from "./blocks/index.js";
import { showErrors } from "./blocks/input.js";
import { iconButton, PLAIN } from "./buttons.js";
import { showDialog } from "./dialog.js";
import { FOCUSABLE, fill, h, keepFocus } from "./dom.js";
import { complaints, Form } from "./form.js";
import { icon } from "./icons.js";
import { refreshDates, spoken } from "./inline.js";
import { closeOrphan } from "./popover.js";
import { surfaceOf } from "./surface.js";
import { attempt, explain } from "./toast.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./types.js").OpenView} OpenView */

export class Modal {
  /** @type {Map<string, Form>} by view */
  #forms = new Map();
  /** @type {HTMLDialogElement | null} */
  #dialog = null;
  #shown = "";
  #version = "";
  #busy = false;

  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    store.on("views", () => this.#sync());
    store.on("tick", () => this.#refreshDates());
  }

  /** @returns {OpenView[]} bottom first */
  #stack() {
    const { views } = this.store;
    /** @type {OpenView[]} */
    const stack = [];
    let next = views.find(({ previous_view_id: below }) => !below);
    while (next) {
      stack.push(next);
      next = views.find(({ previous_view_id: below }) => below === stack.at(-1)?.id);
    }
    return stack;
  }

  #sync() {
    const stack = this.#stack();
    const top = stack.at(-1);
    for (const id of this.#forms.keys()) {
      if (!stack.some((open) => open.id === id)) this.#forms.delete(id);
    }
    if (top) {
      this.#draw(top, stack.length);
    } else {
      this.#dialog?.close();
      this.#dialog?.remove();
      this.#dialog = null;
      this.#shown = "";
      this.#version = "";
      closeOrphan();
    }
  }

  /**
   * @param {OpenView} open
   * @param {number} depth
   */
  #draw(open, depth) {
    const version = `${open.id} ${open.view.hash}`;
    if (version === this.#version) return;
    const isOther = open.id !== this.#shown;
    this.#version = version;
    this.#shown = open.id;
    this.#busy = false;
    if (!this.#dialog) {
      this.#dialog = h("dialog", {
        class: "dialog dialog--modal",
        "aria-labelledby": "modal-title",
      });
      showDialog(this.#dialog, () => void this.#close(false));
    }
    const dialog = this.#dialog;
    const { view } = open;
    const form = this.#forms.get(open.id) ?? new Form(view.state);
    this.#forms.set(open.id, form);
    form.keepOnly(view.blocks);
    const surface = surfaceOf(this.store, {
      kind: "modal",
      key: open.id,
      form,
      blocks: view.blocks,
      target: { view_id: open.id },
    });
    const scrolled = dialog.querySelector(".modal__body")?.scrollTop ?? 0;
    const wasLoading = !dialog.querySelector(".modal__body")?.querySelector(FOCUSABLE);
    keepFocus(dialog, () => {
      const content = h(
        "form",
        { class: "modal", novalidate: true },
        this.#drawHead(open, depth),
        h("div", { class: "modal__banner", role: "alert" }),
        h("div", { class: "modal__body", tabindex: "-1" }, drawBlocks(view.blocks, surface)),
        this.#drawFoot(open),
      );
      content.addEventListener("submit", (event) => {
        event.preventDefault();
        void this.#submit(open);
      });
      content.addEventListener("keydown", (event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && view.submit)
          void this.#submit(open);
      });
      fill(dialog, content);
    });
    closeOrphan();
    const body = /** @type {HTMLElement} */ (dialog.querySelector(".modal__body"));
    const isLost = document.activeElement === document.body || document.activeElement === dialog;
    if (isOther || (wasLoading && isLost)) {
      const next = body.querySelector("[autofocus]") ?? body.querySelector(FOCUSABLE);
      // Of radio buttons the chosen one is where Tab would lead.
      const first = next?.matches("[type='radio']") ? (body.querySelector(":checked") ?? next) : next;
      // What a view says before its first field stays in sight.
      /** @type {HTMLElement} */ (first ?? body).focus({ preventScroll: wasLoading });
    } else {
      body.scrollTop = scrolled;
      if (isLost) body.focus({ preventScroll: true });
    }
  }

  /**
   * @param {OpenView} open
   * @param {number} depth
   */
  #drawHead({ view }, depth) {
    return h(
      "header",
      { class: "dialog__head" },
      depth > 1
        ? iconButton("back", "Back", () => void this.#close(false), PLAIN)
        : appAvatar("small"),
      h("h2", { id: "modal-title", class: "dialog__title" }, spoken(view.title)),
      iconButton("close", "Close", () => void this.#close(true), PLAIN),
    );
  }

  /** @param {OpenView} open */
  #drawFoot({ view }) {
    if (!view.submit && !view.close) return null;
    const label = spoken(view.close) || "Cancel";
    return h(
      "footer",
      { class: "dialog__buttons modal__foot" },
      h(
        "button",
        {
          type: "button",
          class: "button",
          data: { control: "close" },
          on: { click: () => void this.#close(false) },
        },
        label,
      ),
      view.submit &&
        h(
          "button",
          { type: "submit", class: "button button--primary", data: { control: "submit" } },
          h("span", { class: "button__label" }, spoken(view.submit)),
        ),
    );
  }

  /** @param {OpenView} open */
  async #submit(open) {
    const dialog = this.#dialog;
    const { person, workspace } = this.store;
    const form = this.#forms.get(open.id);
    if (this.#busy || !dialog || !form || !person || !workspace || !open.view.submit) return;
    const { blocks } = open.view;
    this.#say("");
    const found = complaints(blocks, form);
    showErrors(dialog, found);
    if (Object.keys(found).length > 0) return;
    this.#setBusy(true);
    const app = workspace.app.name;
    const request = { user: person.id, view_id: open.id, values: form.values(blocks) };
    const answer = await attempt(app, () => api.submit(request));
    if (this.#dialog !== dialog || this.#shown !== open.id) return;
    this.#setBusy(false);
    const errors = answer?.errors ? showErrors(dialog, answer.errors) : [];
    if (answer?.ack?.error) this.#say(`${explain(app, answer.ack.error)} Please try again.`);
    else this.#say(errors.join(" "));
  }

  /** @param {boolean} all the whole stack, as the cross does; else the top view only */
  async #close(all) {
    const { person, workspace } = this.store;
    const top = this.#stack().at(-1);
    if (!person || !workspace || !top) return;
    const request = { user: person.id, view_id: top.id, clear: all };
    // It closes at once; the app may take its time to hear of it.
    this.store.apply({ type: "view_closed", view_id: top.id, clear: all });
    await attempt(workspace.app.name, () => api.close(request));
  }

  /** @param {string} text */
  #say(text) {
    const banner = this.#dialog?.querySelector(".modal__banner");
    if (banner) fill(banner, text && icon("warning"), text);
  }

  /** @param {boolean} busy */
  #setBusy(busy) {
    this.#busy = busy;
    const button = this.#dialog?.querySelector("[type='submit']");
    if (busy) button?.setAttribute("aria-busy", "true");
    else button?.removeAttribute("aria-busy");
  }

  #refreshDates() {
    const { person, workspace } = this.store;
    if (!person || !workspace || !this.#dialog) return;
    refreshDates(this.#dialog, { person, workspace, now: () => this.store.now() });
  }
}
