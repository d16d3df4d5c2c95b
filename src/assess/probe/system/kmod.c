#include "assess/host/modprobe.h"
#include "assess/probe/answer.h"
#include "assess/probe/table.h"

enum field {
	FIELD_STATE,
	FIELD_LOADED,
	FIELD_LOADABLE,
	FIELD_BUILTIN,
	FIELD_AVAILABLE,
	FIELD_DENIED,
	FIELD_BLACKLISTED,
	FIELD_INSTALL,
	FIELD_KERNEL,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"state", "the kernel's word for a loaded one: Live, Loading, Unloading; nothing else",
	 "Live", .type = VALUE_TEXT, .subject = true, .costly = true},
	{"loaded", "whether it is loaded now (a built-in one is not loaded)", "false",
	 .type = VALUE_BOOL, .costly = true},
	{"loadable",
	 "whether \"modprobe NAME\" would load it: its file is there, no install rule "
	 "denies it, and it is not built in",
	 "false", .type = VALUE_BOOL, .costly = true},
	{"builtin", "whether it is a part of the kernel, by modules.builtin", "false",
	 .type = VALUE_BOOL, .costly = true},
	{"available", "whether its file is there, by modules.dep", "true", .type = VALUE_BOOL,
	 .costly = true},
	{"denied",
	 "whether an install rule (/bin/false, /bin/true) or the kernel's command line "
	 "keeps it from being loaded, also by name",
	 "true", .type = VALUE_BOOL},
	{"blacklisted", "whether a blacklist rule keeps devices and file systems from loading it",
	 "true", .type = VALUE_BOOL},
	{"install", "the command of its install rule", "/bin/false", .type = VALUE_TEXT},
	{"kernel", "the kernel's version; under --root there is a row for each", "6.1.0-13-amd64",
	 .type = VALUE_TEXT},
};

static bool check(const struct probe_call *call, struct err *err)
{
	struct text name = call->subject;
	bool odd = name.len == 0 || name.len > 255 || text_ends(name, ".ko");
	for (size_t i = 0; i < name.len; i++)
		odd |= name.at[i] <= ' ' || name.at[i] == '/' || name.at[i] == '*' ||
		       name.at[i] == '?' || name.at[i] == '[' || name.at[i] == 0x7f;
	return !odd || err_set(err, ERR_INPUT, "give the name of one module, as in usb-storage");
}

/* -------- what the kernel has loaded -------- */

struct loaded {
	struct text state; /* at NULL: it is not */
	struct evidence where;
};

static bool find_loaded(struct rows *rows, struct text name, struct loaded *loaded)
{
	struct gather *gather = rows->gather;
	struct text path = TEXT("/proc/modules"), content, why, line;
	enum gather_answer answer = gather_read(gather, path, &content, &why);
	if (answer == GATHER_MISSING)
		return answer_skip(gather, rows->answer,
				   TEXT("this kernel loads no modules: /proc/modules is missing"));
	if (answer == GATHER_FAILED)
		return answer_fail(gather, rows->answer, why);
	loaded->where.path = path;
	for (uint64_t number = 1; text_next(&content, '\n', &line); number++) {
		struct text rest = line, word, state = {0};
		if (!text_word(&rest, &word) || !text_is_equal(word, name))
			continue;
		for (size_t i = 0; i < 4 && text_word(&rest, &word); i++)
			state = word; /* size, uses, used by, state */
		loaded->state = arena_text(gather_arena(gather), state);
		loaded->where = (struct evidence){path, number,
						  arena_text(gather_arena(gather), line)};
	}
	return true;
}

/* -------- one kernel -------- */

struct asked {
	struct text name;
	struct modprobe_rules rules;
	struct loaded loaded;
	bool wants_loaded, wants_files;
};

static struct evidence where_of(const struct asked *asked)
{
	if (asked->loaded.state.at)
		return asked->loaded.where;
	if (asked->rules.install.at)
		return asked->rules.install_where;
	if (asked->rules.blacklisted)
		return asked->rules.blacklist_where;
	return (struct evidence){.path = TEXT("/etc/modprobe.d")};
}

static void put_place(struct value *values, const struct asked *asked,
		      const struct modprobe_place *place)
{
	bool denied = asked->rules.refused ||
		      (asked->rules.install.at && modprobe_is_denial(asked->rules.install));
	bool file = place->kind == MODPROBE_FILE;
	values[FIELD_BUILTIN] = value_bool(place->kind == MODPROBE_BUILTIN);
	values[FIELD_AVAILABLE] = value_bool(file);
	values[FIELD_LOADABLE] = value_bool(file && !denied);
}

