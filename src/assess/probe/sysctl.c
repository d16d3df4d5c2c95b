#include "assess/probe/answer.h"
#include "assess/probe/table.h"
#include "assess/setting/sysctld.h"

#define NAME_SIZE_MAX 1024

static const struct probe_param params[] = {
	{.name = "persistent",
	 .help = "whether the files on disk must say so too, for the next start",
	 .example = "true",
	 .fallback = "false",
	 .kind = PARAM_BOOL},
	{.name = "default",
	 .help = "the kernel's own value, for when no file on disk sets it",
	 .example = "0",
	 .kind = PARAM_TEXT},
};

enum field { FIELD_VALUE, FIELD_SOURCE, FIELD_COUNT };

static const struct probe_field fields[] = {
	{"value", "the value; white space is one space", "0", .type = VALUE_TEXT, .subject = true},
	{"source", "live, disk or default: where this value was found", "live", .type = VALUE_TEXT},
};

static bool check(const struct probe_call *call, struct err *err)
{
	struct text name = call->subject;
	bool odd = name.len == 0 || name.len > NAME_SIZE_MAX || gather_has_wildcard(name);
	for (size_t i = 0; i < name.len; i++)
		odd |= name.at[i] <= ' ' || name.at[i] == 0x7f;
	struct text rest = name, part;
	while (text_next(&rest, '/', &part))
		odd |= text_is(part, "..");
	return !odd || err_set(err, ERR_INPUT, "give one name, as in net.ipv4.ip_forward");
}

static void fill(struct rows *rows, struct text value, const char *source, struct evidence where)
{
	struct value *values = rows_add(rows, where);
	if (!values)
		return;
	values[FIELD_VALUE] = value_text(VALUE_TEXT, value);
	values[FIELD_SOURCE] = value_text(VALUE_TEXT, text_of(source));
}

/* False: that was the answer. */
static bool add_live(struct rows *rows)
{
	struct gather *gather = rows->gather;
	struct arena *arena = gather_arena(gather);
	struct text name = rows->call->subject, content, why;
	struct text path = text_of(
		arena_print(arena, "/proc/sys/%s", sysctld_path(arena, name).at));
	gather_depends_add(gather, print_text(gather, "sysctl:%.*s", TEXT_ARG(name)));
	enum gather_answer answer = gather_read(gather, path, &content, &why);
	if (answer == GATHER_MISSING)
		return answer_skip(gather, rows->answer,
				   print_text(gather, "this kernel has no %.*s", TEXT_ARG(name)));
	if (answer == GATHER_FAILED)
		return answer_fail(gather, rows->answer, why);
	struct text value = sysctld_value(arena, content);
	fill(rows, value, "live",
	     (struct evidence){path, 1,
			       print_text(gather, "%.*s = %.*s", TEXT_ARG(name), TEXT_ARG(value))});
	return rows->answer->outcome == PROBE_ROWS;
}

static void add_disk(struct rows *rows)
{
	struct gather *gather = rows->gather;
	struct settings settings = {0};
	struct err err = {0};
	struct text fallback = call_text(rows->call, "default");
	if (!sysctld_read(gather, rows->call->subject, &settings, &err)) {
		answer_fail(gather, rows->answer, text_of(err.text));
		return;
	}
	if (settings.count > 0) {
		fill(rows, settings.at[0].value, "disk", settings.at[0].where);
		return;
	}
	answer_miss(gather, rows->answer,
		    print_text(gather, "%.*s is not set in /etc/sysctl.d and its like",
			       TEXT_ARG(rows->call->subject)));
	struct evidence nowhere = {.path = TEXT("/etc/sysctl.d")};
	if (fallback.at)
		fill(rows, fallback, "default", nowhere);
	else if (rows->count > 0) /* a live value alone would hold what the disk does not say */
		fill(rows, (struct text){0}, "disk", nowhere);
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	bool live = gather_is_running(gather);
	if (live && !add_live(&rows))
		return;
	if (!live || call_bool(call, "persistent", false))
		add_disk(&rows);
	rows_give(&rows);
}

const struct probe probe_sysctl = {
	.name = "sysctl",
	.help = "a kernel setting: of the running kernel, or under --root as configured on disk",
	.subject_help = "its name, with dots or slashes",
	.subject_example = "net.ipv4.ip_forward",
	.params = params,
	.param_count = array_len(params),
	.fields = fields,
	.field_count = FIELD_COUNT,
	.reads = "/proc/sys; the folders sysctl.d in /etc, /run, /usr/local/lib and /usr/lib",
	.privilege = "none",
	.cost = "one small file; on disk a dozen",
	.check = check,
	.run = run,
};
