#include <stdlib.h>
#include <string.h>

#include "assess/command/program.h"
#include "assess/command/table.h"
#include "assess/host/mounttab.h"

#define DEPTH_MAX 1000 /* mounts upon mounts */

enum option {
	OPTION_KERNEL,
	OPTION_FSTAB,
	OPTION_BARE,
	OPTION_LIST,
	OPTION_RAW,
	OPTION_PAIRS,
	OPTION_COLUMNS,
	OPTION_TYPES,
	OPTION_INVERT,
	OPTION_POINT,
	OPTION_SOURCE,
	OPTION_INSIDE,
	OPTION_FIRST,
	OPTION_COUNT
};

static const struct program_option options[] = {
	{'k', "kernel", false},     {'s', "fstab", false}, {'n', "noheadings", false},
	{'l', "list", false},       {'r', "raw", false},   {'P', "pairs", false},
	{'o', "output", true},      {'t', "types", true},  {'i', "invert", false},
	{'M', "mountpoint", true},  {'S', "source", true}, {'T', "target", true},
	{'f', "first-only", false},
};

enum column {
	COLUMN_TARGET,
	COLUMN_SOURCE,
	COLUMN_FSTYPE,
	COLUMN_OPTIONS,
	COLUMN_ROOT,
	COLUMN_COUNT
};

static const char *const column_names[] = {"TARGET", "SOURCE", "FSTYPE", "OPTIONS", "FSROOT"};

struct row {
	const struct mount *mount;
	struct text branch; /* of the tree, in front of the target */
};

struct table {
	const struct native_call *call;
	const struct program_args *args;
	const struct mounts *mounts;
	enum column columns[COLUMN_COUNT];
	size_t column_count;
	struct row *rows;
	size_t room, count;
	bool *shown; /* by mount, in a tree: a table that is none may have a circle */
};

/* -------- columns -------- */

static bool read_columns(struct table *table)
{
	struct text rest = table->args->values[OPTION_COLUMNS], name;
	if (!table->args->given[OPTION_COLUMNS])
		rest = TEXT("TARGET,SOURCE,FSTYPE,OPTIONS");
	while (text_next(&rest, ',', &name)) {
		size_t column = 0;
		while (column < COLUMN_COUNT && !text_is_alike(name, text_of(column_names[column])))
			column++;
		if (column == COLUMN_COUNT || table->column_count == COLUMN_COUNT)
			return false;
		table->columns[table->column_count++] = (enum column)column;
	}
	return table->column_count > 0;
}

static void add_cell(const struct table *table, const struct row *row, enum column column,
		     struct buf *out)
{
	const struct mount *mount = row->mount;
	switch (column) {
	case COLUMN_TARGET:
		buf_text(out, row->branch);
		buf_text(out, mount->target);
		break;
	case COLUMN_SOURCE:
		buf_text(out, mount->source);
		if (!text_is(mount->root, "/"))
			buf_print(out, "[%.*s]", TEXT_ARG(mount->root));
		break;
	case COLUMN_FSTYPE:
		buf_text(out, mount->fstype);
		break;
	case COLUMN_OPTIONS:
		for (size_t i = 0; i < mount->option_count; i++)
			buf_print(out, "%s%.*s", i > 0 ? "," : "", TEXT_ARG(mount->options[i]));
		break;
	case COLUMN_ROOT:
		if (!table->args->given[OPTION_FSTAB])
			buf_text(out, mount->root);
		break;
	case COLUMN_COUNT:
		never("a column");
	}
}

/* What is no printing character of ASCII; in raw output white space, too. */
static void add_escaped(struct text text, bool raw, struct buf *out)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		if (c < ' ' || c > '~' || c == '\\' || (raw && c == ' '))
			buf_print(out, "\\x%02x", (unsigned char)c);
		else
			buf_char(out, c);
	}
}

/* -------- printing -------- */

static void print_pairs(const struct table *table, struct buf *out)
{
	scoped(buf_end) struct buf cell = {0};
	for (size_t i = 0; i < table->count; i++)
		for (size_t j = 0; j < table->column_count; j++) {
			buf_clear(&cell);
			add_cell(table, &table->rows[i], table->columns[j], &cell);
			buf_print(out, "%s=\"", column_names[table->columns[j]]);
			add_escaped(buf_view(&cell), false, out);
			buf_cstr(out, j + 1 < table->column_count ? "\" " : "\"\n");
		}
}

