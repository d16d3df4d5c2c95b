#include <stdlib.h>
#include <string.h>

#include "assess/command/program.h"
#include "assess/command/table.h"
#include "assess/host/modprobe.h"

#define MODULES_MAX 1000 /* that one call would load */
#define DEPTH_MAX 32     /* of soft dependencies */

enum option {
	OPTION_DRY,
	OPTION_VERBOSE,
	OPTION_ALL,
	OPTION_BLACKLIST,
	OPTION_QUIET,
	OPTION_CONFIG,
	OPTION_DEPENDS,
	OPTION_COUNT
};

static const struct program_option options[] = {
	{'n', "dry-run", false},       {'v', "verbose", false}, {'a', "all", false},
	{'b', "use-blacklist", false}, {'q', "quiet", false},   {'c', "showconfig", false},
	{'D', "show-depends", false},
};

struct probing {
	const struct native_call *call;
	struct native_answer *answer;
	const struct program_args *args;
	const struct modprobe_rule *rules;
	size_t rule_count;
	struct text version, command_line;
	struct text seen[MODULES_MAX];
	size_t seen_count;
	struct text alias; /* by which the module was asked for; at NULL: by its name */
	struct text extra; /* options of the call, for the module that was asked for */
	struct buf out, err;
	bool decided;
};

static struct arena *arena_of(const struct probing *probing)
{
	return gather_arena(probing->call->gather);
}

static void fail(struct probing *probing, struct text why)
{
	native_fail(probing->answer, arena_text(arena_of(probing), why));
	probing->decided = true;
}

/* -------- the kernel's command line -------- */

/* The next "MODULE.PARAMETER=VALUE". */
static bool next_parameter(struct probing *probing, struct text *rest, struct text *module,
			   struct text *parameter)
{
	struct text word;
	while (text_word(rest, &word)) {
		struct text after = word, name;
		if (!text_next(&after, '.', &name) || name.len == word.len || name.len == 0 ||
		    memchr(name.at, '=', name.len) || !memchr(after.at, '=', after.len))
			continue;
		*module = modprobe_name(arena_of(probing), name);
		*parameter = after;
		return true;
	}
	return false;
}

static bool is_blacklist(struct text module, struct text parameter)
{
	return text_is(module, "modprobe") && text_starts(parameter, "blacklist=");
}

/* -------- one module -------- */

static struct text options_of(struct probing *probing, struct text name)
{
	scoped(buf_end) struct buf out = {0};
	struct text rest = probing->command_line, module, parameter;
	for (size_t i = 0; i < probing->rule_count; i++) {
		const struct modprobe_rule *rule = &probing->rules[i];
		bool own = text_is_equal(rule->pattern, name) ||
			   (probing->alias.at && text_is_equal(rule->pattern, probing->alias));
		if (rule->word == MODPROBE_OPTIONS && own)
			buf_print(&out, "%s%.*s", out.len > 0 ? " " : "", TEXT_ARG(rule->rest));
	}
	while (next_parameter(probing, &rest, &module, &parameter))
		if (text_is_equal(module, name) && !is_blacklist(module, parameter))
			buf_print(&out, "%s%.*s", out.len > 0 ? " " : "", TEXT_ARG(parameter));
	return arena_text(arena_of(probing), buf_view(&out));
}

static bool is_loaded(struct probing *probing, struct text name)
{
	struct text path = text_of(
		arena_print(arena_of(probing), "/sys/module/%.*s/initstate", TEXT_ARG(name)));
	struct text state, why;
	return gather_is_running(probing->call->gather) &&
	       gather_read(probing->call->gather, path, &state, &why) == GATHER_OK &&
	       text_is(text_trim(state), "live");
}

/* Which kernel's modules: this one's, or under --root the only one that is there. */
static bool find_place(struct probing *probing, struct text name, struct modprobe_place *place)
{
	struct text why;
	*place = (struct modprobe_place){0};
	if (!probing->version.at)
		return true;
	enum gather_answer answer = modprobe_find(probing->call->gather, probing->version, name,
						  place, &why);
	if (answer == GATHER_FAILED)
		fail(probing, why);
	return answer != GATHER_FAILED;
}

