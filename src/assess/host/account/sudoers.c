#include "assess/host/account/sudoers.h"

#include <string.h>

#define WORD_MAX 32 /* bytes of a tag's or an option's name */

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* -------- words -------- */

struct parsing {
	struct arena *arena;
	struct text rest;
	struct sudoers_entry *entry;
};

static bool is_space(char c)
{
	return c == ' ' || c == '\t';
}

static void skip(struct parsing *parsing, size_t len)
{
	parsing->rest = (struct text){parsing->rest.at + len, parsing->rest.len - len};
}

static void skip_space(struct parsing *parsing)
{
	while (parsing->rest.len > 0 && is_space(parsing->rest.at[0]))
		skip(parsing, 1);
}

/* Takes the character, and space around it. */
static bool eat(struct parsing *parsing, char c)
{
	skip_space(parsing);
	if (parsing->rest.len == 0 || parsing->rest.at[0] != c)
		return false;
	skip(parsing, 1);
	skip_space(parsing);
	return true;
}

static void spoil(struct parsing *parsing)
{
	parsing->entry->malformed = true;
}

static void add(struct parsing *parsing, struct sudoers_names *names, struct text name)
{
	if (names->count == SUDOERS_NAMES_MAX) {
		spoil(parsing);
		return;
	}
	names->at = arena_grow(parsing->arena, names->at, &names->room, names->count + 1,
			       sizeof(*names->at));
	names->at[names->count++] = name;
}

/* What stands in no name but behind a backslash; a # only in front of a number. */
static bool is_misplaced(struct text rest, size_t at)
{
	bool number = at == 0 || (at == 1 && rest.at[0] == '%');
	return strchr(">!()", rest.at[at]) != NULL || (rest.at[at] == '#' && !number);
}

/* Copies up to an unescaped mark (or NUL) outside quotes, without quotes and backslashes. A
 * command's quotes stay, and its backslashes where they take away a wildcard's meaning. */
static struct text cut(struct parsing *parsing, const char *marks, bool command)
{
	struct text rest = parsing->rest;
	scoped(buf_end) struct buf out = {0};
	bool quoted = false;
	size_t at = 0;
	for (; at < rest.len && (quoted || !strchr(marks, rest.at[at])); at++) {
		if (!command && !quoted && is_misplaced(rest, at))
			spoil(parsing);
		if (rest.at[at] == '"' && !command) {
			quoted = !quoted;
			continue;
		}
		if (rest.at[at] == '\\' && at + 1 < rest.len) {
			at++;
			if (command && strchr("*?[]!^$\\", rest.at[at]))
				buf_char(&out, '\\');
		}
		buf_char(&out, rest.at[at]);
	}
	if (quoted)
		spoil(parsing);
	skip(parsing, at);
	return arena_text(parsing->arena, text_trim(buf_view(&out)));
}

static bool take_bangs(struct parsing *parsing)
{
	bool negated = false;
	while (eat(parsing, '!'))
		negated = !negated;
	return negated;
}

static struct text negate(struct parsing *parsing, struct text name)
{
	return text_of(arena_print(parsing->arena, "!%.*s", TEXT_ARG(name)));
}

/* a, !b, "c d": until what is neither a comma nor a name */
static void take_names(struct parsing *parsing, const char *marks, struct sudoers_names *names)
{
	do {
		bool negated = take_bangs(parsing);
		/* %:group has a colon of its own */
		bool colon = text_starts(parsing->rest, "%:");
		struct text name = cut(parsing, colon ? ", \t=" : marks, false);
		if (name.len == 0)
			spoil(parsing);
		else
			add(parsing, names, negated ? negate(parsing, name) : name);
	} while (eat(parsing, ','));
}

bool sudoers_is_alias(struct text word)
{
	if (word.len == 0 || word.at[0] < 'A' || word.at[0] > 'Z' || text_is(word, "ALL"))
		return false;
	for (size_t i = 0; i < word.len; i++) {
		char c = word.at[i];
		if (!(c >= 'A' && c <= 'Z') && !is_digit(c) && c != '_')
			return false;
	}
	return true;
}

/* -------- commands -------- */

/* Each with the one that takes it back. */
static const char *const tags[][2] = {
	{"PASSWD", "NOPASSWD"},         {"EXEC", "NOEXEC"},
	{"SETENV", "NOSETENV"},         {"LOG_INPUT", "NOLOG_INPUT"},
	{"LOG_OUTPUT", "NOLOG_OUTPUT"}, {"MAIL", "NOMAIL"},
	{"FOLLOW", "NOFOLLOW"},         {"INTERCEPT", "NOINTERCEPT"},
};

