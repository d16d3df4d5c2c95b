import assert from "node:assert/strict";
import { test } from "node:test";
import type { Actor } from "../../src/api/types.ts";
import { byWhom } from "../../src/model/actor.ts";

// The same table as actor.h's.
const rows: [Actor, string][] = [
	[{ pid: 812, uid: 1000, login_uid: 1000, process: "vi" }, "by uid 1000 with vi"],
	[{ pid: 812, uid: 0, login_uid: 1000, process: "vi" }, "by uid 1000 (as uid 0) with vi"],
	[{ pid: 812, uid: 0, process: "dpkg" }, "by uid 0 with dpkg"],
	[{ pid: 812, login_uid: 1000, process: "sed" }, "by uid 1000 with sed"],
	[{ pid: 812, process: "mv", command: "mv a b" }, "by process 812 with mv"],
	[{ pid: 812 }, "by process 812, which had ended"],
	[{ pid: 812, uid: 0 }, "by uid 0"],
];

test("who made a change is told as everywhere else", () => {
	for (const [by, expected] of rows) assert.equal(byWhom(by), expected);
});
