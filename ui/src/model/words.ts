// words.ts: the words for levels and statuses, in the one order that they have everywhere.
import type { Counted, Level, Reached } from "../api/types.ts";

export const LEVELS: readonly Level[] = ["low", "medium", "high", "maximum"];
export const REACHED: readonly Reached[] = ["none", ...LEVELS];

// Worst first: this is the order of filters, counts and lists.
export const STATUSES: readonly { status: Counted; word: string; means: string }[] = [
	{ status: "fail", word: "Fail", means: "the requirement is not met" },
	{ status: "error", word: "Error", means: "it could not be read or decided" },
	{ status: "unknown", word: "Unknown", means: "the host's answer is overdue" },
	{ status: "pending", word: "Pending", means: "the host has not answered yet" },
	{ status: "waived", word: "Waived", means: "an exception allows it for now" },
	{ status: "pass", word: "Pass", means: "the requirement is met" },
	{ status: "not_applicable", word: "N/A", means: "the host lacks what it is about" },
];

const rank = new Map<string, number>(STATUSES.map((row, at) => [row.status, at]));

// A status that this page does not know yet ranks and reads as unknown.
export function statusRank(status: string): number {
	return rank.get(status) ?? rank.get("unknown")!;
}

export function statusWord(status: string): string {
	return STATUSES[statusRank(status)]!.word;
}

// What calls for somebody: anything that keeps a level from being reached, once it has answered.
export function isFailing(status: string): boolean {
	return statusRank(status) <= statusRank("unknown");
}

// "Debian GNU/Linux 12 (bookworm)" without what is in parentheses: for where there is little room.
export function shortSystem(name: string): string {
	return name.replace(/ \([^()]*\)$/, "");
}

// 0 for none, 1 for low … 4 for maximum.
export function levelRank(level: Reached | null): number {
	return level === null ? 0 : Math.max(0, REACHED.indexOf(level));
}
