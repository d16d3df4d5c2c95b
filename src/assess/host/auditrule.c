#include "assess/host/auditrule.h"

#include <string.h>

struct parsing {
	struct arena *arena;
	struct auditrule *rule;
	bool has_perm, is_rule, is_watch;
};

static void add(struct parsing *parsing, struct auditrule_list *list, struct text text)
{
	if (list->count == AUDITRULE_PARTS_MAX || text.len == 0) {
		parsing->rule->malformed = true;
		return;
	}
	list->at = arena_grow(parsing->arena, list->at, &list->room, list->count + 1,
			      sizeof(*list->at));
	list->at[list->count++] = text;
}

static bool is_among(struct text word, const char *const *words)
{
	for (size_t i = 0; words[i]; i++)
		if (text_is(word, words[i]))
			return true;
	return false;
}

/* "always,exit" and "exit,always" */
static void take_action(struct parsing *parsing, struct text value)
{
	static const char *const actions[] = {"always", "never", "possible", NULL};
	static const char *const lists[] = {"exit",       "user",     "task",  "exclude",
					    "filesystem", "io_uring", "entry", NULL};
	struct text rest = value, one, other = {0};
	struct auditrule *rule = parsing->rule;
	parsing->is_rule = true;
	if (!text_next(&rest, ',', &one) || !text_next(&rest, ',', &other) || rest.len > 0)
		rule->malformed = true;
	rule->list = is_among(one, lists) ? one : other;
	rule->action = is_among(one, lists) ? other : one;
	if (!is_among(rule->list, lists) || !is_among(rule->action, actions))
		rule->malformed = true;
}

static void take_syscalls(struct parsing *parsing, struct text value)
{
	struct text name;
	if (value.len == 0)
		parsing->rule->malformed = true;
	while (text_next(&value, ',', &name))
		add(parsing, &parsing->rule->syscalls, name);
}

/* Each letter once, in one order. */
static void take_perm(struct parsing *parsing, struct text value)
{
	static const char order[] = "rwxa";
	char *out = arena_get(parsing->arena, sizeof(order), 1);
	size_t count = 0;
	for (size_t i = 0; i < sizeof(order) - 1; i++)
		if (memchr(value.at, order[i], value.len))
			out[count++] = order[i];
	for (size_t i = 0; i < value.len; i++)
		if (!memchr(order, value.at[i], sizeof(order) - 1))
			parsing->rule->malformed = true;
	parsing->rule->malformed |= value.len == 0 || parsing->has_perm;
	parsing->rule->perm = (struct text){out, count};
	parsing->has_perm = true;
}

static void take_path(struct parsing *parsing, struct text value)
{
	struct auditrule *rule = parsing->rule;
	rule->malformed |= value.len == 0 || value.at[0] != '/' || rule->path.len > 0;
	while (value.len > 1 && value.at[value.len - 1] == '/')
		value.len--;
	rule->path = value;
}

static struct text arch_name(struct text value)
{
	static const char *const wide[] = {"b64",     "x86_64", "aarch64", "ppc64",
					   "ppc64le", "s390x",  "riscv64", NULL};
	static const char *const narrow[] = {"b32", "i386", "i486", "i586", "i686",
					     "arm", "ppc",  "s390", NULL};
	if (is_among(value, wide))
		return TEXT("b64");
	return is_among(value, narrow) ? TEXT("b32") : value;
}

/* Names of one user number: what auditctl would look up, as far as it is the same everywhere. */
static struct text user_value(struct text name, struct text value)
{
	static const char *const users[] = {"auid", "loginuid", "uid",     "euid",
					    "suid", "fsuid",    "obj_uid", NULL};
	static const char *const none[] = {"unset", "-1", "4294967295", NULL};
	if (!is_among(name, users))
		return value;
	if (is_among(value, none))
		return TEXT("unset");
	return text_is(value, "root") ? TEXT("0") : value;
}

struct field {
	struct text name, operator, value;
};

static bool is_sign(char c)
{
	return c == '=' || c == '!' || c == '<' || c == '>' || c == '&';
}

/* name, operator, value; false: it is none */
static bool cut_field(struct text text, struct field *field)
{
	static const char *const operators[] = {"=", "!=", "<", "<=", ">", ">=", "&", "&=", NULL};
	size_t at = 0, end;
	while (at < text.len && !is_sign(text.at[at]))
		at++;
	for (end = at; end < text.len && is_sign(text.at[end]);)
		end++;
	*field = (struct field){
		.name = {text.at, at},
		.operator= {text.at + at, end - at},
		.value = {text.at + end, text.len - end},
	};
	if (text_is(field->name, "loginuid"))
		field->name = TEXT("auid");
	return at > 0 && field->value.len > 0 && is_among(field->operator, operators);
}

