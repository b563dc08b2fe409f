/** Being somebody in the workspace: keeps the store in step with the sandbox. */

import * as api from "./api.js";
import { formatRoute, parsePermalink, parseRoute, resolvePlace } from "./route.js";
import { listen } from "./stream.js";

/** @typedef {import("./reads.js").Reads} Reads */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./types.js").Person} Person */
/** @typedef {import("./types.js").Place} Place */

const RETRY_MS = 1_000;

export class Session {
  /** @type {() => void} */
  #hangUp = () => {};
  /** @type {any[] | null} events that came while the state was still being read */
  #early = null;
  #user = "";
  #reading = 0;

  /**
   * @param {Store} store
   * @param {Reads} reads
   */
  constructor(store, reads) {
    this.store = store;
    this.reads = reads;
    /** The `ts` at which "New" began when the place shown was opened; empty if all was read. */
    this.newFrom = "";
    store.on("messages", (channel) => this.#seen(channel));
    document.addEventListener("visibilitychange", () => this.#seen(store.place?.id));
    window.addEventListener("hashchange", () => this.#follow());
  }

  /** Become the person that the address names, else the first; ends when the sandbox answers. */
  async start() {
    for (;;) {
      try {
        const { people } = await api.state("");
        const { person } = parseRoute(location.hash);
        this.become(people.find(({ name }) => name === person) ?? people[0]);
        return;
      } catch (error) {
        if (!(error instanceof api.ControlError)) throw error;
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
      }
    }
  }

  /** @param {Person} person */
  become(person) {
    this.#hangUp();
    this.#reading += 1;
    this.#user = person.id;
    this.#early = [];
    this.#hangUp = listen(person.id, {
      event: (event) => this.#hear(event),
      down: () => this.#setConnected(false),
    });
  }

  /** @param {Place} place */
  go(place) {
    const { store } = this;
    const { person, workspace } = store;
    if (!person || !workspace) return;
    const [first = ""] = this.#unread(place.id)
      .map(({ ts }) => ts)
      .sort();
    this.newFrom = first;
    store.place = place;
    // Not location.hash: that would come back as an event of its own.
    history.replaceState(null, "", formatRoute(workspace, person, place));
    store.emit("place");
    this.#seen(place.id);
  }

  /**
   * @param {string} channel
   * @returns {number} messages of others that the person has not seen
   */
  unread(channel) {
    return this.#unread(channel).length;
  }

  /** @param {string} channel */
  #unread(channel) {
    const { person } = this.store;
    if (!person) return [];
    const read = this.reads.upTo(person.id, channel, channel === person.dm);
    const messages = [...this.store.channel(channel).byTs.values()];
    return messages.filter(({ ts, user }) => ts > read && user !== person.id);
  }

  /** @param {any} event */
  #hear(event) {
    if (event.type === "hello" || event.type === "state") {
      this.#setConnected(true);
      this.#early ??= [];
      void this.#load();
    } else if (this.#early) {
      this.#early.push(event);
    } else {
      this.store.apply(event);
    }
  }

  /** Read everything that the person sees, then what happened meanwhile. */
  async #load() {
    const user = this.#user;
    const reading = (this.#reading += 1);
    try {
      const workspace = await api.state(user);
      const person = workspace.people.find(({ id }) => id === user);
      const ids = [...workspace.channels.map(({ id }) => id), ...(person?.dm ? [person.dm] : [])];
      const pages = await Promise.all(ids.map((id) => this.#messages(id, user)));
      if (reading !== this.#reading) return;
      this.reads.visit(workspace.now);
      this.store.load(workspace, user, new Map(ids.map((id, index) => [id, pages[index]])));
    } catch (error) {
      if (!(error instanceof api.ControlError)) throw error;
      setTimeout(() => reading === this.#reading && this.#load(), RETRY_MS);
      return;
    }
    const early = this.#early ?? [];
    this.#early = null;
    for (const event of early) this.store.apply(event);
    this.#arrive();
  }

  /**
   * @param {string} channel
   * @param {string} user
   */
  async #messages(channel, user) {
    try {
      return await api.messages(channel, user);
    } catch (error) {
      // A place may be taken from a person between the two answers; it is empty then.
      if (error instanceof api.ControlError && error.status >= 400) return [];
      throw error;
    }
  }

  /** Stay in the place shown if it is still there, else go where the address says. */
  #arrive() {
    const { store } = this;
    const { person, place, workspace } = store;
    if (!person || !workspace) return;
    const exists =
      place && (place.id === person.dm || workspace.channels.some(({ id }) => id === place.id));
    if (exists) {
      store.emit("messages", place.id);
    } else {
      const message = parsePermalink(location.pathname);
      const route = parseRoute(location.hash);
      this.go(
        resolvePlace(workspace, person, message ? { ...route, place: message.channel } : route),
      );
      if (message) store.emit("pointed", message.ts);
    }
    store.emit("unread");
  }

  #follow() {
    const { person, workspace } = this.store;
    if (!person || !workspace) return;
    const route = parseRoute(location.hash);
    const other = workspace.people.find(({ name }) => name === route.person);
    if (other && other.id !== person.id) {
      this.become(other);
    } else {
      this.go(resolvePlace(workspace, person, route));
    }
  }

  /** @param {string | undefined} channel */
  #seen(channel) {
    const { person, place } = this.store;
    if (person && place && place.id === channel && document.visibilityState === "visible") {
      const reading = place.kind === "channel" || place.tab === "messages";
      const last = this.store.channel(channel).sorted().at(-1);
      if (reading && last) this.reads.mark(person.id, channel, last.ts);
    }
    this.store.emit("unread");
  }

  /** @param {boolean} connected */
  #setConnected(connected) {
    this.store.connected = connected;
    this.store.emit("connection");
  }
}
