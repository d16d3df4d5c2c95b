#include "assess/command/aid.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "assess/probe/account.h"

/* -------- options -------- */

static const struct option_word *find_letter(const struct args *args, char letter)
{
	for (const struct option_word *word = args->options; word->letter; word++)
		if (word->letter == letter && (unsigned char)letter >= ' ')
			return word;
	return NULL;
}

static int next_in_cluster(struct args *args, struct text *value)
{
	const struct option_word *word = find_letter(args, args->cluster.at[0]);
	args->cluster = (struct text){args->cluster.at + 1, args->cluster.len - 1};
	if (!word)
		return ARGS_UNKNOWN;
	if (!word->value)
		return word->letter;
	*value = args->cluster;
	args->cluster.len = 0;
	if (value->len > 0)
		return word->letter;
	if (args->at == args->call->argc)
		return ARGS_UNKNOWN;
	*value = args->call->argv[args->at++];
	return word->letter;
}

static int next_long(struct args *args, struct text rest, struct text *value)
{
	struct text name;
	bool equals = text_find(rest, TEXT("="), &(size_t){0});
	if (!text_next(&rest, '=', &name))
		return ARGS_UNKNOWN;
	for (const struct option_word *word = args->options; word->letter; word++) {
		if (!word->name || !text_is(name, word->name))
			continue;
		if (equals && !word->value)
			return ARGS_UNKNOWN;
		if (equals)
			*value = rest.at ? rest : TEXT("");
		else if (word->value && args->at == args->call->argc)
			return ARGS_UNKNOWN;
		else if (word->value)
			*value = args->call->argv[args->at++];
		return word->letter;
	}
	return ARGS_UNKNOWN;
}

int args_next(struct args *args, struct text *value)
{
	if (args->at == 0)
		args->at = 1;
	if (args->cluster.len > 0)
		return next_in_cluster(args, value);
	if (args->at >= args->call->argc)
		return ARGS_END;
	struct text word = args->call->argv[args->at++];
	if (args->ended || word.len < 2 || word.at[0] != '-') {
		args->ended |= args->in_order;
		*value = word;
		return ARGS_OPERAND;
	}
	if (text_is(word, "--")) {
		args->ended = true;
		return args_next(args, value);
	}
	if (word.at[1] == '-')
		return next_long(args, (struct text){word.at + 2, word.len - 2}, value);
	args->cluster = (struct text){word.at + 1, word.len - 1};
	return next_in_cluster(args, value);
}

bool is_absolute(struct text path)
{
	return path.len > 0 && path.at[0] == '/';
}

bool read_number(struct text text, int64_t *number)
{
	if (text.len > 1 && text.at[0] == '+')
		text = (struct text){text.at + 1, text.len - 1};
	return text_to_i64(text, INT64_MIN / 2, INT64_MAX / 2, number);
}

/* -------- what is printed -------- */

struct said said_begin(const struct native_call *call, struct native_answer *answer)
{
	return (struct said){.gather = call->gather, .answer = answer};
}

void said_end(struct said *said)
{
	buf_end(&said->out);
	buf_end(&said->err);
}

void said_text(struct said *said, struct text text)
{
	if (text.len > NATIVE_PRINTED_MAX - said->out.len)
		said->full = true;
	else
		buf_text(&said->out, text);
}

void said_char(struct said *said, char c)
{
	said_text(said, (struct text){&c, 1});
}

void said_print(struct said *said, const char *text, ...)
{
	char out[512];
	va_list args;
	va_start(args, text);
	int len = vsnprintf(out, sizeof(out), text, args);
	va_end(args);
	must(len >= 0 && (size_t)len < sizeof(out));
	said_text(said, (struct text){out, (size_t)len});
}

bool has_room(struct gather *gather, size_t len)
{
	size_t left = arena_left(gather_arena(gather));
	return left > GATHER_ARENA_SPARE / 2 && left - GATHER_ARENA_SPARE / 2 > len;
}