static const char *const options[] = {
	"ROLE",    "TYPE", "APPARMOR_PROFILE", "PRIVS",     "LIMITPRIVS",
	"TIMEOUT", "CWD",  "CHROOT",           "NOTBEFORE", "NOTAFTER"};

static void drop(struct sudoers_names *names, const char *name)
{
	size_t kept = 0;
	for (size_t i = 0; i < names->count; i++)
		if (!text_is(names->at[i], name))
			names->at[kept++] = names->at[i];
	names->count = kept;
}

static struct sudoers_names copy(struct parsing *parsing, const struct sudoers_names *names)
{
	struct sudoers_names out = {0};
	for (size_t i = 0; i < names->count; i++)
		add(parsing, &out, names->at[i]);
	return out;
}

static bool set_tag(struct parsing *parsing, struct text word, struct sudoers_names *names)
{
	for (size_t i = 0; i < array_len(tags); i++)
		for (size_t j = 0; j < 2; j++)
			if (text_is(word, tags[i][j])) {
				*names = copy(parsing, names);
				drop(names, tags[i][0]);
				drop(names, tags[i][1]);
				add(parsing, names, text_of(tags[i][j]));
				return true;
			}
	return false;
}

static bool is_option(struct text word)
{
	for (size_t i = 0; i < array_len(options); i++)
		if (text_is(word, options[i]))
			return true;
	return false;
}

/* All but the option of this name. */
static struct sudoers_names without(struct parsing *parsing, const struct sudoers_names *names,
				    struct text name)
{
	struct sudoers_names out = {0};
	for (size_t i = 0; i < names->count; i++) {
		struct text rest = names->at[i], own;
		if (!text_next(&rest, '=', &own) || !text_is_equal(own, name))
			add(parsing, &out, names->at[i]);
	}
	return out;
}

/* A word of capitals, in place. */
static struct text take_capitals(struct parsing *parsing)
{
	struct text rest = parsing->rest;
	size_t len = 0;
	while (len < rest.len && len < WORD_MAX &&
	       ((rest.at[len] >= 'A' && rest.at[len] <= 'Z') || rest.at[len] == '_'))
		len++;
	skip(parsing, len);
	return (struct text){rest.at, len};
}

/* CWD=/; false: what comes is none */
static bool take_option(struct parsing *parsing, struct sudoers_command *command)
{
	struct text before = parsing->rest, word = take_capitals(parsing), value;
	if (!is_option(word) || !eat(parsing, '=')) {
		parsing->rest = before;
		return false;
	}
	value = cut(parsing, " \t,=", false);
	if (value.len == 0)
		spoil(parsing);
	command->options = without(parsing, &command->options, word);
	add(parsing, &command->options,
	    text_of(arena_print(parsing->arena, "%.*s=%.*s", TEXT_ARG(word), TEXT_ARG(value))));
	skip_space(parsing);
	return true;
}

/* NOPASSWD:; false: what comes is none */
static bool take_tag(struct parsing *parsing, struct sudoers_command *command)
{
	struct text before = parsing->rest, word = take_capitals(parsing);
	if (eat(parsing, ':') && set_tag(parsing, word, &command->tags))
		return true;
	parsing->rest = before;
	return false;
}

static void take_runas(struct parsing *parsing, struct sudoers_command *command)
{
	command->runas = command->groups = (struct sudoers_names){0};
	command->has_runas = true;
	if (eat(parsing, ')'))
		return;
	if (!eat(parsing, ':')) {
		take_names(parsing, ",:) \t", &command->runas);
		if (!eat(parsing, ':')) {
			if (!eat(parsing, ')'))
				spoil(parsing);
			return;
		}
	}
	take_names(parsing, ",:) \t", &command->groups);
	for (size_t i = 0; i < command->groups.count; i++)
		if (strchr("%+", command->groups.at[i].at[0]))
			spoil(parsing); /* they are groups already */
	if (!eat(parsing, ')'))
		spoil(parsing);
}

static bool is_digest(struct text value)
{
	for (size_t i = 0; i < value.len; i++) {
		char c = value.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!letter && !is_digit(c) && c != '+' && c != '/' && c != '=')
			return false;
	}
	return value.len > 0;
}

