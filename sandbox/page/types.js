/**
 * The shapes that the control API speaks (docs/sandbox.md), and Slack's own JSON inside them.
 *
 * @typedef {{id: string, name: string, real_name: string, title: string, tz: string, color: string,
 *   admin: boolean, guest: boolean, stranger: boolean, deleted: boolean, dm: string | null}} Person
 * @typedef {{id: string, name: string, topic: string, members: string[], bot: boolean,
 *   private: boolean, shared: boolean, archived: boolean}} Channel
 * @typedef {{command: string, description: string, usage_hint: string}} Command
 * @typedef {{id: string, name: string, bot_id: string, bot_user_id: string, connected: number,
 *   transport: string, commands: Command[]}} App
 * @typedef {{id: string, user: string, root_view_id: string, previous_view_id: string | null,
 *   view: View}} OpenView
 * @typedef {{service: string, kind: string, seconds: number, match: string, times: number | null,
 *   accepted: boolean}} Fault
 * @typedef {{ok: true, now: number, wall: number, offset_ms: number,
 *   team: {id: string, name: string, domain: string}, people: Person[], channels: Channel[],
 *   app: App, views: OpenView[], homes: Record<string, View>, faults: Fault[]}} Workspace
 *
 * @typedef {{type: string, text: string, verbatim?: boolean}} TextObject
 * @typedef {{title: TextObject, text: TextObject, confirm?: TextObject, deny?: TextObject,
 *   style?: string}} Confirm
 * @typedef {{text: TextObject, value: string, description?: TextObject, url?: string}} Option
 * @typedef {{label: TextObject, options: Option[]}} OptionGroup
 * @typedef {Record<string, any> & {type: string, action_id?: string, confirm?: Confirm}} Element
 * @typedef {Record<string, any> & {type: string, block_id?: string}} Block
 * @typedef {{type: string, title?: TextObject, submit?: TextObject | null,
 *   close?: TextObject | null, blocks: Block[], clear_on_close?: boolean,
 *   id?: string, hash?: string, state?: State}} View `hash` changes with each update
 * @typedef {{values: Record<string, Record<string, {type: string} & Record<string, any>>> | []}}
 *   State what the fields of a view hold, by block and action
 * @typedef {{id: string, name: string, title?: string, size?: number, filetype?: string,
 *   pretty_type?: string, url_private_download?: string, url_private?: string}} File
 * @typedef {{color?: string, fallback?: string, pretext?: string, title?: string, text?: string,
 *   blocks?: Block[]}} Attachment
 * @typedef {{ts: string, channel: string, user?: string, bot_id?: string | null, text: string,
 *   blocks?: Block[], attachments?: Attachment[], metadata?: object | null, files?: File[],
 *   ephemeral: boolean, edited: object | null,
 *   thread_ts?: string | null}} Message
 *
 * @typedef {{status: number | null, elapsed_ms: number, error: string | null, body: unknown}} Ack
 * @typedef {{action_id: string, block_id?: string, value?: string, selected?: Value}} Action
 * @typedef {string | string[] | number | null} Value
 *
 * @typedef {{kind: "channel", id: string} | {kind: "app", id: string, tab: "messages" | "home"}}
 *   Place where a person is: a channel, or their direct messages with the app
 *
 * @typedef {object} Surface what blocks are drawn on: a message, a modal or App Home
 * @property {"message" | "modal" | "home"} kind
 * @property {string} key sets the ids of this surface apart from those of all others
 * @property {Workspace} workspace
 * @property {Person} person whose eyes these are
 * @property {() => number} now simulated epoch milliseconds
 * @property {import("./form.js").Form} form
 * @property {(action: Action) => Promise<boolean>} act tells the app; false when it did not answer
 */

export {};
