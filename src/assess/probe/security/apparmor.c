#include "assess/probe/answer.h"
#include "assess/probe/table.h"
#include "format/quantity.h"

#define PARAMETERS "/sys/module/apparmor/parameters/"
#define PROFILES "/sys/kernel/security/apparmor/profiles"
#define PROFILES_MAX 100000

enum field {
	FIELD_MODE,
	FIELD_ENABLED,
	FIELD_PROFILE,
	FIELD_PROFILES,
	FIELD_ENFORCE,
	FIELD_COMPLAIN,
	FIELD_KILL,
	FIELD_UNCONFINED,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"mode",
	 "of a profile: enforce, complain, kill, unconfined …; of \"mode\": the kernel's own, "
	 "which is enforce (as each profile says), complain or kill (for all), or disabled",
	 "enforce", .type = VALUE_TEXT, .subject = true},
	{"enabled", "whether the kernel enforces profiles at all", "true", .type = VALUE_BOOL},
	{"profile", "of a profile: its name", "/usr/sbin/chronyd", .type = VALUE_TEXT},
	{"profiles", "how many are loaded", "42", .type = VALUE_INT},
	{"enforce", "how many of them are enforced", "40", .type = VALUE_INT},
	{"complain", "how many of them only complain", "2", .type = VALUE_INT},
	{"kill", "how many of them kill", "0", .type = VALUE_INT},
	{"unconfined", "how many of them confine nothing", "0", .type = VALUE_INT},
};

/* The modes that a profile may be in, in the order of their fields. */
static const char *const modes[] = {"enforce", "complain", "kill", "unconfined"};

struct state {
	bool enabled, known; /* known: the profiles can be read */
	struct text mode, profiles;
	int64_t counts[array_len(modes)], total;
};

/* "/usr/sbin/chronyd (enforce)" */
static bool split(struct text line, struct text *name, struct text *mode)
{
	line = text_trim(line);
	size_t at = line.len;
	while (at > 0 && line.at[at - 1] != '(')
		at--;
	if (at < 2 || line.at[line.len - 1] != ')')
		return false;
	*name = text_trim((struct text){line.at, at - 1});
	*mode = (struct text){line.at + at, line.len - at - 1};
	return name->len > 0 && mode->len > 0;
}

static bool count_profiles(struct rows *rows, struct state *state)
{
	struct text rest = state->profiles, line, name, mode;
	while (text_next(&rest, '\n', &line)) {
		if (text_trim(line).len == 0)
			continue;
		if (!split(line, &name, &mode))
			return answer_fail(rows->gather, rows->answer,
					   TEXT(PROFILES " has a line that is no profile"));
		if (state->total++ == PROFILES_MAX)
			return answer_fail(rows->gather, rows->answer,
					   TEXT("more than 100000 profiles are loaded"));
		for (size_t i = 0; i < array_len(modes); i++)
			state->counts[i] += text_is(mode, modes[i]);
	}
	return true;
}

/* What one file says; false: it can't be read. A file that is missing says nothing. */
static bool read_text(struct rows *rows, const char *path, struct text *content)
{
	struct text why;
	*content = (struct text){0};
	enum gather_answer answer = gather_read(rows->gather, text_of(path), content, &why);
	if (answer == GATHER_FAILED)
		return answer_fail(rows->gather, rows->answer, why);
	if (answer == GATHER_MISSING)
		*content = (struct text){0};
	return answer == GATHER_MISSING || rows_keep(rows, content);
}

static bool read_state(struct rows *rows, struct state *state)
{
	struct text enabled;
	if (!read_text(rows, PARAMETERS "enabled", &enabled) ||
	    !read_text(rows, PARAMETERS "mode", &state->mode))
		return false;
	if (!enabled.at)
		return answer_skip(
			rows->gather, rows->answer,
			TEXT("this kernel has no AppArmor: " PARAMETERS "enabled is missing"));
	state->enabled = text_starts(enabled, "Y");
	state->mode = text_trim(state->mode);
	if (state->enabled && !read_text(rows, PROFILES, &state->profiles))
		return false;
	state->known = !state->enabled || state->profiles.at;
	return !state->profiles.at || count_profiles(rows, state);
}

/* -------- rows -------- */

static struct value *add_row(struct rows *rows, const struct state *state, struct evidence where)
{
	struct value *values = rows_add(rows, where);
	if (!values)
		return NULL;
	values[FIELD_ENABLED] = value_bool(state->enabled);
	if (!state->known)
		return values;
	values[FIELD_PROFILES] = value_number(VALUE_INT, state->total);
	for (size_t i = 0; i < array_len(modes); i++)
		values[FIELD_ENFORCE + i] = value_number(VALUE_INT, state->counts[i]);
	return values;
}

static bool add_mode(struct rows *rows, const struct state *state)
{
	struct evidence where = {.path = TEXT(PARAMETERS "mode"), .text = state->mode};
	struct value *values = add_row(rows, state, where);
	if (values)
		values[FIELD_MODE] = value_text(VALUE_TEXT,
						state->enabled ? state->mode : TEXT("disabled"));
	return values != NULL;
}

static bool add_profiles(struct rows *rows, const struct state *state)
{
	struct text rest = state->profiles, line, name, mode;
	if (!state->enabled)
		return answer_skip(rows->gather, rows->answer,
				   TEXT("AppArmor is not enabled in this kernel"));
	if (!state->known)
		return answer_skip(rows->gather, rows->answer,
				   TEXT("AppArmor's profiles can't be seen: " PROFILES
					" is missing; is securityfs mounted?"));
	for (uint64_t number = 1; text_next(&rest, '\n', &line); number++) {
		if (!split(line, &name, &mode) ||
		    !quantity_is_wild_match(rows->call->subject, name, false))
			continue;
		struct evidence where = {TEXT(PROFILES), number, text_trim(line)};
		struct value *values = add_row(rows, state, where);
		if (!values)
			return false;
		values[FIELD_MODE] = value_text(VALUE_TEXT, mode);
		values[FIELD_PROFILE] = value_text(VALUE_TEXT, name);
	}
	if (rows->count == 0)
		answer_miss(rows->gather, rows->answer,
			    print_text(rows->gather, "no profile %.*s is loaded",
				       (int)text_cut(rows->call->subject, 200),
				       rows->call->subject.at));
	return true;
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct state state = {0};
	if (!read_state(&rows, &state))
		return;
	if (text_is(call->subject, "mode") ? add_mode(&rows, &state) : add_profiles(&rows, &state))
		rows_give(&rows);
}

const struct probe probe_apparmor = {
	.name = "apparmor",
	.help = "AppArmor in the running kernel: its mode, how many profiles are enforced, the "
		"mode of one",
	.subject_help = "mode, or the name of a profile; * and ? mean each that matches",
	.subject_example = "mode",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.live = true,
	.reads = PARAMETERS "enabled and mode, " PROFILES,
	.privilege = "root, to see the profiles",
	.cost = "three small files",
	.run = run,
};
