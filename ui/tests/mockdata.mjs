// mockdata.mjs: a small made-up fleet to develop the page against: two hosts, 45 checks.
import { createHash } from "node:crypto";

export const hex = (text) => createHash("sha256").update(text).digest("hex").slice(0, 32);

const STATEMENTS = {
	system: {
		"root-access": "Root must not log in over the network.",
		"remote-access": "Remote access must use strong, current cryptography and end when idle.",
		accounts: "Every account must belong to one person or service, and passwords must age.",
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

const SSHD = "/etc/ssh/sshd_config";

// policy, statement, level, name, location, test, what a pass shows, what a failure shows, mend
const TABLE = `
system|root-access|low|Root may not log in over SSH|${SSHD}|PermitRootLogin equals no|PermitRootLogin no|PermitRootLogin yes|Set "PermitRootLogin no" in ${SSHD}, then reload ssh.
system|root-access|low|Accounts without a password may not log in over SSH|${SSHD}|PermitEmptyPasswords equals no|PermitEmptyPasswords no|PermitEmptyPasswords yes|Set "PermitEmptyPasswords no" in ${SSHD}, then reload ssh.
system|root-access|medium|SSH accepts keys only, no passwords|${SSHD}|PasswordAuthentication equals no|PasswordAuthentication no|PasswordAuthentication yes|Give every user a key, then set "PasswordAuthentication no" in ${SSHD} and reload ssh.
system|root-access|high|Only named groups may log in over SSH|${SSHD}|AllowGroups exists|AllowGroups admins|AllowGroups|Set "AllowGroups" to the groups that need access.
system|remote-access|medium|SSH waits at most a minute for a login|${SSHD}|LoginGraceTime at most 60|LoginGraceTime 30|LoginGraceTime 120|Set "LoginGraceTime 60" in ${SSHD}, then reload ssh.
system|remote-access|medium|SSH ends idle sessions|${SSHD}|ClientAliveInterval at most 300|ClientAliveInterval 300|ClientAliveInterval 0|Set "ClientAliveInterval 300" and "ClientAliveCountMax 2".
system|remote-access|medium|SSH does not forward X11|${SSHD}|X11Forwarding equals no|X11Forwarding no|X11Forwarding yes|Set "X11Forwarding no" in ${SSHD}, then reload ssh.
system|remote-access|high|SSH offers no weak ciphers|${SSHD}|Ciphers none of aes128-cbc, 3des-cbc|Ciphers chacha20-poly1305@openssh.com,aes256-gcm@openssh.com|Ciphers aes256-ctr,aes128-cbc|Leave "Ciphers" at its default, or list strong ones only.
system|remote-access|high|SSH offers no weak message codes|${SSHD}|MACs excludes hmac-sha1|MACs hmac-sha2-512-etm@openssh.com|MACs hmac-sha1|Remove hmac-sha1 from "MACs".
system|remote-access|maximum|SSH logs in detail|${SSHD}|LogLevel equals VERBOSE|LogLevel VERBOSE|LogLevel INFO|Set "LogLevel VERBOSE" in ${SSHD}, then reload ssh.
system|accounts|low|Only root has user id 0|/etc/passwd|users uid:0 only name root|root:x:0:0:root:/root:/bin/bash|toor:x:0:0::/root:/bin/sh|Remove the other account, or give it an id of its own.
system|accounts|low|No account has an empty password|/etc/shadow|no empty password|0 accounts|1 account|Lock the account: passwd -l NAME.
system|accounts|medium|Passwords end after a year|/etc/login.defs|PASS_MAX_DAYS at most 365|PASS_MAX_DAYS 365|PASS_MAX_DAYS 99999|Set "PASS_MAX_DAYS 365" in /etc/login.defs.
system|accounts|medium|New files are private by default|/etc/login.defs|UMASK one of 027, 077|UMASK 027|UMASK 022|Set "UMASK 027" in /etc/login.defs.
system|accounts|medium|Service accounts have no shell|/etc/passwd|every shell nologin|www-data:x:33:33::/var/www:/usr/sbin/nologin|backup:x:34:34::/var/backups:/bin/bash|Set their shell: usermod -s /usr/sbin/nologin NAME.
system|accounts|high|Passwords are hashed with yescrypt|/etc/login.defs|ENCRYPT_METHOD equals YESCRYPT|ENCRYPT_METHOD YESCRYPT|ENCRYPT_METHOD SHA512|Set "ENCRYPT_METHOD YESCRYPT" in /etc/login.defs.
system|files|low|/etc/passwd is writable by root alone|/etc/passwd|mode at most 0644|mode 0644, owner root|mode 0666, owner root|chmod 644 /etc/passwd
system|files|low|/etc/shadow is readable by root alone|/etc/shadow|mode at most 0640|mode 0640, owner root|mode 0644, owner root|chmod 640 /etc/shadow
system|files|low|/etc/sudoers is writable by root alone|/etc/sudoers|mode at most 0440|mode 0440, owner root|mode 0664, owner root|chmod 440 /etc/sudoers
system|files|medium|SSH's host keys are readable by root alone|/etc/ssh/ssh_host_ed25519_key|mode at most 0600|mode 0600, owner root|mode 0644, owner root|chmod 600 /etc/ssh/ssh_host_*_key
system|files|medium|The boot loader's configuration is private|/boot/grub/grub.cfg|mode at most 0600|mode 0600, owner root|mode 0644, owner root|chmod 600 /boot/grub/grub.cfg
system|files|medium|Cron's table is writable by root alone|/etc/crontab|mode at most 0600|mode 0600, owner root|mode 0644, owner root|chmod 600 /etc/crontab
system|files|high|/tmp is a file system of its own|/etc/fstab|mount /tmp separate|tmpfs /tmp tmpfs nosuid,nodev 0 0|no line for /tmp|Enable tmp.mount, or give /tmp a file system.
system|kernel|low|Addresses of programs are random|kernel.randomize_va_space|equals 2|kernel.randomize_va_space = 2|kernel.randomize_va_space = 0|Set kernel.randomize_va_space=2 in /etc/sysctl.d/.
system|kernel|medium|Kernel addresses are hidden|kernel.kptr_restrict|at least 1|kernel.kptr_restrict = 1|kernel.kptr_restrict = 0|Set kernel.kptr_restrict=1 in /etc/sysctl.d/.
system|kernel|medium|Kernel messages are for root alone|kernel.dmesg_restrict|equals 1|kernel.dmesg_restrict = 1|kernel.dmesg_restrict = 0|Set kernel.dmesg_restrict=1 in /etc/sysctl.d/.
system|kernel|high|A process may trace its children only|kernel.yama.ptrace_scope|at least 1|kernel.yama.ptrace_scope = 1|kernel.yama.ptrace_scope = 0|Set kernel.yama.ptrace_scope=1 in /etc/sysctl.d/.
system|kernel|high|Programs that change user leave no core dump|fs.suid_dumpable|equals 0|fs.suid_dumpable = 0|fs.suid_dumpable = 2|Set fs.suid_dumpable=0 in /etc/sysctl.d/.
system|kernel|maximum|Unprivileged users may not load BPF programs|kernel.unprivileged_bpf_disabled|at least 1|kernel.unprivileged_bpf_disabled = 2|kernel.unprivileged_bpf_disabled = 0|Set kernel.unprivileged_bpf_disabled=1 in /etc/sysctl.d/.
system|packages|low|There is no telnet server|telnetd|installed false|telnetd is not installed|telnetd 0.17+2.4 is installed|apt remove telnetd
system|packages|low|There is no rsh server|rsh-server|installed false|rsh-server is not installed|rsh-server is installed|apt remove rsh-server
system|packages|medium|Security updates install themselves|unattended-upgrades|installed true|unattended-upgrades 2.9.1 is installed|unattended-upgrades is not installed|apt install unattended-upgrades
system|packages|medium|Package sources are signed|/etc/apt/apt.conf.d|AllowUnauthenticated not true|no line allows it|APT::Get::AllowUnauthenticated "true";|Remove the line that allows unauthenticated packages.
system|packages|high|There is no compiler|gcc|installed false|gcc is not installed|gcc 4:12.2.0-3 is installed|apt remove gcc, where nothing is built on this host.
system|logging|medium|The journal is kept over a restart|/etc/systemd/journald.conf|Storage equals persistent|Storage=persistent|Storage=auto|Set "Storage=persistent" in /etc/systemd/journald.conf.
system|logging|medium|auditd is installed|auditd|installed true|auditd 1:3.0.9-1 is installed|auditd is not installed|apt install auditd
system|logging|high|sudo writes a log|/etc/sudoers|Defaults logfile exists|Defaults logfile="/var/log/sudo.log"|Defaults env_reset|Add 'Defaults logfile="/var/log/sudo.log"' with visudo.
system|logging|maximum|Log files are readable by root and adm alone|/var/log/auth.log|mode at most 0640|mode 0640, owner root|mode 0644, owner root|chmod 640 /var/log/auth.log
network|forwarding|low|IPv4 packets are not forwarded|net.ipv4.ip_forward|equals 0|net.ipv4.ip_forward = 0|net.ipv4.ip_forward = 1|Set net.ipv4.ip_forward=0 in /etc/sysctl.d/.
network|forwarding|medium|No redirects are sent|net.ipv4.conf.all.send_redirects|equals 0|net.ipv4.conf.all.send_redirects = 0|net.ipv4.conf.all.send_redirects = 1|Set net.ipv4.conf.all.send_redirects=0 in /etc/sysctl.d/.
network|forwarding|medium|No redirects are accepted|net.ipv4.conf.all.accept_redirects|equals 0|net.ipv4.conf.all.accept_redirects = 0|net.ipv4.conf.all.accept_redirects = 1|Set net.ipv4.conf.all.accept_redirects=0 in /etc/sysctl.d/.
network|spoofing|medium|Packets are checked for where they come from|net.ipv4.conf.all.rp_filter|equals 1|net.ipv4.conf.all.rp_filter = 1|net.ipv4.conf.all.rp_filter = 0|Set net.ipv4.conf.all.rp_filter=1 in /etc/sysctl.d/.
network|spoofing|medium|Source routes are refused|net.ipv4.conf.all.accept_source_route|equals 0|net.ipv4.conf.all.accept_source_route = 0|net.ipv4.conf.all.accept_source_route = 1|Set net.ipv4.conf.all.accept_source_route=0.
network|spoofing|high|Impossible addresses are logged|net.ipv4.conf.all.log_martians|equals 1|net.ipv4.conf.all.log_martians = 1|net.ipv4.conf.all.log_martians = 0|Set net.ipv4.conf.all.log_martians=1 in /etc/sysctl.d/.
network||maximum|The SCTP module cannot be loaded|sctp|kmod loadable false|install sctp /bin/false|sctp is loadable|Write "install sctp /bin/false" to /etc/modprobe.d/sctp.conf.
`;

export const checks = TABLE.trim()
	.split("\n")
	.map((row, at) => {
		const [policy, statement, level, name, location, test, good, bad, mend] = row.split("|");
		const letters = `${policy.slice(0, 3)}-${statement || "other"}`;
		return { policy, statement, level, name, location, test, good, bad, mend, ref: `${letters}-${at + 1}` };
	});

const WHY = {
	"root-access": "A shared login leaves no trace of who acted, and root's is the first that is guessed.",
	"remote-access": "What is weak or left open on the way in is used by whoever finds it first.",
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
				frameworks: { "cis-debian12": [`5.1.${check.ref.split("-").pop()}`], "nist-800-53": ["CM-6"] },
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
		policy: { name: check.policy, level: check.level, url: `https://example.org/policies/${check.policy}` },
		check: {
			ref: check.ref,
			name: check.name,
			description: `Looks at ${check.location}.`,
			location: check.location,
			test: { type: bad || status === "pass" ? "config" : "file", value: check.test },
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
	"web1.example.net": { 0: "fail", 5: "fail", 7: "fail", 15: "fail", 20: "error", 22: "waived", 33: "fail",
		35: "not_applicable", 37: "fail", 44: "fail" },
	"db1.example.net": { 5: "fail", 12: "fail", 28: "unknown", 35: "not_applicable", 36: "not_applicable" },
};
