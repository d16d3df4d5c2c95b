#include "told.h"

#define PAGE 512
#define DATABASE "/var/lib/rpm/rpmdb.sqlite"

/* -------- a database -------- */

struct made {
	unsigned char bytes[8 * PAGE];
	size_t len;
};

static void put_big(unsigned char *at, uint64_t number, size_t len)
{
	for (size_t i = 0; i < len; i++)
		at[i] = (unsigned char)(number >> 8 * (len - 1 - i));
}

static void put_varint(struct buf *out, uint64_t number)
{
	if (number >= 128)
		buf_char(out, (char)(128 | number >> 7));
	buf_char(out, (char)(number & 127));
}

/* A package's header: tags of text, and the epoch 2 where it is wanted. */
static void put_header(struct buf *out, const char *name, const char *version, const char *arch,
		       bool epoch, size_t padding)
{
	const struct {
		uint32_t tag;
		const char *text;
	} tags[] = {{1000, name}, {1001, version}, {1002, "1.el9"}, {1022, arch}};
	scoped(buf_end) struct buf data = {0}, entries = {0};
	unsigned char four[4];
	uint32_t count = 0;
	for (size_t i = 0; i < array_len(tags) + epoch; i++) {
		bool text = i < array_len(tags);
		if (text && !tags[i].text)
			continue;
		const uint32_t entry[] = {text ? tags[i].tag : 1003, text ? 6 : 4,
					  (uint32_t)data.len, 1};
		for (size_t j = 0; j < 4; j++) {
			put_big(four, entry[j], 4);
			buf_add(&entries, four, 4);
		}
		if (text)
			buf_add(&data, tags[i].text, strlen(tags[i].text) + 1);
		else
			buf_add(&data, "\0\0\0\2", 4);
		count++;
	}
	for (size_t i = 0; i < padding; i++)
		buf_char(&data, 'x');
	put_big(four, count, 4);
	buf_add(out, four, 4);
	put_big(four, data.len, 4);
	buf_add(out, four, 4);
	buf_text(out, buf_view(&entries));
	buf_text(out, buf_view(&data));
}

/* The row "NULL, blob" at the end of the free part of page 2; what is too long goes on in page 3.
 */
static void put_row(struct made *made, size_t *end, size_t number, struct text blob)
{
	scoped(buf_end) struct buf record = {0}, cell = {0};
	unsigned char *page = made->bytes + PAGE;
	put_varint(&record, 12 + 2 * blob.len < 128 ? 3 : 4);
	put_varint(&record, 0);
	put_varint(&record, 12 + 2 * blob.len);
	buf_text(&record, blob);
	size_t local = record.len, least = (PAGE - 12) * 32 / 255 - 23;
	if (record.len > PAGE - 35) {
		local = least + (record.len - least) % (PAGE - 4);
		local = local <= PAGE - 35 ? local : least;
	}
	put_varint(&cell, record.len);
	put_varint(&cell, number);
	buf_add(&cell, record.at, local);
	if (local < record.len) {
		unsigned char next[4] = {0, 0, 0, 3};
		buf_add(&cell, next, 4);
		must(record.len - local <= PAGE - 4);
		memcpy(made->bytes + 2 * PAGE + 4, record.at + local, record.len - local);
	}
	*end -= cell.len;
	memcpy(page + *end, cell.at, cell.len);
	put_big(page + 8 + 2 * (number - 1), *end, 2);
	put_big(page + 3, number, 2);
}

static void make(struct made *made)
{
	static const char sql[] = "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY,blob BLOB)";
	scoped(buf_end) struct buf cell = {0};
	unsigned char *page = made->bytes;
	size_t end = PAGE;
	*made = (struct made){.len = 3 * PAGE};
	memcpy(page, "SQLite format 3", 16);
	put_big(page + 16, PAGE, 2);
	page[100] = page[PAGE] = 0x0d;
	put_big(page + 103, 1, 2);
	/* type, name, table, root, text */
	const size_t body = 5 + 8 + 8 + 1 + sizeof(sql) - 1;
	put_varint(&cell, 7 + body);
	put_varint(&cell, 1);
	put_varint(&cell, 7);
	put_varint(&cell, 13 + 2 * 5);
	put_varint(&cell, 13 + 2 * 8);
	put_varint(&cell, 13 + 2 * 8);
	put_varint(&cell, 1);
	put_varint(&cell, 13 + 2 * (sizeof(sql) - 1));
	buf_cstr(&cell, "tablePackagesPackages\2");
	buf_cstr(&cell, sql);
	memcpy(page + PAGE - cell.len, cell.at, cell.len);
	put_big(page + 108, PAGE - cell.len, 2);

	scoped(buf_end) struct buf one = {0}, two = {0}, key = {0};
	put_header(&one, "bash", "5.1.8", "x86_64", false, 460);
	put_header(&two, "audit", "3.1", "x86_64", true, 0);
	put_header(&key, "gpg-pubkey", "fd43", NULL, false, 0);
	put_row(made, &end, 1, buf_view(&one));
	put_row(made, &end, 2, buf_view(&two));
	put_row(made, &end, 3, buf_view(&key));
}

