#include "assess/probe/answer.h"
#include "assess/probe/table.h"

#define PARTS 9            /* shadow(5) */
#define DAYS_MAX 100000000 /* of a number of days; beyond: as if it were not there */

enum field {
	FIELD_USER,
	FIELD_ALGORITHM,
	FIELD_HASHED,
	FIELD_LOCKED,
	FIELD_EMPTY,
	FIELD_CHANGED,
	FIELD_AGE,
	FIELD_MIN_AGE,
	FIELD_MAX_AGE,
	FIELD_WARN,
	FIELD_INACTIVE,
	FIELD_EXPIRES,
	FIELD_MALFORMED,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"user", "name of the account", "root", .type = VALUE_TEXT},
	{"algorithm",
	 "how the password is hashed: yescrypt, gost-yescrypt, scrypt, bcrypt, sha512, sha256, "
	 "sm3, sha1, md5, sunmd5, nt, bsdi, des or unknown; nothing where there is no hash",
	 "yescrypt", .type = VALUE_TEXT},
	{"hashed", "whether there is a hash, also behind a lock", "true", .type = VALUE_BOOL},
	{"locked", "whether no password opens it: a ! or * in front, or what is no hash", "false",
	 .type = VALUE_BOOL},
	{"empty", "whether it opens without a password", "false", .type = VALUE_BOOL},
	{"changed", "the day of the last change; 1970-01-01 asks for one at the next login",
	 "2026-11-24", .type = VALUE_TIME},
	{"age", "how long ago that was", "90d", .type = VALUE_SPAN},
	{"min_age", "how long a password must be kept", "1d", .type = VALUE_SPAN},
	{"max_age", "how long it may be kept", "365d", .type = VALUE_SPAN},
	{"warn", "how long before its end there is a warning", "7d", .type = VALUE_SPAN},
	{"inactive", "how long behind its end the account still opens", "30d", .type = VALUE_SPAN},
	{"expires", "the day on which the account ends", "2027-01-01", .type = VALUE_TIME},
	{"malformed", "whether the line is not what shadow(5) asks for", "false",
	 .type = VALUE_BOOL},
};

/* By crypt(5), what a hash begins with; longer beginnings first. */
static const struct {
	const char *start, *name;
} algorithms[] = {
	{"$y$", "yescrypt"}, {"$gy$", "gost-yescrypt"},
	{"$7$", "scrypt"},   {"$2a$", "bcrypt"},
	{"$2b$", "bcrypt"},  {"$2x$", "bcrypt"},
	{"$2y$", "bcrypt"},  {"$6$", "sha512"},
	{"$5$", "sha256"},   {"$sm3$", "sm3"},
	{"$sha1", "sha1"},   {"$1$", "md5"},
	{"$md5", "sunmd5"},  {"$3$", "nt"},
	{"_", "bsdi"},
};

static bool is_crypt_text(struct text text)
{
	for (size_t i = 0; i < text.len; i++) {
		char c = text.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!letter && !(c >= '.' && c <= '9')) /* . / 0 … 9 */
			return false;
	}
	return true;
}

/* What hashed it; NULL: that is no hash. */
static const char *algorithm_of(struct text hash)
{
	for (size_t i = 0; i < array_len(algorithms); i++)
		if (text_starts(hash, algorithms[i].start))
			return algorithms[i].name;
	if (hash.len == 13 && is_crypt_text(hash))
		return "des";
	return text_starts(hash, "$") ? "unknown" : NULL;
}

static void put_day(struct value *value, struct text text)
{
	uint64_t days;
	if (text_to_u64(text, 0, DAYS_MAX, &days))
		*value = value_number(VALUE_TIME, (int64_t)days * TIME_DAY_US);
}

static void put_span(struct value *value, struct text text)
{
	uint64_t days;
	if (text_to_u64(text, 0, DAYS_MAX, &days))
		*value = value_number(VALUE_SPAN, (int64_t)days * TIME_DAY_US);
}

/* A number of days, or nothing; -1 is nothing too. */
static bool is_days(struct text text)
{
	uint64_t days;
	return text.len == 0 || text_is(text, "-1") || text_to_u64(text, 0, DAYS_MAX, &days);
}

