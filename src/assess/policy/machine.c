#include "assess/policy/machine.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "assess/command/run.h"
#include "assess/command/split.h"
#include "assess/policy/machine/inner.h"

bool machine_put(struct machine *machine, const char *path, const struct buf *content)
{
	return fixture_add_text(machine->fixture, path, buf_view(content), machine->err);
}

/* Whether the map has no keys but these, and each has one value, or where `lists` a list. */
bool machine_has_keys(struct machine *machine, const struct doc *doc, const char *const *keys,
		      bool lists, const char *usage)
{
	for (size_t i = 0; i < doc->count; i++) {
		size_t at = 0;
		while (keys[at] && !text_is(doc->keys[i]->text, keys[at]))
			at++;
		if (!keys[at])
			return doc_err(doc->keys[i], machine->err, "unknown key \"%.*s\"; write %s",
				       (int)text_cut(doc->keys[i]->text, 60), doc->keys[i]->text.at,
				       usage);
		if (doc->items[i]->kind == DOC_MAP || (!lists && doc->items[i]->kind == DOC_LIST))
			return doc_err(doc->items[i], machine->err, "%s is one value", keys[at]);
	}
	return true;
}

struct text machine_part(const struct doc *doc, const char *key, const char *otherwise)
{
	const struct doc *value = doc_get(doc, key);
	return value && value->kind == DOC_SCALAR ? value->text : text_of(otherwise);
}

/* -------- mounts -------- */

/* A name as the kernel writes it: no white space. */
static void put_name(struct buf *out, struct text name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] == ' ' || name.at[i] == '\t' || name.at[i] == '\n' ||
		    name.at[i] == '\\')
			buf_print(out, "\\%03o", (unsigned)name.at[i]);
		else
			buf_char(out, name.at[i]);
}

static void put_options(struct buf *out, const struct doc *options)
{
	if (!options)
		buf_cstr(out, "rw,relatime");
	else if (options->kind == DOC_SCALAR)
		put_name(out, options->text);
	for (size_t i = 0; options && options->kind == DOC_LIST && i < options->count; i++) {
		buf_cstr(out, i > 0 ? "," : "");
		put_name(out, options->items[i]->text);
	}
}

/* The number of the mount that a path lies on: of those before it the longest; the root's is 1. */
static size_t mount_above(const struct doc *mounts, size_t index)
{
	struct text path = mounts->keys[index]->text;
	size_t best = 1, len = 1;
	for (size_t i = 0; i < index; i++) {
		struct text other = mounts->keys[i]->text;
		if (other.len > len && other.len < path.len && path.at[other.len] == '/' &&
		    memcmp(path.at, other.at, other.len) == 0) {
			best = i + 2;
			len = other.len;
		}
	}
	return best;
}

static void put_mount(struct buf *out, size_t number, size_t above, struct text path,
		      const struct doc *mount)
{
	bool map = mount && mount->kind == DOC_MAP;
	buf_print(out, "%zu %zu 8:%zu / ", number, above, number);
	put_name(out, path);
	buf_char(out, ' ');
	put_options(out, map ? doc_get(mount, "options") : mount);
	buf_cstr(out, " - ");
	put_name(out, map ? machine_part(mount, "fstype", "ext4") : TEXT("ext4"));
	buf_char(out, ' ');
	put_name(out, map ? machine_part(mount, "source", "/dev/sda1") : TEXT("/dev/sda1"));
	buf_cstr(out, " rw\n");
}

/* Every host has a root. */
static bool add_mounts(struct machine *machine, const struct doc *doc)
{
	static const char *const keys[] = {"fstype", "options", "source", NULL};
	scoped(buf_end) struct buf out = {0};
	if (doc && (doc->kind != DOC_MAP || doc->count > MACHINE_THINGS_MAX))
		return doc_err(doc, machine->err, "mounts is a map: { /tmp: { fstype: tmpfs } }");
	put_mount(&out, 1, 0, TEXT("/"), doc ? doc_get(doc, "/") : NULL);
	for (size_t i = 0; doc && i < doc->count; i++) {
		const struct doc *mount = doc->items[i];
		if (mount->kind == DOC_MAP &&
		    !machine_has_keys(machine, mount, keys, true, "fstype, options or source"))
			return false;
		if (!text_starts(doc->keys[i]->text, "/"))
			return doc_err(doc->keys[i], machine->err, "a mount's path begins with /");
		if (!text_is(doc->keys[i]->text, "/"))
			put_mount(&out, i + 2, mount_above(doc, i), doc->keys[i]->text, mount);
	}
	return machine_put(machine, "/proc/1/mountinfo", &out);
}

