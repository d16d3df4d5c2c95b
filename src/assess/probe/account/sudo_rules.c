#include "assess/host/account/sudoers.h"
#include "assess/probe/answer.h"
#include "assess/probe/table.h"
#include "base/map.h"

#define MAIN "/etc/sudoers"
#define FILES_MAX 1000      /* taken in, over all includes */
#define DEPTH_MAX 128       /* of includes, sudo's own limit */
#define ALIAS_DEPTH_MAX 64  /* of aliases in aliases */
#define NAMES_MAX 1000000   /* that aliases stand for, over all rules */
#define LINE_SHOWN_MAX 4096 /* bytes of a line that are kept */

enum field {
	FIELD_KIND,
	FIELD_USER,
	FIELD_HOST,
	FIELD_RUNAS,
	FIELD_RUNAS_GROUP,
	FIELD_TAGS,
	FIELD_COMMAND,
	FIELD_NEGATED,
	FIELD_OPTIONS,
	FIELD_OPTION,
	FIELD_OPERATOR,
	FIELD_VALUE,
	FIELD_MALFORMED,
	FIELD_PATH,
	FIELD_LINE,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"kind", "rule, default (a setting of Defaults), or malformed (what sudo would not read)",
	 "rule", .type = VALUE_TEXT},
	{"user", "who may: names, %groups, +netgroups, #numbers; ! in front: not these", "%sudo",
	 .type = VALUE_LIST},
	{"host", "where; also of Defaults@", "ALL", .type = VALUE_LIST},
	{"runas", "as whom; root where nothing is said; also of Defaults>", "root",
	 .type = VALUE_LIST},
	{"runas_group", "as which group", "adm", .type = VALUE_LIST},
	{"tags", "the tags in force: NOPASSWD, NOEXEC, SETENV …", "NOPASSWD", .type = VALUE_LIST},
	{"command", "what may be run, with arguments; also of Defaults!", "/usr/bin/apt update",
	 .type = VALUE_TEXT},
	{"negated", "whether it is what may not be run (a ! in front)", "false",
	 .type = VALUE_BOOL},
	{"options", "CWD, CHROOT, TIMEOUT, NOTAFTER, digests …", "CWD=/srv", .type = VALUE_LIST},
	{"option", "of kind default: its name", "use_pty", .type = VALUE_TEXT},
	{"operator", "of kind default: = += -=, or nothing for a flag", "=", .type = VALUE_TEXT},
	{"value", "of kind default: its value; of a flag true, or false with a ! in front", "true",
	 .type = VALUE_TEXT},
	{"malformed", "whether sudo would refuse the line, or it includes what is not there",
	 "false", .type = VALUE_BOOL},
	{"path", "the file", "/etc/sudoers.d/ops", .type = VALUE_TEXT},
	{"line", "the line, continued ones joined", "%sudo ALL=(ALL:ALL) ALL", .type = VALUE_TEXT},
};

struct rule {
	struct sudoers_entry entry;
	struct evidence where;
};

struct reading {
	struct rows *rows;
	struct rule *rules;
	size_t room, count, files, names;
	struct map *aliases; /* "U:ADMINS" to struct sudoers_names */
};

static bool fail(struct reading *reading, const char *why)
{
	return answer_fail(reading->rows->gather, reading->rows->answer, text_of(why));
}

/* -------- files -------- */

/* A file that is being read. */
struct frame {
	struct text path, content;
	uint64_t next;
	const struct frame *above;
	size_t depth;
};

static struct text host_name(struct gather *gather)
{
	struct text content, why, name;
	bool live = gather_is_running(gather) &&
		    gather_read(gather, TEXT("/proc/sys/kernel/hostname"), &content, &why) ==
			    GATHER_OK;
	if (!live && gather_read(gather, TEXT("/etc/hostname"), &content, &why) != GATHER_OK)
		return TEXT("");
	content = text_trim(content);
	return text_next(&content, '.', &name) ? arena_text(gather_arena(gather), name) : TEXT("");
}

