#include <inttypes.h>
#include <stdlib.h>

#include "assess/command/program.h"
#include "assess/command/table.h"
#include "assess/host/process.h"

#define ENABLED "/sys/module/apparmor/parameters/enabled"
#define PROFILES "/sys/kernel/security/apparmor/profiles"
#define ENTRIES_MAX 100000

struct entry {
	struct text name, mode; /* of a profile; of a process its program */
	struct text profile;    /* of a process */
	uint32_t pid;
};

struct entries {
	struct entry *at;
	size_t room, count;
};

struct status {
	const struct native_call *call;
	struct native_answer *answer;
	struct entries profiles, processes;
	struct buf out, err;
};

static bool add(struct status *status, struct entries *entries, struct entry entry)
{
	if (entries->count == ENTRIES_MAX)
		return !native_fail(status->answer, TEXT("more than 100000 profiles or processes"));
	entries->at = arena_grow(gather_arena(status->call->gather), entries->at, &entries->room,
				 entries->count + 1, sizeof(*entries->at));
	entries->at[entries->count++] = entry;
	return true;
}

/* "/usr/sbin/chronyd (enforce)" */
static bool split(struct text line, struct text *name, struct text *mode)
{
	line = text_trim(line);
	size_t at = line.len;
	while (at > 0 && line.at[at - 1] != '(')
		at--;
	if (at < 3 || line.at[line.len - 1] != ')')
		return false;
	*name = (struct text){line.at, at - 2};
	*mode = (struct text){line.at + at, line.len - at - 1};
	return true;
}

static int compare(const void *a, const void *b)
{
	const struct entry *one = a, *other = b;
	int order = text_compare(one->name, other->name);
	return order ? order : (one->pid > other->pid) - (one->pid < other->pid);
}

static bool read_profiles(struct status *status)
{
	struct gather *gather = status->call->gather;
	struct text content, why, line;
	enum gather_answer read = gather_read(gather, TEXT(PROFILES), &content, &why);
	if (read == GATHER_FAILED)
		return !native_fail(status->answer, why);
	if (read == GATHER_MISSING)
		return !native_skip(
			status->answer,
			TEXT("AppArmor's profiles can't be seen: " PROFILES " is missing"));
	content = arena_text(gather_arena(gather), content);
	while (text_next(&content, '\n', &line)) {
		struct entry entry = {.pid = 0};
		if (split(line, &entry.name, &entry.mode) && !add(status, &status->profiles, entry))
			return false;
	}
	if (status->profiles.count > 0)
		qsort(status->profiles.at, status->profiles.count, sizeof(*status->profiles.at),
		      compare);
	return true;
}

static bool has_profile(const struct status *status, struct text name)
{
	struct entry key = {.name = name};
	return status->profiles.count > 0 &&
	       bsearch(&key, status->profiles.at, status->profiles.count, sizeof(key), compare);
}

/* What confines a process, by its label; one that runs free counts where it has a profile. */
static bool read_process(struct status *status, const struct process *process)
{
	static const char *const files[] = {"attr/apparmor/current", "attr/current"};
	struct gather *gather = status->call->gather;
	struct arena *arena = gather_arena(gather);
	struct text label = {0}, why;
	struct entry entry = {.pid = process->pid};
	enum gather_answer read = GATHER_MISSING;
	for (size_t i = 0; i < array_len(files) && read == GATHER_MISSING; i++)
		read = gather_read_once(
			gather,
			text_of(arena_print(arena, "/proc/%" PRIu32 "/%s", process->pid, files[i])),
			NULL, &label, &why);
	if (read != GATHER_OK || process->kernel)
		return true; /* it has ended, or its label is not told: it is left out, as there */
	label = arena_text(arena, text_trim(label));
	if (!split(label, &entry.profile, &entry.mode))
		entry.mode = TEXT("unconfined");
	read = process_exe(gather, process, &entry.name, &why);
	if (read == GATHER_FAILED)
		return !native_fail(status->answer, why);
	bool counts = entry.profile.at || has_profile(status, entry.name);
	return read != GATHER_OK || !counts || add(status, &status->processes, entry);
}

