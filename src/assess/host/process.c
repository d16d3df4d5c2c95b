#include "assess/host/process.h"

#include <inttypes.h>
#include <stdlib.h>

#include "assess/engine/ask.h"
#include "base/buf.h"

/* By capabilities(7), in the order of their bits. */
static const char *const capabilities[] = {
	"chown",
	"dac_override",
	"dac_read_search",
	"fowner",
	"fsetid",
	"kill",
	"setgid",
	"setuid",
	"setpcap",
	"linux_immutable",
	"net_bind_service",
	"net_broadcast",
	"net_admin",
	"net_raw",
	"ipc_lock",
	"ipc_owner",
	"sys_module",
	"sys_rawio",
	"sys_chroot",
	"sys_ptrace",
	"sys_pacct",
	"sys_admin",
	"sys_boot",
	"sys_nice",
	"sys_resource",
	"sys_time",
	"sys_tty_config",
	"mknod",
	"lease",
	"audit_write",
	"audit_control",
	"setfcap",
	"mac_override",
	"mac_admin",
	"syslog",
	"wake_alarm",
	"block_suspend",
	"audit_read",
	"perfmon",
	"bpf",
	"checkpoint_restore",
};

const char *process_capability(unsigned bit)
{
	return bit < array_len(capabilities) ? capabilities[bit] : NULL;
}

struct table {
	enum gather_answer answer;
	struct text why;
	struct processes processes;
	size_t room;
};

static struct text print_path(struct gather *gather, uint32_t pid, const char *file)
{
	return text_of(arena_print(gather_arena(gather), "/proc/%" PRIu32 "/%s", pid, file));
}

static bool read_hex(struct text text, uint64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
				 : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10
							: 16;
		if (digit > 15 || i >= 16)
			return false;
		*number = *number << 4 | digit;
	}
	return text.len > 0;
}

static bool read_u32(struct text text, uint32_t *number)
{
	uint64_t wide;
	if (!text_to_u64(text, 0, UINT32_MAX, &wide))
		return false;
	*number = (uint32_t)wide;
	return true;
}

/* "Uid:\t0\t0\t0\t0": the second is the effective one. */
static bool read_status(struct gather *gather, struct text status, struct process *process)
{
	struct text line, word;
	bool named = false, owned = false, born = false;
	while (text_next(&status, '\n', &line)) {
		struct text rest = line, key;
		if (!text_next(&rest, ':', &key))
			continue;
		rest = text_trim(rest);
		if (text_is(key, "Name") && !named) {
			process->name = arena_text(gather_arena(gather), rest);
			named = true;
		} else if (text_is(key, "PPid")) {
			born = read_u32(rest, &process->ppid);
		} else if (text_is(key, "Uid")) {
			owned = text_word(&rest, &word) && text_word(&rest, &word) &&
				read_u32(word, &process->uid);
		} else if (text_is(key, "CapEff")) {
			if (!read_hex(rest, &process->capabilities))
				return false;
		}
	}
	process->kernel = process->pid == 2 || process->ppid == 2;
	return named && owned && born;
}

/* Arguments end with a NUL; people see spaces. */
static struct text join_arguments(struct gather *gather, struct text text)
{
	struct text kept = {text.at, text_cut(text, PROCESS_CMDLINE_MAX)};
	while (kept.len > 0 && kept.at[kept.len - 1] == '\0')
		kept.len--;
	char *out = arena_copy(gather_arena(gather), kept.at, kept.len);
	for (size_t i = 0; i < kept.len; i++)
		if (out[i] == '\0')
			out[i] = ' ';
	return (struct text){out, kept.len};
}

/* Whether a failure is only that the process is not there any more. */
static bool has_ended(struct gather *gather, uint32_t pid)
{
	struct gather_stat stat;
	struct text why;
	struct text path = text_of(arena_print(gather_arena(gather), "/proc/%" PRIu32, pid));
	return gather_peek(gather, path, true, &stat, &why) == GATHER_MISSING;
}

/* False: *why says what can't be known. */
static bool add_process(struct gather *gather, struct table *table, uint32_t pid)
{
	struct process process = {.pid = pid};
	struct text path = print_path(gather, pid, "status"), content;
	enum gather_answer answer = gather_read_once(gather, path, NULL, &content, &table->why);
	if (answer == GATHER_OK && !read_status(gather, content, &process)) {
		table->why = text_of(
			arena_print(gather_arena(gather), "%s is not what it should be", path.at));
		answer = GATHER_FAILED;
	}
	if (answer == GATHER_OK) {
		path = print_path(gather, pid, "cmdline");
		answer = gather_read_once(gather, path, NULL, &content, &table->why);
	}
	if (answer != GATHER_OK)
		return answer == GATHER_MISSING || has_ended(gather, pid);
	process.cmdline = join_arguments(gather, content);
	struct processes *all = &table->processes;
	if (all->count == PROCESS_COUNT_MAX) {
		table->why = TEXT("there are more than 100000 processes");
		return false;
	}
	all->at = arena_grow(gather_arena(gather), all->at, &table->room, all->count + 1,
			     sizeof(*all->at));
	all->at[all->count++] = process;
	return true;
}

