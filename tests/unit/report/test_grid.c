#include "report/grid.h"

#include <string.h>

#include "unit.h"

static const struct grid_column columns[] = {
	{"NAME", GRID_CUT, false}, {"N", GRID_STAYS, true}, {"WHY", GRID_CUT, false}};

static struct grid *sample(void)
{
	struct grid *grid = grid_new(columns, array_len(columns));
	grid_row(grid);
	grid_cell(grid, TEXT("web1"), GRID_PLAIN);
	grid_print(grid, GRID_GOOD, "%d", 7);
	grid_cell(grid, TEXT("a reason that is rather long"), GRID_PLAIN);
	grid_row(grid);
	grid_cell(grid, TEXT("d\xc3\xa9mo-\xe6\x97\xa5\xe6\x9c\xac"),
		  GRID_PLAIN); /* two wide characters */
	grid_print(grid, GRID_BAD, "%d", 1234);
	grid_cell(grid, TEXT("bad\033[2J\n"), GRID_PLAIN);
	grid_row(grid);
	return grid;
}

static void expect(size_t width, bool colour, const char *expected)
{
	scoped(grid_free) struct grid *grid = sample();
	scoped(buf_end) struct buf out = {0};
	grid_write(grid, width, colour, &out);
	assert_string_equal(out.at, expected);
}

test(aligns_columns)
{
	expect(0, false,
	       "NAME          N  WHY\n"
	       "web1          7  a reason that is rather long\n"
	       "d\xc3\xa9mo-\xe6\x97\xa5\xe6\x9c\xac  1234  bad\\x1b[2J\\x0a\n"
	       "\n");
}

test(fits_the_width)
{
	expect(32, false,
	       "NAME          N  WHY\n"
	       "web1          7  a reason that \xe2\x80\xa6\n"
	       "d\xc3\xa9mo-\xe6\x97\xa5\xe6\x9c\xac  1234  bad\\x1b[2J\\x0a\n"
	       "\n");
}

test(never_cuts_a_character_in_two)
{
	for (size_t width = 1; width < 50; width++) {
		scoped(grid_free) struct grid *grid = sample();
		scoped(buf_end) struct buf out = {0};
		grid_write(grid, width, false, &out);
		assert_true(text_is_utf8(buf_view(&out)));
	}
}

test(colours_cells_alone)
{
	expect(0, true,
	       "\033[1mNAME          N  WHY\033[0m\n"
	       "web1          \033[32m7\033[0m  a reason that is rather long\n"
	       "d\xc3\xa9mo-\xe6\x97\xa5\xe6\x9c\xac  \033[31m1234\033[0m  bad\\x1b[2J\\x0a\n"
	       "\n");
}

test(writes_nothing_without_rows)
{
	scoped(grid_free) struct grid *grid = grid_new(columns, array_len(columns));
	scoped(buf_end) struct buf out = {0};
	grid_write(grid, 80, false, &out);
	assert_int_equal(out.len, 0);
}

test(wrapped_cell_that_ends_first_stays_ended)
{
	static const struct grid_column two[] = {{"A", GRID_WRAPS, false},
						 {"B", GRID_WRAPS, false}};
	scoped(grid_free) struct grid *grid = grid_new(two, array_len(two));
	scoped(buf_end) struct buf out = {0};
	grid_row(grid);
	grid_cell(grid, TEXT("aaaaaaaa bbbbbbbb"), GRID_PLAIN);
	grid_cell(grid, TEXT("cccccccc dddddddd eeeeeeee"), GRID_PLAIN);
	grid_write(grid, 20, false, &out);
	assert_string_equal(out.at, "A          B\n"
				    "aaaaaaaa   cccccccc\n"
				    "bbbbbbbb   dddddddd\n"
				    "           eeeeeeee\n");
}

test(wraps_at_words_under_headings)
{
	static const struct grid_column wrapping[] = {
		{"NAME", GRID_STAYS, false}, {"N", GRID_STAYS, true}, {"WHY", GRID_WRAPS, false}};
	scoped(buf_end) struct buf out = {0};
	scoped(grid_free) struct grid *grid = grid_new(wrapping, array_len(wrapping));
	grid_heading(grid, TEXT("a heading that is wider than the table may be, by far"));
	grid_row(grid);
	grid_cell(grid, TEXT("0123456789"), GRID_PLAIN);
	grid_cell(grid, TEXT("1"), GRID_PLAIN);
	grid_cell(grid, TEXT("one two three four five sixseveneightnineteneleventwelve"), GRID_BAD);
	grid_write(grid, 40, false, &out);
	assert_string_equal(out.at, "NAME        N  WHY\n"
				    "\n"
				    "a heading that is wider than the table may be, by far\n"
				    "0123456789  1  one two three four five\n"
				    "               sixseveneightnineteneleve\n"
				    "               ntwelve\n");
}
