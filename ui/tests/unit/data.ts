// data.ts: items and documents for the tests, with what a test cares about put in.
import type { Check, Document, Item, Level, Status } from "../../src/api/types.ts";

export function item(
	id: string,
	status: Status,
	level: Level = "low",
	more: Partial<Item> = {},
): Item {
	return {
		target: "web1.example.net",
		utctimestamp: "2026-11-24T08:14:04.239651Z",
		compliance: status === "pass" || status === "waived",
		link: "",
		policy: { name: "system", level, url: "" },
		check: {
			ref: id,
			name: `check ${id}`,
			description: "",
			location: "",
			test: { type: "regex", value: "" },
		},
		id,
		status,
		reason: "",
		evidence: [],
		agent: "a1",
		action: "",
		duration_us: 1,
		tags: {},
		...more,
	};
}

export function check(
	ref: string,
	statement: string | null = null,
	more: Partial<Check> = {},
): Check {
	return {
		ref,
		statement,
		level: "low",
		name: `check ${ref}`,
		description: "",
		rationale: "",
		remediation: "",
		frameworks: {},
		...more,
	};
}

export function document(policy: string, checks: Check[], statements = {}): Document {
	return {
		name: policy,
		policy,
		url: "",
		target: "*",
		revision: 1,
		pushed: "2026-11-24T08:14:04.239651Z",
		hosts: 1,
		statements,
		checks,
	};
}
