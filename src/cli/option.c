#include "cli/option.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"

#define HELP_COLUMN 26 /* where the explanations of options begin */

int option_wrong(const struct command *command, const char *text, ...)
{
	va_list args;
	va_start(args, text);
	fprintf(stderr, "muster: %s: ", command->name);
	vfprintf(stderr, text, args);
	bool asks = text_ends(text_of(text), "?");
	fprintf(stderr, "%s see \"muster %s --help\"\n", asks ? "" : ";", command->name);
	va_end(args);
	return 2;
}

static void print_row(const struct option_row *row)
{
	int width = printf("  ");
	if (row->letter)
		width += printf("-%c, ", row->letter);
	width += printf("--%s", row->name);
	if (row->value)
		width += printf(" %s", row->value);
	struct text rest = text_of(row->help), line;
	for (int pad = width < HELP_COLUMN ? HELP_COLUMN - width : 2; text_next(&rest, '\n', &line);
	     pad = HELP_COLUMN)
		printf("%*s%.*s\n", pad, "", TEXT_ARG(line));
}

static void print_help(const struct command *command, const struct option_row *rows, size_t count)
{
	struct text rest = text_of(command->usage), line;
	printf("Example: %s\n\n", command->example);
	for (const char *lead = "Usage:"; text_next(&rest, '\n', &line); lead = "      ")
		printf("%s muster %.*s\n", lead, TEXT_ARG(line));
	printf("%s\n", command->help);
	if (count > 0)
		printf("\n");
	for (size_t i = 0; i < count; i++)
		print_row(&rows[i]);
}

static bool is_choice(const struct option_row *row, const char *value)
{
	if (!row->choices)
		return true;
	for (size_t i = 0; row->choices[i]; i++)
		if (strcmp(row->choices[i], value) == 0)
			return true;
	return false;
}

static int refuse_value(const struct command *command, const struct option_row *row,
			const char *value)
{
	scoped(buf_end) struct buf shown = {0}, choices = {0};
	buf_printable(&shown, text_of(value), 100);
	for (size_t i = 0; row->choices[i]; i++) {
		const char *mark = i == 0 ? "" : row->choices[i + 1] ? ", " : " or ";
		buf_print(&choices, "%s%s", mark, row->choices[i]);
	}
	return option_wrong(command, "--%s \"%s\" is none of %s", row->name, shown.at, choices.at);
}

/* Keeps one option's value; the exit status, or 0. */
static int keep(const struct command *command, const struct option_row *row, const char *value)
{
	if (row->flag) {
		*row->flag = true;
		return 0;
	}
	if (!is_choice(row, value))
		return refuse_value(command, row, value);
	if (row->text) {
		*row->text = value;
		return 0;
	}
	struct option_list *list = row->list;
	if (list->count == OPTION_LIST_MAX)
		return option_wrong(command, "--%s is given more than %d times", row->name,
				    OPTION_LIST_MAX);
	list->at = mem_grow(list->at, &list->room, list->count + 1, sizeof(*list->at));
	list->at[list->count++] = value;
	return 0;
}

static int refuse_option(const struct command *command, const struct option_row *rows, size_t count,
			 const char *word)
{
	struct text rest = text_of(word), name;
	scoped(buf_end) struct buf shown = {0};
	if (!text_starts(rest, "--"))
		return option_wrong(command, "unknown option -%c",
				    optopt > ' ' && optopt < 127 ? optopt : '?');
	if (!text_next(&rest, '=', &name))
		name = rest;
	buf_printable(&shown, name, 60);
	struct near near = near_begin((struct text){name.at + 2, name.len - 2});
	for (size_t i = 0; i < count; i++)
		near_try(&near, rows[i].name);
	if (near.best)
		return option_wrong(command, "unknown option %s; did you mean --%s?", shown.at,
				    near.best);
	return option_wrong(command, "unknown option %s", shown.at);
}

/* What getopt_long needs, made of the rows. The index of a row is its value behind HELP_VALUE. */
enum { HELP_VALUE = 256 };

static void fill(const struct option_row *rows, size_t count, struct option *longs, char *letters)
{
	size_t at = 0;
	letters[at++] = ':';
	letters[at++] = 'h';
	for (size_t i = 0; i < count; i++) {
		longs[i] = (struct option){rows[i].name,
					   rows[i].value ? required_argument : no_argument, NULL,
					   HELP_VALUE + 1 + (int)i};
		if (!rows[i].letter)
			continue;
		letters[at++] = rows[i].letter;
		if (rows[i].value)
			letters[at++] = ':';
	}
	letters[at] = '\0';
	longs[count] = (struct option){"help", no_argument, NULL, HELP_VALUE};
	longs[count + 1] = (struct option){0};
}

static const struct option_row *row_of(const struct option_row *rows, size_t count, int value)
{
	if (value > HELP_VALUE)
		return &rows[value - HELP_VALUE - 1];
	for (size_t i = 0; i < count; i++)
		if (rows[i].letter && rows[i].letter == value)
			return &rows[i];
	return NULL;
}

static int refuse_missing(const struct command *command, const struct option_row *row)
{
	must(row);
	return option_wrong(command, "--%s needs a value: %s", row->name, row->value);
}

/* "--root --level": what stands where the value should is the next option. "--root=--level" is
 * meant.
 */
static bool is_missing(const struct option_row *rows, size_t count, const char *value,
		       const char *word)
{
	if (value != word || !text_starts(text_of(word), "--"))
		return false;
	for (size_t i = 0; i < count; i++)
		if (strcmp(word + 2, rows[i].name) == 0)
			return true;
	return strcmp(word, "--help") == 0;
}

bool option_read(const struct command *command, const struct option_row *rows, size_t count,
		 int *argc, char ***argv, int *status)
{
	struct option longs[OPTION_ROWS_MAX + 2];
	char letters[2 * OPTION_ROWS_MAX + 3];
	must(count <= OPTION_ROWS_MAX);
	fill(rows, count, longs, letters);
	opterr = 0;
	optind = 0;
	*status = 0;
	for (int value; (value = getopt_long(*argc, *argv, letters, longs, NULL)) != -1;) {
		if (value == HELP_VALUE || value == 'h') {
			print_help(command, rows, count);
			return false;
		}
		const char *word = (*argv)[optind - 1];
		if (value == ':')
			*status = refuse_missing(command, row_of(rows, count, optopt));
		else if (value != '?' && optarg && is_missing(rows, count, optarg, word))
			*status = refuse_missing(command, row_of(rows, count, value));
		else if (value == '?')
			*status = refuse_option(command, rows, count, word);
		else
			*status = keep(command, row_of(rows, count, value), optarg);
		if (*status != 0)
			return false;
	}
	*argc -= optind;
	*argv += optind;
	return true;
}

void option_list_end(struct option_list *list)
{
	mem_free(&list->at);
	*list = (struct option_list){0};
}