/* -------- modules -------- */

#define RELEASE "6.1.0-13-amd64"

static bool refuse_modules(struct machine *machine, const struct doc *doc)
{
	return doc_err(doc, machine->err,
		       "modules is a list of loaded ones, or a map of names and loaded, available "
		       "or builtin: { ext4: loaded }");
}

static bool add_module(struct machine *machine, const struct doc *doc, size_t i,
		       struct buf files[static 3])
{
	const struct doc *item = doc->items[i];
	struct text name = (doc->kind == DOC_MAP ? doc->keys[i] : item)->text;
	struct text state = doc->kind == DOC_MAP ? item->text : TEXT("loaded");
	bool loaded = text_is(state, "loaded");
	if (item->kind != DOC_SCALAR || name.len == 0)
		return refuse_modules(machine, item);
	if (loaded)
		buf_print(&files[0], "%.*s 16384 0 - Live 0x0000000000000000\n", TEXT_ARG(name));
	if (loaded || text_is(state, "available"))
		buf_print(&files[1], "kernel/%.*s.ko:\n", TEXT_ARG(name));
	else if (text_is(state, "builtin"))
		buf_print(&files[2], "kernel/%.*s.ko\n", TEXT_ARG(name));
	else
		return refuse_modules(machine, item);
	return true;
}

static void end_files(struct buf (*files)[3])
{
	for (size_t i = 0; i < 3; i++)
		buf_end(&(*files)[i]);
}

/* Every host has a kernel, and modules that could be loaded. */
static bool add_modules(struct machine *machine, const struct doc *doc)
{
	scoped(end_files) struct buf files[3] = {{0}};
	scoped(buf_end) struct buf release = {0};
	buf_cstr(&release, RELEASE "\n");
	if (doc && (doc->kind == DOC_SCALAR || doc->count > MACHINE_THINGS_MAX))
		return refuse_modules(machine, doc);
	for (size_t i = 0; doc && i < doc->count; i++)
		if (!add_module(machine, doc, i, files))
			return false;
	return machine_put(machine, "/proc/sys/kernel/osrelease", &release) &&
	       machine_put(machine, "/proc/modules", &files[0]) &&
	       machine_put(machine, "/lib/modules/" RELEASE "/modules.dep", &files[1]) &&
	       machine_put(machine, "/lib/modules/" RELEASE "/modules.builtin", &files[2]);
}

/* -------- services -------- */

#define UNITS "/usr/lib/systemd/system"

static bool put_link(struct machine *machine, const char *folder, struct text name,
		     const char *target)
{
	scoped(buf_end) struct buf path = {0};
	buf_print(&path, "%s%.*s%s", folder, TEXT_ARG(name),
		  text_find(name, TEXT("."), &(size_t){0}) ? "" : ".service");
	struct fixture_file link = {.path = buf_view(&path),
				    .kind = GATHER_LINK,
				    .content = text_of(target),
				    .mode = 0777};
	return fixture_add(machine->fixture, &link, machine->err);
}

static bool put_unit(struct machine *machine, struct text name, bool is_static)
{
	scoped(buf_end) struct buf path = {0}, unit = {0};
	buf_print(&path, UNITS "/%.*s%s", TEXT_ARG(name),
		  text_find(name, TEXT("."), &(size_t){0}) ? "" : ".service");
	buf_print(&unit, "[Unit]\nDescription=an example\n%s",
		  is_static ? "" : "[Install]\nWantedBy=multi-user.target\n");
	return machine_put(machine, path.at, &unit);
}

static bool has_word(const struct doc *doc, const char *word)
{
	bool has = doc->kind == DOC_SCALAR && text_is(doc->text, word);
	for (size_t i = 0; doc->kind == DOC_LIST && i < doc->count; i++)
		has |= text_is(doc->items[i]->text, word);
	return has;
}

