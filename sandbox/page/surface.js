/** Surfaces: where blocks are drawn, and whom their controls tell. */

import * as api from "./api.js";
import { attempt, explain, toast } from "./toast.js";

/** @typedef {import("./form.js").Form} Form */
/** @typedef {import("./types.js").Block} Block */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./types.js").Surface} Surface */

/**
 * @param {Store} store
 * @param {{kind: Surface["kind"], key: string, form: Form, blocks: Block[], target: object}} where
 *   `target` says to `POST interact` which message or view it is
 * @returns {Surface}
 */
export function surfaceOf(store, { kind, key, form, blocks, target }) {
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
      // With an action goes what all other fields of its surface hold, as in Slack's client.
      const values = form.values(blocks);
      const send = () => api.interact({ user: person.id, ...target, action, values });
      const ack = await attempt(workspace.app.name, send);
      if (ack?.error) toast(explain(workspace.app.name, ack.error));
      return ack !== null && !ack.error;
    },
  };
}
