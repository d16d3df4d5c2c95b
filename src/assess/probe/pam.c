#include <stdlib.h>

#include "assess/probe/answer.h"
#include "assess/probe/table.h"
#include "base/buf.h"
#include "format/quantity.h"

#define DEPTH_MAX 16        /* of includes, as libpam */
#define SERVICES_MAX 1000   /* files of both folders */
#define ARGUMENTS_MAX 1000  /* of one line */
#define LINE_SIZE_MAX 65536 /* bytes of one line with what continues it */
#define OPENS_MAX 10000     /* of files, over all services and includes */
#define NAME_SHOWN_MAX 100  /* bytes */

static const char *const stacks[] = {"auth", "account", "password", "session", NULL};
#define STACKS 4

static const struct probe_param params[] = {
	{.name = "stack",
	 .help = "only lines of this stack, by pam.d(5) the type",
	 .example = "auth",
	 .kind = PARAM_WORD,
	 .choices = stacks},
	{.name = "module",
	 .help = "only lines with this module, with or without .so; * and ? are wild",
	 .example = "pam_faillock.so",
	 .kind = PARAM_TEXT},
	{.name = "argument",
	 .help = "only lines with this argument; * and ? are wild",
	 .example = "deny=5",
	 .kind = PARAM_TEXT},
};

enum field {
	FIELD_CONTROL,
	FIELD_ARGUMENTS,
	FIELD_ORDER,
	FIELD_OPTIONAL,
	FIELD_MALFORMED,
	FIELD_SERVICE,
	FIELD_STACK,
	FIELD_MODULE,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"control", "what its result means: required, requisite, sufficient, optional or [...]",
	 "required", .type = VALUE_TEXT},
	{"arguments", "its arguments", "deny=5, audit", .type = VALUE_LIST},
	{"order", "its place among those of its service and stack, from 1", "2", .type = VALUE_INT},
	{"optional", "whether a missing module is overlooked (a - in front)", "false",
	 .type = VALUE_BOOL},
	{"malformed", "whether it is no line of pam.d(5), or includes what can't be included",
	 "false", .type = VALUE_BOOL},
	{"service", "the service: a file of /etc/pam.d", "sshd", .type = VALUE_TEXT},
	{"stack", "auth, account, password or session", "auth", .type = VALUE_TEXT},
	{"module", "the module, without a path", "pam_faillock.so", .type = VALUE_TEXT},
};

static const char *const folders[] = {"/etc/pam.d", "/usr/lib/pam.d"};

struct stack {
	struct rows *rows;
	size_t *opens;
	struct text service;
	int64_t orders[STACKS];
};

/* -------- a line -------- */

struct line {
	struct text type, control, module, *arguments;
	size_t count;
	bool optional, malformed;
	size_t number; /* of the type */
	struct evidence where;
};

/* A word, or what stands between brackets, where ] may be written \] */
static bool next_word(struct gather *gather, struct text *rest, bool brackets, struct text *word)
{
	*rest = text_trim(*rest);
	if (rest->len == 0 || rest->at[0] != '[')
		return text_word(rest, word);
	scoped(buf_end) struct buf out = {0};
	size_t at = 1;
	for (; at < rest->len && rest->at[at] != ']'; at++) {
		if (rest->at[at] == '\\' && at + 1 < rest->len && rest->at[at + 1] == ']')
			at++;
		buf_char(&out, rest->at[at]);
	}
	at += at < rest->len;
	*rest = (struct text){rest->at + at, rest->len - at};
	*word = text_of(
		arena_print(gather_arena(gather), brackets ? "[%s]" : "%s", out.at ? out.at : ""));
	return true;
}

static void read_arguments(struct gather *gather, struct text rest, struct line *line)
{
	struct text word;
	size_t room = 0;
	while (next_word(gather, &rest, false, &word)) {
		if (line->count == ARGUMENTS_MAX) {
			line->malformed = true;
			return;
		}
		line->arguments = arena_grow(gather_arena(gather), line->arguments, &room,
					     line->count + 1, sizeof(*line->arguments));
		line->arguments[line->count++] = word;
	}
}

static struct line read_line(struct gather *gather, struct evidence where)
{
	struct line line = {.where = where};
	struct text rest = where.text;
	bool whole = text_word(&rest, &line.type) &&
		     next_word(gather, &rest, true, &line.control) &&
		     next_word(gather, &rest, false, &line.module);
	read_arguments(gather, rest, &line);
	line.optional = text_starts(line.type, "-");
	if (line.optional)
		line.type = (struct text){line.type.at + 1, line.type.len - 1};
	while (line.number < STACKS && !text_is_alike(line.type, text_of(stacks[line.number])))
		line.number++;
	if (line.number < STACKS)
		line.type = text_of(stacks[line.number]);
	line.malformed |= !whole || line.number == STACKS;
	return line;
}

static struct text base_name(struct text path)
{
	size_t at = path.len;
	if (!path.at) /* a line without a module */
		return path;
	while (at > 0 && path.at[at - 1] != '/')
		at--;
	return (struct text){path.at + at, path.len - at};
}

