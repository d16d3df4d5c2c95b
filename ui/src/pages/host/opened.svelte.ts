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

	failing(ids: Iterable<string>, items: ReadonlyMap<string, Item>): void {
		const first = [...ids].filter((id) => isFailing(items.get(id)?.status ?? "pass"));
		for (const id of first.slice(0, FIRST))
			this.#open.add(id);
	}

	changed(id: string, failing: boolean): void {
		this.#changed.set(id, this.changes(id) + 1);
		if (failing && !this.#closed.has(id) && this.#open.size < 2 * FIRST)
			this.#open.add(id);
	}

	link(id: string): void {
		this.#open.add(id);
	}

	toggle(id: string): void {
		if (this.#open.delete(id))
			this.#closed.add(id);
		else
			this.#open.add(id);
	}
}
