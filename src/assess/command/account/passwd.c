#include <inttypes.h>
#include <string.h>

#include "assess/command/account/base.h"
#include "assess/command/table.h"

#define DES_LEN 13       /* of the oldest hashes */
#define NEVER_DAYS 10000 /* from so many on a password is held to last */

/* What a line of shadow says; -1 where it says nothing. */
struct aging {
	struct text hash;
	bool there; /* it has a line in shadow */
	int64_t changed, least, most, warn, inactive, expires;
};

static int64_t number_of(struct text text)
{
	int64_t number;
	return text_to_i64(text, INT64_C(-100000000), INT64_C(100000000), &number) ? number : -1;
}

static enum look read_aging(struct said *said, struct text name, struct aging *aging)
{
	struct text line, fields[BASE_FIELDS_MAX];
	enum look look = base_find(said, "/etc/passwd", 0, name, &line);
	if (look != LOOK_OK)
		return look;
	base_split(line, fields, BASE_FIELDS_MAX);
	*aging = (struct aging){.hash = fields[1]};
	look = base_find(said, "/etc/shadow", 0, name, &line);
	if (look != LOOK_OK)
		return look == LOOK_NO ? LOOK_OK : look;
	base_split(line, fields, BASE_FIELDS_MAX);
	*aging = (struct aging){
		.hash = fields[1],
		.there = true,
		.changed = number_of(fields[2]),
		.least = number_of(fields[3]),
		.most = number_of(fields[4]),
		.warn = number_of(fields[5]),
		.inactive = number_of(fields[6]),
		.expires = number_of(fields[7]),
	};
	return LOOK_OK;
}

static void put_day(struct said *said, int64_t days, bool words)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	char date[TIME_TEXT_SIZE];
	if (days < 0) {
		said_text(said, TEXT("never"));
		return;
	}
	time_put(days * TIME_DAY_US, date);
	size_t month = (size_t)((date[5] - '0') * 10 + date[6] - '1');
	if (words)
		said_print(said, "%.3s %.2s, %.4s", months + 3 * month, date + 8, date);
	else
		said_print(said, "%.10s", date);
}

/* -------- passwd -S -------- */

static const struct option_word passwd_options[] = {
	{'S', "status", false}, {'a', "all", false}, {0, NULL, false}};

/* Red Hat's own passwd (up to 9) has other words than shadow's. */
static bool is_red_hat(struct said *said)
{
	struct text content, why, word;
	uint64_t version;
	if (gather_read(said->gather, TEXT("/etc/redhat-release"), &content, &why) != GATHER_OK)
		return false;
	while (text_word(&content, &word))
		if (text_is(word, "release") && text_word(&content, &word)) {
			struct text rest = word, major;
			return text_next(&rest, '.', &major) && text_to_u64(major, 0, 9, &version);
		}
	return false;
}

static void put_red_hat(struct said *said, const struct aging *aging)
{
	static const struct {
		const char *start, *status, *meaning;
	} kinds[] = {
		{"!", "LK", "Password locked."},
		{"$1$", "PS", "Password set, MD5 crypt."},
		{"$2", "PS", "Password set, blowfish crypt."},
		{"$5$", "PS", "Password set, SHA256 crypt."},
		{"$6$", "PS", "Password set, SHA512 crypt."},
		{"$", "PS", "Password set, unknown crypt variant."},
	};
	const char *status = "NP", *meaning = "Empty password.";
	char date[TIME_TEXT_SIZE];
	size_t i = 0;
	while (i < array_len(kinds) && !text_starts(aging->hash, kinds[i].start))
		i++;
	if (i < array_len(kinds)) {
		status = kinds[i].status;
		meaning = kinds[i].meaning;
	} else if (aging->hash.len >= DES_LEN) {
		status = "PS";
		meaning = "Password set, DES crypt.";
	} else if (aging->hash.len > 0) {
		status = "LK";
		meaning = "Alternate authentication scheme in use.";
	}
	time_put(aging->changed * TIME_DAY_US, date);
	said_print(said, " %s %.10s %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " (%s)\n", status,
		   date, aging->least, aging->most, aging->warn, aging->inactive, meaning);
}

