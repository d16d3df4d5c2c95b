#include <inttypes.h>
#include <string.h>

#include "assess/command/text/grep.h"

/* One -e or operand may hold several, a line each. */
static bool add_pattern(struct grep *grep, struct text pattern, struct buf *out)
{
	enum pattern_kind kind = grep->extended ? PATTERN_EXTENDED : PATTERN_BASIC;
	buf_cstr(out, out->len > 0 ? "|(?:" : "(?:");
	if (grep->perl)
		buf_text(out, pattern);
	else if (grep->fixed)
		pattern_quote(pattern, out);
	else if (!pattern_translate(pattern, kind, out))
		return false;
	buf_char(out, ')');
	return true;
}

/* All of them, joined; false: not understood. */
static bool add_patterns(struct grep *grep, struct buf *out, size_t *count)
{
	for (size_t i = 0; i < grep->pattern_count; i++) {
		struct text rest = grep->patterns[i], line;
		bool ended = true; /* nothing, or a line end at the end: an empty one, too */
		for (; feed_line(&rest, &line, &ended); ++*count)
			if (!add_pattern(grep, line, out))
				return false;
		if (!ended)
			continue;
		++*count;
		if (!add_pattern(grep, TEXT(""), out))
			return false;
	}
	return true;
}

bool grep_compile(struct grep *grep)
{
	scoped(buf_end) struct buf all = {0}, out = {0};
	struct err err;
	size_t count = 0;
	if (!add_patterns(grep, &all, &count))
		return false;
	struct text text = buf_view(&all);
	if (count > 1 && (grep->perl || text_find(text, TEXT("\\g{"), &(size_t){0})))
		return false; /* references would count the groups of the others, too */
	bool exact = grep->fixed || grep->perl; /* has no alternatives, or says which goes first */
	if (grep->only && (count > 1 || (!exact && pattern_is_ambiguous(text))))
		return false; /* of several that fit the longest is wanted */
	const char *before = "(?:", *after = ")";
	if (grep->whole_line) {
		before = "^(?:";
		after = ")$";
	} else if (grep->word) {
		before = "(?<!\\w)(?:";
		after = ")(?!\\w)";
	}
	buf_cstr(&out, before);
	buf_text(&out, text);
	buf_cstr(&out, after);
	grep->regex = regex_new(buf_view(&out), grep->fold ? REGEX_CASELESS : REGEX_PLAIN, &err);
	return grep->regex != NULL;
}

/* -------- one text -------- */

static void put_prefix(struct grep *grep, struct text name, uint64_t number)
{
	if (grep->show_names) {
		said_text(grep->said, name);
		said_char(grep->said, ':');
	}
	if (grep->numbers)
		said_print(grep->said, "%" PRIu64 ":", number);
}

static bool put_parts(struct grep *grep, struct text name, uint64_t number, struct text line)
{
	size_t from = 0, begin, end;
	enum regex_answer answer = REGEX_NO;
	while (from <= line.len &&
	       (answer = regex_find(grep->regex, line, from, &begin, &end)) == REGEX_YES) {
		if (end > begin) {
			put_prefix(grep, name, number);
			said_text(grep->said, (struct text){line.at + begin, end - begin});
			said_char(grep->said, '\n');
		}
		from = end > begin ? end : end + 1;
	}
	return answer != REGEX_RAN_AWAY;
}

/* What is shown of a line that counts; false: nothing more is to be looked for in this text. */
static bool put_line(struct grep *grep, struct text name, uint64_t number, struct text line,
		     bool binary)
{
	if (grep->quiet) {
		grep->stop = true;
		return false;
	}
	if (grep->list || grep->list_others)
		return false;
	if (grep->count)
		return true;
	if (binary) {
		buf_print(&grep->said->err, "grep: ");
		buf_text(&grep->said->err, name);
		buf_print(&grep->said->err, ": binary file matches\n");
		return false;
	}
	if (grep->only)
		return grep->invert || put_parts(grep, name, number, line);
	put_prefix(grep, name, number);
	said_text(grep->said, line);
	said_char(grep->said, '\n');
	return true;
}

static void put_sum(struct grep *grep, struct text name, uint64_t matches)
{
	if (grep->quiet)
		return;
	if (grep->list || grep->list_others) {
		if ((matches > 0) != grep->list)
			return;
		said_text(grep->said, name);
		said_char(grep->said, '\n');
	} else if (grep->count) {
		if (grep->show_names) {
			said_text(grep->said, name);
			said_char(grep->said, ':');
		}
		said_print(grep->said, "%" PRIu64 "\n", matches);
	}
}

bool grep_text(struct grep *grep, struct text name, struct text text)
{
	struct text rest = text, line;
	uint64_t number = 0, matches = 0;
	bool ended, binary = !grep->binary_is_text && text.len > 0 && memchr(text.at, 0, text.len);
	while (grep->max != 0 && feed_line(&rest, &line, &ended)) {
		enum regex_answer found = regex_find(grep->regex, line, 0, NULL, NULL);
		number++;
		if (found == REGEX_RAN_AWAY) {
			native_fail(
				grep->said->answer,
				TEXT("grep: the expression takes too long to decide on a line"));
			return false;
		}
		if ((found == REGEX_YES) == grep->invert)
			continue;
		matches++;
		if (!put_line(grep, name, number, line, binary) ||
		    (grep->max > 0 && matches == (uint64_t)grep->max))
			break;
	}
	grep->matched |= matches > 0;
	put_sum(grep, name, matches);
	return true;
}