static bool is_module(struct text wanted, struct text module)
{
	if (text_ends(module, ".so") && !text_ends(wanted, ".so"))
		module.len -= 3;
	return module.at && quantity_is_wild_match(wanted, module, false);
}

static bool has_argument(const struct line *line, struct text wanted)
{
	for (size_t i = 0; i < line->count; i++)
		if (quantity_is_wild_match(wanted, line->arguments[i], false))
			return true;
	return false;
}

static bool is_meant(const struct probe_call *call, const struct line *line)
{
	struct text stack = call_text(call, "stack"), module = call_text(call, "module");
	struct text argument = call_text(call, "argument");
	return (!stack.at || text_is_equal(stack, line->type)) &&
	       (!module.at || is_module(module, base_name(line->module))) &&
	       (!argument.at || has_argument(line, argument));
}

static bool add_line(struct stack *stack, const struct line *line)
{
	int64_t order = line->number < STACKS ? ++stack->orders[line->number] : 0;
	if (!is_meant(stack->rows->call, line))
		return true;
	struct value *values = rows_add(stack->rows, line->where);
	if (!values)
		return false;
	values[FIELD_SERVICE] = value_text(VALUE_TEXT, stack->service);
	values[FIELD_STACK] = value_text(VALUE_TEXT, line->type);
	values[FIELD_CONTROL] = value_text(VALUE_TEXT, line->control);
	values[FIELD_MODULE] = value_text(VALUE_TEXT, base_name(line->module));
	values[FIELD_ARGUMENTS] = (struct value){
		.type = VALUE_LIST, .list = line->arguments, .count = line->count};
	if (order > 0)
		values[FIELD_ORDER] = value_number(VALUE_INT, order);
	values[FIELD_OPTIONAL] = value_bool(line->optional);
	values[FIELD_MALFORMED] = value_bool(line->malformed);
	return true;
}

/* -------- a file -------- */

struct frame {
	struct text content;
	struct text path;
	uint64_t next; /* number of the next line */
	size_t only;   /* number of the one type that is included; STACKS: all */
};

/* A line with those that a backslash appends, up to a comment; false: none is left. */
static bool next_line(struct frame *frame, struct buf *out, uint64_t *number)
{
	struct text line, rest;
	buf_clear(out);
	*number = frame->next;
	while (text_next(&frame->content, '\n', &line)) {
		frame->next++;
		rest = line;
		if (!text_next(&rest, '#', &line))
			line = (struct text){0};
		bool more = text_ends(line, "\\") && rest.len == 0;
		line.len -= more;
		if (out->len + line.len <= LINE_SIZE_MAX)
			buf_text(out, line);
		if (!more)
			return true;
		buf_char(out, ' ');
	}
	return out->len > 0;
}

/* The file of a service, or of an include; false: that was the answer. *found: it is there. */
static bool open_file(struct stack *stack, struct text name, struct frame *frame, bool *found)
{
	struct gather *gather = stack->rows->gather;
	struct text why;
	*found = false;
	if (++*stack->opens > OPENS_MAX ||
	    arena_left(gather_arena(gather)) < GATHER_ARENA_SPARE / 2)
		return answer_fail(gather, stack->rows->answer,
				   TEXT("pam.d includes more than 10000 files, or too large ones"));
	for (size_t i = 0; i < array_len(folders) && !*found; i++) {
		struct text path = text_starts(name, "/")
					   ? name
					   : text_of(arena_print(gather_arena(gather), "%s/%.*s",
								 folders[i], TEXT_ARG(name)));
		enum gather_answer answer = gather_read(gather, path, &frame->content, &why);
		if (answer == GATHER_FAILED)
			return answer_fail(gather, stack->rows->answer, why);
		*found = answer == GATHER_OK;
		frame->path = path;
		frame->next = 1;
	}
	return true;
}

/* What a line takes in; at NULL: it is no such line. */
static struct text included(const struct line *line)
{
	if (text_is_alike(line->type, TEXT("@include")))
		return line->control;
	if (!line->malformed && (text_is_alike(line->control, TEXT("include")) ||
				 text_is_alike(line->control, TEXT("substack"))))
		return line->module;
	return (struct text){0};
}

struct frames {
	struct frame at[DEPTH_MAX];
	size_t count;
};

/* Goes into an include, or gives the line; false: that was the answer. */
static bool take_line(struct stack *stack, struct frames *frames, struct line *line)
{
	size_t only = frames->at[frames->count - 1].only;
	struct text name = included(line);
	bool found = false, whole = text_is_alike(line->type, TEXT("@include"));
	if (only < STACKS && !whole && line->number != only)
		return true;
	if (!name.at)
		return add_line(stack, line);
	if (frames->count < DEPTH_MAX &&
	    !open_file(stack, name, &frames->at[frames->count], &found))
		return false;
	line->malformed = true;
	if (!found)
		return add_line(stack, line);
	frames->at[frames->count++].only = whole ? only : line->number;
	return true;
}