static bool put_status(struct said *said, struct text name)
{
	struct aging aging;
	enum look look = read_aging(said, name, &aging);
	if (look == LOOK_NO) {
		buf_print(&said->err, "passwd: user '%.*s' does not exist\n", TEXT_ARG(name));
		said->exit = 1;
	}
	if (look != LOOK_OK)
		return look == LOOK_NO;
	bool locked = aging.hash.len > 0 && (aging.hash.at[0] == '!' || aging.hash.at[0] == '*');
	said_text(said, name);
	if (aging.there && is_red_hat(said)) {
		put_red_hat(said, &aging);
		return true;
	}
	said_print(said, " %s", aging.hash.len == 0 ? "NP" : locked ? "L" : "P");
	if (aging.there) {
		said_char(said, ' ');
		put_day(said, aging.changed, false);
		said_print(said, " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64, aging.least,
			   aging.most, aging.warn, aging.inactive);
	}
	said_char(said, '\n');
	return true;
}

static bool put_all(struct said *said)
{
	struct text content, line, fields[BASE_FIELDS_MAX];
	const char *fault;
	enum look look = look_read(said, TEXT("/etc/passwd"), &content, &fault);
	while (look == LOOK_OK && text_next(&content, '\n', &line))
		if (base_split(line, fields, BASE_FIELDS_MAX) == 7 && fields[0].len > 0 &&
		    !put_status(said, fields[0]))
			return false;
	return look != LOOK_FAILED;
}

static bool answer_passwd(const struct native_call *call, struct native_answer *answer)
{
	struct args args = {.call = call, .options = passwd_options};
	struct text value, who = {0};
	bool status = false, all = false;
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;) {
		if (letter == ARGS_UNKNOWN || (letter == ARGS_OPERAND && who.at))
			return false;
		status |= letter == 'S';
		all |= letter == 'a';
		if (letter == ARGS_OPERAND)
			who = value;
	}
	if (!status || (all && who.at))
		return false; /* anything else would change it */
	if (!call->gather)
		return true;
	scoped(said_end) struct said said = said_begin(call, answer);
	bool good = all ? put_all(&said) : put_status(&said, who.at ? who : TEXT("root"));
	return !good || said_give(&said);
}

/* -------- chage -l -------- */

static const struct option_word chage_options[] = {{'l', "list", false}, {0, NULL, false}};

static void put_chage(struct said *said, const struct aging *aging)
{
	bool must_change = aging->changed == 0;
	bool lasts = aging->changed < 0 || aging->most < 0 || aging->most >= NEVER_DAYS;
	said_text(said, TEXT("Last password change\t\t\t\t\t: "));
	if (must_change)
		said_text(said, TEXT("password must be changed"));
	else
		put_day(said, aging->changed, true);
	said_text(said, TEXT("\nPassword expires\t\t\t\t\t: "));
	if (must_change)
		said_text(said, TEXT("password must be changed"));
	else
		put_day(said, lasts ? -1 : aging->changed + aging->most, true);
	said_text(said, TEXT("\nPassword inactive\t\t\t\t\t: "));
	if (must_change)
		said_text(said, TEXT("password must be changed"));
	else
		put_day(said,
			lasts || aging->inactive < 0
				? -1
				: aging->changed + aging->most + aging->inactive,
			true);
	said_text(said, TEXT("\nAccount expires\t\t\t\t\t\t: "));
	put_day(said, aging->expires, true);
	said_print(said, "\nMinimum number of days between password change\t\t: %" PRId64,
		   aging->least);
	said_print(said, "\nMaximum number of days between password change\t\t: %" PRId64,
		   aging->most);
	said_print(said, "\nNumber of days of warning before password expires\t: %" PRId64 "\n",
		   aging->warn);
}

