#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

#include "assess/host/account/utmp.h"
#include "assess/probe/account.h"
#include "assess/probe/answer.h"
#include "assess/probe/table.h"
#include "base/buf.h"
#include "format/quantity.h"

#define GUESS_RECORDS 256 /* of wtmp and its like that are looked at to tell their layout */

static const char *const sources[] = {"wtmp", "btmp", "utmp", "lastlog", NULL};

static const struct probe_param params[] = {
	{.name = "source",
	 .help = "only these records: wtmp (logins since it was rotated), btmp (failed ones), utmp "
		 "(who is in now), lastlog (each account's last); without it, all",
	 .example = "btmp",
	 .kind = PARAM_WORD,
	 .choices = sources},
	{.name = "since",
	 .help = "only what happened within this time",
	 .example = "30d",
	 .kind = PARAM_SPAN},
};

enum field {
	FIELD_KIND,
	FIELD_SOURCE,
	FIELD_USER,
	FIELD_KNOWN,
	FIELD_TERMINAL,
	FIELD_ADDRESS,
	FIELD_HOST,
	FIELD_TIME,
	FIELD_AGE,
	FIELD_PID,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"kind",
	 "login, logout, failed, last (of lastlog), boot, shutdown, runlevel, clock, init, getty, "
	 "or malformed (no whole record)",
	 "login", .type = VALUE_TEXT},
	{"source", "wtmp, btmp, utmp or lastlog", "wtmp", .type = VALUE_TEXT},
	{"user",
	 "the account's name; of a failed login nothing where there is no such account: people "
	 "type passwords there",
	 "root", .type = VALUE_TEXT},
	{"known", "whether there is such an account in /etc/passwd", "true", .type = VALUE_BOOL},
	{"terminal", "the terminal, or the program that let in", "pts/0", .type = VALUE_TEXT},
	{"address", "where from, as an address", "192.0.2.7", .type = VALUE_ADDRESS},
	{"host", "where from, as it was written", "192.0.2.7", .type = VALUE_TEXT},
	{"time", "when", "2026-11-24T08:14:04Z", .type = VALUE_TIME},
	{"age", "how long ago that was", "2h", .type = VALUE_SPAN},
	{"pid", "of which process", "812", .type = VALUE_INT},
};

static const struct source {
	const char *path, *database; /* where newer systems keep the same, in SQLite */
	enum utmp_layout narrow, wide;
} places[] = {
	{"/var/log/wtmp", "/var/lib/wtmpdb/wtmp.db", UTMP_384, UTMP_400},
	{"/var/log/btmp", NULL, UTMP_384, UTMP_400},
	{"/run/utmp", NULL, UTMP_384, UTMP_400},
	{"/var/log/lastlog", "/var/lib/lastlog/lastlog2.db", LASTLOG_292, LASTLOG_296},
};

#define BTMP 1
#define LASTLOG 3

/* -------- records as they stream by -------- */

struct stream {
	enum utmp_layout layout;
	struct buf carry; /* the beginning of a record whose end has not come */
	uint64_t count;
	bool (*each)(struct stream *stream, struct text bytes); /* false: enough */
	void *data;
};

static void end_stream(struct stream *stream)
{
	buf_end(&stream->carry);
}

static bool take_piece(void *data, struct text piece)
{
	struct stream *stream = data;
	size_t size = utmp_size(stream->layout);
	while (piece.len > 0) {
		size_t want = size - stream->carry.len;
		size_t len = piece.len < want ? piece.len : want;
		struct text record = {piece.at, len};
		if (len < size) {
			buf_add(&stream->carry, piece.at, len);
			record = buf_view(&stream->carry);
		}
		piece = (struct text){piece.at + len, piece.len - len};
		if (record.len < size)
			return true;
		stream->count++;
		if (!stream->each(stream, record))
			return false;
		buf_clear(&stream->carry);
	}
	return true;
}

static bool count_likely(struct stream *stream, struct text bytes)
{
	*(uint64_t *)stream->data += utmp_is_likely(bytes, stream->layout);
	return stream->count < GUESS_RECORDS || stream->layout == LASTLOG_292 ||
	       stream->layout == LASTLOG_296; /* its records stand far apart */
}

