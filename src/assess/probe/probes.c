#include <stdarg.h>
#include <stdio.h>

#include "assess/probe/answer.h"
#include "assess/probe/table.h"

#define REASON_SIZE_MAX 1024 /* bytes of an answer's reason */

/* One a line, in the order of their pages. */
/* clang-format off */
const struct probe *const probes[] = {
	&probe_file,
	&probe_config,
	&probe_sysctl,
	&probe_kernel,
	&probe_kmod,
	&probe_package,
	&probe_service,
	&probe_mount,
	&probe_pam,
	&probe_users,
	&probe_groups,
	&probe_shadow,
	&probe_processes,
	&probe_listening,
	&probe_modules,
	&probe_mounts,
	&probe_files,
	&probe_audit_rules,
	&probe_packages,
	&probe_os,
	&probe_hardware,
	&probe_sudo_rules,
	&probe_cron,
	&probe_services,
	&probe_timers,
	&probe_logins,
	&probe_sshkeys,
	&probe_certificates,
	&probe_apparmor,
	&probe_selinux,
	&probe_tls,
	&probe_reach,
	&probe_time,
	&probe_connections,
	&probe_sockets,
	&probe_interfaces,
	&probe_routes,
	&probe_neighbours,
	&probe_command,
	&probe_firewall_rules,
	NULL,
};
/* clang-format on */

const struct probe *probe_find(struct text name)
{
	for (size_t i = 0; probes[i]; i++)
		if (text_is(name, probes[i]->name))
			return probes[i];
	return NULL;
}

void probe_prepare_all(struct gather *gather)
{
	for (size_t i = 0; probes[i]; i++)
		if (probes[i]->prepare)
			probes[i]->prepare(gather);
}

const struct probe_setting *probe_setting(const struct probe_call *call, const char *name)
{
	for (size_t i = 0; i < call->setting_count; i++)
		if (text_is(text_of(name), call->settings[i].param->name))
			return &call->settings[i];
	return NULL;
}

void probe_run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	*answer = (struct probe_answer){.outcome = PROBE_ROWS};
	if (call->probe->live && !gather_is_running(gather)) {
		answer_skip(gather, answer,
			    print_text(gather, "%s needs a running system", call->probe->name));
		return;
	}
	gather_depends_begin(gather);
	call->probe->run(gather, call, answer);
	gather_depends_end(gather, &answer->depends, &answer->depend_count);
}

struct value *rows_add(struct rows *rows, struct evidence where)
{
	struct arena *arena = gather_arena(rows->gather);
	const char *fault = NULL;
	if (rows->count == PROBE_ROWS_MAX)
		fault = "more than 100000 rows";
	else if (arena_left(arena) < GATHER_ARENA_SPARE / 2)
		fault = "this run has read as much as it may keep in memory (512 MiB)";
	if (fault) {
		answer_fail(rows->gather, rows->answer, text_of(fault));
		return NULL;
	}
	rows->at = arena_grow(arena, rows->at, &rows->room, rows->count + 1, sizeof(*rows->at));
	struct value *values = arena_get(arena, rows->call->probe->field_count,
					 sizeof(struct value));
	rows->at[rows->count++] = (struct probe_row){.values = values, .where = where};
	return values;
}

bool rows_keep(struct rows *rows, struct text *content)
{
	struct arena *arena = gather_arena(rows->gather);
	size_t left = arena_left(arena);
	if (left < GATHER_ARENA_SPARE / 2 || content->len > left - GATHER_ARENA_SPARE / 2)
		return answer_fail(rows->gather, rows->answer,
				   TEXT("this run has read as much as it may keep in memory "
					"(512 MiB)"));
	*content = arena_text(arena, *content);
	return true;
}

void rows_give(struct rows *rows)
{
	if (rows->answer->outcome != PROBE_ROWS)
		return;
	rows->answer->rows = rows->at;
	rows->answer->count = rows->count;
}

static struct text printable(struct gather *gather, struct text text)
{
	scoped(buf_end) struct buf out = {0};
	buf_printable(&out, text, REASON_SIZE_MAX);
	return arena_text(gather_arena(gather), buf_view(&out));
}

static bool answer_end(struct gather *gather, struct probe_answer *answer,
		       enum probe_outcome outcome, struct text why)
{
	answer->outcome = outcome;
	answer->reason = printable(gather, why);
	answer->rows = NULL;
	answer->count = 0;
	return false;
}

bool answer_fail(struct gather *gather, struct probe_answer *answer, struct text why)
{
	return answer_end(gather, answer, PROBE_ERROR, why);
}

bool answer_skip(struct gather *gather, struct probe_answer *answer, struct text why)
{
	return answer_end(gather, answer, PROBE_NOT_APPLICABLE, why);
}

void answer_miss(struct gather *gather, struct probe_answer *answer, struct text why)
{
	if (!answer->reason.at)
		answer->reason = printable(gather, why);
}

bool call_wants(const struct probe_call *call, size_t field)
{
	must(field < call->probe->field_count && field < 64);
	return (call->fields >> field & 1) != 0;
}

bool call_bool(const struct probe_call *call, const char *name, bool fallback)
{
	return call_number(call, name, fallback) != 0;
}

int64_t call_number(const struct probe_call *call, const char *name, int64_t fallback)
{
	const struct probe_setting *setting = probe_setting(call, name);
	return setting ? setting->number : fallback;
}

struct text call_text(const struct probe_call *call, const char *name)
{
	const struct probe_setting *setting = probe_setting(call, name);
	return setting ? setting->text : (struct text){0};
}

struct text print_text(struct gather *gather, const char *text, ...)
{
	char out[REASON_SIZE_MAX];
	va_list args;
	va_start(args, text);
	int len = vsnprintf(out, sizeof(out), text, args);
	va_end(args);
	must(len >= 0);
	return arena_text(gather_arena(gather), text_of(out));
}
