#include "report/grid.h"

#include <string.h>

#include "base/mem.h"

#define GAP 2

static const char *const colour_codes[] = {
	[GRID_PLAIN] = "",          [GRID_GREEN] = "\x1b[32m", [GRID_RED] = "\x1b[31m",
	[GRID_YELLOW] = "\x1b[33m", [GRID_DIM] = "\x1b[2m",    [GRID_BOLD] = "\x1b[1m",
};

struct row {
	bool is_heading;
	char *cells[GRID_COLUMNS_MAX]; /* fit to be shown; a heading has only the first */
	enum grid_colour colours[GRID_COLUMNS_MAX];
};

struct grid {
	struct grid_column columns[GRID_COLUMNS_MAX];
	size_t column_count, width;
	bool colour;
	struct row *rows;
	size_t count, room;
};

struct range {
	uint32_t first, last;
};

/* Unicode blocks that terminals show two columns wide (UAX 11, wide and fullwidth), and those that
 * take none. */
static const struct range wide[] = {{0x1100, 0x115f},   {0x2e80, 0x303e},  {0x3041, 0x33ff},
				    {0x3400, 0x4dbf},   {0x4e00, 0x9fff},  {0xa000, 0xa4cf},
				    {0xac00, 0xd7a3},   {0xf900, 0xfaff},  {0xfe30, 0xfe6f},
				    {0xff00, 0xff60},   {0xffe0, 0xffe6},  {0x1f300, 0x1f64f},
				    {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd}};
static const struct range narrow[] = {
	{0x0300, 0x036f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}};

static bool is_within(const struct range *ranges, size_t count, uint32_t c)
{
	for (size_t i = 0; i < count; i++)
		if (c >= ranges[i].first && c <= ranges[i].last)
			return true;
	return false;
}

/* The character at the front of valid UTF-8; *len is its bytes. */
static uint32_t character(struct text text, size_t *len)
{
	unsigned char c = (unsigned char)text.at[0];
	*len = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	*len = *len < text.len ? *len : text.len;
	uint32_t code = *len == 1 ? c : c & (0xffu >> (*len + 1));
	for (size_t i = 1; i < *len; i++)
		code = code << 6 | ((unsigned char)text.at[i] & 0x3f);
	return code;
}

static size_t character_width(uint32_t c)
{
	if (is_within(narrow, array_len(narrow), c))
		return 0;
	return is_within(wide, array_len(wide), c) ? 2 : 1;
}

size_t grid_width(struct text text)
{
	size_t width = 0, len;
	for (; text.len > 0; text.at += len, text.len -= len)
		width += character_width(character(text, &len));
	return width;
}

struct grid *grid_new(const struct grid_column *columns, size_t count, size_t width, bool colour)
{
	must(count > 0 && count <= GRID_COLUMNS_MAX);
	struct grid *grid = mem_new(1, sizeof(*grid));
	memcpy(grid->columns, columns, count * sizeof(*columns));
	grid->column_count = count;
	grid->width = width > 0 && width < GRID_WIDTH_MIN ? GRID_WIDTH_MIN : width;
	grid->colour = colour;
	return grid;
}

void grid_free(struct grid **grid)
{
	if (!*grid)
		return;
	for (size_t i = 0; i < (*grid)->count; i++)
		for (size_t j = 0; j < GRID_COLUMNS_MAX; j++)
			mem_free(&(*grid)->rows[i].cells[j]);
	mem_free(&(*grid)->rows);
	mem_free(grid);
}

static char *shown(struct text text)
{
	struct buf out = {0};
	buf_printable(&out, text.at ? text : TEXT(""), GRID_CELL_MAX);
	char *copy = mem_copy(buf_view(&out).at, out.len);
	buf_end(&out);
	return copy;
}

static struct row *row_new(struct grid *grid)
{
	grid->rows = mem_grow(grid->rows, &grid->room, grid->count + 1, sizeof(*grid->rows));
	return &grid->rows[grid->count++];
}

void grid_row(struct grid *grid, const struct text *cells, const enum grid_colour *colours)
{
	struct row *row = row_new(grid);
	for (size_t i = 0; i < grid->column_count; i++) {
		row->cells[i] = shown(cells[i]);
		row->colours[i] = colours ? colours[i] : GRID_PLAIN;
	}
}

void grid_heading(struct grid *grid, struct text text)
{
	struct row *row = row_new(grid);
	row->is_heading = true;
	row->cells[0] = shown(text);
}

