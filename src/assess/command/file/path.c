#include <string.h>

#include "assess/command/table.h"
#include "assess/command/text/feed.h"

/* -------- readlink, realpath -------- */

static const struct option_word options[] = {
	{'f', "canonicalize", false}, {'e', "canonicalize-existing", false},
	{'n', "no-newline", false},   {'s', "silent", false},
	{'q', "quiet", false},        {0, NULL, false},
};

#define LINKS_MAX 40

/* The path without links, . and ..; its last part may be missing unless `all`. False with *fault.
 */
static bool resolve(struct said *said, struct text path, bool all, struct text *real,
		    const char **fault, bool *failed)
{
	struct gather *gather = said->gather;
	struct arena *arena = gather_arena(gather);
	scoped(buf_end) struct buf out = {0};
	struct text rest = path, part, target, why;
	size_t links = 0;
	bool last_missing = false;
	while (rest.len > 0) {
		if (!text_next(&rest, '/', &part))
			break;
		if (part.len == 0 || text_is(part, "."))
			continue;
		*fault = "No such file or directory";
		if (last_missing)
			return false;
		if (text_is(part, "..")) {
			while (out.len > 0 && out.at[--out.len] != '/')
				continue;
			continue;
		}
		size_t before = out.len;
		buf_char(&out, '/');
		buf_text(&out, part);
		struct gather_stat stat;
		enum gather_answer answer = gather_stat(gather, buf_view(&out), false, &stat, &why);
		if (answer == GATHER_FAILED) {
			*failed = native_fail(said->answer, why);
			return false;
		}
		last_missing = answer == GATHER_MISSING;
		if (last_missing && all)
			return false;
		if (answer == GATHER_OK && stat.kind != GATHER_LINK && stat.kind != GATHER_FOLDER &&
		    rest.len > 0) {
			*fault = "Not a directory";
			return false;
		}
		if (answer != GATHER_OK || stat.kind != GATHER_LINK)
			continue;
		*fault = "Too many levels of symbolic links";
		if (++links > LINKS_MAX || !has_room(gather, GATHER_PATH_MAX) ||
		    gather_link(gather, buf_view(&out), &target, &why) != GATHER_OK)
			return false;
		rest = text_of(arena_print(arena, "%.*s/%.*s", TEXT_ARG(target), TEXT_ARG(rest)));
		out.len = is_absolute(target) ? 0 : before;
	}
	*real = out.len > 0 ? arena_text(arena, buf_view(&out)) : TEXT("/");
	return true;
}

static bool put_link(struct said *said, struct text path, char mode, bool *failed)
{
	struct gather_stat stat;
	struct text real = {0}, why;
	const char *fault;
	enum look look = LOOK_OK;
	if (mode != 'l') {
		if (!resolve(said, path, mode == 'e', &real, &fault, failed))
			look = *failed ? LOOK_FAILED : LOOK_NO;
	} else {
		look = look_kind(said, path, false, &stat, &fault);
		if (look == LOOK_OK && stat.kind != GATHER_LINK)
			look = LOOK_NO;
		else if (look == LOOK_OK &&
			 gather_link(said->gather, path, &real, &why) != GATHER_OK)
			look = native_fail(said->answer, why) ? LOOK_FAILED : LOOK_NO;
	}
	if (look == LOOK_FAILED) {
		*failed = true;
		return false;
	}
	if (look == LOOK_OK)
		said_text(said, real);
	return look == LOOK_OK;
}

static bool answer_links(const struct native_call *call, struct native_answer *answer,
			 bool realpath)
{
	struct args args = {.call = call, .options = options};
	struct text value;
	char mode = realpath ? 'f' : 'l';
	bool newline = true, failed = false, quiet = !realpath;
	size_t count = 0;
	scoped(said_end) struct said said = said_begin(call, answer);
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;) {
		if (letter == ARGS_UNKNOWN || (letter == ARGS_OPERAND && !is_absolute(value)) ||
		    (realpath && letter >= ' ' && letter != 'e' && letter != 'q'))
			return false;
		count += letter == ARGS_OPERAND;
		mode = letter == 'f' || letter == 'e' ? (char)letter : mode;
		newline &= letter != 'n';
		quiet |= letter == 'q';
	}
	if (count == 0 || (!newline && count > 1))
		return false;
	if (!call->gather)
		return true;
	args = (struct args){.call = call, .options = options};
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;) {
		if (letter != ARGS_OPERAND)
			continue;
		bool put = put_link(&said, value, mode, &failed);
		if (failed)
			return true;
		if (put && newline)
			said_char(&said, '\n');
		if (put)
			continue;
		said.exit = 1;
		if (!quiet) {
			buf_cstr(&said.err, "realpath: ");
			quote_put(&said.err, value, false);
			buf_cstr(&said.err, ": No such file or directory\n");
		}
	}
	return said_give(&said);
}

