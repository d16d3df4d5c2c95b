#include <string.h>

#include "assess/command/program.h"
#include "assess/command/table.h"
#include "assess/host/mounttab.h"
#include "assess/host/unit.h"

#define NOT_FOUND_SINCE 253 /* the version of systemd that prints "not-found" */

enum option {
	OPTION_QUIET,
	OPTION_PROPERTY,
	OPTION_TYPE,
	OPTION_STATE,
	OPTION_ALL,
	OPTION_LONG,
	OPTION_PAGER,
	OPTION_LEGEND,
	OPTION_PLAIN,
	OPTION_VALUE,
	OPTION_SYSTEM,
	OPTION_COUNT
};

static const struct program_option options[] = {
	{'q', "quiet", false},  {'p', "property", true}, {'t', "type", true},
	{0, "state", true},     {'a', "all", false},     {'l', "full", false},
	{0, "no-pager", false}, {0, "no-legend", false}, {0, "plain", false},
	{0, "value", false},    {0, "system", false},
};

struct talk {
	const struct native_call *call;
	struct native_answer *answer;
	const struct program_args *args;
	struct buf out, err;
	bool decided; /* the answer is given already */
};

/* -------- names -------- */

static bool is_unit_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       (c != '\0' && strchr(":-_.\\@", c));
}

/* The name as systemctl makes it of what it is given, with what it says about that. */
static bool mangle(struct talk *talk, struct text word, struct text *name)
{
	scoped(buf_end) struct buf out = {0};
	bool odd = false;
	for (size_t i = 0; i < word.len; i++) {
		bool good = is_unit_char(word.at[i]) && !(i == 0 && word.at[i] == '.');
		odd |= !good;
		if (good)
			buf_char(&out, word.at[i]);
		else
			buf_print(&out, "\\x%02x", (unsigned char)word.at[i]);
	}
	if (odd && gather_has_wildcard(word))
		buf_cstr(&talk->err,
			 "Glob pattern passed to check, but globs are not supported for this.\n"
			 "");
	if (odd)
		buf_print(&talk->err, "Invalid unit name \"%.*s\" escaped as \"%.*s\"%s.\n",
			  TEXT_ARG(word), TEXT_ARG(buf_view(&out)),
			  gather_has_wildcard(word) ? ""
						    : " (maybe you should use systemd-escape?)");
	return unit_name(talk->call->gather, buf_view(&out), name);
}

static bool is_instance(struct text name)
{
	const char *at = memchr(name.at, '@', name.len);
	return at && at + 1 < name.at + name.len && at[1] != '.';
}

static struct text last_part(struct text path)
{
	struct text part = path, rest = path;
	while (text_next(&rest, '/', &part))
		;
	return part;
}

/* -------- is-enabled -------- */

/* Of libsystemd-shared-252.so, which systemctl is linked with; 0: not found. */
static uint64_t version_of(struct gather *gather)
{
	static const char *const folders[] = {
		"/usr/lib/systemd", "/lib/systemd", "/usr/lib/x86_64-linux-gnu/systemd",
		"/usr/lib/aarch64-linux-gnu/systemd", "/usr/lib64/systemd"};
	static const char prefix[] = "libsystemd-shared-";
	const struct gather_entry *entries;
	size_t count;
	struct text why;
	for (size_t i = 0; i < array_len(folders); i++) {
		if (gather_list(gather, text_of(folders[i]), &entries, &count, &why) != GATHER_OK)
			continue;
		for (size_t j = 0; j < count; j++) {
			struct text name = entries[j].name;
			size_t from = sizeof(prefix) - 1, to = from;
			uint64_t version;
			while (to < name.len && name.at[to] >= '0' && name.at[to] <= '9')
				to++;
			if (text_starts(name, prefix) &&
			    text_to_u64((struct text){name.at + from, to - from}, 1, 100000,
					&version))
				return version;
		}
	}
	return 0;
}