bool said_give(struct said *said)
{
	struct native_answer *answer = said->answer;
	if (said->full)
		return native_fail(answer, TEXT("it would print more than 16 MiB"));
	if (said->err.len > NATIVE_PRINTED_MAX ||
	    !has_room(said->gather, said->out.len + said->err.len))
		return native_fail(answer,
				   TEXT("this run has read as much as it may keep in memory "
					"(512 MiB)"));
	struct arena *arena = gather_arena(said->gather);
	answer->out = arena_text(arena, buf_view(&said->out));
	answer->err = arena_text(arena, buf_view(&said->err));
	answer->exit = said->exit;
	return true;
}

/* -------- quotes -------- */

static bool is_plain(struct text text)
{
	static const char special[] = " !\"$&'()*;<=>?[\\^`|:";
	if (text.len == 0 || text.at[0] == '#' || text.at[0] == '~' || text_is(text, "{") ||
	    text_is(text, "}"))
		return false;
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] < ' ' || text.at[i] == 0x7f || strchr(special, text.at[i]))
			return false;
	return true;
}

static bool is_shown(char c)
{
	return c >= ' ' && c < 0x7f;
}

/* Double quotes do where the only character that single ones can't hold is their own. */
static bool is_for_double(struct text text)
{
	bool single = false;
	for (size_t i = 0; i < text.len; i++) {
		if (!is_shown(text.at[i]) || strchr("\"$`\\!", text.at[i]))
			return false;
		single |= text.at[i] == '\'';
	}
	return single;
}

static void put_escape(struct buf *out, char c)
{
	static const char codes[] = "\a\b\f\n\r\t\v", letters[] = "abfnrtv";
	const char *at = c ? strchr(codes, c) : NULL;
	if (at)
		buf_print(out, "\\%c", letters[at - codes]);
	else
		buf_print(out, "\\%03o", (unsigned char)c);
}

void quote_put(struct buf *out, struct text text, bool always)
{
	if (!always && is_plain(text)) {
		buf_text(out, text);
		return;
	}
	if (is_for_double(text)) {
		buf_print(out, "\"%.*s\"", TEXT_ARG(text));
		return;
	}
	bool escaping = false;
	buf_char(out, '\'');
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		if (escaping != !is_shown(c))
			buf_cstr(out, escaping ? "''" : "'$'");
		escaping = !is_shown(c);
		if (escaping)
			put_escape(out, c);
		else if (c == '\'')
			buf_cstr(out, "'\\''");
		else
			buf_char(out, c);
	}
	buf_char(out, '\'');
}

/* -------- files by name -------- */

/* Why the system finds nothing there: a part above may be no folder. */
static const char *missing(struct gather *gather, struct text path)
{
	struct gather_stat stat;
	struct text why;
	for (size_t i = 1; i < path.len; i++) {
		struct text above = {path.at, i};
		if (path.at[i] == '/' &&
		    (gather_peek(gather, above, true, &stat, &why) != GATHER_OK ||
		     stat.kind != GATHER_FOLDER))
			return gather_peek(gather, above, true, &stat, &why) == GATHER_OK
				       ? "Not a directory"
				       : "No such file or directory";
	}
	return "No such file or directory";
}

static enum look answer_of(struct said *said, enum gather_answer answer, struct text path,
			   const struct gather_stat *stat, struct text why, const char **fault)
{
	bool folder_wanted = path.len > 1 && path.at[path.len - 1] == '/';
	if (answer == GATHER_OK && folder_wanted && stat->kind != GATHER_FOLDER) {
		*fault = "Not a directory";
		return LOOK_NO;
	}
	if (answer == GATHER_OK)
		return LOOK_OK;
	if (answer == GATHER_MISSING) {
		*fault = missing(said->gather, path);
		return LOOK_NO;
	}
	if (stat->kind == GATHER_LINK) {
		*fault = "Too many levels of symbolic links";
		return LOOK_NO;
	}
	native_fail(said->answer, why);
	return LOOK_FAILED;
}

enum look look_at(struct said *said, struct text path, bool follow, struct gather_details *details,
		  const char **fault)
{
	struct text why = {0};
	*details = (struct gather_details){0};
	if (path.len == 0) {
		*fault = "No such file or directory";
		return LOOK_NO;
	}
	follow |= path.at[path.len - 1] == '/';
	enum gather_answer answer = gather_details(said->gather, path, follow, details, &why);
	return answer_of(said, answer, path, &details->stat, why, fault);
}