static enum gather_answer guess(struct gather *gather, const struct source *source,
				enum utmp_layout *layout, struct text *why)
{
	const enum utmp_layout both[] = {source->narrow, source->wide};
	uint64_t likely[2] = {0, 0};
	for (size_t i = 0; i < 2; i++) {
		scoped(end_stream) struct stream stream = {
			.layout = both[i], .each = count_likely, .data = &likely[i]};
		enum gather_answer answer = gather_stream(gather, text_of(source->path), take_piece,
							  &stream, why);
		if (answer != GATHER_OK)
			return answer;
	}
	*layout = likely[1] > likely[0] ? source->wide : source->narrow;
	return GATHER_OK;
}

/* -------- rows -------- */

struct reading {
	struct rows *rows;
	const struct accounts *accounts;
	const struct source *source;
	int64_t since_us;
	bool failed;
};

static const char *kind_of(const struct reading *reading, const struct utmp_record *record)
{
	static const char *const kinds[] = {"empty", "runlevel", "boot",  "clock",  "clock",
					    "init",  "getty",    "login", "logout", "accounting"};
	if (reading->source == &places[LASTLOG])
		return "last";
	if (reading->source == &places[BTMP] && (record->type == 6 || record->type == 7))
		return "failed";
	if (record->type == 1 && text_is(record->user, "shutdown"))
		return "shutdown";
	return kinds[record->type];
}

static const struct account *find_account(const struct reading *reading, struct text name,
					  uint64_t uid)
{
	for (size_t i = 0; i < reading->accounts->count; i++) {
		const struct account *account = &reading->accounts->at[i];
		if (name.at ? text_is_equal(account->name, name)
			    : account->has_uid && account->uid == uid)
			return account;
	}
	return NULL;
}

static void put_address(struct gather *gather, struct value *value,
			const struct utmp_record *record)
{
	static const unsigned char none[16] = {0};
	char shown[INET6_ADDRSTRLEN];
	struct address address;
	bool four = memcmp(record->address + 4, none, 12) == 0;
	if (memcmp(record->address, none, 16) != 0) {
		must(inet_ntop(four ? AF_INET : AF_INET6, record->address, shown, sizeof(shown)));
		*value = value_text(VALUE_ADDRESS,
				    text_of(arena_cstr(gather_arena(gather), shown)));
	} else if (record->host.len > 0 && quantity_read_address(record->host, &address)) {
		*value = value_text(VALUE_ADDRESS, arena_text(gather_arena(gather), record->host));
	}
}

/* What is told of a name that was typed: only one that is an account's. */
static void put_user(struct reading *reading, struct value *values,
		     const struct utmp_record *record, uint64_t number)
{
	struct gather *gather = reading->rows->gather;
	bool lastlog = reading->source == &places[LASTLOG];
	struct text name = lastlog ? (struct text){0} : record->user;
	const struct account *account = find_account(reading, name, number - 1);
	if (account)
		name = account->name;
	else if (lastlog)
		name = text_of(arena_print(gather_arena(gather), "%" PRIu64, number - 1));
	else if (reading->source == &places[BTMP])
		name = (struct text){0};
	if (name.len > 0)
		values[FIELD_USER] = value_text(VALUE_TEXT, arena_text(gather_arena(gather), name));
	values[FIELD_KNOWN] = value_bool(account != NULL);
}

static bool add_row(struct reading *reading, const char *kind, uint64_t number,
		    struct value **values)
{
	struct evidence where = {text_of(reading->source->path), number, text_of(kind)};
	*values = rows_add(reading->rows, where);
	if (!*values) {
		reading->failed = true;
		return false;
	}
	(*values)[FIELD_KIND] = value_text(VALUE_TEXT, text_of(kind));
	(*values)[FIELD_SOURCE] = value_text(VALUE_TEXT,
					     text_of(sources[reading->source - places]));
	return true;
}

static void put_text(struct gather *gather, struct value *value, struct text text)
{
	if (text.len > 0)
		*value = value_text(VALUE_TEXT, arena_text(gather_arena(gather), text));
}