static bool has_file(struct gather *gather, struct text path)
{
	struct gather_stat stat;
	struct text why;
	return gather_stat(gather, path, true, &stat, &why) == GATHER_OK;
}

/* What systemd-sysv-install says of a script of /etc/init.d: a link starts it. False: none. */
static bool ask_sysv(struct talk *talk, struct text name, bool *enabled)
{
	struct gather *gather = talk->call->gather;
	struct arena *arena = gather_arena(gather);
	const char *tool = "/lib/systemd/systemd-sysv-install";
	struct text base = {name.at, name.len - strlen(".service")};
	if (!has_file(gather, text_of(arena_print(arena, "/etc/init.d/%.*s", TEXT_ARG(base)))) ||
	    !has_file(gather, text_of(tool)))
		return false;
	if (!talk->args->given[OPTION_QUIET])
		buf_print(&talk->err,
			  "%.*s is not a native service, redirecting to systemd-sysv-install.\n"
			  "Executing: %s is-enabled %.*s\n",
			  TEXT_ARG(name), tool, TEXT_ARG(base));
	const struct text *paths;
	size_t count;
	struct err err = {0};
	struct text links = text_of(arena_print(arena, "/etc/rc[S5].d/S??%.*s", TEXT_ARG(base)));
	*enabled = gather_glob(gather, links, &paths, &count, &err) && count > 0;
	return true;
}

static const char *state_of(const struct unit *unit)
{
	if (unit->exists && !unit->masked && !is_instance(unit->asked) &&
	    !text_is_equal(last_part(unit->path), unit->asked))
		return "alias";
	return unit->state;
}

static bool counts_as_enabled(const char *state)
{
	static const char *const states[] = {"enabled", "enabled-runtime", "static",
					     "alias",   "indirect",        "generated"};
	for (size_t i = 0; i < array_len(states); i++)
		if (strcmp(state, states[i]) == 0)
			return true;
	return false;
}

static void fail(struct talk *talk, struct text why)
{
	native_fail(talk->answer, why);
	talk->decided = true;
}

struct found {
	bool enabled, missing, stop;
};

static void say_state(struct talk *talk, struct text name, struct found *found)
{
	struct gather *gather = talk->call->gather;
	struct err err = {0};
	struct unit unit;
	bool sysv = false;
	if (!unit_find(gather, name, &unit, &err)) {
		fail(talk, arena_text(gather_arena(gather), text_of(err.text)));
		return;
	}
	const char *state = unit.exists ? state_of(&unit) : NULL;
	if (!unit.exists && text_ends(name, ".service") && ask_sysv(talk, name, &sysv))
		state = sysv ? "enabled" : "disabled";
	if (!state && version_of(gather) >= NOT_FOUND_SINCE) {
		state = "not-found";
		found->missing = true;
	}
	if (state) {
		found->enabled |= counts_as_enabled(state);
		if (!talk->args->given[OPTION_QUIET])
			buf_print(&talk->out, "%s\n", state);
		return;
	}
	buf_print(&talk->err, "Failed to get unit file state for %.*s: No such file or directory\n",
		  TEXT_ARG(name));
	found->stop = true;
}

static int say_enabled(struct talk *talk)
{
	const struct program_args *args = talk->args;
	struct found found = {0};
	struct text names[NATIVE_ARGS_MAX];
	if (args->word_count == 1) {
		buf_cstr(&talk->err, "Too few arguments.\n");
		return 1;
	}
	for (size_t i = 1; i < args->word_count; i++)
		if (memchr(args->words[i].at, '/', args->words[i].len))
			names[i] = args->words[i];
		else if (!mangle(talk, args->words[i], &names[i]))
			fail(talk, TEXT("that can be no unit's name"));
	for (size_t i = 1; i < args->word_count && !found.stop && !talk->decided; i++)
		if (names[i].at[0] != '/') {
			say_state(talk, names[i], &found);
		} else {
			buf_print(&talk->err,
				  "Failed to get unit file state for %.*s: Invalid argument\n",
				  TEXT_ARG(names[i]));
			found.stop = true;
		}
	if (found.stop)
		return 1;
	return found.enabled ? 0 : found.missing ? 4 : 1;
}

