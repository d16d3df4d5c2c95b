#include "assess/probe/condition.h"
#include "assess/probe/table.h"
#include "assess/verdict/content.h"

#define MATCHES_MAX 10000
#define REST_MAX 1000 /* of what did not match, without a limit of the policy's */
#define ERRORS_MAX 100000

static const char *const kind_choices[] = {"file", "directory", "any", NULL};

static const struct probe_param params[] = {
	{.name = "path",
	 .help = "where to look: folders (and what is below them), files, or globs",
	 .example = "[/etc, /usr/local/bin]",
	 .required = true,
	 .kind = PARAM_LIST},
	{.name = "name",
	 .help = "expressions that the name, without folders, must all match",
	 .example = "\"^hostname$\"",
	 .kind = PARAM_LIST},
	{.name = "content",
	 .help = "expressions, each of which must match a line",
	 .example = "\"^gpgcheck=1$\"",
	 .kind = PARAM_LIST},
	{.name = "no_name",
	 .help = "expressions that the name must not match",
	 .example = "'\\.bak$'",
	 .kind = PARAM_LIST},
	{.name = "no_content",
	 .help = "expressions that no line may match",
	 .example = "\"^gpgcheck=0$\"",
	 .kind = PARAM_LIST},
	{.name = "size", .help = "bytes, compared", .example = "\">1g\"", .kind = PARAM_LIST},
	{.name = "mode",
	 .help = "expressions on kind and permissions, such as -rwxr-xr-x or urwxr-xr-x",
	 .example = "\"^u.*x\"",
	 .kind = PARAM_LIST},
	{.name = "mtime",
	 .help = "time since its content changed, compared",
	 .example = "\"<90d\"",
	 .kind = PARAM_LIST},
	{.name = "digest",
	 .help = "md5:, sha1:, sha224:, sha256:, sha384:, sha512: or sha3_…: and the hex digits",
	 .example = "\"md5:6a7f0de60c4f43522882f2fb8a69209a\"",
	 .kind = PARAM_LIST},
	{.name = "no_digest",
	 .help = "digests that the content must not have",
	 .example = "\"md5:6a7f0de60c4f43522882f2fb8a69209a\"",
	 .kind = PARAM_LIST},
	{.name = "mismatch",
	 .help = "kinds of conditions (name, size, mode, mtime, digest, content) that must "
		 "not hold",
	 .example = "[content]",
	 .kind = PARAM_LIST},
	{.name = "every_line",
	 .help = "whether content's expressions must match each line, not one",
	 .example = "true",
	 .fallback = "false",
	 .kind = PARAM_BOOL},
	{.name = "depth",
	 .help = "how many levels of folders to go down; 1: only what is directly inside",
	 .example = "2",
	 .fallback = NULL,
	 .kind = PARAM_INT,
	 .min = 1,
	 .max = GATHER_WALK_DEPTH_MAX},
	{.name = "limit",
	 .help = "how many files to tell of: the search ends there; absent: more than 10000 are an "
		 "error",
	 .example = "20",
	 .kind = PARAM_INT,
	 .min = 1,
	 .max = MATCHES_MAX},
	{.name = "max_errors",
	 .help = "how many files or folders may be unreadable before nothing is known",
	 .example = "30",
	 .fallback = "0",
	 .kind = PARAM_INT,
	 .min = 0,
	 .max = ERRORS_MAX},
	{.name = "kind",
	 .help = "what to tell of: files, directories, or anything",
	 .example = "directory",
	 .fallback = "file",
	 .kind = PARAM_WORD,
	 .choices = kind_choices},
	{.name = "rest",
	 .help = "also tell of files whose name matches but not the rest, as matched:false; "
		 "at most limit, else 1000",
	 .example = "true",
	 .fallback = "false",
	 .kind = PARAM_BOOL},
	{.name = "links",
	 .help = "also tell of files that a symbolic link leads to",
	 .example = "true",
	 .fallback = "false",
	 .kind = PARAM_BOOL},
};

struct search {
	struct rows rows;
	struct conditions *conditions;
	struct probe_answer *answer;
	struct map *seen; /* of several paths: a file below two of them is told of once; or NULL */
	uint64_t errors, errors_max, limit, rest_limit, matched, unmatched;
	bool limited; /* by the policy: what lies beyond does not matter */
	bool files, folders, others, rest, links;
	struct text first_error;
};

