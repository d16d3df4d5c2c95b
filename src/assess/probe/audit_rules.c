#include <stdlib.h>

#include "assess/engine/ask.h"
#include "assess/host/auditload.h"
#include "assess/probe/answer.h"
#include "assess/probe/table.h"

#define FOLDER "/etc/audit/rules.d"
#define MERGED "/etc/audit/audit.rules"
#define FILES_MAX 1000
#define LINE_SIZE_MAX 65536 /* bytes; a longer rule is cut, and malformed */

enum field {
	FIELD_KIND,
	FIELD_ACTION,
	FIELD_LIST,
	FIELD_SYSCALL,
	FIELD_ARCH,
	FIELD_FIELDS,
	FIELD_PATH,
	FIELD_PERM,
	FIELD_KEY,
	FIELD_OPTION,
	FIELD_VALUE,
	FIELD_MALFORMED,
	FIELD_LINE,
	FIELD_WHERE,
	FIELD_COUNT,
};

static const char *const places[] = {"disk", "loaded", NULL};

static const struct probe_param params[] = {
	{"where",
	 "the rules on disk, or those that the kernel has loaded, with its settings as "
	 "controls",
	 "loaded", "disk", PARAM_WORD, .choices = places},
};

static const struct probe_field fields[] = {
	{"kind", "syscall, watch (in either spelling) or control", "watch", .type = VALUE_TEXT},
	{"action", "always or never", "always", .type = VALUE_TEXT},
	{"list", "exit, user, exclude, filesystem, task or io_uring", "exit", .type = VALUE_TEXT},
	{"syscall", "the system calls; all of them: all", "execve, execveat", .type = VALUE_LIST},
	{"arch", "b64 or b32; nothing: of all", "b64", .type = VALUE_TEXT},
	{"fields", "its other conditions; \"no login user\" is unset, root is 0",
	 "auid>=1000, auid!=unset", .type = VALUE_LIST},
	{"path", "of a watch: the file or folder", "/etc/passwd", .type = VALUE_TEXT},
	{"perm", "of a watch: which of r w x a, in this order", "wa", .type = VALUE_TEXT},
	{"key", "its keys", "identity", .type = VALUE_LIST},
	{"option", "of a control: the option", "-e", .type = VALUE_TEXT},
	{"value", "of a control: its value", "2", .type = VALUE_TEXT},
	{"malformed", "whether auditctl would refuse the line", "false", .type = VALUE_BOOL},
	{"line", "the line as it stands there", "-w /etc/passwd -p wa -k identity",
	 .type = VALUE_TEXT},
	{"where", "disk or loaded", "disk", .type = VALUE_TEXT},
};

static struct value list_of(const struct auditrule_list *list)
{
	return (struct value){.type = VALUE_LIST, .list = list->at, .count = list->count};
}

static void put_text(struct value *value, struct text text)
{
	if (text.at && text.len > 0)
		*value = value_text(VALUE_TEXT, text);
}

static bool add_rule(struct rows *rows, struct evidence where, const struct auditrule *rule)
{
	static const char *const kinds[] = {[AUDITRULE_SYSCALL] = "syscall",
					    [AUDITRULE_WATCH] = "watch",
					    [AUDITRULE_CONTROL] = "control"};
	static struct text every[] = {{"all", 3}};
	struct value *values = rows_add(rows, where);
	if (!values)
		return false;
	values[FIELD_KIND] = value_text(VALUE_TEXT, text_of(kinds[rule->kind]));
	put_text(&values[FIELD_ACTION], rule->action);
	put_text(&values[FIELD_LIST], rule->list);
	put_text(&values[FIELD_ARCH], rule->arch);
	put_text(&values[FIELD_PATH], rule->path);
	put_text(&values[FIELD_PERM], rule->perm);
	put_text(&values[FIELD_OPTION], rule->option);
	put_text(&values[FIELD_VALUE], rule->value);
	values[FIELD_SYSCALL] = list_of(&rule->syscalls);
	if (rule->kind == AUDITRULE_SYSCALL && rule->syscalls.count == 0)
		values[FIELD_SYSCALL] = (struct value){
			.type = VALUE_LIST, .list = every, .count = 1};
	values[FIELD_FIELDS] = list_of(&rule->fields);
	values[FIELD_KEY] = list_of(&rule->keys);
	values[FIELD_MALFORMED] = value_bool(rule->malformed);
	values[FIELD_LINE] = value_text(VALUE_TEXT, where.text);
	values[FIELD_WHERE] = value_text(VALUE_TEXT,
					 where.line > 0 ? TEXT("disk") : TEXT("loaded"));
	return true;
}

/* Controls of which the last one of all files counts, and comes at the end; of -D, at the front. */
static const char *const once[] = {"-D", "-b", "-f", "-e"};

struct merge {
	struct rows *rows;
	struct {
		struct auditrule rule;
		struct evidence where;
		bool known;
	} last[array_len(once)];
};

static bool take_line(struct merge *merge, struct text path, uint64_t number, struct text line)
{
	struct arena *arena = gather_arena(merge->rows->gather);
	struct text kept = {line.at, text_cut(line, LINE_SIZE_MAX)};
	struct evidence where = {path, number, arena_text(arena, kept)};
	struct auditrule rule;
	auditrule_parse(kept, arena, &rule);
	rule.malformed |= kept.len < line.len;
	for (size_t i = 0; i < array_len(once); i++)
		if (rule.kind == AUDITRULE_CONTROL && text_is(rule.option, once[i])) {
			merge->last[i].rule = rule;
			merge->last[i].where = where;
			merge->last[i].known = true;
			return true;
		}
	return add_rule(merge->rows, where, &rule);
}

