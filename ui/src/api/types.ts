// types.ts: what the API under /api/v1 speaks, field by field. Times are RFC 3339, UTC.

export type Level = "low" | "medium" | "high" | "maximum";
export type Reached = "none" | Level;
export type Status = "pass" | "fail" | "error" | "not_applicable" | "waived" | "unknown";
// A check that has not answered yet is pending: it is counted, but there is no item.
export type Counted = Status | "pending";
export type Counts = Partial<Record<Counted, number>>;

export interface Page<T> {
	data: T[];
	next: string | null;
}

export interface Caller {
	name: string;
	role: string;
	expires?: string;
}

export interface Host {
	id: string;
	name: string;
	os: string[];
	os_name: string;
	os_version: string;
	kernel: string;
	arch: string;
	addresses: string[];
	agent_version: string;
	tags: Record<string, string>;
	status: "online" | "offline" | "revoked";
	trust: string;
	enrolled: string;
	last_seen: string;
	required: Level | null;
	achieved: Reached;
	counts: Counts;
	walls: { landlock_abi?: number; seccomp?: boolean };
	// What the agent's watch sees; missing where nobody watches.
	watch?: {
		names: number;
		looked_at: number;
		why: string;
		who: string;
		defects: number;
		since?: string;
		defect?: string;
		defect_at?: string;
	};
}

export interface Evidence {
	path?: string;
	line?: number;
	text?: string;
}

// Who made a change: a process; what is not known is missing. Users are numbers, the host's own.
export interface Actor {
	process?: string;
	pid: number;
	command?: string;
	uid?: number;
	login_uid?: number; // who logged in, whatever the process became since
}

export interface Item {
	target: string;
	utctimestamp: string;
	compliance: boolean;
	link: string;
	policy: { name: string; level: Level; url: string };
	check: {
		ref: string;
		name: string;
		description: string;
		location: string;
		test: { type: string; value: string };
	};
	id: string;
	status: Status;
	reason: string;
	evidence: Evidence[];
	truncated?: boolean;
	agent: string;
	action: string;
	duration_us: number;
	tags: Record<string, string>;
	by?: Actor; // of a change
}

export interface Check {
	policy?: string;
	ref: string;
	statement: string | null;
	level: Level;
	name: string;
	description: string;
	rationale: string;
	remediation: string;
	frameworks: Record<string, string[]>;
}

export interface Document {
	name: string;
	policy: string;
	url: string;
	target: string;
	revision: number;
	pushed: string;
	hosts: number;
	statements: Record<string, string>;
	checks: Check[];
}

export interface PolicyCounts {
	policy: string;
	hosts: number;
	counts: Counts;
	levels: Partial<Record<Level, Counts>>;
}

export interface Failure {
	policy: string;
	ref: string;
	name: string;
	level: Level;
	count: number;
	items: FailedItem[];
}

export type FailedItem = Pick<
	Item,
	"id" | "agent" | "target" | "status" | "reason" | "utctimestamp"
>;

export interface Change {
	id: string;
	agent: string;
	target: string;
	policy: string;
	ref: string;
	name: string;
	level: Level;
	from: Counted | null;
	to: Counted;
	utctimestamp: string;
	by?: Actor;
}

export interface Summary {
	generated: string;
	hosts: {
		total: number;
		online: number;
		offline: number;
		meeting: number;
		below: number;
		not_required: number;
	};
	achieved: Partial<Record<Reached, number>>;
	required: Partial<Record<Reached, number>>;
	counts: Counts;
	policies: PolicyCounts[];
	failures: Failure[];
	changes: Change[];
	flapping: number; // checks on hosts that go to and fro
}