static bool add_service(struct rows *rows, struct text service, size_t *opens)
{
	struct gather *gather = rows->gather;
	struct stack stack = {.rows = rows, .opens = opens, .service = service};
	struct frames frames = {.at = {{.only = STACKS}}};
	scoped(buf_end) struct buf buf = {0};
	bool found;
	uint64_t number;
	if (!open_file(&stack, service, &frames.at[0], &found))
		return false;
	frames.count = found;
	while (frames.count > 0) {
		struct frame *frame = &frames.at[frames.count - 1];
		if (!next_line(frame, &buf, &number)) {
			frames.count--;
			continue;
		}
		struct text text = text_trim(buf_view(&buf));
		struct line line;
		if (text.len == 0)
			continue;
		if (!rows_keep(rows, &text))
			return false;
		line = read_line(gather, (struct evidence){frame->path, number, text});
		if (!take_line(&stack, &frames, &line))
			return false;
	}
	return true;
}

/* -------- all services -------- */

static int compare_texts(const void *a, const void *b)
{
	const struct text *one = a, *other = b;
	return text_compare(*one, *other);
}

static bool find_services(struct rows *rows, struct text *names, size_t *count)
{
	struct gather *gather = rows->gather;
	size_t total;
	*count = 0;
	for (size_t i = 0; i < array_len(folders); i++) {
		const struct gather_entry *entries;
		struct text why;
		enum gather_answer answer = gather_list(gather, text_of(folders[i]), &entries,
							&total, &why);
		if (answer == GATHER_FAILED)
			return answer_fail(gather, rows->answer, why);
		for (size_t j = 0; answer == GATHER_OK && j < total; j++) {
			if (entries[j].kind == GATHER_FOLDER)
				continue;
			if (*count == SERVICES_MAX)
				return answer_fail(gather, rows->answer,
						   TEXT("pam.d has more than 1000 files"));
			names[(*count)++] = entries[j].name;
		}
	}
	if (*count == 0)
		return answer_skip(gather, rows->answer,
				   TEXT("PAM is not set up here: /etc/pam.d is missing or empty"));
	qsort(names, *count, sizeof(*names), compare_texts);
	return true;
}

static bool check(const struct probe_call *call, struct err *err)
{
	struct text rest = call->subject, word = {0};
	bool good = text_word(&rest, &word) && word.len == call->subject.len;
	for (size_t i = 0; i < word.len; i++)
		good &= word.at[i] != '/' && word.at[i] != ':';
	return good || err_set(err, ERR_INPUT,
			       "give the name of a service, a file of /etc/pam.d, as in sshd; what "
			       "is asked of it stands beside: stack: auth, module: pam_unix.so");
}

/* Why there is no line: the file is missing, or it has none that is meant. */
static void say_none(struct gather *gather, const struct probe_call *call,
		     struct probe_answer *answer, bool found)
{
	struct text stack = call_text(call, "stack"), module = call_text(call, "module");
	struct text argument = call_text(call, "argument");
	struct text service = {call->subject.at, text_cut(call->subject, NAME_SHOWN_MAX)};
	if (!found)
		answer_miss(gather, answer,
			    print_text(gather,
				       "PAM has no service %.*s: /etc/pam.d/%.*s is missing",
				       TEXT_ARG(service), TEXT_ARG(service)));
	else
		answer_miss(
			gather, answer,
			print_text(gather, "PAM's service %.*s has no line with%s%.*s%s%.*s%s%.*s",
				   TEXT_ARG(service), stack.at ? " stack " : "", TEXT_ARG(stack),
				   module.at ? " module " : "", TEXT_ARG(module),
				   argument.at ? " argument " : "", TEXT_ARG(argument)));
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct text *names = arena_get(gather_arena(gather), SERVICES_MAX, sizeof(*names));
	size_t count, opens = 0;
	bool found = false;
	if (!find_services(&rows, names, &count))
		return;
	for (size_t i = 0; i < count; i++) {
		if ((i > 0 && text_is_equal(names[i], names[i - 1])) ||
		    !quantity_is_wild_match(call->subject, names[i], false))
			continue;
		found = true;
		if (!add_service(&rows, names[i], &opens))
			return;
	}
	if (rows.count == 0)
		say_none(gather, call, answer, found);
	rows_give(&rows);
}

const struct probe probe_pam = {
	.name = "pam",
	.help = "what a service's stacks of PAM hold, with what they include: each line that is "
		"meant",
	.subject_help = "the service, a file of /etc/pam.d; * and ? mean each that matches",
	.subject_example = "common-auth",
	.params = params,
	.param_count = array_len(params),
	.fields = fields,
	.field_count = FIELD_COUNT,
	.reads = "/etc/pam.d; /usr/lib/pam.d for services and includes that are not there",
	.privilege = "none",
	.cost = "some dozen small files",
	.check = check,
	.run = run,
};