/* What is done for it; false: nothing that has options. */
static bool print_action(struct probing *probing, struct text name, struct text install,
			 const struct modprobe_place *place)
{
	struct buf *out = &probing->out;
	if (install.at)
		buf_print(out, "install %.*s ", TEXT_ARG(install));
	else if (place->kind == MODPROBE_FILE)
		buf_print(out, "insmod /lib/modules/%.*s/%.*s ", TEXT_ARG(probing->version),
			  TEXT_ARG(place->path));
	else if (place->kind == MODPROBE_BUILTIN)
		buf_print(out, "builtin %.*s\n", TEXT_ARG(name));
	return install.at || place->kind == MODPROBE_FILE;
}

static void print_module(struct probing *probing, struct text name, bool ignores_install)
{
	struct modprobe_place place;
	struct modprobe_rules rules;
	struct err err = {0};
	bool depends = probing->args->given[OPTION_DEPENDS] > 0;
	if (!find_place(probing, name, &place))
		return;
	if (!modprobe_read(probing->call->gather, name, &rules, &err)) {
		fail(probing, text_of(err.text));
		return;
	}
	if (!depends && (place.kind == MODPROBE_BUILTIN || is_loaded(probing, name)))
		return;
	struct text set = options_of(probing, name), extra = probing->extra;
	if (probing->seen_count > 0 && !text_is_equal(probing->seen[0], name))
		extra = (struct text){0};
	if (print_action(probing, name, ignores_install ? (struct text){0} : rules.install, &place))
		buf_print(&probing->out, "%.*s%s%.*s\n", TEXT_ARG(set), set.len > 0 ? " " : "",
			  TEXT_ARG(extra));
}

/* -------- what is loaded before and behind it -------- */

static struct text base_name(struct text path)
{
	struct text rest = path, part = path;
	size_t dot;
	while (text_next(&rest, '/', &part))
		;
	if (text_find(part, TEXT(".ko"), &dot))
		part.len = dot;
	return part;
}

/* "kernel/fs/a.ko: kernel/b.ko kernel/c.ko": what it needs, the last one first. */
static size_t dependencies_of(struct probing *probing, struct text path, struct text *names)
{
	struct text file = text_of(arena_print(arena_of(probing), "/lib/modules/%.*s/modules.dep",
					       TEXT_ARG(probing->version)));
	struct text content, why, line, word, key;
	size_t count = 0;
	if (gather_read(probing->call->gather, file, &content, &why) != GATHER_OK)
		return 0;
	while (text_next(&content, '\n', &line)) {
		struct text rest = line;
		if (!text_starts(line, path.at) || !text_next(&rest, ':', &key) ||
		    !text_is_equal(key, path))
			continue;
		while (text_word(&rest, &word) && count < MODULES_MAX)
			names[count++] = modprobe_name(arena_of(probing), base_name(word));
		break;
	}
	for (size_t i = 0; i < count / 2; i++) {
		struct text swapped = names[i];
		names[i] = names[count - 1 - i];
		names[count - 1 - i] = swapped;
	}
	return count;
}

static void probe_module(struct probing *probing, struct text name, unsigned depth);
static bool is_known(struct probing *probing, struct text name);

/* "pre: a b post: c" of all rules; which: "pre:" or "post:". Whether there is any. */
static bool probe_soft(struct probing *probing, struct text name, const char *which, bool run,
		       unsigned depth)
{
	bool any = false;
	for (size_t i = 0; i < probing->rule_count && !probing->decided; i++) {
		const struct modprobe_rule *rule = &probing->rules[i];
		if (rule->word != MODPROBE_SOFTDEP || !text_is_equal(rule->pattern, name))
			continue;
		struct text rest = rule->rest, word;
		bool inside = false;
		while (text_word(&rest, &word) && !probing->decided) {
			bool mark = text_is(word, "pre:") || text_is(word, "post:");
			if (mark)
				inside = text_is(word, which);
			if (mark || !inside)
				continue;
			struct text soft = modprobe_name(arena_of(probing), word);
			if (!is_known(probing, soft))
				continue;
			any = true;
			if (run)
				probe_module(probing, soft, depth + 1);
		}
	}
	return any;
}

/* The module with its soft dependencies. */
static void fill(struct probing *probing, struct text name, unsigned depth)
{
	bool soft = probe_soft(probing, name, "pre:", true, depth);
	soft |= probe_soft(probing, name, "post:", false, depth);
	if (!probing->decided)
		print_module(probing, name, soft);
	probe_soft(probing, name, "post:", true, depth);
}