/* -------- what systemd itself is asked -------- */

static bool is_booted(struct talk *talk)
{
	struct gather_stat stat;
	struct text why;
	return gather_stat(talk->call->gather, TEXT("/run/systemd/system"), true, &stat, &why) ==
		       GATHER_OK &&
	       stat.kind == GATHER_FOLDER;
}

static int say_unbooted(struct talk *talk)
{
	buf_cstr(&talk->err,
		 "System has not been booted with systemd as init system (PID 1). Can't "
		 "operate.\nFailed to connect to bus: Host is down\n");
	return 1;
}

/* dev-shm.mount is of /dev/shm; \x2d is a dash. */
static struct text mount_path(struct talk *talk, struct text name)
{
	scoped(buf_end) struct buf out = {0};
	struct text bare = {name.at, name.len - strlen(".mount")};
	unsigned char byte;
	buf_char(&out, '/');
	for (size_t i = 0; i < bare.len && !text_is(bare, "-"); i++)
		if (bare.at[i] == '\\' && bare.len - i >= 4 && bare.at[i + 1] == 'x' &&
		    text_to_bytes((struct text){bare.at + i + 2, 2}, &byte, 1)) {
			buf_char(&out, (char)byte);
			i += 3;
		} else {
			buf_char(&out, bare.at[i] == '-' ? '/' : bare.at[i]);
		}
	return arena_text(gather_arena(talk->call->gather), buf_view(&out));
}

/* systemd keeps a link for each unit that it started and that has not ended. */
static bool is_active(struct talk *talk, struct text name)
{
	struct gather *gather = talk->call->gather;
	struct gather_stat stat;
	struct text why;
	if (text_ends(name, ".mount")) {
		const struct mounts *mounts;
		enum gather_answer answer = mounttab_live(gather, &mounts, &why);
		if (answer != GATHER_OK)
			fail(talk, why);
		return answer == GATHER_OK && mounttab_line(mounts, mount_path(talk, name));
	}
	struct text link = text_of(arena_print(
		gather_arena(gather), "/run/systemd/units/invocation:%.*s", TEXT_ARG(name)));
	enum gather_answer answer = gather_stat(gather, link, false, &stat, &why);
	if (answer == GATHER_FAILED)
		fail(talk, why);
	return answer == GATHER_OK;
}

static bool is_unit_active(struct talk *talk, struct text word)
{
	struct gather *gather = talk->call->gather;
	struct err err = {0};
	struct unit unit;
	struct text name;
	if (gather_has_wildcard(word) || !unit_name(gather, word, &name) ||
	    !unit_find(gather, name, &unit, &err)) {
		fail(talk, TEXT("which units that means, systemd alone knows"));
		return false;
	}
	return is_active(talk, unit.name);
}

/* A unit that does not run: whether it failed is known to systemd alone. */
static int say_active(struct talk *talk, bool asks_failed)
{
	bool any = false;
	for (size_t i = 1; i < talk->args->word_count && !talk->decided; i++) {
		bool active = is_unit_active(talk, talk->args->words[i]);
		any |= active;
		if (!active && asks_failed && !talk->decided)
			fail(talk, TEXT("whether it failed, systemd alone knows"));
		if (!talk->args->given[OPTION_QUIET])
			buf_cstr(&talk->out, active ? "active\n" : "inactive\n");
	}
	return asks_failed ? 1 : any ? 0 : 3;
}

