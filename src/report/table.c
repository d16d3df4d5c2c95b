#include "report/table.h"

#include <string.h>

#define REF_WIDTH_MAX 24
#define NAME_WIDTH_MAX 48
#define GAP 2

static const struct {
	const char *word, *colour;
} shown[STATUS_COUNT] = {
	[STATUS_PASS] = {"pass", "\033[32m"},
	[STATUS_FAIL] = {"fail", "\033[1;31m"},
	[STATUS_ERROR] = {"error", "\033[1;33m"},
	[STATUS_NOT_APPLICABLE] = {"n/a", "\033[2m"},
	[STATUS_WAIVED] = {"waived", "\033[36m"},
	[STATUS_UNKNOWN] = {"unknown", "\033[1;35m"},
	[STATUS_PENDING] = {"pending", "\033[2m"},
};
static const char bold[] = "\033[1m", dim[] = "\033[2m", plain[] = "\033[0m";

struct table {
	struct buf *out;
	const struct table_row *rows;
	size_t count;
	bool colour;
	size_t width, status, level, ref, name, reason; /* columns, in characters */
};

/* Characters of UTF-8 text: what terminals count, but for wide scripts. */
static size_t columns(struct text text)
{
	size_t count = 0;
	for (size_t i = 0; i < text.len; i++)
		count += ((unsigned char)text.at[i] & 0xc0) != 0x80;
	return count;
}

static void colour(struct table *table, const char *code)
{
	if (table->colour)
		buf_cstr(table->out, code);
}

static void pad(struct table *table, size_t used, size_t width)
{
	for (; used < width; used++)
		buf_char(table->out, ' ');
}

/* A cell: printable, at most width columns, filled up to it. */
static void cell(struct table *table, struct text text, size_t width)
{
	scoped(buf_end) struct buf clean = {0};
	buf_printable(&clean, text, 1000);
	struct text view = buf_view(&clean);
	size_t used = columns(view);
	if (used > width) {
		size_t len = 0, kept = 0;
		for (; len < view.len && kept < width; len++)
			kept += len + 1 >= view.len ||
				((unsigned char)view.at[len + 1] & 0xc0) != 0x80;
		len = text_cut(view, len > 0 ? len - 1 : 0);
		buf_add(table->out, view.at, len);
		buf_cstr(table->out, "…");
		used = columns((struct text){view.at, len}) + 1;
	} else {
		buf_text(table->out, view);
	}
	pad(table, used, width + GAP);
}

/* The next line of at most width columns, broken at a space where there is one. */
static struct text next_line(struct text *rest, size_t width)
{
	size_t used = 0, len = 0, space = 0;
	for (; len < rest->len && used <= width; len++) {
		if (rest->at[len] == ' ' && len > 0)
			space = len;
		used += ((unsigned char)rest->at[len] & 0xc0) != 0x80;
	}
	if (len == rest->len && used <= width) {
		struct text line = *rest;
		*rest = (struct text){rest->at + rest->len, 0};
		return line;
	}
	size_t cut = space > 0 ? space : text_cut(*rest, len - 1);
	cut = cut > 0 ? cut : len;
	struct text line = {rest->at, cut};
	size_t skip = cut + (space > 0);
	*rest = (struct text){rest->at + skip, rest->len - skip};
	return line;
}

/* Text from the present column on, wrapped, its further lines indented. */
static void wrap(struct table *table, struct text text, size_t indent)
{
	scoped(buf_end) struct buf clean = {0};
	size_t width = table->width > indent + 20 ? table->width - indent : 20;
	buf_printable(&clean, text, 4000);
	struct text rest = buf_view(&clean);
	bool first = true;
	do {
		if (!first)
			pad(table, 0, indent);
		first = false;
		buf_text(table->out, next_line(&rest, width));
		buf_char(table->out, '\n');
	} while (rest.len > 0);
}

static size_t bounded(size_t value, size_t most)
{
	return value < most ? value : most;
}

