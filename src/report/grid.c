#include "report/grid.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define GAP 2
#define PRINT_SIZE 256
#define ODD_MIN 0x300 /* characters before it take one column each */

struct cell {
	char *text;
	size_t len, width;
	enum grid_ink ink;
	bool heading; /* goes across all columns */
};

struct grid {
	const struct grid_column *columns;
	size_t column_count;
	struct cell *cells;         /* column_count of each row */
	size_t room, row_count, at; /* at: cells of the newest row that were given */
};

/* First and last of the characters that take two columns (Unicode 15: wide and full-width, and
 * emoji). */
static const uint32_t wide[][2] = {
	{0x1100, 0x115f},   {0x231a, 0x231b},   {0x2329, 0x232a},   {0x23e9, 0x23ec},
	{0x2e80, 0x303e},   {0x3041, 0x33ff},   {0x3400, 0x4dbf},   {0x4e00, 0x9fff},
	{0xa000, 0xa4cf},   {0xa960, 0xa97f},   {0xac00, 0xd7a3},   {0xf900, 0xfaff},
	{0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},   {0x1f300, 0x1f64f},
	{0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

/* Those that take none: combining marks, joiners, variation selectors. */
static const uint32_t none[][2] = {
	{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a}, {0x064b, 0x065f},
	{0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
};

static bool is_in(const uint32_t (*ranges)[2], size_t count, uint32_t c)
{
	for (size_t i = 0; i < count; i++)
		if (c >= ranges[i][0] && c <= ranges[i][1])
			return true;
	return false;
}

/* One character of valid UTF-8 at *at, which moves behind it; its columns. */
static size_t next_width(struct text text, size_t *at)
{
	unsigned char lead = (unsigned char)text.at[*at];
	if (lead < 0x80) {
		++*at;
		return 1;
	}
	size_t len = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
	uint32_t c = lead & (0x7fu >> len);
	for (size_t i = 1; i < len && *at + i < text.len; i++)
		c = c << 6 | ((unsigned char)text.at[*at + i] & 0x3f);
	*at += len;
	if (c < ODD_MIN)
		return 1;
	if (is_in(none, array_len(none), c))
		return 0;
	return is_in(wide, array_len(wide), c) ? 2 : 1;
}

size_t grid_width(struct text text)
{
	size_t width = 0;
	for (size_t at = 0; at < text.len;)
		width += next_width(text, &at);
	return width;
}

struct grid *grid_new(const struct grid_column *columns, size_t count)
{
	must(count > 0 && count <= GRID_COLUMNS_MAX);
	struct grid *grid = mem_new(1, sizeof(*grid));
	grid->columns = columns;
	grid->column_count = count;
	return grid;
}

void grid_free(struct grid **grid)
{
	if (!*grid)
		return;
	for (size_t i = 0; i < (*grid)->row_count * (*grid)->column_count; i++)
		mem_free(&(*grid)->cells[i].text);
	mem_free(&(*grid)->cells);
	mem_free(grid);
}

void grid_row(struct grid *grid)
{
	grid->row_count++;
	grid->at = 0;
	grid->cells = mem_grow(grid->cells, &grid->room, grid->row_count * grid->column_count,
			       sizeof(*grid->cells));
}

void grid_cell(struct grid *grid, struct text text, enum grid_ink ink)
{
	must(grid->row_count > 0 && grid->at < grid->column_count);
	struct cell *cell = &grid->cells[(grid->row_count - 1) * grid->column_count + grid->at++];
	scoped(buf_end) struct buf shown = {0};
	buf_printable(&shown, text, GRID_CELL_MAX);
	cell->text = mem_copy(shown.at ? shown.at : "", shown.len);
	cell->len = shown.len;
	cell->width = grid_width(buf_view(&shown));
	cell->ink = ink;
}

void grid_heading(struct grid *grid, struct text text)
{
	grid_row(grid);
	grid_cell(grid, text, GRID_STRONG);
	grid->cells[(grid->row_count - 1) * grid->column_count].heading = true;
}

void grid_print(struct grid *grid, enum grid_ink ink, const char *text, ...)
{
	char shown[PRINT_SIZE];
	va_list list;
	va_start(list, text);
	vsnprintf(shown, sizeof(shown), text, list);
	va_end(list);
	grid_cell(grid, text_of(shown), ink);
}

static void measure(const struct grid *grid, size_t *widths)
{
	for (size_t c = 0; c < grid->column_count; c++)
		widths[c] = grid_width(text_of(grid->columns[c].title));
	for (size_t i = 0; i < grid->row_count * grid->column_count; i++)
		if (!grid->cells[i].heading &&
		    grid->cells[i].width > widths[i % grid->column_count])
			widths[i % grid->column_count] = grid->cells[i].width;
}

/* Takes columns from the widest that may shrink, until all fit or none can. */
static void shrink(const struct grid *grid, size_t limit, size_t *widths)
{
	size_t sum = (grid->column_count - 1) * GAP;
	for (size_t c = 0; c < grid->column_count; c++)
		sum += widths[c];
	while (limit > 0 && sum > limit) {
		size_t widest = grid->column_count;
		for (size_t c = 0; c < grid->column_count; c++)
			if (grid->columns[c].shrinks != GRID_STAYS && widths[c] > GRID_SHRUNK_MIN &&
			    (widest == grid->column_count || widths[c] > widths[widest]))
				widest = c;
		if (widest == grid->column_count)
			return;
		widths[widest]--;
		sum--;
	}
}

static const char *const inks[] = {"", "\033[32m", "\033[31m", "\033[33m", "\033[2m", "\033[1m"};

static void put_spaces(struct buf *out, size_t count)
{
	static const char spaces[] = "                                ";
	for (; count > sizeof(spaces) - 1; count -= sizeof(spaces) - 1)
		buf_add(out, spaces, sizeof(spaces) - 1);
	buf_add(out, spaces, count);
}

/* What fits into width columns, with "…" where something is cut; returns the columns used. */
static size_t put_cut(struct buf *out, struct text text, size_t text_width, size_t width)
{
	size_t used = 0, at = 0;
	if (text_width <= width) {
		buf_text(out, text);
		return text_width;
	}
	for (size_t next = 0; next < text.len; at = next) {
		size_t more = next_width(text, &next);
		if (used + more > width - 1)
			break;
		used += more;
	}
	buf_add(out, text.at, at);
	buf_cstr(out, "…");
	return used + 1;
}

/* How many bytes of the text go into a line of width columns: up to a space, where there is one. */
static size_t line_len(struct text text, size_t width)
{
	size_t used = 0, space = 0, at = 0;
	for (size_t next = 0; next < text.len; at = next) {
		used += next_width(text, &next);
		if (used > width && at > 0)
			return text.at[at] != ' ' && space > 0 ? space : at;
		if (text.at[at] == ' ')
			space = at;
	}
	return text.len;
}

/* Takes what one line of a cell shows; the rest stays in the cell for the line below. */
static struct cell take_line(struct cell *rest, size_t width)
{
	struct cell line = *rest;
	struct text text = {rest->text ? rest->text : "", rest->len};
	line.len = line_len(text, width);
	line.width = grid_width((struct text){text.at, line.len});
	size_t skip = line.len;
	while (skip < rest->len && rest->text[skip] == ' ')
		skip++;
	rest->text += skip;
	rest->len -= skip;
	rest->width = 0; /* that of what is left is measured when its lines are taken */
	return line;
}

static void put_cell(const struct grid *grid, size_t column, const struct cell *cell, size_t width,
		     bool colour, struct buf *out)
{
	bool last = column == grid->column_count - 1;
	struct text text = {cell->text ? cell->text : "", cell->len};
	const char *ink = colour && text.len > 0 ? inks[cell->ink] : "";
	size_t pad = cell->width < width ? width - cell->width : 0;
	if (grid->columns[column].right)
		put_spaces(out, pad);
	buf_cstr(out, ink);
	size_t used = put_cut(out, text, cell->width, width);
	if (*ink)
		buf_cstr(out, "\033[0m");
	if (!last && !grid->columns[column].right)
		put_spaces(out, width - used);
	if (!last)
		put_spaces(out, GAP);
}

static void end_line(struct buf *out)
{
	while (out->len > 0 && out->at[out->len - 1] == ' ')
		out->len--;
	buf_char(out, '\n');
}

static void put_titles(const struct grid *grid, const size_t *widths, bool colour, struct buf *out)
{
	if (colour)
		buf_cstr(out, "\033[1m");
	for (size_t c = 0; c < grid->column_count; c++) {
		const char *title = grid->columns[c].title;
		size_t width = grid_width(text_of(title));
		if (grid->columns[c].right)
			put_spaces(out, widths[c] - width);
		buf_cstr(out, title);
		if (c == grid->column_count - 1)
			break;
		put_spaces(out, (grid->columns[c].right ? 0 : widths[c] - width) + GAP);
	}
	if (colour)
		buf_cstr(out, "\033[0m");
	end_line(out);
}

static void put_heading(const struct cell *cell, bool colour, struct buf *out)
{
	buf_print(out, "\n%s%s%s\n", colour ? inks[cell->ink] : "", cell->text,
		  colour ? "\033[0m" : "");
}

static void put_row(const struct grid *grid, const struct cell *cells, const size_t *widths,
		    bool colour, struct buf *out)
{
	struct cell rests[GRID_COLUMNS_MAX];
	memcpy(rests, cells, grid->column_count * sizeof(*rests));
	bool more = true;
	while (more) {
		more = false;
		for (size_t c = 0; c < grid->column_count; c++) {
			struct cell line = rests[c];
			if (grid->columns[c].shrinks == GRID_WRAPS && rests[c].len > 0)
				line = take_line(&rests[c], widths[c]);
			else
				rests[c] = (struct cell){0};
			more = more || rests[c].len > 0;
			put_cell(grid, c, &line, widths[c], colour, out);
		}
		end_line(out);
	}
}

void grid_write(const struct grid *grid, size_t width, bool colour, struct buf *out)
{
	size_t widths[GRID_COLUMNS_MAX];
	if (grid->row_count == 0)
		return;
	measure(grid, widths);
	shrink(grid, width, widths);
	put_titles(grid, widths, colour, out);
	for (size_t row = 0; row < grid->row_count; row++) {
		const struct cell *cells = &grid->cells[row * grid->column_count];
		if (cells[0].heading)
			put_heading(&cells[0], colour, out);
		else
			put_row(grid, cells, widths, colour, out);
	}
}