static bool are_service_words(const struct doc *doc)
{
	static const char *const words[] = {"enabled", "disabled", "static", "masked", "active"};
	size_t known = 0;
	for (size_t i = 0; i < array_len(words); i++)
		known += has_word(doc, words[i]);
	return known == (doc->kind == DOC_LIST ? doc->count : 1);
}

static bool add_service(struct machine *machine, struct text name, const struct doc *words)
{
	struct {
		const char *word, *folder, *target;
	} links[] = {
		{"enabled", "/etc/systemd/system/multi-user.target.wants/", UNITS "/unit"},
		{"masked", "/etc/systemd/system/", "/dev/null"},
		{"active", "/run/systemd/units/invocation:", "00000000000000000000000000000001"},
	};
	if (!put_unit(machine, name, has_word(words, "static")))
		return false;
	for (size_t i = 0; i < array_len(links); i++)
		if (has_word(words, links[i].word) &&
		    !put_link(machine, links[i].folder, name, links[i].target))
			return false;
	return true;
}

static bool put_folder(struct machine *machine, const char *path)
{
	struct fixture_file folder = {.path = text_of(path), .kind = GATHER_FOLDER, .mode = 0755};
	return fixture_add(machine->fixture, &folder, machine->err);
}

/* Every host runs systemd, though no unit of it. */
static bool add_services(struct machine *machine, const struct doc *doc)
{
	static const char usage[] =
		"services is a map of names and enabled, disabled, static, masked or active, one "
		"or a list: { auditd: [enabled, active] }";
	if (doc && (doc->kind != DOC_MAP || doc->count > MACHINE_THINGS_MAX))
		return doc_err(doc, machine->err, "%s", usage);
	if (!put_folder(machine, "/run/systemd/system") || !put_folder(machine, UNITS))
		return false;
	for (size_t i = 0; doc && i < doc->count; i++) {
		struct text name = doc->keys[i]->text;
		bool odd = name.len == 0 || name.len > 200;
		for (size_t j = 0; j < name.len; j++)
			odd |= name.at[j] == '/' || name.at[j] <= ' ';
		if (odd || !are_service_words(doc->items[i]))
			return doc_err(odd ? doc->keys[i] : doc->items[i], machine->err, "%s",
				       usage);
		if (!add_service(machine, name, doc->items[i]))
			return false;
	}
	return true;
}

/* -------- processes -------- */

#define PIDS_FIRST 100 /* of processes whose number the example leaves to us */

bool machine_number(struct machine *machine, const struct doc *doc, const char *key, uint64_t max,
		    uint64_t otherwise, uint64_t *number)
{
	const struct doc *value = doc_get(doc, key);
	*number = otherwise;
	return !value || text_to_u64(value->text, 0, max, number) ||
	       doc_err(value, machine->err, "%s is a number up to %" PRIu64, key, max);
}

static bool put_file(struct machine *machine, uint64_t pid, const char *name,
		     const struct buf *content)
{
	scoped(buf_end) struct buf path = {0};
	buf_print(&path, "/proc/%" PRIu64 "/%s", pid, name);
	return machine_put(machine, path.at, content);
}

bool machine_put_link(struct machine *machine, uint64_t pid, const char *name, struct text target)
{
	scoped(buf_end) struct buf path = {0};
	buf_print(&path, "/proc/%" PRIu64 "/%s", pid, name);
	struct fixture_file link = {
		.path = buf_view(&path), .kind = GATHER_LINK, .content = target, .mode = 0777};
	return fixture_add(machine->fixture, &link, machine->err);
}

struct example_process {
	struct text name, cmdline, exe;
	uint64_t pid, ppid, uid;
};

static bool put_process(struct machine *machine, const struct example_process *process)
{
	scoped(buf_end) struct buf status = {0}, cmdline = {0};
	uint64_t uid = process->uid;
	buf_print(&status,
		  "Name:\t%.*s\nState:\tS (sleeping)\nPid:\t%" PRIu64 "\nPPid:\t%" PRIu64
		  "\nUid:\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\nCapEff:\t%s\n",
		  TEXT_ARG(process->name), process->pid, process->ppid, uid, uid, uid, uid,
		  uid == 0 ? "000001ffffffffff" : "0000000000000000");
	for (size_t i = 0; i < process->cmdline.len; i++)
		buf_char(&cmdline, process->cmdline.at[i] == ' ' ? '\0' : process->cmdline.at[i]);
	buf_char(&cmdline, '\0');
	return put_file(machine, process->pid, "status", &status) &&
	       put_file(machine, process->pid, "cmdline", &cmdline) &&
	       (process->exe.len == 0 ||
		machine_put_link(machine, process->pid, "exe", process->exe));
}

