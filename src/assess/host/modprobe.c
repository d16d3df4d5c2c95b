#include "assess/host/modprobe.h"

#include <stdlib.h>
#include <string.h>

#include "assess/setting/setting.h"
#include "base/buf.h"

static const char *const folders[] = {"/etc/modprobe.d",           "/run/modprobe.d",
				      "/usr/local/lib/modprobe.d", "/usr/lib/modprobe.d",
				      "/lib/modprobe.d",           NULL};

struct text modprobe_name(struct arena *arena, struct text name)
{
	char *out = arena_copy(arena, name.at, name.len);
	bool in_set = false; /* [a-z] keeps its - */
	for (size_t i = 0; i < name.len; i++) {
		if (out[i] == '[' || out[i] == ']')
			in_set = out[i] == '[';
		else if (out[i] == '-' && !in_set)
			out[i] = '_';
	}
	return (struct text){out, name.len};
}

/* -------- rules -------- */

static const char *const words[] = {"install", "blacklist", "remove",
				    "alias",   "options",   "softdep"};

struct rules {
	struct modprobe_rule *at;
	size_t room, count;
	struct err err; /* why they could not be read */
	bool failed;
};

static bool take_rule(struct rules *rules, struct arena *arena, struct evidence where)
{
	struct text rest = where.text, word, pattern;
	if (!text_word(&rest, &word) || !text_word(&rest, &pattern))
		return true;
	size_t kind = 0;
	while (kind < array_len(words) && !text_is(word, words[kind]))
		kind++;
	if (kind == array_len(words))
		return true;
	if (rules->count == MODPROBE_RULES_MAX || arena_left(arena) < GATHER_ARENA_SPARE / 2)
		return err_set(&rules->err, ERR_LIMIT, "modprobe.d has more than %d rules",
			       MODPROBE_RULES_MAX);
	where.text = arena_text(arena, where.text);
	rules->at = arena_grow(arena, rules->at, &rules->room, rules->count + 1,
			       sizeof(*rules->at));
	rules->at[rules->count++] = (struct modprobe_rule){
		.word = (enum modprobe_word)kind,
		.pattern = modprobe_name(arena, pattern),
		.rest = arena_text(arena, text_trim(rest)),
		.where = where,
	};
	return true;
}

static struct text print_path(struct gather *gather, struct text version, const char *file)
{
	return text_of(
		arena_print(gather_arena(gather), "/lib/modules/%.*s/%s", TEXT_ARG(version), file));
}

static bool is_comment(struct text line)
{
	return line.len > 0 && line.at[0] == '#';
}

/* A line with the ones that a backslash at its end appends; false: no line is left. */
static bool next_rule(struct text *rest, struct buf *out, uint64_t *number, uint64_t *next)
{
	struct text line;
	buf_clear(out);
	*number = *next;
	while (text_next(rest, '\n', &line)) {
		++*next;
		bool more = text_ends(line, "\\");
		line.len -= more;
		if (out->len + line.len <= MODPROBE_LINE_MAX)
			buf_text(out, line);
		if (!more)
			return true;
	}
	return out->len > 0;
}

static bool read_file(struct rules *rules, struct gather *gather, struct text path)
{
	struct arena *arena = gather_arena(gather);
	struct text content, why;
	enum gather_answer answer = gather_read(gather, path, &content, &why);
	if (answer == GATHER_FAILED)
		return err_set(&rules->err, ERR_SYSTEM, "%.*s", TEXT_ARG(why));
	scoped(buf_end) struct buf line = {0};
	for (uint64_t number, next = 1;
	     answer == GATHER_OK && next_rule(&content, &line, &number, &next);) {
		struct text text = text_trim(buf_view(&line));
		if (text.len == 0 || is_comment(text))
			continue;
		struct evidence where = {path, number, text};
		if (!take_rule(rules, arena, where))
			return false;
	}
	return true;
}

