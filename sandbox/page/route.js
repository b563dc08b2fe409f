/**
 * The address bar: `#/mei/general`, `#/mei/app` and `#/mei/app/home` say who is where, and
 * `/archives/C…/p…`, which is what chat.getPermalink gives, names a message.
 */

/** @typedef {import("./types.js").Person} Person */
/** @typedef {import("./types.js").Place} Place */
/** @typedef {import("./types.js").Workspace} Workspace */

/** @typedef {{person: string, place: string, tab: string}} Route a place by name or id */

/**
 * @param {string} hash
 * @returns {Route} what is missing is empty
 */
export function parseRoute(hash) {
  const [person = "", place = "", tab = ""] = hash.replace(/^#\/?/, "").split("/");
  return { person, place, tab };
}

/**
 * @param {string} path
 * @returns {{channel: string, ts: string} | null} null when it is not a message's address
 */
export function parsePermalink(path) {
  const match = /^\/archives\/(\w+)\/p(\d{10})(\d{6})$/.exec(path);
  return match && { channel: match[1], ts: `${match[2]}.${match[3]}` };
}

/**
 * @param {Workspace} workspace
 * @param {Person} person
 * @param {Place} place
 * @returns {string}
 */
export function formatRoute(workspace, person, place) {
  if (place.kind === "app") {
    return `/#/${person.name}/app${place.tab === "home" ? "/home" : ""}`;
  }
  const channel = workspace.channels.find(({ id }) => id === place.id);
  return `/#/${person.name}/${channel?.name ?? ""}`;
}

/**
 * Return the place that a route asks for, or one that this person can see.
 *
 * @param {Workspace} workspace
 * @param {Person} person
 * @param {Route} route
 * @returns {Place}
 */
export function resolvePlace(workspace, person, { place, tab }) {
  if (person.dm !== null && (place === "app" || place === person.dm)) {
    return { kind: "app", id: person.dm, tab: tab === "home" ? "home" : "messages" };
  }
  const asked = workspace.channels.find(({ id, name }) => name === place || id === place);
  const channel = asked ?? workspace.channels[0];
  if (channel) return { kind: "channel", id: channel.id };
  return { kind: "app", id: person.dm ?? "", tab: "messages" };
}
