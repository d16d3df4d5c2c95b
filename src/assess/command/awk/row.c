#include <string.h>

#include "assess/command/table.h"
#include "assess/command/awk/awk.h"

#define PROGRAM_ARENA_MAX (4u * 1024 * 1024) /* above AWK_NODES_MAX nodes and their texts */

static const struct option_word options[] = {
	{'F', NULL, true}, {'v', NULL, true}, {0, NULL, false}};

static const char *const programs[] = {"/usr/bin/gawk", "/bin/gawk"};

/* Which awk it is: Debian's mawk, unless the host has gawk. */
static bool is_gawk(const struct native_call *call)
{
	struct gather_stat stat;
	struct text why;
	for (size_t i = 0; i < array_len(programs) && call->gather; i++)
		if (gather_stat(call->gather, text_of(programs[i]), true, &stat, &why) == GATHER_OK)
			return true;
	return false;
}

/* "\t" and its like in what -F and -v say; other escapes are an expression's. */
static bool put_text(struct buf *out, struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		if (text.at[i] != '\\') {
			buf_char(out, text.at[i]);
			continue;
		}
		if (++i == text.len)
			return false;
		if (text.at[i] == 't' || text.at[i] == 'n') {
			buf_char(out, text.at[i] == 't' ? '\t' : '\n');
		} else {
			buf_char(out, '\\');
			buf_char(out, text.at[i]);
		}
	}
	return true;
}

struct row {
	struct awk *awk;
	struct awk_program *program;
	struct text text; /* the program's */
	size_t files;
	bool quoted; /* the program begins with a quote that a shell would have taken away */
};

static bool set_variable(struct row *row, struct text name, struct text value,
			 enum awk_cell_kind kind)
{
	scoped(buf_end) struct buf out = {0};
	for (size_t i = 0; i < name.len; i++) {
		bool letter = (name.at[i] | 32) >= 'a' && (name.at[i] | 32) <= 'z';
		if (!letter && name.at[i] != '_' &&
		    (i == 0 || name.at[i] < '0' || name.at[i] > '9'))
			return false;
	}
	size_t variable = awk_variable(row->program, name);
	if (name.len == 0 || variable == SIZE_MAX || variable == VARIABLE_NF ||
	    !put_text(&out, value))
		return false;
	awk_set(row->awk, variable, (struct awk_cell){.kind = kind, .text = buf_view(&out)});
	return true;
}

/* The name that its messages begin with. */
static void put_program(struct said *said, struct text program)
{
	size_t from = program.len;
	while (from > 0 && program.at[from - 1] != '/')
		from--;
	buf_text(&said->err, (struct text){program.at + from, program.len - from});
}

static void complain(struct said *said, struct text program, struct text name, const char *fault)
{
	put_program(said, program);
	buf_print(&said->err, ": cannot open %.*s (%s)\n", TEXT_ARG(name), fault);
}

/* A program that begins with a quote, and what else mawk has to say of it: of a line that a shell
 * has not seen. With more quotes or open ends in it there would be more. */
static bool is_quoted(const struct awk_program *program, struct text text)
{
	size_t slashes = 0;
	if (program->gawk || !text_starts(text, "'"))
		return false;
	for (size_t i = 1; i < text.len; i++) {
		if (!text.at[i] || strchr("'\"}\n", text.at[i]))
			return false;
		slashes += text.at[i] == '/';
	}
	return slashes % 2 == 0;
}

static void complain_of_quote(struct said *said, struct text program, struct text text)
{
	size_t at;
	bool open = text_find(text, TEXT("{"), &at) && at + 1 < text.len;
	put_program(said, program);
	buf_cstr(&said->err, ": 1: unexpected character '''\n");
	if (open) {
		put_program(said, program);
		buf_cstr(&said->err, ": line 2: missing } near end of file\n");
	}
	said->exit = 2;
}

/* The program, then its files. */
static bool set_operand(struct row *row, struct text value)
{
	if (row->text.at) {
		row->files++;
		return row->quoted || feed_takes(value);
	}
	row->text = value;
	row->quoted = is_quoted(row->program, value);
	return row->quoted || awk_parse(row->program, value);
}

/* -F and -v */
static bool set_option(struct row *row, int letter, struct text value)
{
	struct text rest = value, name;
	if (letter == 'F') /* -Ft is a tab */
		return set_variable(row, TEXT("FS"), text_is(value, "t") ? TEXT("\t") : value,
				    CELL_TEXT);
	return text_next(&rest, '=', &name) && name.len < value.len &&
	       set_variable(row, name, rest.at ? rest : TEXT(""), CELL_LIKELY);
}