static bool add_record(struct reading *reading, const struct utmp_record *record, uint64_t number)
{
	struct gather *gather = reading->rows->gather;
	struct value *values;
	const char *kind = kind_of(reading, record);
	if (!add_row(reading, kind, number, &values))
		return false;
	put_user(reading, values, record, number);
	put_text(gather, &values[FIELD_TERMINAL], record->terminal);
	put_text(gather, &values[FIELD_HOST], record->host);
	put_address(gather, &values[FIELD_ADDRESS], record);
	values[FIELD_TIME] = value_number(VALUE_TIME, record->at_us);
	values[FIELD_AGE] = value_number(VALUE_SPAN, gather_now_us(gather) - record->at_us);
	if (record->pid > 0)
		values[FIELD_PID] = value_number(VALUE_INT, record->pid);
	reading->rows->at[reading->rows->count - 1].where.text = print_text(
		gather, "%s %.*s %.*s %.*s", kind, TEXT_ARG(values[FIELD_USER].text),
		TEXT_ARG(values[FIELD_TERMINAL].text), TEXT_ARG(values[FIELD_HOST].text));
	return true;
}

static bool take_record(struct stream *stream, struct text bytes)
{
	struct reading *reading = stream->data;
	struct utmp_record record;
	struct value *values;
	bool good = utmp_parse(bytes, stream->layout, &record);
	if (record.is_empty || (good && record.type == 0 && reading->source != &places[LASTLOG]))
		return true;
	if (!good)
		return add_row(reading, "malformed", stream->count, &values);
	return record.at_us < reading->since_us || add_record(reading, &record, stream->count);
}

static bool read_source(struct reading *reading, bool *there)
{
	struct gather *gather = reading->rows->gather;
	struct text why, path = text_of(reading->source->path);
	scoped(end_stream) struct stream stream = {.each = take_record, .data = reading};
	struct value *values;
	gather_depends_add(gather, path);
	enum gather_answer answer = guess(gather, reading->source, &stream.layout, &why);
	if (answer == GATHER_OK)
		answer = gather_stream(gather, path, take_piece, &stream, &why);
	if (answer == GATHER_FAILED)
		return answer_fail(gather, reading->rows->answer, why);
	*there |= answer == GATHER_OK;
	if (reading->failed)
		return false;
	/* what is left is half a record: it is being written, or was cut off */
	return stream.carry.len == 0 || add_row(reading, "malformed", stream.count + 1, &values);
}

/* Where logins are kept in a database, the old file says nothing of today. */
static bool refuse_database(struct reading *reading)
{
	struct gather *gather = reading->rows->gather;
	struct gather_stat stat;
	struct text why;
	const char *database = reading->source->database;
	if (!database || gather_stat(gather, text_of(database), true, &stat, &why) != GATHER_OK)
		return true;
	return answer_skip(
		gather, reading->rows->answer,
		print_text(gather,
			   "logins are kept in %s here, an SQLite database, which is not "
			   "read; see source for what else there is",
			   database));
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct text only = call_text(call, "source"), why;
	int64_t since = call_number(call, "since", INT64_MAX);
	struct reading reading = {.rows = &rows,
				  .since_us = gather_now_us(gather) > INT64_MIN + since
						      ? gather_now_us(gather) - since
						      : INT64_MIN};
	bool there = false;
	if (account_read(gather, &reading.accounts, &why) == GATHER_FAILED) {
		answer_fail(gather, answer, why);
		return;
	}
	for (size_t i = 0; i < array_len(places); i++) {
		reading.source = &places[i];
		if (only.at && !text_is(only, sources[i]))
			continue;
		if (!refuse_database(&reading) || !read_source(&reading, &there))
			return;
	}
	if (!there)
		answer_skip(gather, answer,
			    TEXT("logins are not recorded here: there is no such file as "
				 "/var/log/wtmp"));
	else
		rows_give(&rows);
}

const struct probe probe_logins = {
	.name = "logins",
	.help = "who logged in, from where and when, and who failed to; also boots",
	.subject_help = "a query over the records",
	.subject_example = "kind:login and user:root and time > now-7d",
	.params = params,
	.param_count = array_len(params),
	.fields = fields,
	.field_count = FIELD_COUNT,
	.table = true,
	.reads = "/var/log/wtmp, /var/log/btmp, /run/utmp, /var/log/lastlog, as binary files; no "
		 "older ones (wtmp.1), no journal, no SQLite database (wtmpdb, lastlog2)",
	.privilege = "root or the group utmp, for failed logins",
	.cost = "the files are read whole, up to 1 GiB each; more than 100000 rows are an error: "
		"say since",
	.run = run,
};