static struct told tell(struct text database, const char *more)
{
	struct err err = {0};
	const struct told_file files[] = {
		{"/usr/bin/rpm", "x"}, {more ? more : "/x", "x"}, {NULL, NULL}};
	struct told told = told_begin(files, false);
	struct fixture_file file = {
		.path = TEXT(DATABASE), .kind = GATHER_FILE, .mode = 0644, .content = database};
	assert_true(!database.at || fixture_add(told.fixture, &file, &err));
	return told;
}

test(lists_packages_as_rpm_does)
{
	static const struct told_case cases[] = {
		{"rpm -q bash", "bash-5.1.8-1.el9.x86_64\n||0"},
		{"rpm -q nope audit-3.1 bash.x86_64 no",
		 "package nope is not installed\naudit-3.1-1.el9.x86_64\nbash-5.1.8-1.el9.x86_64\n"
		 "package no is not installed\n||2"},
		{"rpm -q audit-2:3.1-1.el9", "audit-3.1-1.el9.x86_64\n||0"},
		{"rpm -qa", "bash-5.1.8-1.el9.x86_64\naudit-3.1-1.el9.x86_64\n"
			    "gpg-pubkey-fd43-1.el9\n||0"},
		{"rpm -qa a* mcstrans", "audit-3.1-1.el9.x86_64\n||0"},
		{"rpm -qa mcstrans", "||0"},
		{"rpm -q --qf %{NAME}|%{epoch}|%{VENDOR}\\\\n audit gpg-pubkey",
		 "audit|2|(none)\ngpg-pubkey|(none)|(none)\n||0"},
		{"rpm -V bash", "unknown"},
		{"rpm -q /bin/sh", "unknown"},
		{"rpm -q --qf %{FOO} bash", "unknown"},
		{NULL, NULL}};
	static struct made made;
	make(&made);
	struct told told = tell((struct text){(const char *)made.bytes, made.len}, NULL);
	for (const struct told_case *it = cases; it->line; it++)
		assert_string_equal(told_line(&told, it->line), it->says);
	told_end(&told);
}

test(databases_that_are_none_are_errors)
{
	static struct made made;
	for (size_t at = 0; at < 3 * PAGE; at += 7) {
		make(&made);
		made.bytes[at] ^= 0xff;
		struct told told = tell((struct text){(const char *)made.bytes, made.len}, NULL);
		const char *says = told_line(&told, "rpm -qa");
		assert_true(strstr(says, "||0") || strncmp(says, "error: ", 7) == 0);
		told_end(&told);
	}
	for (size_t len = 0; len < 3 * PAGE; len += 100) {
		make(&made);
		struct told told = tell((struct text){(const char *)made.bytes, len}, NULL);
		assert_int_equal(strncmp(told_line(&told, "rpm -qa"), "error: ", 7), 0);
		told_end(&told);
	}
	make(&made);
	put_big(made.bytes + 2 * PAGE, 3, 4); /* a page that goes on in itself */
	put_big(made.bytes + PAGE + 3, 60000, 2);
	struct told told = tell((struct text){(const char *)made.bytes, made.len}, NULL);
	assert_int_equal(strncmp(told_line(&told, "rpm -qa"), "error: ", 7), 0);
	told_end(&told);
}

test(other_databases_are_said_to_be_unread)
{
	struct told told = tell((struct text){0}, NULL);
	assert_string_equal(told_line(&told, "rpm -q bash"), "package bash is not installed\n||1");
	told_end(&told);
	told = tell((struct text){0}, "/var/lib/rpm/Packages");
	assert_int_equal(strncmp(told_line(&told, "rpm -q bash"), "skip: ", 6), 0);
	told_end(&told);
	static struct made made;
	make(&made);
	told = tell((struct text){(const char *)made.bytes, made.len}, DATABASE "-wal");
	assert_string_equal(told_line(&told, "rpm -q bash"),
			    "error: rpm's database has a log of writes that aren't in it yet");
	told_end(&told);
}
