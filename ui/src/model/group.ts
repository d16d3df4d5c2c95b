// group.ts: a host's items under the statements of the policies that they come from.
import type { Check, Document, Item } from "../api/types.ts";
import { levelRank, statusRank } from "./words.ts";

export interface Known {
	check: Check;
	statement: string; // the statement's text; "" when the check has none
	at: number; // place among all checks of all documents
}

export type Index = Map<string, Known>;

// No separator could occur in a name by accident: names hold no control characters.
function key(policy: string, ref: string): string {
	return `${policy}\u0000${ref}`;
}

// What the policies say of each check, by policy name and ref.
export function indexChecks(documents: readonly Document[]): Index {
	const index: Index = new Map();
	for (const document of documents)
		for (const check of document.checks) {
			const policy = check.policy ?? document.policy;
			const statement =
				check.statement === null
					? ""
					: (document.statements[check.statement] ?? "");
			index.set(key(policy, check.ref), { check, statement, at: index.size });
		}
	return index;
}

export function checkOf(index: Index, item: Pick<Item, "policy" | "check">): Known | undefined {
	return index.get(key(item.policy.name, item.check.ref));
}

// Orders items by what needs somebody first: status, then level (the lowest is the floor that the
// others stand on), then the policies' own order, then name.
export function rankItems(items: Iterable<Item>, index: Index): Map<string, number> {
	const place = (item: Item) => checkOf(index, item)?.at ?? Number.MAX_SAFE_INTEGER;
	const sorted = [...items].sort(
		(a, b) =>
			statusRank(a.status) - statusRank(b.status) ||
			levelRank(a.policy.level) - levelRank(b.policy.level) ||
			place(a) - place(b) ||
			a.check.name.localeCompare(b.check.name) ||
			a.id.localeCompare(b.id),
	);
	return new Map(sorted.map((item, at) => [item.id, at]));
}

export interface StatementGroup {
	statement: string;
	items: Item[];
}

export interface PolicyGroup {
	policy: string;
	url: string;
	items: Item[];
	statements: StatementGroup[];
}

function under<T>(groups: Map<string, T>, name: string, make: () => T): T {
	let group = groups.get(name);
	if (group === undefined) groups.set(name, (group = make()));
	return group;
}

// Groups items in the order of `rank`, which stays as it is while a page is open, so that nothing
// moves away under whoever reads it; items that came later follow at the end.
export function groupItems(
	items: Iterable<Item>,
	index: Index,
	rank: ReadonlyMap<string, number>,
): PolicyGroup[] {
	const place = (item: Item) => rank.get(item.id) ?? Number.MAX_SAFE_INTEGER;
	const sorted = [...items].sort((a, b) => place(a) - place(b));
	const groups = new Map<string, PolicyGroup>();
	const statements = new Map<string, Map<string, StatementGroup>>();
	for (const item of sorted) {
		const policy = item.policy.name;
		const group = under(groups, policy, () => ({
			policy,
			url: item.policy.url,
			items: [],
			statements: [],
		}));
		group.items.push(item);
		const text = checkOf(index, item)?.statement ?? "";
		const inside = under(statements, policy, () => new Map<string, StatementGroup>());
		under(inside, text, () => {
			const made = { statement: text, items: [] };
			group.statements.push(made);
			return made;
		}).items.push(item);
	}
	return [...groups.values()];
}
