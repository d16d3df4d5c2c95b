// actor.ts: who made a change, in the words that the CLI and alerts have for it.
import type { Actor } from "../api/types.ts";

// To go on a sentence: "by uid 1000 (as uid 0) with vi", "by process 812, which had ended".
export function byWhom({ process, pid, uid, login_uid: login }: Actor): string {
	if (uid === undefined && !process) return `by process ${pid}, which had ended`;
	const user = login ?? uid;
	const who = user === undefined ? `process ${pid}` : `uid ${user}`;
	const as = uid !== undefined && uid !== user ? ` (as uid ${uid})` : "";
	return `by ${who}${as}${process ? ` with ${process}` : ""}`;
}