/* How wide each column is: as its widest cell, and the flexible one what is left. */
static void measure(const struct grid *grid, bool headings, size_t *widths)
{
	size_t total = 0, flexible = grid->column_count;
	for (size_t i = 0; i < grid->column_count; i++) {
		widths[i] = headings ? grid_width(text_of(grid->columns[i].heading)) : 0;
		for (size_t j = 0; j < grid->count; j++) {
			const struct row *row = &grid->rows[j];
			size_t width = row->is_heading ? 0 : grid_width(text_of(row->cells[i]));
			widths[i] = width > widths[i] ? width : widths[i];
		}
		total += widths[i] + (i > 0 ? GAP : 0);
		flexible = grid->columns[i].flexible ? i : flexible;
	}
	if (grid->width == 0 || total <= grid->width || flexible == grid->column_count)
		return;
	size_t others = total - widths[flexible];
	size_t least = grid->width / 4;
	widths[flexible] = others + least < grid->width ? grid->width - others : least;
}

/* Cuts off what fits into width, at a space where there is one; *rest begins with the next word. */
static struct text take_line(struct text *rest, size_t width)
{
	size_t used = 0, at = 0, len, space = 0;
	while (at < rest->len) {
		struct text left = {rest->at + at, rest->len - at};
		size_t wide_as = character_width(character(left, &len));
		if (used + wide_as > width && at > 0)
			break;
		if (rest->at[at] == ' ')
			space = at;
		used += wide_as;
		at += len;
	}
	size_t end = at < rest->len && space > 0 && rest->at[at] != ' ' ? space : at;
	struct text line = {rest->at, end};
	while (end < rest->len && rest->at[end] == ' ')
		end++;
	rest->at += end;
	rest->len -= end;
	return line;
}

static void spaces(struct buf *out, size_t count)
{
	while (count-- > 0)
		buf_char(out, ' ');
}

static void paint(const struct grid *grid, enum grid_colour colour, struct text text,
		  struct buf *out)
{
	bool painted = grid->colour && colour != GRID_PLAIN && text.len > 0;
	buf_cstr(out, painted ? colour_codes[colour] : "");
	buf_text(out, text);
	buf_cstr(out, painted ? "\x1b[0m" : "");
}

/* One line of a row: from each cell what fits; true when something is left for another. */
static bool write_line(const struct grid *grid, const size_t *widths, struct text *rests,
		       const enum grid_colour *colours, struct buf *out)
{
	bool more = false;
	size_t owed = 0; /* blanks that are only written when something follows them */
	for (size_t i = 0; i < grid->column_count; i++) {
		struct text line = take_line(&rests[i], widths[i] > 0 ? widths[i] : 1);
		size_t width = grid_width(line), pad = widths[i] > width ? widths[i] - width : 0;
		owed += (i > 0 ? GAP : 0) + (grid->columns[i].right ? pad : 0);
		if (line.len > 0) {
			spaces(out, owed);
			owed = 0;
			paint(grid, colours[i], line, out);
		}
		owed += grid->columns[i].right ? 0 : pad;
		more = more || rests[i].len > 0;
	}
	buf_char(out, '\n');
	return more;
}

static void write_cells(const struct grid *grid, const size_t *widths, const char *const *cells,
			const enum grid_colour *colours, struct buf *out)
{
	struct text rests[GRID_COLUMNS_MAX];
	for (size_t i = 0; i < grid->column_count; i++)
		rests[i] = text_of(cells[i]);
	while (write_line(grid, widths, rests, colours, out))
		;
}

void grid_write(const struct grid *grid, bool headings, struct buf *out)
{
	size_t widths[GRID_COLUMNS_MAX];
	const char *cells[GRID_COLUMNS_MAX];
	enum grid_colour dim[GRID_COLUMNS_MAX];
	measure(grid, headings, widths);
	for (size_t i = 0; i < grid->column_count; i++) {
		cells[i] = grid->columns[i].heading;
		dim[i] = GRID_DIM;
	}
	if (headings)
		write_cells(grid, widths, cells, dim, out);
	for (size_t i = 0; i < grid->count; i++) {
		const struct row *row = &grid->rows[i];
		if (!row->is_heading) {
			for (size_t j = 0; j < grid->column_count; j++)
				cells[j] = row->cells[j];
			write_cells(grid, widths, cells, row->colours, out);
			continue;
		}
		buf_cstr(out, i > 0 || headings ? "\n" : "");
		paint(grid, GRID_BOLD, text_of(row->cells[0]), out);
		buf_char(out, '\n');
	}
}
