// mockdata.mjs: a small made-up fleet to develop the page against: two hosts, 45 checks.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";

export const hex = (text) => createHash("sha256").update(text).digest("hex").slice(0, 32);

const STATEMENTS = {
	system: {
		"root-access": "Root must not log in over the network.",
		"remote-access":
			"Remote access must use strong, current cryptography and end when idle.",
		accounts: "Every account must belong to somebody, and passwords must age.",
		files: "Files that decide who may do what must be writable by root alone.",
		kernel: "The kernel must use the protections that it has.",
		packages: "Software that is not needed must not be there.",
		logging: "What happens on a host must leave a trace that lasts.",
	},
	network: {
		forwarding: "A host that is no router must not behave like one.",
		spoofing: "Packets that pretend to come from elsewhere must be dropped.",
	},
};

// A check a line: policy, statement, level, name, location, test, what a pass shows, what a failure
// shows, and how to mend it.
const TABLE = readFileSync(new URL("mockchecks.txt", import.meta.url), "utf8");

export const checks = TABLE.trim()
	.split("\n")
	.map((row, at) => {
		const [policy, statement, level, name, location, test, good, bad, mend] =
			row.split("|");
		const ref = `${policy.slice(0, 3)}-${statement || "other"}-${at + 1}`;
		return { policy, statement, level, name, location, test, good, bad, mend, ref };
	});

const WHY = {
	"root-access": "A shared login leaves no trace of who acted, and root's is guessed first.",
	"remote-access":
		"What is weak or left open on the way in is used by whoever finds it first.",
	accounts: "An account that nobody owns is one that nobody notices being used.",
	files: "Whoever can write these files can become anybody.",
	kernel: "These protections cost little and stop whole classes of attacks.",
	packages: "What is not installed cannot be attacked and needs no updates.",
	logging: "Without a trace, nobody can tell afterwards what was done.",
	forwarding: "A host that forwards packets joins networks that were kept apart.",
	spoofing: "Forged addresses get around filters and hide where an attack comes from.",
	"": "It is rarely needed, and has had many flaws.",
};

export function documents() {
	const at = new Date(Date.now() - 6 * 86_400_000).toISOString();
	return Object.keys(STATEMENTS).map((policy) => ({
		name: `debian-${policy}`,
		policy,
		url: `https://example.org/policies/${policy}`,
		target: "os:debian",
		revision: 3,
		sha256: hex(policy),
		pushed: at,
		by: "admin",
		hosts: 2,
		statements: STATEMENTS[policy],
		checks: checks
			.filter((check) => check.policy === policy)
			.map((check) => ({
				ref: check.ref,
				statement: check.statement || null,
				level: check.level,
				name: check.name,
				description: `Looks at ${check.location}.`,
				rationale: WHY[check.statement],
				remediation: check.mend,
				frameworks: {
					"cis-debian12": [`5.1.${check.ref.split("-").pop()}`],
					"nist-800-53": ["CM-6"],
				},
			})),
	}));
}

export function item(host, check, status, time) {
	const bad = status === "fail";
	const evidence = {
		pass: [{ path: check.location, line: 34, text: check.good }],
		waived: [{ path: check.location, line: 34, text: check.bad }],
		fail: [{ path: check.location, line: 12, text: check.bad }],
	};
	const reason = {
		pass: `found what must be: ${check.test}`,
		fail: `line 12 says "${check.bad}", but must be: ${check.test}`,
		waived: `line 34 says "${check.bad}"; allowed until 2027-03-31`,
		error: `${check.location} cannot be read: permission denied`,
		not_applicable: "the package that this is about is not installed",
		unknown: "the host has not answered for 26 hours",
	};
	return {
		target: host.name,
		utctimestamp: time,
		compliance: status === "pass" || status === "waived",
		link: "",
		policy: {
			name: check.policy,
			level: check.level,
			url: `https://example.org/policies/${check.policy}`,
		},
		check: {
			ref: check.ref,
			name: check.name,
			description: `Looks at ${check.location}.`,
			location: check.location,
			test: {
				type: bad || status === "pass" ? "config" : "file",
				value: check.test,
			},
		},
		id: hex(`${host.id} ${check.policy} ${check.ref}`),
		status,
		reason: reason[status],
		evidence: evidence[status] ?? [],
		agent: host.id,
		action: "",
		duration_us: 90 + check.name.length * 7,
		tags: {},
	};
}

export function host(name, more = {}) {
	const now = Date.now();
	return {
		id: hex(name),
		name,
		os: ["linux", "debian"],
		os_name: "Debian GNU/Linux 12 (bookworm)",
		os_version: "12",
		kernel: "6.1.0-28-amd64",
		arch: "x86_64",
		addresses: ["192.0.2.7", "2001:db8::7"],
		agent_version: "0.1.0",
		tags: { role: "web", site: "north" },
		status: "online",
		trust: "server",
		enrolled: new Date(now - 9 * 86_400_000).toISOString(),
		last_seen: new Date(now - 14_000).toISOString(),
		required: "medium",
		achieved: "none",
		counts: {},
		walls: { landlock_abi: 2, seccomp: true },
		...more,
	};
}

// What does not pass on each of the two hosts, by place in the table.
export const outcome = {
	"web1.example.net": {
		0: "fail",
		5: "fail",
		7: "fail",
		15: "fail",
		20: "error",
		22: "waived",
		33: "fail",
		35: "not_applicable",
		37: "fail",
		44: "fail",
	},
	"db1.example.net": {
		5: "fail",
		12: "fail",
		28: "unknown",
		35: "not_applicable",
		36: "not_applicable",
	},
};

// Who makes changes there: a person who became root, and a process that had ended.
export const actors = [
	{
		process: "vi",
		pid: 4182,
		command: "vi /etc/ssh/sshd_config",
		uid: 0,
		login_uid: 1000,
	},
	{ pid: 977 },
];
