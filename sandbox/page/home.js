/** App Home: what the app publishes for one person. */

import * as api from "./api.js";
import { drawBlocks } from "./blocks/index.js";
import { byId, fill, h, keepFocus } from "./dom.js";
import { Form } from "./form.js";
import { refreshDates } from "./inline.js";
import { closeOrphan } from "./popover.js";
import { surfaceOf } from "./surface.js";
import { attempt } from "./toast.js";

/** @typedef {import("./store.js").Store} Store */

export class Home {
  #form = new Form();
  #person = "";

  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    this.root = byId("home");
    this.body = h("div", { class: "home" });
    this.root.append(this.body);
    store.on("place", () => void this.#open());
    store.on("home", () => this.#draw());
    store.on("tick", () => this.#refreshDates());
  }

  /** Slack tells the app each time that somebody looks at one of its tabs. */
  async #open() {
    const { place, person, workspace } = this.store;
    const tab = place?.kind === "app" ? place.tab : null;
    this.root.hidden = tab !== "home";
    if (!tab || !person || !workspace || person.deleted) return;
    this.#draw();
    const answer = await attempt(workspace.app.name, () => api.openHome(person.id, tab));
    if (answer?.view && this.store.person?.id === person.id) {
      this.store.home = answer.view;
      this.store.emit("home");
    }
  }

  #draw() {
    const { home, person, workspace } = this.store;
    if (this.root.hidden || !person || !workspace) return;
    if (!home) {
      fill(
        this.body,
        h(
          "div",
          { class: "home__empty" },
          h("h2", {}, "This is a work in progress"),
          h("p", {}, `${workspace.app.name} has not published a Home for you yet.`),
        ),
      );
      return;
    }
    if (this.#person !== person.id) this.#form = new Form(home.state);
    this.#person = person.id;
    this.#form.keepOnly(home.blocks);
    const surface = surfaceOf(this.store, {
      kind: "home",
      key: "home",
      form: this.#form,
      blocks: home.blocks,
      target: { view_id: home.id },
    });
    keepFocus(this.body, () => fill(this.body, drawBlocks(home.blocks, surface)));
    closeOrphan();
  }

  #refreshDates() {
    const { person, workspace } = this.store;
    if (person && workspace)
      refreshDates(this.body, { person, workspace, now: () => this.store.now() });
  }
}