/* sha256:…, several with commas between, before the command that they are of */
static void take_digests(struct parsing *parsing, struct sudoers_command *command)
{
	do {
		struct text before = parsing->rest;
		size_t len = 0;
		while (len < before.len && len < 6 && !strchr(":= \t", before.at[len]))
			len++;
		skip(parsing, len);
		if (len != 6 || !text_starts(before, "sha") ||
		    (!eat(parsing, ':') && !eat(parsing, '='))) {
			parsing->rest = before;
			return;
		}
		struct text value = cut(parsing, ", \t", false);
		if (!is_digest(value))
			spoil(parsing);
		add(parsing, &command->options,
		    text_of(arena_print(parsing->arena, "%.*s=%.*s", (int)len, before.at,
					TEXT_ARG(value))));
	} while (eat(parsing, ','));
	skip_space(parsing);
}

/* A path, an expression, ALL, what sudo does itself, or an alias. */
static bool is_command(struct text command)
{
	struct text rest = command, word;
	if (!text_word(&rest, &word))
		return false;
	bool whole = text_trim(rest).len == 0;
	if (text_is(word, "ALL") || sudoers_is_alias(word))
		return whole;
	return (word.at[0] == '/' && word.len > 1) || word.at[0] == '^' ||
	       text_is(word, "sudoedit") || text_is(word, "list");
}

static struct sudoers_command *add_command(struct parsing *parsing,
					   const struct sudoers_command *command)
{
	struct sudoers_entry *entry = parsing->entry;
	if (entry->count == SUDOERS_NAMES_MAX) {
		spoil(parsing);
		return NULL;
	}
	entry->commands = arena_grow(parsing->arena, entry->commands, &entry->room,
				     entry->count + 1, sizeof(*entry->commands));
	entry->commands[entry->count] = *command;
	return &entry->commands[entry->count++];
}

/* What stands behind a host's =; runas, tags and options go on from one command to the next,
 * digests do not. */
static void take_commands(struct parsing *parsing, const struct sudoers_names *hosts)
{
	struct sudoers_command next = {.hosts = *hosts};
	do {
		if (eat(parsing, '('))
			take_runas(parsing, &next);
		while (take_option(parsing, &next))
			;
		while (take_tag(parsing, &next))
			;
		struct sudoers_command command = next;
		command.options = copy(parsing, &next.options);
		command.negated = take_bangs(parsing);
		take_digests(parsing, &command);
		command.negated ^= take_bangs(parsing);
		command.command = cut(parsing, ",:", true);
		if (is_command(command.command))
			(void)add_command(parsing, &command);
		else
			spoil(parsing);
	} while (eat(parsing, ',') && parsing->entry->count < SUDOERS_NAMES_MAX &&
		 !parsing->entry->malformed);
}

/* users hosts = commands : hosts = commands */
static void parse_rule(struct parsing *parsing)
{
	take_names(parsing, ", \t=:", &parsing->entry->users);
	do {
		struct sudoers_names hosts = {0};
		take_names(parsing, ", \t=", &hosts);
		if (!eat(parsing, '=')) {
			spoil(parsing);
			return;
		}
		take_commands(parsing, &hosts);
	} while (eat(parsing, ':') && !parsing->entry->malformed);
	if (parsing->rest.len > 0)
		spoil(parsing);
}

/* -------- aliases -------- */

static void take_members(struct parsing *parsing, struct sudoers_alias *alias)
{
	if (alias->type != 'C') {
		take_names(parsing, alias->type == 'H' ? ", \t=" : ", \t=:", &alias->members);
		return;
	}
	do {
		struct sudoers_command command = {0};
		bool negated = take_bangs(parsing);
		take_digests(parsing, &command);
		struct text name = cut(parsing, ",:", true);
		if (is_command(name))
			add(parsing, &alias->members, negated ? negate(parsing, name) : name);
		else
			spoil(parsing);
	} while (eat(parsing, ','));
}

/* NAME = members : NAME = members */
static void parse_aliases(struct parsing *parsing, char type)
{
	struct sudoers_entry *entry = parsing->entry;
	entry->kind = SUDOERS_ALIAS;
	do {
		struct sudoers_alias alias = {.type = type};
		alias.name = cut(parsing, "= \t", false);
		if (!sudoers_is_alias(alias.name) || !eat(parsing, '=') ||
		    entry->count == SUDOERS_NAMES_MAX) {
			spoil(parsing);
			return;
		}
		take_members(parsing, &alias);
		entry->aliases = arena_grow(parsing->arena, entry->aliases, &entry->room,
					    entry->count + 1, sizeof(*entry->aliases));
		entry->aliases[entry->count++] = alias;
	} while (eat(parsing, ':'));
	if (parsing->rest.len > 0)
		spoil(parsing);
}