static bool note_seen(struct probing *probing, struct text name, unsigned depth)
{
	for (size_t i = 0; i < probing->seen_count; i++)
		if (text_is_equal(probing->seen[i], name))
			return false;
	if (probing->seen_count == MODULES_MAX || depth > DEPTH_MAX) {
		fail(probing, TEXT("more modules than are followed hang on this one"));
		return false;
	}
	probing->seen[probing->seen_count++] = name;
	return true;
}

static void probe_module(struct probing *probing, struct text name, unsigned depth)
{
	struct modprobe_place place;
	if (!note_seen(probing, name, depth) || !find_place(probing, name, &place))
		return;
	struct text *names = arena_get(arena_of(probing), MODULES_MAX, sizeof(*names));
	size_t count = 0;
	if (place.kind == MODPROBE_FILE)
		count = dependencies_of(probing, place.path, names);
	for (size_t i = 0; i < count && !probing->decided; i++)
		fill(probing, names[i], depth);
	if (!probing->decided)
		fill(probing, name, depth);
}

/* -------- which modules a name means -------- */

struct found {
	struct text at[MODULES_MAX];
	size_t count;
	bool alias;
};

static void add_found(struct probing *probing, struct found *found, struct text name, bool alias)
{
	struct text word = {0};
	if (found->count == MODULES_MAX || !text_word(&name, &word))
		return;
	found->at[found->count++] = modprobe_name(arena_of(probing), word);
	found->alias = alias;
}

static void look_in_rules(struct probing *probing, struct text name, struct found *found,
			  bool aliases)
{
	for (size_t i = 0; i < probing->rule_count; i++) {
		const struct modprobe_rule *rule = &probing->rules[i];
		if (aliases && rule->word == MODPROBE_ALIAS &&
		    gather_is_name_match(rule->pattern, name))
			add_found(probing, found, rule->rest, true);
		else if (!aliases && found->count == 0 &&
			 (rule->word == MODPROBE_INSTALL || rule->word == MODPROBE_REMOVE) &&
			 text_is_equal(rule->pattern, name))
			add_found(probing, found, name, false);
	}
}

static bool read_aliases(struct probing *probing, struct text *content)
{
	struct text why,
		path = text_of(arena_print(arena_of(probing), "/lib/modules/%.*s/modules.alias",
					   TEXT_ARG(probing->version)));
	return probing->version.at &&
	       gather_read(probing->call->gather, path, content, &why) == GATHER_OK;
}

static bool next_alias(struct text *rest, struct text *pattern, struct text *module)
{
	struct text line, word;
	while (text_next(rest, '\n', &line))
		if (text_word(&line, &word) && text_is(word, "alias") &&
		    text_word(&line, pattern) && text_word(&line, module))
			return true;
	return false;
}

static void look_in_aliases(struct probing *probing, struct text name, struct found *found)
{
	struct text content, pattern, module;
	if (!read_aliases(probing, &content))
		return;
	while (next_alias(&content, &pattern, &module)) {
		bool near = strchr("*?[", pattern.at[0]) || pattern.at[0] == name.at[0];
		if (near && gather_is_name_match(modprobe_name(arena_of(probing), pattern), name))
			add_found(probing, found, module, true);
	}
}

static void look_up(struct probing *probing, struct text name, struct found *found)
{
	struct modprobe_place place;
	*found = (struct found){0};
	look_in_rules(probing, name, found, true);
	if (found->count == 0 && find_place(probing, name, &place) && place.kind != MODPROBE_ABSENT)
		add_found(probing, found, name, false);
	if (found->count == 0)
		look_in_rules(probing, name, found, false);
	if (found->count == 0 && name.len > 0)
		look_in_aliases(probing, name, found);
}

static bool is_known(struct probing *probing, struct text name)
{
	struct found *found = arena_get(arena_of(probing), 1, sizeof(*found));
	look_up(probing, name, found);
	return found->count > 0;
}

static bool is_blacklisted(struct probing *probing, struct text name)
{
	struct modprobe_rules rules = {0};
	struct err err = {0};
	if (!modprobe_read(probing->call->gather, name, &rules, &err))
		fail(probing, text_of(err.text));
	return rules.blacklisted;
}

