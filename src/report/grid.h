/* grid.h: rows of text in aligned columns, for people: fits a terminal's width, and may be
 * coloured.
 *
 * Cells are made printable (buf_printable), so that nothing in them reaches the terminal as a
 * command. Where the rows are wider than the terminal, the columns that may shrink do, the widest
 * first: they are cut, with "…", or wrapped at words. */
#pragma once
#include "base/buf.h"

#define GRID_COLUMNS_MAX 12
#define GRID_CELL_MAX 1000 /* bytes of a cell that are shown */
#define GRID_SHRUNK_MIN 8  /* columns that a shrunk one keeps */

/* What becomes of a column where the width is not enough. */
enum grid_shrink { GRID_STAYS, GRID_CUT, GRID_WRAPS };

struct grid_column {
	const char *title;
	enum grid_shrink shrinks;
	bool right; /* numbers */
};

enum grid_ink { GRID_PLAIN, GRID_GOOD, GRID_BAD, GRID_WARN, GRID_FAINT, GRID_STRONG };

struct grid;

must_use struct grid *grid_new(const struct grid_column *columns,
			       size_t count); /* columns are lent */
void grid_free(struct grid **grid);

/* Begins a row; then its cells, from the first column on; those not given are empty. */
void grid_row(struct grid *grid);
void grid_cell(struct grid *grid, struct text text, enum grid_ink ink);
void grid_print(struct grid *grid, enum grid_ink ink, const char *text, ...) format_like(3, 4);

/* A line of its own across all columns, with an empty one above it. */
void grid_heading(struct grid *grid, struct text text);

/* width: of the terminal, 0: as wide as it comes. Titles come first; nothing at all when there are
 * no rows. */
void grid_write(const struct grid *grid, size_t width, bool colour, struct buf *out);

/* How many columns of a terminal the text takes. */
must_use size_t grid_width(struct text text);