static void end_search(struct search *search)
{
	conditions_free(&search->conditions);
	map_free(&search->seen);
}

/* Counts what could not be read; false: that's more than is allowed, and the answer says so. */
static bool note_error(struct search *search, struct text why)
{
	if (search->errors++ == 0)
		search->first_error = why;
	return search->errors <= search->errors_max ||
	       answer_fail(search->rows.gather, search->answer, search->first_error);
}

static bool is_asked(const struct search *search, enum gather_kind kind)
{
	if (kind == GATHER_FILE)
		return search->files;
	return kind == GATHER_FOLDER ? search->folders : search->others;
}

/* What expressions on content are searched in; one that vanished since is no match any more. False
 * ends the search. */
static bool add_content(struct search *search, struct text path)
{
	struct rows *rows = &search->rows;
	struct text text, why;
	enum gather_answer answer = gather_read(rows->gather, path, &text, &why);
	if (answer != GATHER_OK) {
		rows->count--;
		search->matched--;
		return answer == GATHER_MISSING || note_error(search, why);
	}
	struct content *content = arena_get(gather_arena(rows->gather), 1, sizeof(*content));
	*content = (struct content){.path = path, .text = text};
	rows->at[rows->count - 1].content = content;
	search->answer->text_denied |= gather_is_secret(rows->gather, path);
	return true;
}

static bool add_match(struct search *search, struct text path, const struct gather_stat *stat,
		      struct evidence where, bool matched)
{
	struct gather *gather = search->rows.gather;
	if (search->seen && map_put(search->seen, path, search))
		return true;
	if (matched && search->matched == search->limit)
		return answer_fail(
			gather, search->answer,
			TEXT("more than 10000 files fulfil the conditions; give a limit"));
	struct text kept = arena_text(gather_arena(gather), path), why;
	where.path = kept;
	struct value *values = rows_add(&search->rows, where);
	if (!values)
		return false;
	search->matched += matched;
	search->unmatched += !matched;
	values[FILEINFO_MATCHED] = value_bool(matched);
	if (!fileinfo_fill(gather, kept, stat, search->rows.call->fields, values, &why))
		return note_error(search, why);
	if (search->rows.call->content && matched && stat->kind == GATHER_FILE &&
	    !add_content(search, kept))
		return false;
	return !search->limited || search->matched < search->limit;
}

/* One candidate. False ends the search: an error too many, or enough found. */
static bool try_file(struct search *search, struct text path, enum gather_kind kind, bool follow)
{
	struct gather *gather = search->rows.gather;
	struct gather_stat stat;
	struct evidence where;
	struct text why;
	if (!is_asked(search, kind) || !conditions_name(search->conditions, path))
		return true;
	enum gather_answer answer = gather_peek(gather, path, follow, &stat, &why);
	if (answer != GATHER_OK)
		return answer == GATHER_MISSING || note_error(search, why);
	enum condition_answer held = conditions_hold(search->conditions, gather, path, &stat,
						     &where, &why);
	if (held == CONDITION_FAILED)
		return note_error(search, why);
	if (held == CONDITION_NO && (!search->rest || search->unmatched >= search->rest_limit))
		return true;
	return add_match(search, path, &stat, where, held == CONDITION_YES);
}

/* A link to a file counts as that file, where links are asked for; one that leads nowhere, or in
 * a circle, doesn't. */
static bool try_link(struct search *search, struct text path)
{
	struct gather_stat stat;
	struct text why;
	if (!conditions_name(search->conditions, path))
		return true;
	enum gather_answer answer = gather_peek(search->rows.gather, path, true, &stat, &why);
	if (answer == GATHER_FAILED && stat.kind != GATHER_LINK)
		return note_error(search, why);
	return answer != GATHER_OK || stat.kind != GATHER_FILE ||
	       try_file(search, path, GATHER_FILE, true);
}

static enum gather_step each_entry(void *data, struct text path, enum gather_kind kind)
{
	struct search *search = data;
	if (kind == GATHER_LINK && search->links && !search->others)
		return try_link(search, path) ? GATHER_GO_ON : GATHER_STOP;
	return try_file(data, path, kind, false) ? GATHER_GO_ON : GATHER_STOP;
}

static enum gather_step each_failure(void *data, struct text why)
{
	return note_error(data, why) ? GATHER_GO_ON : GATHER_STOP;
}

static bool is_over(const struct search *search)
{
	return search->answer->outcome != PROBE_ROWS ||
	       (search->limited && search->matched >= search->limit);
}