/* %h is the host's short name; a path without a slash in front is beside the file. */
static struct text whole_path(struct gather *gather, const struct frame *frame, struct text path)
{
	scoped(buf_end) struct buf out = {0};
	size_t slash = frame->path.len;
	while (slash > 0 && frame->path.at[slash - 1] != '/')
		slash--;
	if (!text_starts(path, "/"))
		buf_add(&out, frame->path.at, slash);
	for (size_t i = 0; i < path.len; i++) {
		bool host = path.at[i] == '%' && i + 1 < path.len && path.at[i + 1] == 'h';
		if (host)
			buf_text(&out, host_name(gather));
		else
			buf_char(&out, path.at[i]);
		i += host;
	}
	return arena_text(gather_arena(gather), buf_view(&out));
}

static bool add_entry(struct reading *reading, const struct sudoers_entry *entry,
		      struct evidence where)
{
	struct arena *arena = gather_arena(reading->rows->gather);
	if (reading->count == PROBE_ROWS_MAX)
		return fail(reading, "sudoers has more than 100000 lines");
	reading->rules = arena_grow(arena, reading->rules, &reading->room, reading->count + 1,
				    sizeof(*reading->rules));
	reading->rules[reading->count++] = (struct rule){*entry, where};
	bool aliases = entry->kind == SUDOERS_ALIAS && !entry->malformed;
	for (size_t i = 0; aliases && i < entry->count; i++) {
		const struct sudoers_alias *alias = &entry->aliases[i];
		map_put(reading->aliases,
			text_of(arena_print(arena, "%c:%.*s", alias->type, TEXT_ARG(alias->name))),
			&entry->aliases[i].members);
	}
	return true;
}

static bool read_file(struct reading *reading, struct text path, const struct frame *above,
		      bool *found);

/* Names without a dot, that end in no ~, in order; a folder that is not there is none. */
static bool read_folder(struct reading *reading, struct text folder, const struct frame *above)
{
	struct gather *gather = reading->rows->gather;
	const struct gather_entry *entries;
	size_t count;
	struct text why;
	while (folder.len > 1 && folder.at[folder.len - 1] == '/')
		folder.len--;
	enum gather_answer answer = gather_list(gather, folder, &entries, &count, &why);
	if (answer == GATHER_FAILED)
		return answer_fail(gather, reading->rows->answer, why);
	for (size_t i = 0; answer == GATHER_OK && i < count; i++) {
		struct text name = entries[i].name;
		bool found;
		if (text_find(name, TEXT("."), &(size_t){0}) || text_ends(name, "~") ||
		    entries[i].kind == GATHER_FOLDER)
			continue;
		struct text path = text_of(arena_print(gather_arena(gather), "%.*s/%.*s",
						       TEXT_ARG(folder), TEXT_ARG(name)));
		if (!read_file(reading, path, above, &found))
			return false;
	}
	return true;
}

static bool is_open(const struct frame *frame, struct text path)
{
	for (; frame; frame = frame->above)
		if (text_is_equal(frame->path, path))
			return true;
	return false;
}

static bool take_line(struct reading *reading, const struct frame *frame, struct evidence where)
{
	struct gather *gather = reading->rows->gather;
	struct sudoers_entry entry;
	bool found = true;
	if (arena_left(gather_arena(gather)) < GATHER_ARENA_SPARE)
		return fail(reading, "this run has read as much as it may keep in memory");
	sudoers_parse(where.text, gather_arena(gather), &entry);
	where.text = arena_text(gather_arena(gather),
				(struct text){where.text.at, text_cut(where.text, LINE_SHOWN_MAX)});
	bool include = entry.kind == SUDOERS_INCLUDE || entry.kind == SUDOERS_INCLUDEDIR;
	if (!include || entry.malformed)
		return add_entry(reading, &entry, where);
	struct text path = whole_path(gather, frame, entry.path);
	bool deep = frame->depth == DEPTH_MAX || is_open(frame, path);
	if (!deep && entry.kind == SUDOERS_INCLUDEDIR)
		return read_folder(reading, path, frame);
	if (!deep && !read_file(reading, path, frame, &found))
		return false;
	entry.malformed = deep || !found;
	return !entry.malformed || add_entry(reading, &entry, where);
}

