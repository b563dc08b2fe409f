/** Surfaces: where blocks are drawn, and whom their controls tell. */

import * as api from "./api.js";
import { attempt, explain, toast } from "./toast.js";

/** @typedef {import("./form.js").Form} Form */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./types.js").Surface} Surface */

/**
 * @param {Store} store
 * @param {{kind: Surface["kind"], key: string, form: Form, target: object}} where `target` is
 *   what `POST interact` wants besides the user and the action
 * @returns {Surface}
 */
export function surfaceOf(store, { kind, key, form, target }) {
  const { person, workspace } = store;
  if (!person || !workspace) throw new Error("nobody is looking");
  return {
    kind,
    key,
    form,
    person,
    workspace,
    now: () => store.now(),
    act: async (action) => {
      const send = () => api.interact({ user: person.id, ...target, action });
      const ack = await attempt(workspace.app.name, send);
      if (ack?.error) toast(explain(workspace.app.name, ack.error));
      return ack !== null && !ack.error;
    },
  };
}