static void search_path(struct search *search, struct text path)
{
	struct gather *gather = search->rows.gather;
	struct gather_stat stat;
	struct text why;
	enum gather_answer answer = gather_stat(gather, path, true, &stat, &why);
	if (answer == GATHER_OK && stat.kind != GATHER_FOLDER) {
		try_file(search, path, stat.kind, true);
		return;
	}
	struct gather_walk walk = {
		.path = path,
		.depth = (unsigned)call_number(search->rows.call, "depth", 0),
		.each = each_entry,
		.failed = each_failure,
		.data = search,
	};
	if (answer == GATHER_OK && is_asked(search, GATHER_FOLDER) &&
	    !try_file(search, path, GATHER_FOLDER, true))
		return;
	if (answer == GATHER_OK)
		answer = gather_walk(gather, &walk, &why);
	if (answer == GATHER_MISSING)
		answer_miss(gather, search->answer, why);
	if (answer == GATHER_FAILED)
		note_error(search, why);
}

static void search_all(struct search *search, const struct probe_setting *paths)
{
	struct gather *gather = search->rows.gather;
	for (size_t i = 0; i < paths->count && !is_over(search); i++) {
		const struct text *found;
		size_t count;
		struct err err = {0};
		if (!gather_glob(gather, paths->list[i], &found, &count, &err)) {
			note_error(search, text_of(err.text));
			continue;
		}
		for (size_t j = 0; j < count && !is_over(search); j++)
			search_path(search, found[j]);
	}
}

static bool has_many(const struct probe_setting *paths)
{
	return paths->count > 1 || gather_has_wildcard(paths->list[0]);
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct err err = {0};
	const struct probe_setting *paths = probe_setting(call, "path");
	struct text kind = call_text(call, "kind");
	bool any = text_is(kind, "any");
	scoped(end_search) struct search search = {
		.rows = {.gather = gather, .call = call, .answer = answer},
		.conditions = conditions_new(call, &err),
		.answer = answer,
		.seen = has_many(paths) ? map_new() : NULL,
		.errors_max = (uint64_t)call_number(call, "max_errors", 0),
		.limit = (uint64_t)call_number(call, "limit", MATCHES_MAX),
		.rest_limit = (uint64_t)call_number(call, "limit", REST_MAX),
		.limited = probe_setting(call, "limit") != NULL,
		.files = !kind.at || any || text_is(kind, "file"),
		.folders = any || text_is(kind, "directory"),
		.others = any,
		.rest = call_bool(call, "rest", false),
		.links = call_bool(call, "links", false),
	};
	if (!search.conditions) {
		answer_fail(gather, answer, text_of(err.text));
		return;
	}
	search_all(&search, paths);
	if (answer->outcome == PROBE_ROWS && search.errors > 0) {
		answer->reason = (struct text){0};
		answer_miss(gather, answer,
			    print_text(gather, "%zu could not be read, the first: %.*s",
				       (size_t)search.errors, TEXT_ARG(search.first_error)));
	}
	if (search.rows.count == 0)
		answer_miss(gather, answer, TEXT("no file there fulfils the conditions"));
	rows_give(&search.rows);
}

static bool check(const struct probe_call *call, struct err *err)
{
	const struct probe_setting *paths = probe_setting(call, "path");
	if (!paths || paths->count == 0)
		return err_set(err, ERR_INPUT, "say where to look: path: [/etc]");
	for (size_t i = 0; i < paths->count; i++)
		if (paths->list[i].len == 0 || paths->list[i].at[0] != '/')
			return err_set(err, ERR_INPUT, "path \"%.*s\": begin it with /",
				       TEXT_ARG(paths->list[i]));
	scoped(conditions_free) struct conditions *conditions = conditions_new(call, err);
	return conditions != NULL;
}

const struct probe probe_files = {
	.name = "files",
	.help = "files below folders, found by name, content, size, mode, age or digest",
	.subject_help = "a query over the files that were found",
	.subject_example = "owner:root and size > 1M",
	.params = params,
	.param_count = array_len(params),
	.fields = fileinfo_fields,
	.field_count = FILEINFO_COUNT,
	.table = true,
	.content = true,
	.reads = "the folders below path but /proc, /sys and /dev; files for content and "
		 "digest alone",
	.privilege = "what reading the files takes",
	.cost = "a look at every entry whose name matches; content and digest read the file",
	.check = check,
	.run = run,
};