static bool read_all(struct rules *rules, struct gather *gather)
{
	const struct text *paths;
	size_t count;
	if (!setting_dropins(gather, folders, "", &paths, &count, &rules->err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!read_file(rules, gather, paths[i]))
			return false;
	return true;
}

static const struct rules *all_rules(struct gather *gather)
{
	static const char key[] = "modprobe.d";
	struct rules *rules = gather_fact(gather, key);
	for (size_t i = 0; folders[i]; i++)
		gather_depends_add(gather, text_of(folders[i]));
	for (size_t i = 0; rules && i < rules->count; i++)
		gather_depends_add(gather, rules->at[i].where.path);
	if (!rules) {
		rules = arena_get(gather_arena(gather), 1, sizeof(*rules));
		rules->failed = !read_all(rules, gather);
		gather_keep_fact(gather, key, rules);
	}
	return rules;
}

/* Whether a comma list under this parameter of the command line has the module. */
static bool is_listed(struct gather *gather, struct text line, const char *parameter,
		      struct text name)
{
	struct text word, item;
	while (text_word(&line, &word)) {
		if (!text_starts(word, parameter))
			continue;
		size_t skip = strlen(parameter);
		struct text list = {word.at + skip, word.len - skip};
		while (text_next(&list, ',', &item))
			if (text_is_equal(modprobe_name(gather_arena(gather), item), name))
				return true;
	}
	return false;
}

static bool read_command_line(struct gather *gather, struct text name, struct modprobe_rules *rules,
			      struct err *err)
{
	struct text path = TEXT("/proc/cmdline"), line, why;
	if (!gather_is_running(gather))
		return true;
	enum gather_answer answer = gather_read(gather, path, &line, &why);
	if (answer == GATHER_FAILED)
		return err_set(err, ERR_SYSTEM, "%.*s", TEXT_ARG(why));
	rules->refused = is_listed(gather, line, "module_blacklist=", name);
	if (rules->blacklisted || !is_listed(gather, line, "modprobe.blacklist=", name))
		return true;
	rules->blacklisted = true;
	rules->blacklist_where = (struct evidence){.path = path, .line = 1};
	return true;
}

bool modprobe_list(struct gather *gather, const struct modprobe_rule **rules, size_t *count,
		   struct err *err)
{
	const struct rules *all = all_rules(gather);
	if (all->failed)
		return err_set(err, all->err.kind, "%s", all->err.text);
	*rules = all->at;
	*count = all->count;
	return true;
}

bool modprobe_read(struct gather *gather, struct text name, struct modprobe_rules *rules,
		   struct err *err)
{
	const struct rules *all = all_rules(gather);
	struct modprobe_rules found = {0};
	if (all->failed)
		return err_set(err, all->err.kind, "%s", all->err.text);
	for (size_t i = 0; i < all->count; i++) {
		const struct modprobe_rule *rule = &all->at[i];
		if (rule->word == MODPROBE_INSTALL && !found.install.at &&
		    gather_is_name_match(rule->pattern, name)) {
			found.install = rule->rest;
			found.install_where = rule->where;
		}
		if (rule->word == MODPROBE_BLACKLIST && !found.blacklisted &&
		    text_is_equal(rule->pattern, name)) {
			found.blacklisted = true;
			found.blacklist_where = rule->where;
		}
	}
	if (!read_command_line(gather, name, &found, err))
		return false;
	*rules = found;
	return true;
}

/* A shell runs the command; these programs load nothing, whatever their arguments. */
bool modprobe_is_denial(struct text command)
{
	static const char *const programs[] = {
		"/bin/true", "/bin/false", "/usr/bin/true", "/usr/bin/false", "true", "false", ":"};
	struct text rest = command, program;
	if (!text_word(&rest, &program))
		return false;
	rest = text_trim(rest);
	bool comment = is_comment(rest);
	for (size_t i = 0; i < rest.len && !comment; i++)
		if (rest.at[i] == '\0' || strchr(";&|`$<>(", rest.at[i]))
			return false;
	for (size_t i = 0; i < array_len(programs); i++)
		if (text_is(program, programs[i]))
			return true;
	return false;
}

/* -------- the modules of a kernel -------- */

struct module {
	struct text name;
	struct modprobe_place place;
};

struct modules {
	enum gather_answer answer;
	struct text why;
	struct module *at; /* sorted by name, built-in ones first */
	size_t room, count;
};

static struct text base_name(struct text path)
{
	size_t at = path.len, dot;
	while (at > 0 && path.at[at - 1] != '/')
		at--;
	struct text name = {path.at + at, path.len - at};
	if (text_find(name, TEXT(".ko"), &dot))
		name.len = dot;
	return name;
}

/* One list: a path a line, up to a colon. */
static bool add_paths(struct gather *gather, struct modules *modules, struct text content,
		      enum modprobe_kind kind)
{
	struct arena *arena = gather_arena(gather);
	struct text line, path;
	while (text_next(&content, '\n', &line)) {
		if (!text_next(&line, ':', &path) || text_trim(path).len == 0)
			continue;
		if (modules->count == MODPROBE_MODULES_MAX ||
		    arena_left(arena) < GATHER_ARENA_SPARE / 2)
			return false;
		path = arena_text(arena, text_trim(path));
		modules->at = arena_grow(arena, modules->at, &modules->room, modules->count + 1,
					 sizeof(*modules->at));
		modules->at[modules->count++] = (struct module){
			modprobe_name(arena, base_name(path)), {kind, path}};
	}
	return true;
}

static int compare_modules(const void *a, const void *b)
{
	const struct module *one = a, *other = b;
	int order = text_compare(one->name, other->name);
	return order ? order : (int)other->place.kind - (int)one->place.kind;
}

static enum gather_answer read_modules(struct gather *gather, struct text version,
				       struct modules *modules)
{
	static const char *const lists[] = {"modules.dep", "modules.builtin"};
	static const enum modprobe_kind list_kinds[] = {MODPROBE_FILE, MODPROBE_BUILTIN};
	for (size_t i = 0; i < array_len(lists); i++) {
		struct text content, path = print_path(gather, version, lists[i]);
		enum gather_answer answer = gather_read(gather, path, &content, &modules->why);
		if (answer == GATHER_FAILED || (answer == GATHER_MISSING && i == 0))
			return answer;
		if (answer == GATHER_OK && !add_paths(gather, modules, content, list_kinds[i])) {
			modules->why = TEXT("this kernel has more than 200000 modules");
			return GATHER_FAILED;
		}
	}
	if (modules->count > 0)
		qsort(modules->at, modules->count, sizeof(*modules->at), compare_modules);
	return GATHER_OK;
}

enum gather_answer modprobe_find(struct gather *gather, struct text version, struct text name,
				 struct modprobe_place *place, struct text *why)
{
	const char *key = print_path(gather, version, "").at;
	struct modules *modules = gather_fact(gather, key);
	gather_depends_add(gather, print_path(gather, version, "modules.dep"));
	gather_depends_add(gather, print_path(gather, version, "modules.builtin"));
	if (!modules) {
		modules = arena_get(gather_arena(gather), 1, sizeof(*modules));
		modules->answer = read_modules(gather, version, modules);
		gather_keep_fact(gather, key, modules);
	}
	*place = (struct modprobe_place){0};
	*why = modules->why;
	size_t low = 0, high = modules->answer == GATHER_OK ? modules->count : 0;
	while (low < high) { /* the first that is not below */
		size_t middle = low + (high - low) / 2;
		if (text_compare(modules->at[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (modules->answer == GATHER_OK && low < modules->count &&
	    text_is_equal(modules->at[low].name, name))
		*place = modules->at[low].place;
	return modules->answer;
}