static void take_arch(struct parsing *parsing, struct text value)
{
	parsing->rule->arch = arch_name(value);
}

static void take_key(struct parsing *parsing, struct text value)
{
	add(parsing, &parsing->rule->keys, value);
}

/* What has a place of its own, when it is said with = */
static const struct {
	const char *name;
	void (*read)(struct parsing *parsing, struct text value);
} places[] = {
	{"arch", take_arch}, {"path", take_path}, {"dir", take_path},
	{"perm", take_perm}, {"key", take_key},
};

static void take_field(struct parsing *parsing, struct text text)
{
	struct auditrule *rule = parsing->rule;
	struct field field;
	rule->malformed |= !cut_field(text, &field);
	for (size_t i = 0; i < array_len(places); i++)
		if (text_is(field.operator, "=") && text_is(field.name, places[i].name)) {
			places[i].read(parsing, field.value);
			return;
		}
	add(parsing, &rule->fields,
	    text_of(arena_print(parsing->arena, "%.*s%.*s%.*s", TEXT_ARG(field.name),
				TEXT_ARG(field.operator),
				TEXT_ARG(user_value(field.name, field.value)))));
}

static void take_add(struct parsing *parsing, struct text value)
{
	take_action(parsing, value);
}

static void take_add_first(struct parsing *parsing, struct text value)
{
	parsing->rule->first = true;
	take_action(parsing, value);
}

static void take_watch(struct parsing *parsing, struct text value)
{
	parsing->is_watch = true;
	take_path(parsing, value);
}

static const struct option {
	const char *name;
	void (*read)(struct parsing *parsing, struct text value); /* NULL: a control */
	bool alone;                                               /* takes no value */
} options[] = {
	{"-a", take_add, false},
	{"-A", take_add_first, false},
	{"-S", take_syscalls, false},
	{"-F", take_field, false},
	{"-C", take_field, false},
	{"-w", take_watch, false},
	{"-p", take_perm, false},
	{"-k", take_key, false},
	{"-D", NULL, true},
	{"-e", NULL, false},
	{"-b", NULL, false},
	{"-f", NULL, false},
	{"-r", NULL, false},
	{"-i", NULL, true},
	{"-c", NULL, true},
	{"-d", NULL, false},
	{"-W", NULL, false},
	{"-q", NULL, false},
	{"-t", NULL, true},
	{"--backlog_wait_time", NULL, false},
	{"--loginuid-immutable", NULL, true},
};

static const struct option *find_option(struct text word)
{
	for (size_t i = 0; i < array_len(options); i++)
		if (text_is(word, options[i].name))
			return &options[i];
	return NULL;
}

static void settle_watch(struct auditrule *rule, bool is_rule)
{
	rule->malformed |= is_rule || rule->fields.count > 0 || rule->syscalls.count > 0;
	rule->list = TEXT("exit");
	rule->action = TEXT("always");
}

/* Whether a rule in the long spelling only watches a path. */
static bool is_only_watch(const struct auditrule *rule)
{
	bool all = rule->syscalls.count == 0 ||
		   (rule->syscalls.count == 1 && text_is(rule->syscalls.at[0], "all"));
	return rule->path.len > 0 && all && text_is(rule->list, "exit") &&
	       text_is(rule->action, "always");
}

static void settle(struct parsing *parsing)
{
	struct auditrule *rule = parsing->rule;
	if (rule->option.at)
		rule->kind = AUDITRULE_CONTROL;
	else if (parsing->is_watch || is_only_watch(rule))
		rule->kind = AUDITRULE_WATCH;
	else
		rule->malformed |= !parsing->is_rule;
	if (parsing->is_watch)
		settle_watch(rule, parsing->is_rule);
	if (rule->kind == AUDITRULE_WATCH && !parsing->has_perm)
		rule->perm = TEXT("rwxa");
}

void auditrule_parse(struct text line, struct arena *arena, struct auditrule *rule)
{
	struct parsing parsing = {.arena = arena, .rule = rule};
	struct text rest = arena_text(arena, line), word, value;
	*rule = (struct auditrule){0};
	while (text_word(&rest, &word)) {
		const struct option *option = find_option(word);
		value = (struct text){0};
		if (!option) {
			rule->malformed = true;
			continue;
		}
		if (!option->alone && !text_word(&rest, &value)) {
			rule->malformed = true;
			value = TEXT("");
		}
		if (option->read) {
			option->read(&parsing, value);
		} else if (!rule->option.at) {
			rule->option = word;
			rule->value = value;
		}
		if (!option->read && text_starts(word, "-d"))
			break; /* a rule that is taken out: what follows describes it */
	}
	settle(&parsing);
}