/* One that was asked for; false: there is none. */
static bool probe_asked(struct probing *probing, struct text word)
{
	struct found *found = arena_get(arena_of(probing), 1, sizeof(*found));
	struct text name = modprobe_name(arena_of(probing), word);
	look_up(probing, name, found);
	bool minds = found->alias || probing->args->given[OPTION_BLACKLIST] > 0;
	for (size_t i = 0; i < found->count && !probing->decided; i++) {
		if (minds && is_blacklisted(probing, found->at[i]))
			continue;
		probing->alias = found->alias ? name : (struct text){0};
		probing->seen_count = 0;
		probe_module(probing, found->at[i], 0);
	}
	return found->count > 0 || probing->decided;
}

static void say_missing(struct probing *probing, struct text word)
{
	bool all = probing->args->given[OPTION_ALL] > 0;
	if (!probing->version.at) {
		program_skip(probing->call, probing->answer,
			     "whether there is a module %.*s: that needs the running kernel's "
			     "version",
			     TEXT_ARG(word));
		probing->decided = true;
		return;
	}
	if (!probing->args->given[OPTION_QUIET])
		buf_print(&probing->err,
			  "modprobe: %s: Module %.*s not found in directory /lib/modules/%.*s\n",
			  all ? "WARNING" : "FATAL", TEXT_ARG(word), TEXT_ARG(probing->version));
}

static int probe_words(struct probing *probing)
{
	const struct program_args *args = probing->args;
	scoped(buf_end) struct buf extra = {0};
	int exit = 0;
	bool all = args->given[OPTION_ALL] > 0;
	if (args->word_count == 0) {
		buf_cstr(&probing->err, "modprobe: ERROR: missing parameters. See -h.\n");
		return 1;
	}
	for (size_t i = 1; i < args->word_count && !all; i++)
		buf_print(&extra, "%s%.*s", i > 1 ? " " : "", TEXT_ARG(args->words[i]));
	probing->extra = arena_text(arena_of(probing), buf_view(&extra));
	for (size_t i = 0; i < (all ? args->word_count : 1) && !probing->decided; i++)
		if (!probe_asked(probing, args->words[i])) {
			say_missing(probing, args->words[i]);
			exit = 1;
		}
	if (!args->given[OPTION_VERBOSE] && !args->given[OPTION_DEPENDS])
		buf_clear(&probing->out);
	return exit;
}

/* -------- --showconfig -------- */

static void add_softdep(struct buf *out, const struct modprobe_rule *rule)
{
	static const char *const marks[] = {"pre:", "post:"};
	buf_print(out, "softdep %.*s ", TEXT_ARG(rule->pattern));
	for (size_t i = 0; i < array_len(marks); i++) {
		struct text rest = rule->rest, word;
		bool inside = false, any = false;
		while (text_word(&rest, &word)) {
			if (text_is(word, "pre:") || text_is(word, "post:")) {
				inside = text_is(word, marks[i]);
			} else if (inside) {
				buf_print(out, "%s %.*s", any ? "" : marks[i], TEXT_ARG(word));
				any = true;
			}
		}
	}
	buf_char(out, '\n');
}

static void add_rules(struct probing *probing, enum modprobe_word word, const char *name)
{
	struct buf *out = &probing->out;
	for (size_t i = 0; i < probing->rule_count; i++) {
		const struct modprobe_rule *rule = &probing->rules[i];
		if (rule->word != word)
			continue;
		if (word == MODPROBE_SOFTDEP)
			add_softdep(out, rule);
		else if (word == MODPROBE_BLACKLIST)
			buf_print(out, "blacklist %.*s\n", TEXT_ARG(rule->pattern));
		else
			buf_print(out, "%s %.*s %.*s\n", name, TEXT_ARG(rule->pattern),
				  TEXT_ARG(rule->rest));
	}
	struct text rest = probing->command_line, module, parameter, each;
	while (next_parameter(probing, &rest, &module, &parameter)) {
		bool denied = is_blacklist(module, parameter);
		if (word == MODPROBE_OPTIONS && !denied)
			buf_print(out, "options %.*s %.*s\n", TEXT_ARG(module),
				  TEXT_ARG(parameter));
		struct text list = parameter;
		if (!denied || word != MODPROBE_BLACKLIST || !text_next(&list, '=', &each))
			continue;
		while (text_next(&list, ',', &each))
			buf_print(out, "blacklist %.*s\n",
				  TEXT_ARG(modprobe_name(arena_of(probing), each)));
	}
}