static bool add_process(struct machine *machine, const struct doc *doc, size_t number)
{
	static const char *const keys[] = {"name", "pid", "ppid", "uid", "cmdline", "exe", NULL};
	struct example_process process = {0};
	if (doc->kind != DOC_MAP || machine_part(doc, "name", "").len == 0)
		return doc_err(doc, machine->err,
			       "a process is a map: { name: sshd, uid: 0, exe: /usr/sbin/sshd }");
	if (!machine_has_keys(machine, doc, keys, false, "name, pid, ppid, uid, cmdline or exe") ||
	    !machine_number(machine, doc, "pid", UINT32_MAX, PIDS_FIRST + number, &process.pid) ||
	    !machine_number(machine, doc, "ppid", UINT32_MAX, 1, &process.ppid) ||
	    !machine_number(machine, doc, "uid", UINT32_MAX, 0, &process.uid))
		return false;
	process.name = machine_part(doc, "name", "");
	process.exe = machine_part(doc, "exe", "");
	process.cmdline = machine_part(doc, "cmdline", "");
	if (process.cmdline.len == 0)
		process.cmdline = process.exe.len > 0 ? process.exe : process.name;
	return put_process(machine, &process);
}

/* Every host has a first process. */
static bool add_processes(struct machine *machine, const struct doc *doc)
{
	static const struct example_process first = {
		.name = TEXT("systemd"),
		.cmdline = TEXT("/sbin/init"),
		.exe = TEXT("/usr/lib/systemd/systemd"),
		.pid = 1,
	};
	if (doc && (doc->kind != DOC_LIST || doc->count > MACHINE_THINGS_MAX))
		return doc_err(doc, machine->err, "processes is a list: [ { name: sshd } ]");
	if (!put_process(machine, &first))
		return false;
	for (size_t i = 0; doc && i < doc->count; i++)
		if (!add_process(machine, doc->items[i], i))
			return false;
	return true;
}

/* -------- commands -------- */

#define COMMAND_ARENA_MAX (1024u * 1024) /* above what the longest line takes */

static bool put_printed(struct machine *machine, const struct doc *doc, struct text line)
{
	static const char *const keys[] = {"stdout", "stderr", "exit", NULL};
	struct native_answer answer = {.out = doc->text};
	int64_t exit = 0;
	if (doc->kind == DOC_MAP) {
		const struct doc *out = doc_get(doc, "stdout"), *err = doc_get(doc, "stderr");
		const struct doc *status = doc_get(doc, "exit");
		if (!machine_has_keys(machine, doc, keys, false, "stdout, stderr or exit"))
			return false;
		if (status && (!doc_int(status, &exit) || exit < 0 || exit > 255))
			return doc_err(status, machine->err, "exit is a number from 0 to 255");
		answer.out = out ? out->text : TEXT("");
		answer.err = err ? err->text : TEXT("");
		answer.exit = (int)exit;
	} else if (doc->kind != DOC_SCALAR) {
		return doc_err(doc, machine->err, "write what the command prints");
	}
	const struct text *argv;
	size_t argc;
	scoped(arena_free) struct arena *arena = arena_new(COMMAND_ARENA_MAX);
	scoped(buf_end) struct buf told = {0};
	if (!command_split(line, arena, &argv, &argc, machine->err))
		return err_add(machine->err, "%u:%u", doc->line, doc->column);
	run_tell(&answer, &told);
	fixture_add_answer(machine->fixture, command_join(argv, argc, arena), buf_view(&told));
	return true;
}

static bool add_commands(struct machine *machine, const struct doc *doc)
{
	if (doc && (doc->kind != DOC_MAP || doc->count > COMMANDS_MAX))
		return doc_err(doc, machine->err,
			       "commands is a map: { \"getenforce\": \"Enforcing\\n\" }");
	for (size_t i = 0; doc && i < doc->count; i++)
		if (!put_printed(machine, doc->items[i], doc->keys[i]->text))
			return false;
	return true;
}

/* -------- logins -------- */

