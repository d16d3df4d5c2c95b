#include "assess/host/process.h"
#include "assess/probe/account.h"
#include "assess/probe/answer.h"
#include "assess/probe/table.h"

#define DELETED " (deleted)" /* what the kernel puts behind a program that is gone */

enum field {
	FIELD_PID,
	FIELD_PPID,
	FIELD_NAME,
	FIELD_CMDLINE,
	FIELD_USER,
	FIELD_UID,
	FIELD_EXE,
	FIELD_DELETED,
	FIELD_HIDDEN,
	FIELD_KERNEL,
	FIELD_CAPABILITIES,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"pid", "its number", "812", .type = VALUE_INT},
	{"ppid", "the number of its parent", "1", .type = VALUE_INT},
	{"name", "its short name, 15 bytes at most", "sshd", .type = VALUE_TEXT},
	{"cmdline", "its arguments, with a space between them", "/usr/sbin/sshd -D",
	 .type = VALUE_TEXT, .words = true},
	{"user", "whose rights it has (effective)", "root", .type = VALUE_TEXT},
	{"uid", "the number of that user", "0", .type = VALUE_INT},
	{"exe", "its program; an error where one is hidden, unless the query asks for hidden, too",
	 "/usr/sbin/sshd", .type = VALUE_TEXT, .costly = true},
	{"deleted", "whether the program's file is gone, or was replaced", "false",
	 .type = VALUE_BOOL, .costly = true},
	{"hidden", "whether its program can't be seen from here", "false", .type = VALUE_BOOL,
	 .costly = true},
	{"kernel", "whether it is a thread of the kernel's", "false", .type = VALUE_BOOL},
	{"capabilities", "its effective capabilities", "net_admin, sys_admin", .type = VALUE_LIST},
};

static struct value capability_list(struct gather *gather, uint64_t bits)
{
	struct text *list = arena_get(gather_arena(gather), 64, sizeof(*list));
	size_t count = 0;
	for (unsigned bit = 0; bit < 64; bit++)
		if (bits >> bit & 1 && process_capability(bit))
			list[count++] = text_of(process_capability(bit));
	return (struct value){.type = VALUE_LIST, .list = list, .count = count};
}

/* A program that is not told is an error, unless the query says what it makes of hidden ones. */
static bool put_exe(struct rows *rows, const struct process *process, struct value *values)
{
	struct text exe = {0}, why = {0};
	enum gather_answer answer = process->kernel
					    ? GATHER_MISSING
					    : process_exe(rows->gather, process, &exe, &why);
	if (answer == GATHER_FAILED && !call_wants(rows->call, FIELD_HIDDEN))
		return answer_fail(rows->gather, rows->answer, why);
	bool deleted = answer == GATHER_OK && text_ends(exe, DELETED);
	exe.len -= deleted ? sizeof(DELETED) - 1 : 0;
	if (answer == GATHER_OK)
		values[FIELD_EXE] = value_text(VALUE_TEXT, exe);
	values[FIELD_DELETED] = value_bool(deleted);
	values[FIELD_HIDDEN] = value_bool(answer == GATHER_FAILED);
	return true;
}

static bool asks_now(const struct probe_call *call)
{
	return call_wants(call, FIELD_EXE) || call_wants(call, FIELD_DELETED) ||
	       call_wants(call, FIELD_HIDDEN);
}

static bool add_process(struct rows *rows, const struct process *process)
{
	struct gather *gather = rows->gather;
	struct text shown = process->cmdline.len > 0 ? process->cmdline : process->name;
	struct value *values = rows_add(
		rows, (struct evidence){print_text(gather, "/proc/%u", process->pid), 0, shown});
	if (!values)
		return false;
	values[FIELD_PID] = value_number(VALUE_INT, process->pid);
	values[FIELD_PPID] = value_number(VALUE_INT, process->ppid);
	values[FIELD_NAME] = value_text(VALUE_TEXT, process->name);
	values[FIELD_CMDLINE] = value_text(VALUE_TEXT, process->cmdline);
	values[FIELD_USER] = value_text(VALUE_TEXT, account_user(gather, process->uid));
	values[FIELD_UID] = value_number(VALUE_INT, process->uid);
	values[FIELD_KERNEL] = value_bool(process->kernel);
	values[FIELD_CAPABILITIES] = capability_list(gather, process->capabilities);
	return !asks_now(rows->call) || put_exe(rows, process, values);
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	const struct processes *processes;
	struct text why;
	if (process_read(gather, &processes, &why) != GATHER_OK) {
		answer_fail(gather, answer, why);
		return;
	}
	for (size_t i = 0; i < processes->count; i++)
		if (!add_process(&rows, &processes->at[i]))
			return;
	rows_give(&rows);
}

const struct probe probe_processes = {
	.name = "processes",
	.help = "what runs: its name, arguments, user, program and capabilities",
	.subject_help = "a query over the processes",
	.subject_example = "user:root and cmdline:*nc*",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.table = true,
	.live = true,
	.asks_now = asks_now,
	.asks = "exe",
	.reads = "/proc/PID/status, cmdline and exe",
	.privilege = "root, to see the programs of others (exe)",
	.cost = "two small files a process, once for all checks",
	.run = run,
};