static bool answer_chage(const struct native_call *call, struct native_answer *answer)
{
	struct args args = {.call = call, .options = chage_options};
	struct text value, who = {0};
	bool list = false;
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;) {
		if (letter == ARGS_UNKNOWN || (letter == ARGS_OPERAND && who.at))
			return false;
		list |= letter == 'l';
		if (letter == ARGS_OPERAND)
			who = value;
	}
	if (!list || !who.at)
		return false;
	if (!call->gather)
		return true;
	scoped(said_end) struct said said = said_begin(call, answer);
	struct aging aging;
	enum look look = read_aging(&said, who, &aging);
	if (look == LOOK_FAILED)
		return true;
	if (look == LOOK_OK && !aging.there)
		aging = (struct aging){.changed = -1,
				       .least = -1,
				       .most = -1,
				       .warn = -1,
				       .inactive = -1,
				       .expires = -1};
	if (look == LOOK_OK) {
		put_chage(&said, &aging);
	} else {
		buf_print(&said.err, "chage: user '%.*s' does not exist in /etc/passwd\n",
			  TEXT_ARG(who));
		said.exit = 1;
	}
	return said_give(&said);
}

/* -------- useradd -D -------- */

static struct text last_value(struct text content, const char *key, const char *otherwise)
{
	struct text line, found = text_of(otherwise);
	size_t len = strlen(key);
	while (text_next(&content, '\n', &line))
		if (text_starts(line, key))
			found = (struct text){line.at + len, line.len - len};
	return found;
}

static bool answer_useradd(const struct native_call *call, struct native_answer *answer)
{
	static const struct {
		const char *key, *otherwise;
	} keys[] = {
		{"GROUP=", "100"},
		{"HOME=", "/home"},
		{"INACTIVE=", "-1"},
		{"EXPIRE=", ""},
		{"SHELL=", "/bin/bash"},
		{"SKEL=", "/etc/skel"},
		{"CREATE_MAIL_SPOOL=", "no"},
		{"LOG_INIT=", "yes"},
	};
	struct text content;
	const char *fault;
	uint32_t gid;
	uint64_t number;
	if (call->argc != 2 ||
	    (!text_is(call->argv[1], "-D") && !text_is(call->argv[1], "--defaults")))
		return false;
	if (!call->gather)
		return true;
	scoped(said_end) struct said said = said_begin(call, answer);
	enum look look = look_read(&said, TEXT("/etc/default/useradd"), &content, &fault);
	if (look == LOOK_FAILED)
		return true;
	for (size_t i = 0; i < array_len(keys); i++) {
		struct text value = last_value(look == LOOK_OK ? content : TEXT(""), keys[i].key,
					       keys[i].otherwise);
		said_text(&said, text_of(keys[i].key));
		if (i == 0 && !text_to_u64(value, 0, UINT32_MAX, &number) &&
		    owner_find_group(call->gather, value, &gid))
			said_print(&said, "%" PRIu32, gid);
		else
			said_text(&said, value);
		said_char(&said, '\n');
	}
	return said_give(&said);
}

const struct native native_passwd = {
	.program = "passwd",
	.forms = "-S [-a | USER]",
	.reads = "/etc/passwd, /etc/shadow, /etc/redhat-release",
	.prints =
		"name, L, NP or P, day of the last change, ages; up to Red Hat 9 that one's words",
	.answer = answer_passwd,
};

const struct native native_chage = {
	.program = "chage",
	.forms = "-l USER",
	.reads = "/etc/passwd, /etc/shadow",
	.prints = "seven lines about the password's age",
	.answer = answer_chage,
};

const struct native native_useradd = {
	.program = "useradd",
	.forms = "-D",
	.reads = "/etc/default/useradd, /etc/group",
	.prints = "the defaults for new users",
	.answer = answer_useradd,
};
