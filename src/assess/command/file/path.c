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

/* A path while it is followed. */
struct trail {
	struct said *said;
	struct buf out;   /* so far, without links */
	struct text rest; /* yet to be followed */
	size_t links;
	bool missing; /* the last part was: nothing may come behind it */
	const char *fault;
	bool failed;
};

static void end_trail(struct trail *trail)
{
	buf_end(&trail->out);
}

/* A link leads on from where it is, or from the top. */
static bool follow_link(struct trail *trail, size_t before)
{
	struct gather *gather = trail->said->gather;
	struct text target, why;
	trail->fault = "Too many levels of symbolic links";
	if (++trail->links > LINKS_MAX || !has_room(gather, GATHER_PATH_MAX) ||
	    gather_link(gather, buf_view(&trail->out), &target, &why) != GATHER_OK)
		return false;
	trail->rest = text_of(arena_print(gather_arena(gather), "%.*s/%.*s", TEXT_ARG(target),
					  TEXT_ARG(trail->rest)));
	trail->out.len = is_absolute(target) ? 0 : before;
	return true;
}

static bool follow_part(struct trail *trail, struct text part, bool all)
{
	struct gather_stat stat;
	struct text why;
	size_t before = trail->out.len;
	buf_char(&trail->out, '/');
	buf_text(&trail->out, part);
	enum gather_answer answer = gather_stat(trail->said->gather, buf_view(&trail->out), false,
						&stat, &why);
	if (answer == GATHER_FAILED) {
		trail->failed = native_fail(trail->said->answer, why);
		return false;
	}
	trail->missing = answer == GATHER_MISSING;
	if (trail->missing)
		return !all;
	if (stat.kind == GATHER_LINK)
		return follow_link(trail, before);
	trail->fault = "Not a directory";
	return stat.kind == GATHER_FOLDER || trail->rest.len == 0;
}

/* The path without links, . and ..; its last part may be missing unless `all`. */
static bool resolve(struct trail *trail, bool all, struct text *real)
{
	struct text part;
	while (trail->rest.len > 0 && text_next(&trail->rest, '/', &part)) {
		if (part.len == 0 || text_is(part, "."))
			continue;
		bool up = text_is(part, "..");
		trail->fault = "No such file or directory";
		if (trail->missing || (!up && !follow_part(trail, part, all)))
			return false;
		while (up && trail->out.len > 0 && trail->out.at[--trail->out.len] != '/')
			continue;
	}
	*real = trail->out.len > 0
			? arena_text(gather_arena(trail->said->gather), buf_view(&trail->out))
			: TEXT("/");
	return true;
}

/* What the link itself says. */
static enum look read_link(struct said *said, struct text path, struct text *real)
{
	struct gather_stat stat;
	struct text why;
	const char *fault;
	enum look look = look_kind(said, path, false, &stat, &fault);
	if (look != LOOK_OK || stat.kind != GATHER_LINK)
		return look == LOOK_FAILED ? look : LOOK_NO;
	if (gather_link(said->gather, path, real, &why) == GATHER_OK)
		return LOOK_OK;
	native_fail(said->answer, why);
	return LOOK_FAILED;
}

struct links {
	char mode; /* 'l' what a link says; 'f' where it leads, 'e' which must be there */
	bool no_newline, quiet;
	size_t count;
};

/* False: the answer is an error. */
static bool put_link(struct said *said, const struct links *links, struct text path)
{
	struct text real = {0};
	scoped(end_trail) struct trail trail = {.said = said, .rest = path};
	enum look look;
	if (links->mode == 'l')
		look = read_link(said, path, &real);
	else if (resolve(&trail, links->mode == 'e', &real))
		look = LOOK_OK;
	else
		look = trail.failed ? LOOK_FAILED : LOOK_NO;
	if (look == LOOK_FAILED)
		return false;
	if (look == LOOK_OK) {
		said_text(said, real);
		said_text(said, links->no_newline ? TEXT("") : TEXT("\n"));
		return true;
	}
	said->exit = 1;
	if (!links->quiet) {
		buf_cstr(&said->err, "realpath: ");
		quote_put(&said->err, path, false);
		buf_print(&said->err, ": %s\n", trail.fault);
	}
	return true;
}

static bool read_links(const struct native_call *call, struct links *links, bool realpath)
{
	struct args args = {.call = call, .options = options};
	struct text value;
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;) {
		if (letter == ARGS_UNKNOWN || (letter == ARGS_OPERAND && !is_absolute(value)) ||
		    (realpath && letter >= ' ' && letter != 'e' && letter != 'q'))
			return false;
		links->count += letter == ARGS_OPERAND;
		links->mode = letter == 'f' || letter == 'e' ? (char)letter : links->mode;
		links->no_newline |= letter == 'n';
		links->quiet |= letter == 'q';
	}
	return links->count > 0 && !(links->no_newline && links->count > 1);
}

static bool answer_links(const struct native_call *call, struct native_answer *answer,
			 bool realpath)
{
	struct args args = {.call = call, .options = options};
	struct links links = {.mode = realpath ? 'f' : 'l', .quiet = !realpath};
	struct text value;
	if (!read_links(call, &links, realpath))
		return false;
	if (!call->gather)
		return true;
	scoped(said_end) struct said said = said_begin(call, answer);
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;)
		if (letter == ARGS_OPERAND && !put_link(&said, &links, value))
			return true;
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