static bool read_processes(struct status *status)
{
	const struct processes *processes;
	struct text why;
	if (process_read(status->call->gather, &processes, &why) != GATHER_OK)
		return !native_fail(status->answer, why);
	for (size_t i = 0; i < processes->count; i++)
		if (!read_process(status, &processes->at[i]))
			return false;
	if (status->processes.count > 0)
		qsort(status->processes.at, status->processes.count, sizeof(*status->processes.at),
		      compare);
	return true;
}

static void print_mode(struct buf *out, const struct entries *entries, const char *mode, bool lives)
{
	size_t count = 0;
	for (size_t i = 0; i < entries->count; i++)
		count += text_is(entries->at[i].mode, mode);
	if (lives && text_is(text_of(mode), "unconfined"))
		buf_print(out, "%zu processes are unconfined but have a profile defined.\n", count);
	else
		buf_print(out, "%zu %s are in %s mode.\n", count, lives ? "processes" : "profiles",
			  mode);
	for (size_t i = 0; i < entries->count; i++) {
		const struct entry *entry = &entries->at[i];
		if (!text_is(entry->mode, mode))
			continue;
		if (!lives)
			buf_print(out, "   %.*s\n", TEXT_ARG(entry->name));
		else
			buf_print(out, "   %.*s (%" PRIu32 ") %.*s\n", TEXT_ARG(entry->name),
				  entry->pid,
				  text_is_equal(entry->name, entry->profile)
					  ? 0
					  : (int)entry->profile.len,
				  entry->profile.at);
	}
}

static void print_status(struct status *status)
{
	static const char *const profile_modes[] = {"enforce", "complain", "kill", "unconfined"};
	static const char *const process_modes[] = {"enforce", "complain", "unconfined", "mixed",
						    "kill"};
	struct buf *out = &status->out;
	buf_print(out, "apparmor module is loaded.\n%zu profiles are loaded.\n",
		  status->profiles.count);
	for (size_t i = 0; i < array_len(profile_modes); i++)
		print_mode(out, &status->profiles, profile_modes[i], false);
	buf_print(out, "%zu processes have profiles defined.\n", status->processes.count);
	for (size_t i = 0; i < array_len(process_modes); i++)
		print_mode(out, &status->processes, process_modes[i], true);
}

static bool answer_apparmor(const struct native_call *call, struct native_answer *answer)
{
	struct text enabled, why;
	if (call->argc != 1)
		return false;
	if (!call->gather || !program_is_here(call, answer) ||
	    !program_is_live(call, answer, "what AppArmor does"))
		return true;
	struct status status = {.call = call, .answer = answer};
	enum gather_answer read = gather_read(call->gather, TEXT(ENABLED), &enabled, &why);
	if (read == GATHER_FAILED)
		return native_fail(answer, why);
	if (read == GATHER_MISSING) {
		buf_cstr(&status.err, "apparmor not present.\n");
		program_end(call, answer, &status.out, &status.err, 1);
	} else if (!text_starts(enabled, "Y")) {
		buf_cstr(&status.out, "apparmor module is loaded.\n");
		buf_cstr(&status.err, "apparmor filesystem is not mounted.\n");
		program_end(call, answer, &status.out, &status.err, 3);
	} else if (read_profiles(&status) && read_processes(&status)) {
		print_status(&status);
		program_end(call, answer, &status.out, &status.err,
			    status.profiles.count > 0 ? 0 : 2);
	}
	buf_end(&status.out);
	buf_end(&status.err);
	return true;
}

#define READS ENABLED "; " PROFILES "; /proc/PID/attr"
#define PRINTS "how many profiles and processes are in which mode, and their names"

const struct native native_apparmor_status = {
	.program = "apparmor_status",
	.forms = "nothing",
	.reads = READS,
	.prints = PRINTS,
	.answer = answer_apparmor,
	.asks = true,
};

const struct native native_aa_status = {
	.program = "aa-status",
	.forms = "nothing",
	.reads = READS,
	.prints = PRINTS,
	.answer = answer_apparmor,
	.asks = true,
};