/* NULL: the heads of the columns. */
static void fill_cell(const struct table *table, const struct row *row, size_t column, bool raw,
		      struct buf *cell)
{
	scoped(buf_end) struct buf plain = {0};
	buf_clear(cell);
	if (!row) {
		buf_cstr(cell, column_names[table->columns[column]]);
		return;
	}
	add_cell(table, row, table->columns[column], &plain);
	add_escaped(buf_view(&plain), raw, cell);
}

static void print_row(const struct table *table, const struct row *row, const size_t *widths,
		      struct buf *out)
{
	scoped(buf_end) struct buf cell = {0};
	bool raw = table->args->given[OPTION_RAW] > 0;
	for (size_t j = 0; j < table->column_count; j++) {
		bool last = j + 1 == table->column_count;
		fill_cell(table, row, j, raw, &cell);
		buf_text(out, buf_view(&cell));
		for (size_t k = cell.len; k < widths[j] && !raw && !last; k++)
			buf_char(out, ' ');
		buf_char(out, last ? '\n' : ' ');
	}
}

static void print_table(const struct table *table, struct buf *out)
{
	scoped(buf_end) struct buf cell = {0};
	size_t widths[COLUMN_COUNT] = {0};
	for (size_t j = 0; j < table->column_count; j++)
		for (size_t i = 0; i <= table->count; i++) {
			fill_cell(table, i < table->count ? &table->rows[i] : NULL, j, false,
				  &cell);
			widths[j] = cell.len > widths[j] ? cell.len : widths[j];
		}
	if (!table->args->given[OPTION_BARE])
		print_row(table, NULL, widths, out);
	for (size_t i = 0; i < table->count; i++)
		print_row(table, &table->rows[i], widths, out);
}

/* -------- which rows -------- */

static void add_mount(struct table *table, const struct mount *mount, struct text branch)
{
	table->rows = arena_grow(gather_arena(table->call->gather), table->rows, &table->room,
				 table->count + 1, sizeof(*table->rows));
	table->rows[table->count++] = (struct row){mount, branch};
}

static bool has_type(struct text types, struct text type)
{
	struct text each;
	bool no = text_starts(types, "no") && types.len > 2;
	if (no)
		types = (struct text){types.at + 2, types.len - 2};
	while (text_next(&types, ',', &each))
		if (text_is_equal(each, type))
			return !no;
	return no;
}

static bool is_asked(const struct table *table, const struct mount *mount)
{
	const struct program_args *args = table->args;
	struct gather *gather = table->call->gather;
	bool good = true;
	if (args->given[OPTION_POINT])
		good &= text_is_equal(mounttab_path(gather, args->values[OPTION_POINT]),
				      mount->target);
	if (args->given[OPTION_SOURCE])
		good &= text_is_equal(args->values[OPTION_SOURCE], mount->source);
	if (args->word_count == 1) {
		struct text word = args->words[0];
		bool path = word.len > 0 && word.at[0] == '/';
		good &= text_is_equal(word, mount->source) ||
			(path && text_is_equal(mounttab_path(gather, word), mount->target));
	}
	if (args->word_count == 2)
		good &= text_is_equal(args->words[0], mount->source) &&
			text_is_equal(mounttab_path(gather, args->words[1]), mount->target);
	if (args->given[OPTION_TYPES])
		good &= has_type(args->values[OPTION_TYPES], mount->fstype);
	return good != (args->given[OPTION_INVERT] > 0);
}

static bool is_filtered(const struct program_args *args)
{
	return args->word_count > 0 || args->given[OPTION_POINT] || args->given[OPTION_SOURCE] ||
	       args->given[OPTION_TYPES] || args->given[OPTION_FSTAB] || args->given[OPTION_LIST] ||
	       args->given[OPTION_RAW] || args->given[OPTION_PAIRS];
}

static int compare_ids(const void *a, const void *b)
{
	const struct mount *const *one = a, *const *other = b;
	return ((*one)->id > (*other)->id) - ((*one)->id < (*other)->id);
}