static bool read_row(const struct native_call *call, struct row *row)
{
	struct args args = {.call = call, .options = options, .in_order = true};
	struct text value;
	row->awk->variables[VARIABLE_FS] = (struct awk_cell){.kind = CELL_TEXT, .text = TEXT(" ")};
	awk_set(row->awk, VARIABLE_OFS, (struct awk_cell){.kind = CELL_TEXT, .text = TEXT(" ")});
	awk_set(row->awk, VARIABLE_ORS, (struct awk_cell){.kind = CELL_TEXT, .text = TEXT("\n")});
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;)
		if (letter == ARGS_UNKNOWN ||
		    !(letter == ARGS_OPERAND ? set_operand(row, value)
					     : set_option(row, letter, value)))
			return false;
	return row->text.at;
}

static bool has_records(const struct awk_program *program)
{
	for (size_t i = 0; i < program->rule_count; i++)
		if (program->rules[i].kind != RULE_BEGIN)
			return true;
	return false;
}

static bool read_file(const struct native_call *call, struct row *row, struct text name)
{
	struct awk *awk = row->awk;
	struct said *said = awk->said;
	struct text rest, line;
	const char *fault;
	bool ended;
	if (name.len == 0 || text_is(name, "-")) {
		rest = call->input ? *call->input : TEXT("");
		said->answer->drained = true;
	} else {
		enum look look = look_read(said, name, &rest, &fault);
		awk->failed = look == LOOK_FAILED;
		if (look == LOOK_NO &&
		    (row->program->gawk || strcmp(fault, "Is a directory") == 0)) {
			awk->unknown = true;
		} else if (look == LOOK_NO) {
			complain(said, call->argv[0], name, fault);
			awk->exits = true;
			awk->status = 2;
		}
		if (look != LOOK_OK)
			return false;
	}
	if (rest.len > 0 && memchr(rest.at, 0, rest.len)) {
		awk->unknown = true;
		return false;
	}
	awk->variables[VARIABLE_FNR] = (struct awk_cell){.kind = CELL_NUMBER};
	awk_set(awk, VARIABLE_FILENAME, (struct awk_cell){.kind = CELL_TEXT, .text = name});
	while (!awk_is_over(awk) && feed_line(&rest, &line, &ended))
		awk_record(awk, line);
	return !awk_is_over(awk);
}

static void read_files(const struct native_call *call, struct row *row)
{
	struct args args = {.call = call, .options = options, .in_order = true};
	struct text value;
	bool program = false;
	if (row->files == 0) {
		(void)!read_file(call, row, TEXT(""));
		return;
	}
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;) {
		if (letter != ARGS_OPERAND)
			continue;
		if (program && !read_file(call, row, value))
			return;
		program = true;
	}
}

static void free_all(struct row *row)
{
	if (row->awk->elements)
		row->awk->unknown = true; /* END is not to be run */
	awk_end(row->awk);
	awk_program_end(row->program);
	arena_free(&row->program->arena);
	mem_free(&row->awk);
	mem_free(&row->program);
}

static bool answer_awk(const struct native_call *call, struct native_answer *answer)
{
	scoped(said_end) struct said said = said_begin(call, answer);
	scoped(free_all) struct row row = {.awk = mem_new(1, sizeof(*row.awk)),
					   .program = mem_new(1, sizeof(*row.program))};
	struct awk *awk = row.awk;
	awk->program = row.program;
	awk->said = &said;
	row.program->arena = arena_new(PROGRAM_ARENA_MAX);
	awk_program_begin(row.program);
	row.program->gawk = is_gawk(call);
	if (!read_row(call, &row))
		return false;
	if (!call->gather)
		return true;
	if (row.quoted) {
		complain_of_quote(&said, call->argv[0], row.text);
		return said_give(&said);
	}
	awk_begin(awk);
	if (!awk_is_over(awk) && has_records(row.program))
		read_files(call, &row);
	bool no_end = awk->exits && awk->status == 2 && said.err.len > 0; /* a file is missing */
	if (no_end)
		awk->unknown = true;
	int status = awk->status;
	awk_end(awk);
	if (awk->failed)
		return true;
	if (awk->unknown && !no_end)
		return false;
	said.exit = no_end ? status : awk->status;
	return said_give(&said);
}

#define AWK_FORMS                                                                                  \
	"[-F FS] [-v NAME=VALUE] PROGRAM [FILE]…; BEGIN, END, patterns, ranges, print, printf, " \
	"if, next, exit, assignments, arrays, comparisons, matches, arithmetic, length, substr, "  \
	"index, toupper, tolower, int, sub, gsub"

const struct native native_awk = {
	.program = "awk",
	.forms = AWK_FORMS,
	.reads = "the files; /usr/bin/gawk: whether it is gawk or mawk",
	.prints = "what the program prints",
	.many = true,
	.answer = answer_awk,
};

const struct native native_mawk = {
	.program = "mawk",
	.forms = "as awk",
	.reads = "the files",
	.prints = "what the program prints",
	.many = true,
	.answer = answer_awk,
};

const struct native native_gawk = {
	.program = "gawk",
	.forms = "as awk",
	.reads = "the files",
	.prints = "what the program prints",
	.many = true,
	.answer = answer_awk,
};
