#include "assess/command/package/sqlite.h"

#include <string.h>

#include "base/buf.h"

#define HEAD 100 /* bytes at the front of the first page */

enum page { PAGE_INNER = 0x05, PAGE_LEAF = 0x0d };

struct reading {
	struct text bytes;
	size_t page_size, usable;
	sqlite_fn each;
	void *data;
	size_t rows;
	bool stopped;
	const char *why;
};

static bool fail(struct reading *reading, const char *why)
{
	if (!reading->why)
		reading->why = why;
	return false;
}

/* -------- numbers -------- */

static uint64_t read_big(const char *at, size_t len)
{
	uint64_t number = 0;
	for (size_t i = 0; i < len; i++)
		number = number << 8 | (unsigned char)at[i];
	return number;
}

/* 1 to 9 bytes, 7 bits in each, 8 in the ninth. */
static bool read_varint(struct text *rest, uint64_t *number)
{
	*number = 0;
	for (size_t i = 0; i < 9 && i < rest->len; i++) {
		unsigned char byte = (unsigned char)rest->at[i];
		*number = i == 8 ? *number << 8 | byte : *number << 7 | (byte & 0x7f);
		if (i == 8 || byte < 0x80) {
			*rest = (struct text){rest->at + i + 1, rest->len - i - 1};
			return true;
		}
	}
	return false;
}

static bool find_page(const struct reading *reading, uint64_t number, struct text *page)
{
	if (number == 0 || number > reading->bytes.len / reading->page_size)
		return false;
	*page = (struct text){reading->bytes.at + (number - 1) * reading->page_size,
			      reading->usable};
	return true;
}

/* -------- records -------- */

/* Of the serial types of a record: what stands in the body for each. */
static bool read_value(uint64_t type, struct text *body, struct sqlite_value *value)
{
	static const unsigned char sizes[] = {0, 1, 2, 3, 4, 6, 8, 8, 0, 0};
	*value = (struct sqlite_value){.is_number = type >= 1 && type <= 9};
	uint64_t len = type >= 12 ? (type - 12) / 2 : type < array_len(sizes) ? sizes[type] : 0;
	if (len > body->len)
		return false;
	if (type >= 12)
		value->bytes = (struct text){body->at, len};
	else if (type == 8 || type == 9)
		value->number = type == 9;
	else if (type >= 1 && type <= 6)
		value->number = (int64_t)read_big(body->at, len);
	*body = (struct text){body->at + len, body->len - len};
	return true;
}

static bool read_record(struct reading *reading, struct text record)
{
	struct sqlite_value values[SQLITE_COLUMNS_MAX];
	struct text rest = record;
	uint64_t size, type;
	size_t count = 0;
	if (!read_varint(&rest, &size) || size > record.len || size < record.len - rest.len)
		return fail(reading, "a record is not what it should be");
	struct text types = {rest.at, size - (record.len - rest.len)};
	struct text body = {record.at + size, record.len - size};
	while (types.len > 0 && count < SQLITE_COLUMNS_MAX)
		if (!read_varint(&types, &type) || !read_value(type, &body, &values[count++]))
			return fail(reading, "a record is not what it should be");
	if (reading->rows++ == SQLITE_ROWS_MAX)
		return fail(reading, "more rows than are read");
	reading->stopped = !reading->each(reading->data, values, count);
	return !reading->stopped;
}

/* What a row has in its page, and how much follows elsewhere. */
static size_t local_size(const struct reading *reading, uint64_t len)
{
	size_t most = reading->usable - 35, least = (reading->usable - 12) * 32 / 255 - 23;
	if (len <= most)
		return len;
	size_t local = least + (len - least) % (reading->usable - 4);
	return local <= most ? local : least;
}

/* Pages of four bytes with the next one's number, and what they hold. */
static bool add_overflow(struct reading *reading, uint64_t number, uint64_t len, struct buf *out)
{
	struct text page;
	while (out->len < len) {
		if (!find_page(reading, number, &page))
			return fail(reading, "a page is missing");
		size_t left = len - out->len, room = page.len - 4;
		buf_add(out, page.at + 4, left < room ? left : room);
		number = read_big(page.at, 4);
	}
	return true;
}