static int compare_processes(const void *a, const void *b)
{
	const struct process *one = a, *other = b;
	return (one->pid > other->pid) - (one->pid < other->pid);
}

static void read_table(struct gather *gather, struct table *table)
{
	const struct gather_entry *entries;
	size_t count;
	table->answer = gather_list_once(gather, TEXT("/proc"), &entries, &count, &table->why);
	for (size_t i = 0; table->answer == GATHER_OK && i < count; i++) {
		uint32_t pid;
		if (read_u32(entries[i].name, &pid) && !add_process(gather, table, pid))
			table->answer = GATHER_FAILED;
	}
	struct processes *all = &table->processes;
	if (table->answer == GATHER_OK && all->count == 0) {
		table->answer = GATHER_FAILED;
		table->why = TEXT("/proc shows no processes: is it mounted?");
	}
	if (all->count > 0)
		qsort(all->at, all->count, sizeof(*all->at), compare_processes);
}

enum gather_answer process_read(struct gather *gather, const struct processes **processes,
				struct text *why)
{
	static const char key[] = "processes";
	struct table *table = gather_fact(gather, key);
	gather_depends_add(gather, text_of(key));
	if (!table) {
		table = arena_get(gather_arena(gather), 1, sizeof(*table));
		read_table(gather, table);
		gather_keep_fact(gather, key, table);
	}
	*processes = &table->processes;
	*why = table->why;
	return table->answer;
}

/* Asks one who may look at the processes of others ("exe 812"). GATHER_MISSING: it has ended. *why
 * says already why it can't be looked at from here. */
static enum gather_answer ask(struct gather *gather, const char *what,
			      const struct process *process, struct text *found, struct text *why)
{
	struct arena *arena = gather_arena(gather);
	struct text reason,
		question = text_of(arena_print(arena, "%s %" PRIu32, what, process->pid));
	enum gather_answer answer = gather_ask(gather, question, found, &reason);
	if (answer == GATHER_OK)
		return found->len > 0 ? GATHER_OK : GATHER_MISSING;
	*why = answer == GATHER_FAILED ? reason
				       : text_of(arena_print(arena, "%.*s, and %.*s",
							     TEXT_ARG(*why), TEXT_ARG(reason)));
	return GATHER_FAILED;
}

enum gather_answer process_exe(struct gather *gather, const struct process *process,
			       struct text *exe, struct text *why)
{
	enum gather_answer answer = gather_link_once(
		gather, print_path(gather, process->pid, "exe"), exe, why);
	if (answer != GATHER_FAILED)
		return answer;
	return has_ended(gather, process->pid) ? GATHER_MISSING
					       : ask(gather, "exe", process, exe, why);
}

typedef void (*inode_fn)(void *data, uint64_t inode);

/* "socket:[1076]" */
static bool read_socket(struct text target, uint64_t *inode)
{
	return text_starts(target, "socket:[") && text_ends(target, "]") &&
	       text_to_u64((struct text){target.at + 8, target.len - 9}, 0, UINT64_MAX, inode);
}

static enum gather_answer read_sockets(struct gather *gather, const struct process *process,
				       inode_fn each, void *data, struct text *why)
{
	const struct gather_entry *entries;
	size_t count;
	struct text target, path = print_path(gather, process->pid, "fd");
	enum gather_answer answer = gather_list_once(gather, path, &entries, &count, why);
	for (size_t i = 0; answer == GATHER_OK && i < count; i++) {
		uint64_t inode;
		path = text_of(arena_print(gather_arena(gather), "/proc/%" PRIu32 "/fd/%.*s",
					   process->pid, TEXT_ARG(entries[i].name)));
		enum gather_answer link = gather_link_once(gather, path, &target, why);
		if (link == GATHER_FAILED)
			answer = GATHER_FAILED;
		if (link == GATHER_OK && read_socket(target, &inode))
			each(data, inode);
	}
	return answer;
}

enum gather_answer process_sockets(struct gather *gather, const struct process *process,
				   inode_fn each, void *data, struct text *why)
{
	struct text list, line;
	enum gather_answer answer = read_sockets(gather, process, each, data, why);
	if (answer != GATHER_FAILED)
		return answer;
	if (has_ended(gather, process->pid))
		return GATHER_MISSING;
	answer = ask(gather, "fds", process, &list, why);
	while (answer == GATHER_OK && text_next(&list, '\n', &line)) {
		struct text number;
		uint64_t inode;
		if (!text_word(&line, &number) || !text_to_u64(number, 0, UINT64_MAX, &inode)) {
			*why = TEXT("the sockets of a process are not told as they should be");
			return GATHER_FAILED;
		}
		each(data, inode);
	}
	return answer;
}
