/* grid.h: aligned tables for a terminal: columns, headings, rows, within a width.
 *
 * Cells are texts from anywhere: what is not fit to be shown is escaped. Columns are as wide as
 * their widest cell; where that is too much, the flexible one is wrapped at words. Widths are those
 * of a terminal (wide characters count two, combining ones none). Nothing is written: the caller
 * gets the text. */
#pragma once
#include "base/buf.h"

#define GRID_COLUMNS_MAX 16
#define GRID_CELL_MAX 2000 /* bytes of a cell that are shown */
#define GRID_WIDTH_MIN 40  /* narrower is laid out as if it were this */

enum grid_colour { GRID_PLAIN, GRID_GREEN, GRID_RED, GRID_YELLOW, GRID_DIM, GRID_BOLD };

struct grid_column {
	const char *heading;
	bool flexible; /* wraps when the width is not enough; one, usually the last */
	bool right;    /* numbers */
};

struct grid;

/* width in columns of the terminal, 0: as wide as needs be. */
must_use struct grid *grid_new(const struct grid_column *columns, size_t count, size_t width,
			       bool colour);
void grid_free(struct grid **grid);

/* A row: count texts as the columns are; copies. colours may be NULL, else one a cell. */
void grid_row(struct grid *grid, const struct text *cells, const enum grid_colour *colours);
/* A line of its own across all columns, in bold; with an empty line above it, but for the first. */
void grid_heading(struct grid *grid, struct text text);

/* Appends the table; `headings` says whether the line of headings is shown. */
void grid_write(const struct grid *grid, bool headings, struct buf *out);

/* How many columns of a terminal a text takes. */
must_use size_t grid_width(struct text text);