/* What stands on a mount, by number, each with what stands on it. */
static void add_tree(struct table *table, const struct mount *on, struct text branch,
		     unsigned depth)
{
	struct arena *arena = gather_arena(table->call->gather);
	const struct mount **list = arena_get(arena, table->mounts->count, sizeof(struct mount *));
	size_t count = 0;
	for (size_t i = 0; i < table->mounts->count; i++) {
		const struct mount *mount = &table->mounts->at[i];
		bool child = on ? mount->nested && mount->parent == on->id : !mount->nested;
		if (!child || table->shown[i])
			continue;
		table->shown[i] = true;
		list[count++] = mount;
	}
	qsort(list, count, sizeof(struct mount *), compare_ids);
	for (size_t i = 0; i < count && depth < DEPTH_MAX; i++) {
		bool last = i + 1 == count;
		const char *own = on ? last ? "`-" : "|-" : "",
			   *below = on ? last ? "  " : "| " : "";
		add_mount(table, list[i],
			  text_of(arena_print(arena, "%.*s%s", TEXT_ARG(branch), own)));
		add_tree(table, list[i],
			 text_of(arena_print(arena, "%.*s%s", TEXT_ARG(branch), below)), depth + 1);
	}
}

static void select_rows(struct table *table)
{
	const struct program_args *args = table->args;
	struct gather_stat stat;
	struct text why, none = {0};
	if (args->given[OPTION_INSIDE]) {
		struct text path = mounttab_path(table->call->gather, args->values[OPTION_INSIDE]);
		const struct mount *mount = mounttab_holder(table->mounts, path);
		if (mount && gather_stat(table->call->gather, path, true, &stat, &why) == GATHER_OK)
			add_mount(table, mount, none);
		return;
	}
	if (!is_filtered(args)) {
		table->shown = arena_get(gather_arena(table->call->gather),
					 table->mounts->count + 1, sizeof(*table->shown));
		add_tree(table, NULL, none, 0);
		return;
	}
	for (size_t i = 0; i < table->mounts->count; i++)
		if (is_asked(table, &table->mounts->at[i]) &&
		    !(args->given[OPTION_FIRST] && table->count > 0))
			add_mount(table, &table->mounts->at[i], none);
}

/* -------- the row -------- */

static bool is_understood(struct table *table, struct program_args *args)
{
	if (!program_read_args(table->call, options, OPTION_COUNT, args) || !read_columns(table) ||
	    args->word_count > 2)
		return false;
	bool trees = args->word_count == 0 && !args->given[OPTION_POINT] &&
		     !args->given[OPTION_SOURCE] && !args->given[OPTION_LIST] &&
		     !args->given[OPTION_RAW] && !args->given[OPTION_PAIRS] &&
		     !args->given[OPTION_FSTAB];
	/* With types alone it prints a tree of what is left, and fstab has tags to look up. */
	return !(trees && (args->given[OPTION_TYPES] || args->given[OPTION_INVERT])) &&
	       !(args->given[OPTION_FSTAB] && args->given[OPTION_KERNEL]);
}

static bool answer_findmnt(const struct native_call *call, struct native_answer *answer)
{
	struct program_args args;
	struct table table = {.call = call, .args = &args};
	struct text why;
	if (!is_understood(&table, &args))
		return false;
	if (!call->gather || !program_is_here(call, answer) ||
	    (!args.given[OPTION_FSTAB] && !program_is_live(call, answer, "what is mounted")))
		return true;
	enum gather_answer read = args.given[OPTION_FSTAB]
					  ? mounttab_fstab(call->gather, &table.mounts, &why)
					  : mounttab_live(call->gather, &table.mounts, &why);
	if (read != GATHER_OK)
		return native_fail(answer, why);
	scoped(buf_end) struct buf out = {0}, err = {0};
	select_rows(&table);
	if (args.given[OPTION_PAIRS])
		print_pairs(&table, &out);
	else if (table.count > 0)
		print_table(&table, &out);
	return program_end(call, answer, &out, &err, table.count > 0 ? 0 : 1);
}

const struct native native_findmnt = {
	.program = "findmnt",
	.forms = "[--kernel | --fstab] [-n] [-l] [-r] [-P] [-t TYPES] [-M PATH] [-S SOURCE] "
		 "[-T PATH] [-o TARGET,SOURCE,FSTYPE,OPTIONS,FSROOT] [PATH | SOURCE]",
	.reads = "/proc/1/mountinfo; /etc/fstab",
	.prints = "a line a mount; nothing where none is meant",
	.answer = answer_findmnt,
};