static bool answer_readlink(const struct native_call *call, struct native_answer *answer)
{
	return answer_links(call, answer, false);
}

static bool answer_realpath(const struct native_call *call, struct native_answer *answer)
{
	return answer_links(call, answer, true);
}

/* -------- basename, dirname -------- */

static struct text trim_slashes(struct text path)
{
	while (path.len > 1 && path.at[path.len - 1] == '/')
		path.len--;
	return path;
}

static bool answer_basename(const struct native_call *call, struct native_answer *answer)
{
	if (call->argc < 2 || call->argc > 3 || text_starts(call->argv[1], "-"))
		return false;
	scoped(said_end) struct said said = said_begin(call, answer);
	struct text name = trim_slashes(call->argv[1]);
	size_t from = name.len;
	while (from > 0 && name.at[from - 1] != '/')
		from--;
	if (from < name.len)
		name = (struct text){name.at + from, name.len - from};
	struct text suffix = call->argc > 2 ? call->argv[2] : TEXT("");
	if (suffix.len < name.len &&
	    text_is_equal((struct text){name.at + name.len - suffix.len, suffix.len}, suffix))
		name.len -= suffix.len;
	said_text(&said, name);
	said_char(&said, '\n');
	return !call->gather || said_give(&said);
}

static bool answer_dirname(const struct native_call *call, struct native_answer *answer)
{
	if (call->argc != 2 || text_starts(call->argv[1], "-"))
		return false;
	scoped(said_end) struct said said = said_begin(call, answer);
	struct text name = trim_slashes(call->argv[1]);
	size_t at = name.len;
	while (at > 0 && name.at[at - 1] != '/')
		at--;
	name = at == 0 ? TEXT(".") : trim_slashes((struct text){name.at, at});
	said_text(&said, name);
	said_char(&said, '\n');
	return !call->gather || said_give(&said);
}

/* -------- which: debianutils' -------- */

static const struct option_word which_options[] = {{'a', NULL, false}, {0, NULL, false}};

bool program_find(struct said *said, struct text name, bool all, bool *failed)
{
	struct gather *gather = said->gather;
	static const char *const folders[] = {"/usr/local/sbin", "/usr/local/bin", "/usr/sbin",
					      "/usr/bin",        "/sbin",          "/bin"};
	struct gather_stat stat;
	struct text why;
	bool found = false;
	for (size_t i = 0; i < array_len(folders) && (all || !found); i++) {
		struct text path = is_absolute(name)
					   ? name
					   : text_of(arena_print(gather_arena(gather), "%s/%.*s",
								 folders[i], TEXT_ARG(name)));
		enum gather_answer answer = gather_stat(gather, path, true, &stat, &why);
		if (answer == GATHER_FAILED && stat.kind != GATHER_LINK)
			*failed = native_fail(said->answer, why);
		if (answer == GATHER_OK && stat.kind == GATHER_FILE && (stat.mode & 0111)) {
			said_text(said, path);
			said_char(said, '\n');
			found = true;
		}
		if (is_absolute(name))
			break;
	}
	return found;
}

static bool answer_which(const struct native_call *call, struct native_answer *answer)
{
	struct args args = {.call = call, .options = which_options};
	struct text value;
	bool all = false, failed = false;
	size_t count = 0;
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;) {
		if (letter == ARGS_UNKNOWN ||
		    (letter == ARGS_OPERAND && memchr(value.at, '/', value.len) &&
		     !is_absolute(value)))
			return false;
		count += letter == ARGS_OPERAND;
		all |= letter == 'a';
	}
	if (count == 0)
		return false;
	if (!call->gather)
		return true;
	scoped(said_end) struct said said = said_begin(call, answer);
	args = (struct args){.call = call, .options = which_options};
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;)
		if (letter == ARGS_OPERAND && !program_find(&said, value, all, &failed))
			said.exit = 1;
	return failed || said_give(&said);
}

const struct native native_readlink = {
	.program = "readlink",
	.forms = "[-f | -e] [-nsq] FILE…",
	.reads = "the links",
	.prints = "where they lead",
	.answer = answer_readlink,
};

const struct native native_realpath = {
	.program = "realpath",
	.forms = "[-e] [-q] FILE…",
	.reads = "the links on the way",
	.prints = "the paths without links",
	.answer = answer_realpath,
};

const struct native native_basename = {
	.program = "basename",
	.forms = "PATH [SUFFIX]",
	.reads = "nothing",
	.prints = "the last part of the path",
	.answer = answer_basename,
};

const struct native native_dirname = {
	.program = "dirname",
	.forms = "PATH",
	.reads = "nothing",
	.prints = "the path without its last part",
	.answer = answer_dirname,
};

const struct native native_which = {
	.program = "which",
	.forms = "[-a] NAME…",
	.reads = "/usr/local/sbin, /usr/local/bin, /usr/sbin, /usr/bin, /sbin, /bin",
	.prints = "where the programs are, as Debian's which",
	.answer = answer_which,
};