static void measure(struct table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct item *item = table->rows[i].item;
		size_t status = columns(text_of(shown[item->status].word));
		size_t level = columns(text_of(level_name(item->policy.level)));
		size_t ref = bounded(columns(item->check.ref), REF_WIDTH_MAX);
		size_t name = bounded(columns(item->check.name), NAME_WIDTH_MAX);
		table->status = status > table->status ? status : table->status;
		table->level = level > table->level ? level : table->level;
		table->ref = ref > table->ref ? ref : table->ref;
		table->name = name > table->name ? name : table->name;
	}
	size_t fixed = GAP + table->status + GAP + table->level + GAP + table->ref + GAP;
	size_t most = table->width > fixed + 30 ? (table->width - fixed) / 2 : 15;
	table->name = bounded(table->name, most);
	table->reason = fixed + table->name + GAP;
	/* A narrow terminal has the reason below, where it has room. */
	if (table->width < table->reason + 24) {
		table->name = table->width > fixed + 10 ? table->width - fixed : 10;
		table->reason = 0;
	}
}

static void print_row(struct table *table, const struct table_row *row)
{
	const struct item *item = row->item;
	pad(table, 0, GAP);
	colour(table, shown[item->status].colour);
	cell(table, text_of(shown[item->status].word), table->status);
	colour(table, plain);
	cell(table, text_of(level_name(item->policy.level)), table->level);
	cell(table, item->check.ref, table->ref);
	cell(table, item->check.name, table->name);
	size_t indent = table->reason;
	if (indent == 0) {
		indent = 2 * GAP + table->status;
		while (table->out->len > 0 && table->out->at[table->out->len - 1] == ' ')
			table->out->at[--table->out->len] = '\0';
		buf_char(table->out, '\n');
		pad(table, 0, indent);
	}
	wrap(table, item->reason, indent);
	struct text line, rest = row->explain;
	while (text_next(&rest, '\n', &line)) {
		colour(table, dim);
		pad(table, 0, 2 * GAP);
		wrap(table, line, 3 * GAP);
		colour(table, plain);
	}
}

static void heading(struct table *table, const char *code, struct text text, size_t indent)
{
	colour(table, code);
	wrap(table, text, indent);
	colour(table, plain);
}

static bool is_same(struct text a, struct text b)
{
	return (a.at == NULL) == (b.at == NULL) && text_is_equal(a, b);
}

/* The rows from `first` on that belong to one policy, group by group. */
static void print_policy(struct table *table, size_t first, size_t end)
{
	for (size_t i = first; i < end; i++) {
		struct text statement = table->rows[i].statement;
		bool seen = false;
		for (size_t j = first; j < i && !seen; j++)
			seen = is_same(table->rows[j].statement, statement);
		if (seen)
			continue;
		if (statement.at) {
			pad(table, 0, GAP);
			heading(table, dim, statement, GAP);
		}
		for (size_t j = i; j < end; j++)
			if (is_same(table->rows[j].statement, statement))
				print_row(table, &table->rows[j]);
	}
}

static void print_counts(struct table *table)
{
	size_t counts[STATUS_COUNT] = {0}, printed = 0;
	for (size_t i = 0; i < table->count; i++)
		counts[table->rows[i].item->status]++;
	for (size_t i = 0; i < STATUS_COUNT; i++) {
		if (counts[i] == 0)
			continue;
		buf_cstr(table->out, printed++ > 0 ? ", " : "");
		colour(table, shown[i].colour);
		buf_print(table->out, "%zu %s", counts[i],
			  i == STATUS_NOT_APPLICABLE ? "not applicable" : shown[i].word);
		colour(table, plain);
	}
	buf_char(table->out, '\n');
}

void table_print(struct buf *out, const struct table_row *rows, size_t count,
		 const struct table_config *config)
{
	struct table table = {
		.out = out,
		.rows = rows,
		.count = count,
		.colour = config->colour,
		.width = config->width > TABLE_WIDTH_MIN ? config->width : TABLE_WIDTH_MIN,
	};
	measure(&table);
	for (size_t first = 0, end; first < count; first = end) {
		for (end = first; end < count; end++)
			if (!text_is_equal(rows[end].policy, rows[first].policy))
				break;
		heading(&table, bold, rows[first].policy, 0);
		print_policy(&table, first, end);
		buf_char(out, '\n');
	}
	if (count > 0)
		print_counts(&table);
}
