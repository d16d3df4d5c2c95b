// merge.ts: newly heard items laid over those that are known.
import type { Item } from "../api/types.ts";

export interface Merged {
	items: Map<string, Item>;
	appeared: Item[]; // not known before
	changed: Item[]; // known before, with another status
}

// Of two versions of an item the newer one stays: a list may have been read before something that
// the stream has told already. `whole` says that incoming are all items there are: what it lacks is
// gone, unless it is newer than all of them.
export function mergeItems(
	known: ReadonlyMap<string, Item>,
	incoming: readonly Item[],
	whole: boolean,
): Merged {
	const items = new Map<string, Item>(whole ? [] : known);
	const appeared: Item[] = [];
	const changed: Item[] = [];
	let newest = "";
	for (const item of incoming) {
		const before = known.get(item.id);
		const stays = before !== undefined && before.utctimestamp > item.utctimestamp;
		items.set(item.id, stays ? before : item);
		if (before === undefined) appeared.push(item);
		else if (!stays && before.status !== item.status) changed.push(item);
		if (item.utctimestamp > newest) newest = item.utctimestamp;
	}
	if (whole)
		for (const [id, item] of known)
			if (!items.has(id) && item.utctimestamp > newest) items.set(id, item);
	return { items, appeared, changed };
}
