// query.ts: text of the one query language, made from what somebody typed or clicked.
import { LEVELS } from "./words.ts";

// Quotes a value unless it is a plain word: "a b" → "\"a b\"".
export function quote(value: string): string {
	if (/^[\w.-]+$/.test(value) && !/^(and|or|not)$/i.test(value)) return value;
	return `"${value.replace(/[\\"]/g, "\\$&")}"`;
}

// What the search field over hosts means. A query is passed on as it is; plain words are parts of a
// host's name.
export function hostQuery(typed: string): string {
	const text = typed.trim();
	if (text === "" || /[:<>=()"|*]/.test(text) || /\b(and|or|not)\b/i.test(text)) return text;
	return text
		.split(/\s+/)
		.map((word) => `name:*${word}*`)
		.join(" and ");
}

// The items of one check, on every host, that are not met.
export function failuresOf(policy: string, ref: string): string {
	const met = ["pass", "waived", "not_applicable"].map((status) => `not status:${status}`);
	return [`policy.name:${quote(policy)}`, `check.ref:${quote(ref)}`, ...met].join(" and ");
}

// Which hosts a page shows: a word for people, and the query that selects them.
export interface Selection {
	show: string;
	word: string;
	query: string;
}

const levels = LEVELS.map((level) => ({
	meets: `(required:${level} and achieved >= ${level})`,
	below: `(required:${level} and achieved < ${level})`,
}));

export const SELECTIONS: readonly Selection[] = [
	{ show: "", word: "All", query: "" },
	{ show: "online", word: "Online", query: "status:online" },
	{ show: "offline", word: "Offline", query: "status:offline" },
	{
		show: "below",
		word: "Below level",
		query: levels.map(({ below }) => below).join(" or "),
	},
	{
		show: "meeting",
		word: "Meeting level",
		query: levels.map(({ meets }) => meets).join(" or "),
	},
	{ show: "not-required", word: "Not required", query: "not required:*" },
];

// The hosts of a selection that what was typed also selects. An unknown selection is all.
export function hostsQuery(typed: string, show: string): string {
	const parts = [
		SELECTIONS.find((selection) => selection.show === show)?.query ?? "",
		hostQuery(typed),
	].filter((part) => part !== "");
	return parts.length < 2 ? (parts[0] ?? "") : parts.map((part) => `(${part})`).join(" and ");
}

// The stream of one host: its items, and the host itself, which answers to agent as to id.
export function streamOf(host: string): string {
	return `agent:${host}`;
}
