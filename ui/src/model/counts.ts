// counts.ts: how many of what, by status.
import type { Counted, Counts, Item } from "../api/types.ts";
import { STATUSES, isFailing, statusWord } from "./words.ts";

export interface Count {
	status: Counted;
	word: string;
	count: number;
}

export function countItems(items: Iterable<Pick<Item, "status">>): Counts {
	const counts: Counts = {};
	for (const { status } of items) counts[status] = (counts[status] ?? 0) + 1;
	return counts;
}

// Every status that occurs, worst first.
export function present(counts: Counts): Count[] {
	return STATUSES.map(({ status, word }) => ({
		status,
		word,
		count: counts[status] ?? 0,
	})).filter((row) => row.count > 0);
}

export function total(counts: Counts): number {
	return present(counts).reduce((sum, row) => sum + row.count, 0);
}

export function failing(counts: Counts): number {
	return present(counts).reduce(
		(sum, row) => sum + (isFailing(row.status) ? row.count : 0),
		0,
	);
}

// "2 fail, 31 pass": what a bar shows, for those who don't see it.
export function sentence(counts: Counts): string {
	const rows = present(counts);
	if (rows.length === 0) return "nothing checked yet";
	return rows.map((row) => `${row.count} ${statusWord(row.status).toLowerCase()}`).join(", ");
}

export interface Segment extends Count {
	from: number; // percent
	width: number; // percent
}

// The parts of a bar, worst first. What occurs is always visible: nothing gets less than about
// `least` percent.
export function segments(counts: Counts, least = 4): Segment[] {
	const rows = present(counts);
	const all = rows.reduce((sum, row) => sum + row.count, 0);
	const widths = rows.map((row) => Math.max(least, (100 * row.count) / all));
	const scale = 100 / widths.reduce((sum, width) => sum + width, 0);
	let from = 0;
	return rows.map((row, at) => {
		const width = widths[at]! * scale;
		from += width;
		return { ...row, from: from - width, width };
	});
}

const numbers = new Intl.NumberFormat("en");

export function number(count: number): string {
	return numbers.format(count);
}

// plural(1, "host") is "1 host", plural(2000, "host") "2,000 hosts".
export function plural(count: number, one: string, many = `${one}s`): string {
	return `${number(count)} ${count === 1 ? one : many}`;
}