/* -------- files and trees -------- */

static void complain(struct grep *grep, struct text path, const char *fault)
{
	grep->errors = true;
	if (grep->silent)
		return;
	buf_cstr(&grep->said->err, "grep: ");
	buf_text(&grep->said->err, path);
	buf_print(&grep->said->err, ": %s\n", fault);
}

bool grep_file(struct grep *grep, struct text path, bool named)
{
	struct text text;
	const char *fault;
	if (named && text_is(path, "-")) {
		grep->said->answer->drained = true;
		return grep_text(grep, TEXT("(standard input)"),
				 grep->call->input ? *grep->call->input : TEXT(""));
	}
	if (++grep->files > GREP_FILES_MAX || !has_room(grep->said->gather, 0)) {
		native_fail(grep->said->answer, TEXT("grep: more than 200000 files to search"));
		return false;
	}
	switch (look_read(grep->said, path, &text, &fault)) {
	case LOOK_OK:
		return grep_text(grep, path, text);
	case LOOK_NO:
		complain(grep, path, fault);
		return true;
	case LOOK_FAILED:
		break;
	}
	return false;
}

static struct text base_name(struct text path)
{
	size_t from = path.len;
	while (from > 0 && path.at[from - 1] != '/')
		from--;
	return (struct text){path.at + from, path.len - from};
}

static bool is_listed(const struct text *patterns, size_t count, struct text name)
{
	for (size_t i = 0; i < count; i++)
		if (gather_is_text_match(patterns[i], name))
			return true;
	return false;
}

static bool is_wanted(const struct grep *grep, struct text name)
{
	if (is_listed(grep->excludes, grep->exclude_count, name))
		return false;
	return grep->include_count == 0 || is_listed(grep->includes, grep->include_count, name);
}

static bool enter(struct grep *grep, struct text path, const struct gather_stat *stat)
{
	for (size_t i = 0; i < grep->depth; i++)
		if (grep->above[i].device == stat->device && grep->above[i].inode == stat->inode) {
			if (!grep->silent) {
				buf_cstr(&grep->said->err, "grep: warning: ");
				buf_text(&grep->said->err, path);
				buf_cstr(&grep->said->err, ": recursive directory loop\n");
			}
			return false;
		}
	grep->above[grep->depth++] = (struct grep_folder){stat->device, stat->inode};
	return true;
}

static bool grep_entry(struct grep *grep, struct text path, enum gather_kind kind);

static bool grep_folder(struct grep *grep, struct text path)
{
	const struct gather_entry *entries;
	size_t count;
	struct text why;
	struct arena *arena = gather_arena(grep->said->gather);
	if (gather_list(grep->said->gather, path, &entries, &count, &why) != GATHER_OK) {
		native_fail(grep->said->answer, why);
		return false;
	}
	while (path.len > 0 && path.at[path.len - 1] == '/')
		path.len--;
	for (size_t i = 0; i < count && !grep->stop; i++) {
		if (!has_room(grep->said->gather, path.len + entries[i].name.len)) {
			native_fail(grep->said->answer, TEXT("grep: too many files to search"));
			return false;
		}
		struct text below = text_of(
			arena_print(arena, "%.*s/%.*s", TEXT_ARG(path), TEXT_ARG(entries[i].name)));
		if (!grep_entry(grep, below, entries[i].kind))
			return false;
	}
	return true;
}

static bool grep_entry(struct grep *grep, struct text path, enum gather_kind kind)
{
	struct gather_stat stat;
	const char *fault;
	if (kind == GATHER_LINK && !grep->through_links)
		return true;
	if (kind == GATHER_FILE)
		return !is_wanted(grep, base_name(path)) || grep_file(grep, path, false);
	enum look look = look_kind(grep->said, path, grep->through_links, &stat, &fault);
	if (look == LOOK_NO)
		complain(grep, path, fault);
	if (look != LOOK_OK)
		return look == LOOK_NO;
	if (stat.kind == GATHER_FILE)
		return !is_wanted(grep, base_name(path)) || grep_file(grep, path, false);
	if (stat.kind != GATHER_FOLDER ||
	    is_listed(grep->exclude_folders, grep->exclude_folder_count, base_name(path)))
		return true;
	if (grep->depth == GREP_DEPTH_MAX) {
		native_fail(grep->said->answer, TEXT("grep: folders are nested too deeply"));
		return false;
	}
	if (!enter(grep, path, &stat))
		return true;
	bool good = grep_folder(grep, path);
	grep->depth--;
	return good;
}

bool grep_tree(struct grep *grep, struct text path)
{
	struct gather_stat stat;
	const char *fault;
	enum look look = look_kind(grep->said, path, true, &stat, &fault);
	if (look == LOOK_NO)
		complain(grep, path, fault);
	if (look != LOOK_OK)
		return look == LOOK_NO;
	if (stat.kind != GATHER_FOLDER)
		return !is_wanted(grep, base_name(path)) || grep_file(grep, path, true);
	grep->show_names |= !grep->no_names;
	if (!enter(grep, path, &stat))
		return true;
	bool good = grep_folder(grep, path);
	grep->depth--;
	return good;
}