static bool read_file(struct reading *reading, struct text path, const struct frame *above,
		      bool *found)
{
	struct gather *gather = reading->rows->gather;
	struct frame frame = {
		.path = path, .next = 1, .above = above, .depth = above ? above->depth + 1 : 0};
	struct text why;
	if (++reading->files > FILES_MAX)
		return fail(reading, "sudoers includes more than 1000 files");
	enum gather_answer answer = gather_read(gather, path, &frame.content, &why);
	*found = answer == GATHER_OK;
	if (answer == GATHER_FAILED)
		return answer_fail(gather, reading->rows->answer, why);
	scoped(buf_end) struct buf buf = {0};
	uint64_t number = 1;
	while (*found && sudoline_next(&frame.content, &buf, &number, &frame.next))
		if (!take_line(reading, &frame,
			       (struct evidence){path, number, text_trim(buf_view(&buf))}))
			return false;
	return true;
}

/* -------- aliases -------- */

static bool add_name(struct reading *reading, struct sudoers_names *names, struct text name)
{
	if (++reading->names > NAMES_MAX)
		return fail(reading, "aliases of sudoers stand for more than 1000000 names");
	names->at = arena_grow(gather_arena(reading->rows->gather), names->at, &names->room,
			       names->count + 1, sizeof(*names->at));
	names->at[names->count++] = name;
	return true;
}

static const struct sudoers_names *find_alias(const struct reading *reading, char type,
					      struct text name)
{
	scoped(buf_end) struct buf key = {0};
	if (!sudoers_is_alias(name))
		return NULL;
	buf_print(&key, "%c:%.*s", type, TEXT_ARG(name));
	return map_get(reading->aliases, buf_view(&key));
}

/* Each name, and of an alias those that it stands for; what is negated twice is not. */
static bool expand(struct reading *reading, char type, const struct sudoers_names *names,
		   bool negated, size_t depth, struct sudoers_names *out)
{
	struct arena *arena = gather_arena(reading->rows->gather);
	for (size_t i = 0; i < names->count; i++) {
		struct text name = names->at[i];
		bool own = text_starts(name, "!");
		name = own ? (struct text){name.at + 1, name.len - 1} : name;
		const struct sudoers_names *alias = depth < ALIAS_DEPTH_MAX
							    ? find_alias(reading, type, name)
							    : NULL;
		if (alias && !expand(reading, type, alias, negated ^ own, depth + 1, out))
			return false;
		if (alias)
			continue;
		if (negated ^ own)
			name = text_of(arena_print(arena, "!%.*s", TEXT_ARG(name)));
		if (!add_name(reading, out, name))
			return false;
	}
	return true;
}

/* -------- rows -------- */

static struct value list_of(const struct sudoers_names *names)
{
	return (struct value){.type = VALUE_LIST, .list = names->at, .count = names->count};
}

static struct value *add_row(struct reading *reading, const struct rule *rule, const char *kind)
{
	struct value *values = rows_add(reading->rows, rule->where);
	if (!values)
		return NULL;
	values[FIELD_KIND] = value_text(VALUE_TEXT, text_of(kind));
	values[FIELD_MALFORMED] = value_bool(rule->entry.malformed);
	values[FIELD_PATH] = value_text(VALUE_TEXT, rule->where.path);
	values[FIELD_LINE] = value_text(VALUE_TEXT, rule->where.text);
	return values;
}

/* Who, where and as whom, of the commands that share it. */
struct share {
	struct sudoers_names users, hosts, runas, groups;
};

static bool add_command(struct reading *reading, const struct rule *rule,
			const struct sudoers_command *command, const struct share *share)
{
	struct sudoers_names one = {.at = (struct text[]){command->command}, .count = 1}, all = {0};
	if (!expand(reading, 'C', &one, command->negated, 0, &all))
		return false;
	for (size_t i = 0; i < all.count; i++) {
		struct text name = all.at[i];
		bool negated = text_starts(name, "!");
		struct value *values = add_row(reading, rule, "rule");
		if (!values)
			return false;
		values[FIELD_USER] = list_of(&share->users);
		values[FIELD_HOST] = list_of(&share->hosts);
		values[FIELD_RUNAS] = list_of(&share->runas);
		values[FIELD_RUNAS_GROUP] = list_of(&share->groups);
		values[FIELD_TAGS] = list_of(&command->tags);
		values[FIELD_OPTIONS] = list_of(&command->options);
		values[FIELD_NEGATED] = value_bool(negated);
		values[FIELD_COMMAND] = value_text(
			VALUE_TEXT, (struct text){name.at + negated, name.len - negated});
	}
	return true;
}

