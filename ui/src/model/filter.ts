// filter.ts: which items are shown.
import type { Item, Status } from "../api/types.ts";
import { type Index, checkOf } from "./group.ts";
import { isFailing } from "./words.ts";

export type StatusFilter = "all" | "failing" | Status;

function fits(item: Item, status: StatusFilter): boolean {
	if (status === "all") return true;
	return status === "failing" ? isFailing(item.status) : item.status === status;
}

function textOf(item: Item, index: Index): string {
	const known = checkOf(index, item);
	return [
		item.check.ref,
		item.check.name,
		item.check.description,
		item.check.location,
		item.reason,
		item.policy.name,
		item.policy.level,
		known?.statement ?? "",
		known?.check.remediation ?? "",
		...Object.entries(known?.check.frameworks ?? {}).flat(2),
		...item.evidence.map((row) => `${row.path ?? ""} ${row.text ?? ""}`),
	]
		.join("\n")
		.toLowerCase();
}

// Items of that status in which every word of the text occurs somewhere, in any case.
export function filterItems(
	items: Iterable<Item>,
	index: Index,
	status: StatusFilter,
	text: string,
): Item[] {
	const words = text.toLowerCase().split(/\s+/).filter(Boolean);
	return [...items].filter((item) => {
		if (!fits(item, status)) return false;
		if (words.length === 0) return true;
		const all = textOf(item, index);
		return words.every((word) => all.includes(word));
	});
}