static int say_of_systemd(struct talk *talk)
{
	struct text verb = talk->args->word_count > 0 ? talk->args->words[0] : TEXT("list-units");
	if (!program_is_live(talk->call, talk->answer, "what systemd knows of its units")) {
		talk->decided = true;
		return 0;
	}
	if (!is_booted(talk))
		return say_unbooted(talk);
	if (text_is(verb, "is-active") || text_is(verb, "is-failed"))
		return say_active(talk, text_is(verb, "is-failed"));
	talk->decided = program_skip(talk->call, talk->answer,
				     "systemctl %.*s: what it prints, systemd alone knows",
				     TEXT_ARG(verb));
	return 0;
}

static int say_running(struct talk *talk)
{
	if (!program_is_live(talk->call, talk->answer, "whether systemd has started all")) {
		talk->decided = true;
		return 0;
	}
	if (is_booted(talk))
		return say_of_systemd(talk);
	buf_cstr(&talk->out, "offline\n");
	return 1;
}

static int say_default(struct talk *talk)
{
	struct err err = {0};
	struct unit unit;
	if (!unit_find(talk->call->gather, TEXT("default.target"), &unit, &err))
		fail(talk, arena_text(gather_arena(talk->call->gather), text_of(err.text)));
	else if (unit.exists)
		buf_print(&talk->out, "%.*s\n", TEXT_ARG(unit.name));
	else
		buf_cstr(&talk->err, "Failed to get default target: No such file or directory\n");
	return !talk->decided && unit.exists ? 0 : 1;
}

static const struct {
	const char *verb;
	int (*say)(struct talk *talk);
} verbs[] = {
	{"is-enabled", say_enabled},
	{"get-default", say_default},
	{"is-system-running", say_running},
	{"is-active", say_of_systemd},
	{"is-failed", say_of_systemd},
	{"status", say_of_systemd},
	{"show", say_of_systemd},
	{"list-units", say_of_systemd},
	{"list-timers", say_of_systemd},
	{"list-sockets", say_of_systemd},
	{"list-jobs", say_of_systemd},
	{"list-dependencies", say_of_systemd},
	{"cat", say_of_systemd},
};

/* A name relative to a folder that isn't known. */
static bool has_relative_path(const struct program_args *args)
{
	for (size_t i = 1; i < args->word_count; i++)
		if (args->words[i].len == 0 ||
		    (memchr(args->words[i].at, '/', args->words[i].len) &&
		     args->words[i].at[0] != '/'))
			return true;
	return false;
}

static bool answer_systemctl(const struct native_call *call, struct native_answer *answer)
{
	struct program_args args;
	if (!program_read_args(call, options, OPTION_COUNT, &args) || has_relative_path(&args))
		return false;
	int (*say)(struct talk * talk) = args.word_count == 0 ? say_of_systemd : NULL;
	for (size_t i = 0; i < array_len(verbs) && args.word_count > 0; i++)
		if (text_is(args.words[0], verbs[i].verb))
			say = verbs[i].say;
	if (!say || (say == say_enabled && args.given[OPTION_LONG]))
		return false;
	if (!call->gather || !program_is_here(call, answer))
		return true;
	struct talk talk = {.call = call, .answer = answer, .args = &args};
	int exit = say(&talk);
	if (!talk.decided)
		program_end(call, answer, &talk.out, &talk.err, exit);
	buf_end(&talk.out);
	buf_end(&talk.err);
	return true;
}

const struct native native_systemctl = {
	.program = "systemctl",
	.forms = "is-enabled UNIT…; get-default; is-active UNIT…; is-failed UNIT…; without systemd "
		 "also status, show, cat, list-units, list-timers and is-system-running",
	.reads = "unit files, links and drop-ins in /etc, /run, /usr/local/lib, /usr/lib and /lib; "
		 "/etc/init.d; /run/systemd/units",
	.prints = "the state of each unit's file; active or inactive (a unit that failed is "
		  "inactive, too); where systemd does not run, that it doesn't",
	.answer = answer_systemctl,
};
