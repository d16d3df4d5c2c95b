/* machine.h: the keys of an example that stand for a running machine, as files of its fixture.
 *
 *	{ mounts: { /tmp: { fstype: tmpfs, options: [nosuid, nodev] }, /home: "rw,nodev" } }
 *	{ modules: [ext4] } or { modules: { ext4: loaded, cramfs: available, overlay: builtin } }
 *	{ services: { auditd: [enabled, active], telnet: masked } }
 *	{ processes: [ { name: sshd, pid: 812, uid: 0, cmdline: "/usr/sbin/sshd -D" } ] }
 *	{ listening: [ 22, { port: 53, address: "::1", proto: udp, uid: 0, pid: 812 } ] }
 *	{ connections: [ { port: 22, remote: 198.51.100.7, remote_port: 50122, pid: 812 } ] }
 *	{ sockets: [ packet, { kind: unix, path: /run/x, pid: 812 } ] }
 *	{ interfaces: { eth0: { addresses: [192.0.2.10], promiscuous: true } } }
 *	{ routes: [ { destination: 0.0.0.0/0, gateway: 192.0.2.1, interface: eth0 } ] }
 *	{ neighbours: [ { address: 192.0.2.1, mac: "02:00:5e:10:00:01", interface: eth0 } ] }
 *	{ firewall: "table inet filter { … }" }, what the kernel has loaded, as nft lists it
 *	{ audit_loaded: [ "-w /etc/passwd -p wa -k identity", "-e 2" ] }
 *	{ commands: { "getenforce": "Enforcing\n", "swapon -s": { exit: 1, stderr: "…" } } }
 *	{ logins: [ { user: root, kind: login, terminal: pts/0, address: 192.0.2.7, time: 1h } ] }
 *	{ tls: { "localhost:443": { protocols: [TLSv1.3], certificate: { expires: 60d } } } }
 *	{ reach: { "db1.example:5432": closed } }
 *	{ time: { synchronised: true, drift: 20ms } }, of whatever server
 *
 * They become what the kernel would show; the files of the example go before them. */
#pragma once
#include "assess/engine/fixture.h"
#include "format/doc.h"

#define MACHINE_THINGS_MAX 10000 /* of one key */
#define COMMANDS_MAX 1000

struct machine {
	struct fixture *fixture;
	const struct doc *example; /* all of it */
	int64_t now_us;
	struct err *err; /* of input: begins with "LINE:COLUMN: " */
};

/* doc NULL: the example says nothing of it, and gets what every host has. */
struct machine_key {
	const char *name;
	must_use bool (*add)(struct machine *machine, const struct doc *doc);
};

extern const struct machine_key machine_keys[]; /* ends with a NULL name */