static const struct {
	const char *name, *path;
	int type; /* utmp(5) */
} login_kinds[] = {
	{"login", "/var/log/wtmp", 7},
	{"logout", "/var/log/wtmp", 8},
	{"boot", "/var/log/wtmp", 2},
	{"failed", "/var/log/btmp", 6},
};

static void put_bytes(char *to, size_t size, struct text text)
{
	memcpy(to, text.at, text.len < size ? text.len : size);
}

/* A record as the C library of most machines writes it: utmp.h has its layout. */
static void put_record(struct buf *out, int type, const struct doc *doc, int64_t at_us)
{
	char record[384] = {0};
	uint32_t seconds = (uint32_t)(at_us / TIME_SECOND_US);
	int32_t micros = (int32_t)(at_us % TIME_SECOND_US);
	struct text user = machine_part(doc, "user", type == 2 ? "reboot" : "");
	record[0] = (char)type;
	put_bytes(record + 8, 32, machine_part(doc, "terminal", type == 2 ? "~" : "pts/0"));
	put_bytes(record + 44, 32, user);
	put_bytes(record + 76, 256, machine_part(doc, "address", ""));
	for (size_t i = 0; i < 4; i++) {
		record[340 + i] = (char)(seconds >> (8 * i));
		record[344 + i] = (char)(micros >> (8 * i));
	}
	buf_add(out, record, sizeof(record));
}

static bool add_login(struct machine *machine, const struct doc *doc, struct buf files[static 2])
{
	static const char *const keys[] = {"user", "kind", "terminal", "address", "time", NULL};
	size_t kind = 0;
	int64_t at_us = machine->now_us, span_us;
	if (doc->kind != DOC_MAP)
		return doc_err(doc, machine->err,
			       "a login is a map: { user: root, kind: failed, time: 1h }");
	if (!machine_has_keys(machine, doc, keys, false, "user, kind, terminal, address or time"))
		return false;
	while (kind < array_len(login_kinds) &&
	       !text_is(machine_part(doc, "kind", "login"), login_kinds[kind].name))
		kind++;
	if (kind == array_len(login_kinds))
		return doc_err(doc, machine->err, "kind is login, logout, boot or failed");
	struct text time = machine_part(doc, "time", "0s");
	if (time_read_span(time, &span_us))
		at_us -= span_us;
	else if (!time_read(time, &at_us))
		return doc_err(doc, machine->err,
			       "time is a time (2026-11-24), or how long ago it was (90d)");
	if (at_us / TIME_SECOND_US > UINT32_MAX)
		return doc_err(doc, machine->err, "time is one before 2106");
	at_us = at_us < 0 ? 0 : at_us; /* a policy that is only read is read as of 1970 */
	put_record(&files[kind == 3], login_kinds[kind].type, doc, at_us);
	return true;
}

static void end_records(struct buf (*files)[2])
{
	buf_end(&(*files)[0]);
	buf_end(&(*files)[1]);
}

/* Without the key a host keeps no records; an empty list: nobody logged in. */
static bool add_logins(struct machine *machine, const struct doc *doc)
{
	scoped(end_records) struct buf files[2] = {{0}};
	if (!doc)
		return true;
	if (doc->kind != DOC_LIST || doc->count > MACHINE_THINGS_MAX)
		return doc_err(doc, machine->err, "logins is a list: [ { user: root } ]");
	for (size_t i = 0; i < doc->count; i++)
		if (!add_login(machine, doc->items[i], files))
			return false;
	return machine_put(machine, login_kinds[0].path, &files[0]) &&
	       machine_put(machine, login_kinds[3].path, &files[1]);
}

/* clang-format off */
const struct machine_key machine_keys[] = { /* one a line */
	{"mounts", add_mounts},
	{"modules", add_modules},
	{"services", add_services},
	{"processes", add_processes},
	{"listening", machine_add_listening},
	{"connections", machine_add_connections},
	{"sockets", machine_add_sockets},
	{"interfaces", machine_add_interfaces},
	{"routes", machine_add_routes},
	{"neighbours", machine_add_neighbours},
	{"firewall", machine_add_firewall},
	{"audit_loaded", machine_add_audit},
	{"commands", add_commands},
	{"logins", add_logins},
	{"tls", machine_add_tls},
	{"reach", machine_add_reach},
	{"time", machine_add_time},
	{NULL, NULL},
};
/* clang-format on */