/* -------- Defaults -------- */

static bool is_setting(struct text name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];
		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !is_digit(c) && c != '_')
			return false;
	}
	return name.len > 0;
}

static void take_default(struct parsing *parsing)
{
	static const char *const operators[] = {"+=", "-=", "="};
	struct sudoers_entry *entry = parsing->entry;
	bool negated = take_bangs(parsing);
	struct sudoers_default one = {.sign = TEXT(""), .value = TEXT("true")};
	struct text rest = parsing->rest;
	size_t len = 0;
	while (len < rest.len && !strchr("=,+- \t", rest.at[len]))
		len++;
	one.name = arena_text(parsing->arena, (struct text){rest.at, len});
	skip(parsing, len);
	skip_space(parsing);
	if (negated)
		one.value = TEXT("false");
	for (size_t i = 0; i < array_len(operators) && one.sign.len == 0; i++)
		if (text_starts(parsing->rest, operators[i])) {
			one.sign = text_of(operators[i]);
			skip(parsing, one.sign.len);
			skip_space(parsing);
			one.value = cut(parsing, ", \t", false);
		}
	if (!is_setting(one.name) || (negated && one.sign.len > 0) ||
	    entry->count == SUDOERS_NAMES_MAX) {
		spoil(parsing);
		return;
	}
	entry->defaults = arena_grow(parsing->arena, entry->defaults, &entry->room,
				     entry->count + 1, sizeof(*entry->defaults));
	entry->defaults[entry->count++] = one;
}

/* scoped_to: a mark that says of whom stands right behind the word */
static void parse_defaults(struct parsing *parsing, bool scoped_to)
{
	struct sudoers_entry *entry = parsing->entry;
	entry->kind = SUDOERS_DEFAULTS;
	if (scoped_to) {
		entry->scope = parsing->rest.at[0];
		skip(parsing, 1);
		skip_space(parsing);
		take_names(parsing, ", \t=", &entry->users);
	}
	skip_space(parsing);
	do
		take_default(parsing);
	while (eat(parsing, ',') && !entry->malformed);
	if (parsing->rest.len > 0)
		spoil(parsing);
}

/* -------- the beginning of a line -------- */

static bool take_word(struct parsing *parsing, const char *word, const char *behind)
{
	size_t len = strlen(word);
	struct text rest = parsing->rest;
	if (!text_starts(rest, word) || rest.len == len || rest.at[len] == '\0' ||
	    !strchr(behind, rest.at[len]))
		return false;
	skip(parsing, len);
	if (is_space(rest.at[len]))
		skip_space(parsing);
	return true;
}

static bool take_include(struct parsing *parsing)
{
	static const struct {
		const char *word;
		enum sudoers_kind kind;
	} words[] = {{"include", SUDOERS_INCLUDE}, {"includedir", SUDOERS_INCLUDEDIR}};
	struct text before = parsing->rest;
	if (before.len == 0 || (before.at[0] != '@' && before.at[0] != '#'))
		return false;
	skip(parsing, 1);
	for (size_t i = 0; i < array_len(words); i++)
		if (take_word(parsing, words[i].word, " \t")) {
			parsing->entry->kind = words[i].kind;
			parsing->entry->path = cut(parsing, " \t", false);
			if (parsing->entry->path.len == 0 || text_trim(parsing->rest).len > 0)
				spoil(parsing);
			return true;
		}
	parsing->rest = before;
	return false;
}

void sudoers_parse(struct text line, struct arena *arena, struct sudoers_entry *entry)
{
	static const struct {
		const char *word;
		char type;
	} words[] = {{"User_Alias", 'U'},
		     {"Runas_Alias", 'R'},
		     {"Host_Alias", 'H'},
		     {"Cmnd_Alias", 'C'},
		     {"Cmd_Alias", 'C'}};
	*entry = (struct sudoers_entry){.malformed = line.len > SUDOLINE_SIZE_MAX};
	struct parsing parsing = {.arena = arena, .rest = text_trim(line), .entry = entry};
	if (take_include(&parsing))
		return;
	for (size_t i = 0; i < 2; i++)
		if (take_word(&parsing, "Defaults", i == 0 ? "@:!>" : " \t")) {
			parse_defaults(&parsing, i == 0);
			return;
		}
	for (size_t i = 0; i < array_len(words); i++)
		if (take_word(&parsing, words[i].word, " \t")) {
			parse_aliases(&parsing, words[i].type);
			return;
		}
	parse_rule(&parsing);
}