static bool add_kernel(struct rows *rows, const struct asked *asked, struct text version)
{
	struct gather *gather = rows->gather;
	struct modprobe_place place = {0};
	struct text why;
	if (asked->wants_files) {
		enum gather_answer answer = modprobe_find(gather, version, asked->name, &place,
							  &why);
		if (answer == GATHER_FAILED)
			return answer_fail(gather, rows->answer, why);
		if (answer == GATHER_MISSING)
			return answer_skip(
				gather, rows->answer,
				print_text(gather, "the modules of kernel %.*s are not here: %.*s",
					   TEXT_ARG(version), TEXT_ARG(why)));
	}
	struct value *values = rows_add(rows, where_of(asked));
	if (!values)
		return false;
	const struct modprobe_rules *rules = &asked->rules;
	if (asked->wants_loaded) {
		values[FIELD_LOADED] = value_bool(asked->loaded.state.at != NULL);
		if (asked->loaded.state.at)
			values[FIELD_STATE] = value_text(VALUE_TEXT, asked->loaded.state);
	}
	values[FIELD_DENIED] = value_bool(
		rules->refused || (rules->install.at && modprobe_is_denial(rules->install)));
	values[FIELD_BLACKLISTED] = value_bool(rules->blacklisted);
	if (rules->install.at)
		values[FIELD_INSTALL] = value_text(VALUE_TEXT, rules->install);
	if (version.at)
		values[FIELD_KERNEL] = value_text(VALUE_TEXT, version);
	if (asked->wants_files)
		put_place(values, asked, &place);
	return true;
}

/* Under --root: of every kernel whose modules are there. */
static bool add_all_kernels(struct rows *rows, const struct asked *asked)
{
	struct text why, folder = TEXT("/lib/modules");
	const struct gather_entry *entries;
	size_t count;
	enum gather_answer answer = gather_list(rows->gather, folder, &entries, &count, &why);
	if (answer == GATHER_FAILED)
		return answer_fail(rows->gather, rows->answer, why);
	if (answer == GATHER_MISSING || count == 0)
		return answer_skip(
			rows->gather, rows->answer,
			TEXT("there are no modules here: /lib/modules is missing or empty"));
	for (size_t i = 0; i < count; i++)
		if (!add_kernel(rows, asked, entries[i].name))
			return false;
	return true;
}

static bool read_version(struct rows *rows, struct text *version)
{
	struct text content, why;
	enum gather_answer answer = gather_read(rows->gather, TEXT("/proc/sys/kernel/osrelease"),
						&content, &why);
	if (answer != GATHER_OK)
		return answer_fail(rows->gather, rows->answer, why);
	*version = arena_text(gather_arena(rows->gather), text_trim(content));
	size_t at;
	return !text_find(*version, TEXT("/"), &at) ||
	       answer_fail(rows->gather, rows->answer, TEXT("the kernel's version has a slash"));
}

/* What the calls ask beyond modprobe's files; false: that was the answer. */
static bool read_live(struct rows *rows, struct asked *asked, struct text *version)
{
	bool running = gather_is_running(rows->gather);
	if (asked->wants_loaded && !running)
		return answer_skip(rows->gather, rows->answer,
				   TEXT("whether a module is loaded: that needs a running system"));
	if (asked->wants_loaded && !find_loaded(rows, asked->name, &asked->loaded))
		return false;
	return !running || !asked->wants_files || read_version(rows, version);
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct err err = {0};
	struct asked asked = {
		.name = modprobe_name(gather_arena(gather), call->subject),
		.wants_loaded = call_wants(call, FIELD_LOADED) || call_wants(call, FIELD_STATE),
		.wants_files = call_wants(call, FIELD_LOADABLE) ||
			       call_wants(call, FIELD_BUILTIN) || call_wants(call, FIELD_AVAILABLE),
	};
	struct text version = {0};
	if (!read_live(&rows, &asked, &version))
		return;
	if (!modprobe_read(gather, asked.name, &asked.rules, &err)) {
		answer_fail(gather, answer, text_of(err.text));
		return;
	}
	bool every = !gather_is_running(gather) && asked.wants_files;
	if (every ? add_all_kernels(&rows, &asked) : add_kernel(&rows, &asked, version))
		rows_give(&rows);
}

const struct probe probe_kmod = {
	.name = "kmod",
	.help = "a kernel module: loaded, and whether it could be, as modprobe reads its rules",
	.subject_help = "its name; - and _ are one",
	.subject_example = "usb-storage",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.reads = "/proc/modules, /proc/cmdline; the folders modprobe.d in /etc, /run, "
		 "/usr/local/lib, /usr/lib and /lib; modules.dep and modules.builtin of the kernel",
	.privilege = "none",
	.cost = "the lists of modules are read once for all: a few milliseconds",
	.check = check,
	.run = run,
};
