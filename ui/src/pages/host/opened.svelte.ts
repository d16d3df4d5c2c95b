// opened.svelte.ts: which items of a page are open, and which changed under the reader's eyes.
import { SvelteMap, SvelteSet } from "svelte/reactivity";
import type { Item } from "../../api/types.ts";
import { isFailing } from "../../model/words.ts";

const FIRST = 25; // failing items that are open from the start

export class Opened {
	#open = new SvelteSet<string>();
	#changed = new SvelteMap<string, number>();
	#closed = new Set<string>(); // by hand

	has(id: string): boolean {
		return this.#open.has(id);
	}

	// How many times an item's status has changed since the page was opened.
	changes(id: string): number {
		return this.#changed.get(id) ?? 0;
	}

	// Opens what fails among items that were not there before, the first of them in that order.
	appeared(items: readonly Item[], rank: ReadonlyMap<string, number>): void {
		const place = (item: Item) => rank.get(item.id) ?? rank.size;
		const failing = items.filter((item) => isFailing(item.status));
		for (const item of failing.sort((a, b) => place(a) - place(b)))
			if (this.#open.size < FIRST) this.#open.add(item.id);
	}

	// What begins to fail opens, unless somebody has closed it; what recovers stays as it is.
	changed(item: Item): void {
		this.#changed.set(item.id, this.changes(item.id) + 1);
		const room = this.#open.size < 2 * FIRST;
		if (isFailing(item.status) && !this.#closed.has(item.id) && room)
			this.#open.add(item.id);
	}

	link(id: string): void {
		this.#open.add(id);
	}

	toggle(id: string): void {
		if (this.#open.delete(id)) this.#closed.add(id);
		else this.#open.add(id);
	}
}