static bool share_of(struct reading *reading, const struct sudoers_command *command,
		     struct share *share)
{
	static struct text root[] = {{"root", 4}};
	share->hosts = share->runas = share->groups = (struct sudoers_names){0};
	if (!command->has_runas)
		share->runas = (struct sudoers_names){.at = root, .count = 1};
	return expand(reading, 'H', &command->hosts, false, 0, &share->hosts) &&
	       expand(reading, 'R', &command->runas, false, 0, &share->runas) &&
	       expand(reading, 'R', &command->groups, false, 0, &share->groups);
}

/* Whether both were written at once, so that what they stand for is the same. */
static bool is_shared(const struct sudoers_command *a, const struct sudoers_command *b)
{
	return a->hosts.at == b->hosts.at && a->runas.at == b->runas.at &&
	       a->groups.at == b->groups.at && a->has_runas == b->has_runas;
}

static bool add_rule(struct reading *reading, const struct rule *rule)
{
	const struct sudoers_entry *entry = &rule->entry;
	struct share share = {0};
	if (!expand(reading, 'U', &entry->users, false, 0, &share.users))
		return false;
	for (size_t i = 0; i < entry->count; i++) {
		const struct sudoers_command *command = &entry->commands[i];
		if ((i == 0 || !is_shared(command, command - 1)) &&
		    !share_of(reading, command, &share))
			return false;
		if (!add_command(reading, rule, command, &share))
			return false;
	}
	return true;
}

static bool add_defaults(struct reading *reading, const struct rule *rule)
{
	static const struct {
		char scope, alias;
		enum field field;
	} scopes[] = {{'@', 'H', FIELD_HOST},
		      {':', 'U', FIELD_USER},
		      {'>', 'R', FIELD_RUNAS},
		      {'!', 'C', FIELD_COMMAND}};
	const struct sudoers_entry *entry = &rule->entry;
	size_t scope = 0;
	struct sudoers_names names = {0};
	while (scope < array_len(scopes) && scopes[scope].scope != entry->scope)
		scope++;
	if (scope < array_len(scopes) &&
	    !expand(reading, scopes[scope].alias, &entry->users, false, 0, &names))
		return false;
	for (size_t i = 0; i < entry->count; i++) {
		struct value *values = add_row(reading, rule, "default");
		if (!values)
			return false;
		if (entry->scope == '!' && names.count > 0)
			values[FIELD_COMMAND] = value_text(VALUE_TEXT, names.at[0]);
		else if (scope < array_len(scopes) && entry->scope != '!')
			values[scopes[scope].field] = list_of(&names);
		values[FIELD_OPTION] = value_text(VALUE_TEXT, entry->defaults[i].name);
		values[FIELD_OPERATOR] = value_text(VALUE_TEXT, entry->defaults[i].sign);
		values[FIELD_VALUE] = value_text(VALUE_TEXT, entry->defaults[i].value);
	}
	return true;
}

/* sudo passes over a line that it can't read: what it says is not in force. */
static bool add_rules(struct reading *reading)
{
	for (size_t i = 0; i < reading->count; i++) {
		const struct rule *rule = &reading->rules[i];
		bool added = true;
		if (rule->entry.malformed)
			added = add_row(reading, rule, "malformed") != NULL;
		else if (rule->entry.kind == SUDOERS_RULE)
			added = add_rule(reading, rule);
		else if (rule->entry.kind == SUDOERS_DEFAULTS)
			added = add_defaults(reading, rule);
		if (!added)
			return false;
	}
	return true;
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	scoped(map_free) struct map *aliases = map_new();
	struct reading reading = {.rows = &rows, .aliases = aliases};
	bool found = false;
	if (!read_file(&reading, TEXT(MAIN), NULL, &found))
		return;
	if (!found)
		answer_skip(gather, answer, TEXT("sudo is not set up here: " MAIN " is missing"));
	else if (add_rules(&reading))
		rows_give(&rows);
}

const struct probe probe_sudo_rules = {
	.name = "sudo_rules",
	.help = "what sudo lets whom do: a row for each command of a rule, and each setting of "
		"Defaults; aliases are replaced by what they stand for",
	.subject_help = "a query over the rows",
	.subject_example = "kind:rule and tags:NOPASSWD",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.table = true,
	.reads = MAIN " and what it includes; rules kept in LDAP or SSSD are not seen",
	.privilege = "root: the files are closed to others",
	.cost = "some small files",
	.run = run,
};