struct alias {
	struct text pattern, module;
};

static int compare_aliases(const void *a, const void *b)
{
	const struct alias *one = a, *other = b;
	return text_compare(one->pattern, other->pattern);
}

/* The index of the modules' own aliases. */
static void add_index(struct probing *probing)
{
	struct alias *list = NULL;
	size_t room = 0, count = 0;
	struct text content, pattern, module;
	if (!read_aliases(probing, &content))
		return;
	while (next_alias(&content, &pattern, &module)) {
		list = mem_grow(list, &room, count + 1, sizeof(*list));
		list[count++] = (struct alias){modprobe_name(arena_of(probing), pattern), module};
	}
	if (count > 0)
		qsort(list, count, sizeof(*list), compare_aliases);
	for (size_t i = 0; i < count; i++)
		buf_print(&probing->out, "alias %.*s %.*s\n", TEXT_ARG(list[i].pattern),
			  TEXT_ARG(list[i].module));
	mem_free(&list);
}

static int show_config(struct probing *probing)
{
	add_rules(probing, MODPROBE_BLACKLIST, "blacklist");
	add_rules(probing, MODPROBE_INSTALL, "install");
	add_rules(probing, MODPROBE_REMOVE, "remove");
	add_rules(probing, MODPROBE_ALIAS, "alias");
	add_rules(probing, MODPROBE_OPTIONS, "options");
	add_rules(probing, MODPROBE_SOFTDEP, "softdep");
	buf_cstr(&probing->out, "\n# End of configuration files. Dumping indexes now:\n\n");
	add_index(probing);
	return 0;
}

/* -------- the row -------- */

static bool read_kernel(struct probing *probing)
{
	struct gather *gather = probing->call->gather;
	struct text content, why;
	if (!gather_is_running(gather)) {
		const struct gather_entry *entries;
		size_t count;
		if (gather_list(gather, TEXT("/lib/modules"), &entries, &count, &why) ==
			    GATHER_OK &&
		    count == 1)
			probing->version = entries[0].name;
		return true;
	}
	if (gather_read(gather, TEXT("/proc/sys/kernel/osrelease"), &content, &why) != GATHER_OK ||
	    text_trim(content).len == 0) {
		fail(probing, TEXT("the kernel's version can't be read"));
		return false;
	}
	probing->version = arena_text(arena_of(probing), text_trim(content));
	if (gather_read(gather, TEXT("/proc/cmdline"), &content, &why) == GATHER_OK)
		probing->command_line = arena_text(arena_of(probing), content);
	return true;
}

static bool answer_modprobe(const struct native_call *call, struct native_answer *answer)
{
	struct program_args args;
	struct err err = {0};
	if (!program_read_args(call, options, OPTION_COUNT, &args) ||
	    !(args.given[OPTION_DRY] || args.given[OPTION_CONFIG] || args.given[OPTION_DEPENDS]))
		return false;
	if (!call->gather || !program_is_here(call, answer))
		return true;
	struct probing *probing = arena_get(gather_arena(call->gather), 1, sizeof(*probing));
	*probing = (struct probing){.call = call, .answer = answer, .args = &args};
	int exit = 0;
	if (!modprobe_list(call->gather, &probing->rules, &probing->rule_count, &err))
		fail(probing, text_of(err.text));
	else if (read_kernel(probing))
		exit = args.given[OPTION_CONFIG] ? show_config(probing) : probe_words(probing);
	if (!probing->decided)
		program_end(call, answer, &probing->out, &probing->err, exit);
	buf_end(&probing->out);
	buf_end(&probing->err);
	return true;
}

const struct native native_modprobe = {
	.program = "modprobe",
	.forms = "-n [-v] [-a] [-b] [-q] MODULE [OPTION…]; --showconfig; --show-depends MODULE",
	.reads = "modprobe.d in /etc, /run, /usr/local/lib, /usr/lib and /lib; /lib/modules; "
		 "/proc/cmdline and /sys/module of the running kernel",
	.prints = "the install rules and files that would be used; that there is no such module",
	.answer = answer_modprobe,
};
