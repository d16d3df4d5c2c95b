#include "assess/probe/answer.h"
#include "assess/probe/table.h"

#define USERS_MAX 10000 /* modules that one is used by */

enum field { FIELD_NAME, FIELD_SIZE, FIELD_USES, FIELD_USED_BY, FIELD_STATE, FIELD_COUNT };

static const struct probe_field fields[] = {
	{"name", "name of the module", "ext4", .type = VALUE_TEXT},
	{"size", "its memory", "1M", .type = VALUE_SIZE},
	{"uses", "how often it is in use", "2", .type = VALUE_INT},
	{"used_by", "the modules that use it", "nf_tables", .type = VALUE_LIST},
	{"state", "the kernel's word: Live, Loading, Unloading", "Live", .type = VALUE_TEXT},
};

/* "a,b," or "-" */
static struct value used_by(struct arena *arena, struct text text)
{
	struct text *list = NULL, name;
	size_t room = 0, count = 0;
	while (text_next(&text, ',', &name)) {
		if (name.len == 0 || text_is(name, "-") || count == USERS_MAX)
			continue;
		list = arena_grow(arena, list, &room, count + 1, sizeof(*list));
		list[count++] = name;
	}
	return (struct value){.type = VALUE_LIST, .list = list, .count = count};
}

/* "ext4 811008 2 mbcache,jbd2, Live 0x0000000000000000" */
static bool add_module(struct rows *rows, uint64_t number, struct text line)
{
	struct text rest = line, name, size, uses, users, state;
	uint64_t bytes, count;
	if (!text_word(&rest, &name) || !text_word(&rest, &size) || !text_word(&rest, &uses) ||
	    !text_word(&rest, &users) || !text_word(&rest, &state))
		return answer_fail(rows->gather, rows->answer,
				   print_text(rows->gather,
					      "/proc/modules:%u: not what it should be",
					      (unsigned)number));
	struct value *values = rows_add(rows,
					(struct evidence){TEXT("/proc/modules"), number, line});
	if (!values)
		return false;
	values[FIELD_NAME] = value_text(VALUE_TEXT, name);
	if (text_to_u64(size, 0, INT64_MAX, &bytes))
		values[FIELD_SIZE] = value_number(VALUE_SIZE, (int64_t)bytes);
	if (text_to_u64(uses, 0, INT64_MAX, &count))
		values[FIELD_USES] = value_number(VALUE_INT, (int64_t)count);
	values[FIELD_USED_BY] = used_by(gather_arena(rows->gather), users);
	values[FIELD_STATE] = value_text(VALUE_TEXT, state);
	return true;
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct text content, why, line;
	enum gather_answer read = gather_read(gather, TEXT("/proc/modules"), &content, &why);
	if (read == GATHER_MISSING)
		answer_skip(gather, answer,
			    TEXT("this kernel loads no modules: /proc/modules is missing"));
	if (read == GATHER_FAILED)
		answer_fail(gather, answer, why);
	if (read != GATHER_OK)
		return;
	if (!rows_keep(&rows, &content))
		return;
	for (uint64_t number = 1; text_next(&content, '\n', &line); number++)
		if (text_trim(line).len > 0 && !add_module(&rows, number, line))
			return;
	rows_give(&rows);
}

const struct probe probe_modules = {
	.name = "modules",
	.help = "the kernel modules that are loaded",
	.subject_help = "a query over the modules",
	.subject_example = "name:nf_*",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.table = true,
	.live = true,
	.reads = "/proc/modules",
	.privilege = "none",
	.cost = "one small file",
	.run = run,
};