enum look look_kind(struct said *said, struct text path, bool follow, struct gather_stat *stat,
		    const char **fault)
{
	struct text why = {0};
	*stat = (struct gather_stat){0};
	if (path.len == 0) {
		*fault = "No such file or directory";
		return LOOK_NO;
	}
	follow |= path.at[path.len - 1] == '/';
	enum gather_answer answer = gather_stat(said->gather, path, follow, stat, &why);
	return answer_of(said, answer, path, stat, why, fault);
}

enum look look_read(struct said *said, struct text path, struct text *content, const char **fault)
{
	struct gather_stat stat;
	struct text why;
	*content = TEXT("");
	enum look look = look_kind(said, path, true, &stat, fault);
	if (look != LOOK_OK)
		return look;
	if (stat.kind == GATHER_FOLDER) {
		*fault = "Is a directory";
		return LOOK_NO;
	}
	if (text_is(path, "/dev/null"))
		return LOOK_OK;
	said->answer->secret |= gather_is_secret(said->gather, path);
	return answer_of(said, gather_read(said->gather, path, content, &why), path, &stat, why,
			 fault);
}

/* -------- owners -------- */

static bool is_named(struct text name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] < '0' || name.at[i] > '9')
			return true;
	return false;
}

bool owner_name(struct gather *gather, uint32_t uid, struct text *name)
{
	*name = account_user(gather, uid);
	return is_named(*name);
}

bool owner_group(struct gather *gather, uint32_t gid, struct text *name)
{
	*name = account_group(gather, gid);
	return is_named(*name);
}

bool owner_find(struct gather *gather, struct text name, uint32_t *uid)
{
	const struct accounts *accounts;
	struct text why;
	if (account_read(gather, &accounts, &why) == GATHER_OK)
		for (size_t i = 0; i < accounts->count; i++)
			if (text_is_equal(accounts->at[i].name, name) && accounts->at[i].has_uid) {
				*uid = accounts->at[i].uid;
				return true;
			}
	*uid = 0;
	return text_is(name, "root");
}

bool owner_find_group(struct gather *gather, struct text name, uint32_t *gid)
{
	struct text content, why, line, own, skipped, digits;
	uint64_t number;
	if (gather_read(gather, TEXT("/etc/group"), &content, &why) == GATHER_OK)
		while (text_next(&content, '\n', &line))
			if (text_next(&line, ':', &own) && text_is_equal(own, name) &&
			    text_next(&line, ':', &skipped) && text_next(&line, ':', &digits) &&
			    text_to_u64(digits, 0, UINT32_MAX, &number)) {
				*gid = (uint32_t)number;
				return true;
			}
	*gid = 0;
	return text_is(name, "root");
}

/* -------- modes -------- */

static const struct {
	char letter;
	uint32_t bits;
} kinds[] = {
	[GATHER_FILE] = {'-', 0100000},   [GATHER_FOLDER] = {'d', 040000},
	[GATHER_LINK] = {'l', 0120000},   [GATHER_FIFO] = {'p', 010000},
	[GATHER_SOCKET] = {'s', 0140000}, [GATHER_CHAR] = {'c', 020000},
	[GATHER_BLOCK] = {'b', 060000},   [GATHER_UNKNOWN] = {'?', 0},
};

char mode_letter(enum gather_kind kind)
{
	return kinds[kind].letter;
}

uint32_t mode_kind(enum gather_kind kind)
{
	return kinds[kind].bits;
}

void mode_put(enum gather_kind kind, uint32_t mode, char out[static 11])
{
	out[0] = kinds[kind].letter;
	for (unsigned i = 0; i < 9; i++)
		out[1 + i] = mode & (0400u >> i) ? "rwx"[i % 3] : '-';
	if (mode & 04000)
		out[3] = mode & 0100 ? 's' : 'S';
	if (mode & 02000)
		out[6] = mode & 010 ? 's' : 'S';
	if (mode & 01000)
		out[9] = mode & 01 ? 't' : 'T';
	out[10] = '\0';
}
