// level.ts: which level a host has achieved, and what stands between it and the next one.
import type { Item, Level, Reached } from "../api/types.ts";
import { LEVELS, levelRank } from "./words.ts";

export type Standing = "meets" | "below" | "not required";

export function standing(achieved: Reached, required: Level | null): Standing {
	if (required === null) return "not required";
	return levelRank(achieved) >= levelRank(required) ? "meets" : "below";
}

type Judged = Pick<Item, "status"> & { policy: Pick<Item["policy"], "level"> };

function holds(item: Judged): boolean {
	return item.status === "pass" || item.status === "waived";
}

export interface Rung {
	level: Level;
	holding: number; // of this level's own checks that apply, how many hold
	applicable: number;
	checks: number; // those that do not apply included
	reached: boolean;
}

// The ladder of the four levels. A level is reached when every applicable check up to it holds and
// there is at least one; no level above the highest that any check has is ever reached.
export function ladder(items: Iterable<Judged>): Rung[] {
	const rungs = LEVELS.map((level) => ({
		level,
		holding: 0,
		applicable: 0,
		checks: 0,
		reached: false,
	}));
	for (const item of items) {
		const rung = rungs[levelRank(item.policy.level) - 1];
		if (rung === undefined) continue;
		rung.checks++;
		if (item.status === "not_applicable") continue;
		rung.applicable++;
		if (holds(item)) rung.holding++;
	}
	const top = rungs.findLastIndex((rung) => rung.checks > 0);
	let applicable = 0;
	let all = true;
	for (const [at, rung] of rungs.entries()) {
		applicable += rung.applicable;
		all &&= rung.holding === rung.applicable;
		rung.reached = all && applicable > 0 && at <= top;
	}
	return rungs;
}

export function achievedLevel(items: Iterable<Judged>): Reached {
	return ladder(items).findLast((rung) => rung.reached)?.level ?? "none";
}

// The items that keep a host from reaching a level.
export function inTheWay<T extends Judged>(items: Iterable<T>, level: Level): T[] {
	return [...items].filter(
		(item) =>
			levelRank(item.policy.level) <= levelRank(level) &&
			item.status !== "not_applicable" &&
			!holds(item),
	);
}
