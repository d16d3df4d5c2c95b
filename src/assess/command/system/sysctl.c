#include "assess/command/program.h"
#include "assess/command/table.h"
#include "assess/setting/sysctld.h"

#define DEPTH_MAX 32
#define KEYS_MAX 100000

enum option {
	OPTION_ALL,
	OPTION_ALL_TOO,
	OPTION_VALUES,
	OPTION_NAMES,
	OPTION_IGNORE,
	OPTION_QUIET,
	OPTION_BARE,
	OPTION_COUNT
};

static const struct program_option options[] = {
	{'a', "all", false},    {'A', NULL, false},     {'n', "values", false},
	{'N', "names", false},  {'e', "ignore", false}, {'q', "quiet", false},
	{'b', "binary", false},
};

struct listing {
	const struct native_call *call;
	struct native_answer *answer;
	const struct program_args *args;
	struct buf out, err;
	size_t keys;
	bool decided;
	int exit;
};

/* Below /proc/sys, with slashes; shown with dots. */
static void add_name(struct buf *out, struct text path)
{
	for (size_t i = 0; i < path.len; i++)
		buf_char(out, path.at[i] == '/' ? '.' : path.at[i] == '.' ? '/' : path.at[i]);
}

/* Each line with the name in front. */
static void add_value(struct listing *listing, struct text path, struct text value)
{
	const struct program_args *args = listing->args;
	bool bare = args->given[OPTION_BARE] > 0, values = args->given[OPTION_VALUES] > 0 || bare;
	struct text line;
	while (text_next(&value, '\n', &line)) {
		if (!values) {
			add_name(&listing->out, path);
			buf_cstr(&listing->out, " = ");
		}
		buf_text(&listing->out, line);
		if (!bare)
			buf_char(&listing->out, '\n');
	}
}

static void fail(struct listing *listing, struct text why)
{
	native_fail(listing->answer, why);
	listing->decided = true;
}

/* all: one of many, and whether it can be read is its own business. */
static void list_key(struct listing *listing, struct text path, bool all)
{
	struct gather *gather = listing->call->gather;
	struct text content, why;
	if (listing->keys++ == KEYS_MAX) {
		fail(listing, TEXT("/proc/sys has more than 100000 keys"));
		return;
	}
	if (listing->args->given[OPTION_NAMES]) {
		add_name(&listing->out, path);
		buf_char(&listing->out, '\n');
		return;
	}
	struct text file = text_of(
		arena_print(gather_arena(gather), "/proc/sys/%.*s", TEXT_ARG(path)));
	enum gather_answer answer = all ? gather_read_once(gather, file, NULL, &content, &why)
					: gather_read(gather, file, &content, &why);
	if (answer == GATHER_OK)
		add_value(listing, path, content);
	else if (!all)
		fail(listing, why);
}

static bool is_readable(const struct gather_stat *stat)
{
	return (stat->mode & 0400) != 0;
}

static void list_folder(struct listing *listing, struct text path, unsigned depth)
{
	struct gather *gather = listing->call->gather;
	struct arena *arena = gather_arena(gather);
	const struct gather_entry *entries;
	struct gather_stat stat;
	struct text why;
	size_t count;
	struct text folder = text_of(arena_print(arena, "/proc/sys/%.*s", TEXT_ARG(path)));
	if (depth > DEPTH_MAX ||
	    gather_list_once(gather, folder, &entries, &count, &why) != GATHER_OK)
		return;
	for (size_t i = 0; i < count && !listing->decided; i++) {
		struct text name = entries[i].name;
		if (text_is(name, "base_reachable_time") || text_is(name, "retrans_time"))
			continue; /* deprecated: left out */
		struct text inner = text_of(arena_print(arena, "%.*s%s%.*s", TEXT_ARG(path),
							path.len > 0 ? "/" : "", TEXT_ARG(name)));
		struct text file = text_of(arena_print(arena, "/proc/sys/%s", inner.at));
		if (gather_peek(gather, file, true, &stat, &why) != GATHER_OK)
			continue;
		if (stat.kind == GATHER_FOLDER)
			list_folder(listing, inner, depth + 1);
		else if (is_readable(&stat))
			list_key(listing, inner, true);
	}
}

static void list_word(struct listing *listing, struct text word)
{
	struct gather *gather = listing->call->gather;
	struct arena *arena = gather_arena(gather);
	struct text path = sysctld_path(arena, word), why;
	struct text file = text_of(arena_print(arena, "/proc/sys/%.*s", TEXT_ARG(path)));
	struct gather_stat stat;
	enum gather_answer answer = gather_stat(gather, file, true, &stat, &why);
	if (answer == GATHER_FAILED)
		fail(listing, why);
	if (answer == GATHER_MISSING && !listing->args->given[OPTION_IGNORE]) {
		buf_print(&listing->err, "sysctl: cannot stat %.*s: No such file or directory\n",
			  TEXT_ARG(file));
		listing->exit = 1;
	}
	if (answer != GATHER_OK)
		return;
	if (stat.kind == GATHER_FOLDER)
		list_folder(listing, path, 0);
	else if (is_readable(&stat))
		list_key(listing, path, false);
}

/* One that stays below /proc/sys and is no assignment. */
static bool is_name(struct text word)
{
	size_t at;
	for (size_t i = 0; i < word.len; i++)
		if (word.at[i] <= ' ' || word.at[i] == '=' || word.at[i] == 0x7f)
			return false;
	return word.len > 0 && word.at[0] != '.' && word.at[0] != '/' &&
	       !text_find(word, TEXT(".."), &at) && !text_find(word, TEXT("//"), &at) &&
	       word.at[word.len - 1] != '.' && word.at[word.len - 1] != '/';
}

static bool answer_sysctl(const struct native_call *call, struct native_answer *answer)
{
	struct program_args args;
	if (!program_read_args(call, options, OPTION_COUNT, &args))
		return false;
	bool all = args.given[OPTION_ALL] || args.given[OPTION_ALL_TOO];
	if (all == (args.word_count > 0))
		return false;
	for (size_t i = 0; i < args.word_count; i++)
		if (!is_name(args.words[i]))
			return false;
	if (!call->gather || !program_is_here(call, answer) ||
	    !program_is_live(call, answer, "the kernel's settings"))
		return true;
	struct listing listing = {.call = call, .answer = answer, .args = &args};
	if (all)
		list_folder(&listing, TEXT(""), 0);
	for (size_t i = 0; i < args.word_count && !listing.decided; i++)
		list_word(&listing, args.words[i]);
	if (!listing.decided)
		program_end(call, answer, &listing.out, &listing.err, listing.exit);
	buf_end(&listing.out);
	buf_end(&listing.err);
	return true;
}

const struct native native_sysctl = {
	.program = "sysctl",
	.forms = "[-n] [-N] [-e] NAME…; -a",
	.reads = "/proc/sys",
	.prints = "NAME = VALUE, a line each; that there is no such setting",
	.answer = answer_sysctl,
};