static bool read_cell(struct reading *reading, struct text cell)
{
	uint64_t len, row;
	if (!read_varint(&cell, &len) || !read_varint(&cell, &row))
		return fail(reading, "a row is not what it should be");
	if (len > SQLITE_RECORD_MAX)
		return fail(reading, "a row of more than 16 MiB");
	size_t local = local_size(reading, len);
	if (local == len && local <= cell.len)
		return read_record(reading, (struct text){cell.at, local});
	if (cell.len < local + 4 || local >= len)
		return fail(reading, "a row is cut short");
	scoped(buf_end) struct buf whole = {0};
	buf_add(&whole, cell.at, local);
	return add_overflow(reading, read_big(cell.at + local, 4), len, &whole) &&
	       read_record(reading, buf_view(&whole));
}

/* -------- pages -------- */

/* Recursion ends at SQLITE_DEPTH_MAX. */
static bool read_page(struct reading *reading, uint64_t number, unsigned depth)
{
	struct text page;
	if (depth > SQLITE_DEPTH_MAX || !find_page(reading, number, &page))
		return fail(reading, "its pages are not what they should be");
	size_t front = number == 1 ? HEAD : 0;
	unsigned kind = (unsigned char)page.at[front];
	size_t count = (size_t)read_big(page.at + front + 3, 2);
	size_t list = front + (kind == PAGE_INNER ? 12 : 8);
	if ((kind != PAGE_INNER && kind != PAGE_LEAF) || list + 2 * count > page.len)
		return fail(reading, "its pages are not what they should be");
	for (size_t i = 0; i < count; i++) {
		size_t at = (size_t)read_big(page.at + list + 2 * i, 2);
		if (at + 4 > page.len)
			return fail(reading, "its pages are not what they should be");
		struct text cell = {page.at + at, page.len - at};
		if (kind == PAGE_INNER ? !read_page(reading, read_big(cell.at, 4), depth + 1)
				       : !read_cell(reading, cell))
			return false;
	}
	return kind == PAGE_LEAF || read_page(reading, read_big(page.at + front + 8, 4), depth + 1);
}

struct schema {
	const char *table;
	uint64_t root; /* 0: not found */
};

/* type, name, table, root, text */
static bool find_table(void *data, const struct sqlite_value *values, size_t count)
{
	struct schema *schema = data;
	if (count >= 4 && text_is(values[0].bytes, "table") &&
	    text_is(values[1].bytes, schema->table) && values[3].is_number && values[3].number > 0)
		schema->root = (uint64_t)values[3].number;
	return schema->root == 0;
}

bool sqlite_read(struct text bytes, const char *table, sqlite_fn each, void *data, const char **why)
{
	static const char magic[] = "SQLite format 3";
	struct schema schema = {.table = table};
	struct reading reading = {.bytes = bytes, .each = find_table, .data = &schema};
	if (bytes.len < HEAD || memcmp(bytes.at, magic, sizeof(magic)) != 0) {
		*why = "it is no SQLite database";
		return false;
	}
	reading.page_size = (size_t)read_big(bytes.at + 16, 2);
	if (reading.page_size == 1)
		reading.page_size = 65536;
	reading.usable = reading.page_size - (unsigned char)bytes.at[20];
	if (reading.page_size < 512 || (reading.page_size & (reading.page_size - 1)) ||
	    reading.usable < 480) {
		*why = "its pages have no size that they may have";
		return false;
	}
	bool good = read_page(&reading, 1, 0) || reading.stopped;
	if (good && schema.root == 0)
		fail(&reading, "it has no such table");
	reading.each = each;
	reading.data = data;
	reading.stopped = false;
	good = !reading.why && (read_page(&reading, schema.root, 0) || reading.stopped);
	*why = reading.why;
	return good && !reading.why;
}
