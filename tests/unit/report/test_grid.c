#include "report/grid.h"

#include "unit.h"

static const struct grid_column columns[] = {
	{"NAME", false, false}, {"N", false, true}, {"WHY", true, false}};

test(aligns_by_what_a_terminal_shows)
{
	struct buf out = {0};
	scoped(grid_free) struct grid *grid = grid_new(columns, 3, 0, false);
	grid_row(grid, (struct text[]){TEXT("gr\xc3\xbcn"), TEXT("7"), TEXT("x")}, NULL);
	grid_row(grid, (struct text[]){TEXT("\xe6\xbc\xa2"), TEXT("12"), TEXT("")}, NULL);
	grid_row(grid, (struct text[]){TEXT("a\nb"), TEXT("1"), TEXT("y")}, NULL);
	grid_write(grid, true, &out);
	assert_string_equal(out.at, "NAME     N  WHY\n"
				    "gr\xc3\xbcn     7  x\n"
				    "\xe6\xbc\xa2      12\n"
				    "a\\x0ab   1  y\n");
	buf_end(&out);
}

test(wraps_the_flexible_column_at_words)
{
	struct buf out = {0};
	scoped(grid_free) struct grid *grid = grid_new(columns, 3, 40, false);
	grid_row(grid,
		 (struct text[]){TEXT("0123456789"), TEXT("1"),
				 TEXT("one two three four five sixseveneightnineteneleventwelve")},
		 NULL);
	grid_write(grid, false, &out);
	assert_string_equal(out.at, "0123456789  1  one two three four five\n"
				    "               sixseveneightnineteneleve\n"
				    "               ntwelve\n");
	buf_end(&out);
}

test(colours_only_when_told)
{
	static const enum grid_colour red[] = {GRID_RED, GRID_PLAIN, GRID_PLAIN};
	for (int colour = 0; colour < 2; colour++) {
		struct buf out = {0};
		scoped(grid_free) struct grid *grid = grid_new(columns, 3, 0, colour);
		grid_heading(grid, TEXT("h"));
		grid_row(grid, (struct text[]){TEXT("a"), TEXT("1"), TEXT("b")}, red);
		grid_write(grid, false, &out);
		assert_string_equal(out.at, colour ? "\x1b[1mh\x1b[0m\n\x1b[31ma\x1b[0m  1  b\n"
						   : "h\na  1  b\n");
		buf_end(&out);
	}
}
