#include "assess/verdict/content.h"
#include "assess/probe/fileinfo.h"
#include "assess/probe/table.h"

static const struct probe_param params[] = {
	{.name = "follow",
	 .help = "whether a symbolic link is judged by what it leads to; false: the link itself",
	 .example = "false",
	 .fallback = "true",
	 .kind = PARAM_BOOL},
};

static bool check(const struct probe_call *call, struct err *err)
{
	if (call->subject.len == 0 || call->subject.at[0] != '/')
		return err_set(err, ERR_INPUT, "the path begins with /, as in /etc/passwd");
	if (call->content && !call_bool(call, "follow", true))
		return err_set(err, ERR_INPUT,
			       "a link has no content: leave out follow or the expressions");
	return true;
}

/* Regular files alone have content to search; others say what they are. */
static bool add_content(struct rows *rows, struct text path)
{
	struct gather *gather = rows->gather;
	struct text text, why;
	enum gather_answer answer = gather_read(gather, path, &text, &why);
	if (answer == GATHER_FAILED)
		return answer_fail(gather, rows->answer, why);
	if (answer == GATHER_MISSING) { /* it vanished since */
		rows->count--;
		answer_miss(gather, rows->answer, why);
		return true;
	}
	struct content *content = arena_get(gather_arena(gather), 1, sizeof(*content));
	*content = (struct content){.path = path, .text = text};
	rows->at[rows->count - 1].content = content;
	rows->answer->text_denied |= gather_is_secret(gather, path);
	return true;
}

static bool add_file(struct rows *rows, struct text path)
{
	struct gather *gather = rows->gather;
	struct gather_stat stat;
	struct text why;
	bool follow = call_bool(rows->call, "follow", true);
	enum gather_answer answer = gather_stat(gather, path, follow, &stat, &why);
	if (answer == GATHER_MISSING)
		answer_miss(gather, rows->answer, why);
	if (answer == GATHER_FAILED)
		return answer_fail(gather, rows->answer, why);
	if (answer != GATHER_OK)
		return true;
	if (rows->call->content && stat.kind == GATHER_FOLDER &&
	    gather_has_wildcard(rows->call->subject))
		return true; /* a folder among the files that a glob means */
	struct value *values = rows_add(rows, (struct evidence){.path = path});
	if (!values)
		return false;
	if (rows->call->content && !add_content(rows, path))
		return false;
	if (!fileinfo_fill(gather, path, &stat, rows->call->fields, values, &why))
		return answer_fail(gather, rows->answer, why);
	return true;
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	const struct text *paths;
	size_t count;
	struct err err = {0};
	if (!gather_glob(gather, call->subject, &paths, &count, &err)) {
		answer_fail(gather, answer, text_of(err.text));
		return;
	}
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	for (size_t i = 0; i < count; i++)
		if (!add_file(&rows, paths[i]))
			return;
	if (count == 0)
		answer_miss(gather, answer,
			    print_text(gather, "no file matches %.*s", TEXT_ARG(call->subject)));
	rows_give(&rows);
}

const struct probe probe_file = {
	.name = "file",
	.help = "a file, folder or other entry of the file system, or each that matches a glob",
	.subject_help = "absolute path; * ? [..] match within a component, ** any depth",
	.subject_example = "/etc/ssh/sshd_config",
	.params = params,
	.param_count = array_len(params),
	.fields = fileinfo_fields,
	.field_count = FILEINFO_MATCHED,
	.content = true,
	.reads = "the file; /etc/passwd and /etc/group for names",
	.privilege = "what reading the file takes",
	.cost = "one look a file; its content is read once for all tests",
	.check = check,
	.run = run,
};