static bool take_file(struct merge *merge, struct text path)
{
	struct gather *gather = merge->rows->gather;
	struct text content, why, line;
	enum gather_answer answer = gather_read(gather, path, &content, &why);
	if (answer == GATHER_FAILED)
		return answer_fail(gather, merge->rows->answer, why);
	for (uint64_t number = 1; answer == GATHER_OK && text_next(&content, '\n', &line);
	     number++) {
		line = text_trim(line);
		if (line.len > 0 && line.at[0] != '#' && !take_line(merge, path, number, line))
			return false;
	}
	return true;
}

/* As "ls -v" sorts: numbers by their size. */
static int compare_names(const void *a, const void *b)
{
	const struct text *one = a, *other = b;
	struct value left = value_text(VALUE_VERSION, *one);
	struct value right = value_text(VALUE_VERSION, *other);
	int order = 0;
	return value_compare(&left, &right, &order) && order ? order : text_compare(*one, *other);
}

/* The files that augenrules merges; *count 0: none, and auditctl reads what was merged by hand. */
static bool find_files(struct rows *rows, struct text *names, size_t *count)
{
	const struct gather_entry *entries;
	size_t total;
	struct text why;
	enum gather_answer answer = gather_list(rows->gather, TEXT(FOLDER), &entries, &total, &why);
	*count = 0;
	if (answer == GATHER_FAILED)
		return answer_fail(rows->gather, rows->answer, why);
	for (size_t i = 0; answer == GATHER_OK && i < total; i++) {
		if (!text_ends(entries[i].name, ".rules") || entries[i].name.at[0] == '.')
			continue;
		if (*count == FILES_MAX)
			return answer_fail(rows->gather, rows->answer,
					   TEXT(FOLDER " has more than 1000 files"));
		names[(*count)++] = entries[i].name;
	}
	if (*count > 1)
		qsort(names, *count, sizeof(*names), compare_names);
	return true;
}

static void run_disk(struct gather *gather, const struct probe_call *call,
		     struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct arena *arena = gather_arena(gather);
	struct merge *merge = arena_get(arena, 1, sizeof(*merge));
	struct text *names = arena_get(arena, FILES_MAX, sizeof(*names));
	size_t count;
	merge->rows = &rows;
	if (!find_files(&rows, names, &count) || (count == 0 && !take_file(merge, TEXT(MERGED))))
		return;
	for (size_t i = 0; i < count; i++)
		if (!take_file(merge,
			       text_of(arena_print(arena, FOLDER "/%.*s", TEXT_ARG(names[i])))))
			return;
	for (size_t i = 0; i < array_len(once); i++)
		if (merge->last[i].known &&
		    !add_rule(&rows, merge->last[i].where, &merge->last[i].rule))
			return;
	rows_give(&rows);
}

/* -------- what the kernel has loaded -------- */

/* What an example says of a running host is lines. */
static bool parse(const char *question, struct text answer, struct arena *arena,
		  struct auditloads *loads)
{
	size_t head = sizeof(ASK_LINES) - 1;
	if (text_starts(answer, ASK_LINES))
		return auditload_parse_lines((struct text){answer.at + head, answer.len - head},
					     arena, loads);
	return text_is(text_of(question), "audit-rules")
		       ? auditload_parse(answer, arena, loads)
		       : auditload_parse_status(answer, arena, loads);
}

static bool ask(struct rows *rows, const char *question, struct auditloads *loads)
{
	struct gather *gather = rows->gather;
	struct text bytes, why;
	switch (gather_ask(gather, text_of(question), &bytes, &why)) {
	case GATHER_OK:
		return parse(question, bytes, gather_arena(gather), loads) ||
		       answer_fail(gather, rows->answer,
				   TEXT("what the kernel tells of audit is not what it should be"));
	case GATHER_MISSING:
		return answer_skip(
			gather, rows->answer,
			print_text(gather, "the loaded rules of audit: %.*s", TEXT_ARG(why)));
	case GATHER_FAILED:
		break;
	}
	return answer_fail(gather, rows->answer, why);
}

static void run_loaded(struct gather *gather, const struct probe_call *call,
		       struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct auditloads loads = {0};
	if (!gather_is_running(gather)) {
		answer_skip(gather, answer, TEXT("loaded rules need a running system"));
		return;
	}
	if (!ask(&rows, "audit-rules", &loads) || !ask(&rows, "audit-status", &loads))
		return;
	for (size_t i = 0; i < loads.count; i++)
		if (!add_rule(&rows, (struct evidence){TEXT("audit"), 0, loads.at[i].line},
			      &loads.at[i].rule))
			return;
	rows_give(&rows);
}

static bool is_loaded(const struct probe_call *call)
{
	return text_is(call_text(call, "where"), "loaded");
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	if (is_loaded(call))
		run_loaded(gather, call, answer);
	else
		run_disk(gather, call, answer);
}

const struct probe probe_audit_rules = {
	.name = "audit_rules",
	.help = "the rules of audit by what they mean: on disk, or loaded into the kernel",
	.subject_help = "a query over the rules",
	.subject_example = "syscall:execve and arch:b64 and key:*",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.params = params,
	.param_count = array_len(params),
	.table = true,
	.asks = "audit-rules audit-status",
	.asks_now = is_loaded,
	.reads = FOLDER "/*.rules, else " MERGED "; loaded: the kernel's own list",
	.privilege = "root: folder and kernel are closed to others",
	.cost = "some small files",
	.run = run,
};