static size_t split(struct text line, struct text parts[static PARTS])
{
	struct text rest = line;
	size_t count = 0;
	bool ends_open = text_ends(line, ":");
	for (struct text part; text_next(&rest, ':', &part); count++)
		if (count < PARTS)
			parts[count] = part;
	return count + ends_open;
}

static void put_password(struct value *values, struct text password, bool has_password)
{
	struct text hash = password;
	while (hash.len > 0 && (hash.at[0] == '!' || hash.at[0] == '*'))
		hash = (struct text){hash.at + 1, hash.len - 1};
	const char *algorithm = algorithm_of(hash);
	values[FIELD_HASHED] = value_bool(algorithm != NULL);
	values[FIELD_EMPTY] = value_bool(has_password && password.len == 0);
	values[FIELD_LOCKED] = value_bool(password.len > 0 &&
					  (!algorithm || hash.len != password.len));
	if (algorithm)
		values[FIELD_ALGORITHM] = value_text(VALUE_TEXT, text_of(algorithm));
}

static void put_days(struct value *values, const struct text parts[static PARTS], int64_t now_us)
{
	put_day(&values[FIELD_CHANGED], parts[2]);
	if (values[FIELD_CHANGED].type == VALUE_TIME)
		values[FIELD_AGE] = value_number(VALUE_SPAN, now_us - values[FIELD_CHANGED].number);
	put_span(&values[FIELD_MIN_AGE], parts[3]);
	put_span(&values[FIELD_MAX_AGE], parts[4]);
	put_span(&values[FIELD_WARN], parts[5]);
	put_span(&values[FIELD_INACTIVE], parts[6]);
	put_day(&values[FIELD_EXPIRES], parts[7]);
}

static bool add_line(struct rows *rows, uint64_t number, struct text line)
{
	struct text parts[PARTS] = {{0}};
	size_t count = split(line, parts);
	bool good = count == PARTS && parts[0].len > 0 && parts[0].at[0] != '+' &&
		    parts[0].at[0] != '-';
	for (size_t i = 2; i < PARTS - 1; i++)
		good &= is_days(parts[i]);
	struct value *values = rows_add(
		rows, (struct evidence){.path = TEXT("/etc/shadow"), .line = number});
	if (!values)
		return false;
	/* A line without a colon may be a hash that lost its name. */
	struct text name = count > 1 ? arena_text(gather_arena(rows->gather), parts[0]) : TEXT("");
	values[FIELD_USER] = value_text(VALUE_TEXT, name);
	put_password(values, parts[1], count > 1);
	put_days(values, parts, gather_now_us(rows->gather));
	values[FIELD_MALFORMED] = value_bool(!good);
	bool locked = values[FIELD_LOCKED].number, empty = values[FIELD_EMPTY].number;
	rows->at[rows->count - 1].where.text = print_text(
		rows->gather, "%.*s: %s%.*s", TEXT_ARG(name),
		locked  ? "locked, "
		: empty ? "no password"
			: "",
		TEXT_ARG(values[FIELD_ALGORITHM].text.at ? values[FIELD_ALGORITHM].text
							 : TEXT("no hash")));
	return true;
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct text content, why, line;
	enum gather_answer read = gather_read(gather, TEXT("/etc/shadow"), &content, &why);
	if (read == GATHER_MISSING)
		answer_skip(gather, answer,
			    TEXT("passwords are not kept here: /etc/shadow is missing"));
	if (read == GATHER_FAILED)
		answer_fail(gather, answer, why);
	if (read != GATHER_OK)
		return;
	for (uint64_t number = 1; text_next(&content, '\n', &line); number++)
		if (text_trim(line).len > 0 && !add_line(&rows, number, line))
			return;
	rows_give(&rows);
}

const struct probe probe_shadow = {
	.name = "shadow",
	.help = "passwords of local accounts: how they are hashed, locked and aged; never the hash",
	.subject_help = "a query over the accounts",
	.subject_example = "empty:true",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.table = true,
	.reads = "/etc/shadow",
	.privilege = "to read /etc/shadow: root, the group shadow or CAP_DAC_READ_SEARCH",
	.cost = "one small file",
	.run = run,
};
