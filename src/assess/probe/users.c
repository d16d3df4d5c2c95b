#include "assess/probe/account.h"
#include "assess/probe/answer.h"
#include "assess/probe/table.h"

enum field {
	FIELD_NAME,
	FIELD_USER,
	FIELD_UID,
	FIELD_GID,
	FIELD_GROUP,
	FIELD_GECOS,
	FIELD_HOME,
	FIELD_SHELL,
	FIELD_PASSWORD,
	FIELD_MALFORMED,
	FIELD_LINE,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"name", "name of the account", "root", .type = VALUE_TEXT},
	{"user", "the same, as events call it", "root", .type = VALUE_TEXT},
	{"uid", "its number", "0", .type = VALUE_INT},
	{"gid", "number of its primary group", "0", .type = VALUE_INT},
	{"group", "name of its primary group", "root", .type = VALUE_TEXT, .costly = true},
	{"gecos", "who it belongs to", "Ann Example", .type = VALUE_TEXT},
	{"home", "its home folder", "/root", .type = VALUE_TEXT},
	{"shell", "what runs at login", "/bin/bash", .type = VALUE_TEXT},
	{"password", "where its password is: shadow, none (an empty one), locked, or here",
	 "shadow", .type = VALUE_TEXT},
	{"malformed", "whether the line is not what passwd(5) asks for", "false",
	 .type = VALUE_BOOL},
	{"line", "the line, without a password", "root:x:0:0:root:/root:/bin/bash",
	 .type = VALUE_TEXT},
};

static const char *password_word(const struct account *account)
{
	struct text passwd = account->passwd;
	if (!passwd.at)
		return NULL;
	if (passwd.len == 0)
		return "none";
	if (text_is(passwd, "x"))
		return "shadow";
	return passwd.at[0] == '*' || passwd.at[0] == '!' ? "locked" : "here";
}

/* The line, with a hash in its second field left out. */
static struct text shown_line(struct gather *gather, const struct account *account)
{
	const char *word = password_word(account);
	if (!word || !text_is(text_of(word), "here"))
		return account->line;
	size_t after = (size_t)(account->passwd.at - account->line.at) + account->passwd.len;
	return text_of(arena_print(gather_arena(gather), "%.*s:(hidden)%.*s",
				   TEXT_ARG(account->name), (int)(account->line.len - after),
				   account->line.at + after));
}

static bool add_account(struct rows *rows, const struct account *account)
{
	struct text line = shown_line(rows->gather, account);
	struct value *values = rows_add(
		rows, (struct evidence){TEXT("/etc/passwd"), account->number, line});
	if (!values)
		return false;
	values[FIELD_NAME] = values[FIELD_USER] = value_text(VALUE_TEXT, account->name);
	if (account->has_uid)
		values[FIELD_UID] = value_number(VALUE_INT, account->uid);
	if (account->has_gid)
		values[FIELD_GID] = value_number(VALUE_INT, account->gid);
	if (account->has_gid && call_wants(rows->call, FIELD_GROUP))
		values[FIELD_GROUP] = value_text(VALUE_TEXT,
						 account_group(rows->gather, account->gid));
	values[FIELD_GECOS] = value_text(VALUE_TEXT, account->gecos);
	values[FIELD_HOME] = value_text(VALUE_TEXT, account->home);
	values[FIELD_SHELL] = value_text(VALUE_TEXT, account->shell);
	values[FIELD_PASSWORD] = value_text(VALUE_TEXT, text_of(password_word(account)));
	values[FIELD_MALFORMED] = value_bool(account->malformed);
	values[FIELD_LINE] = value_text(VALUE_TEXT, line);
	return true;
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	const struct accounts *accounts;
	struct text why;
	enum gather_answer read = account_read(gather, &accounts, &why);
	if (read == GATHER_MISSING)
		answer_skip(gather, answer, TEXT("there are no accounts: /etc/passwd is missing"));
	if (read == GATHER_FAILED)
		answer_fail(gather, answer, why);
	if (read != GATHER_OK)
		return;
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	for (size_t i = 0; i < accounts->count; i++)
		if (!add_account(&rows, &accounts->at[i]))
			return;
	rows_give(&rows);
}

const struct probe probe_users = {
	.name = "users",
	.help = "local accounts; also lines of /etc/passwd that are none (malformed:true)",
	.subject_help = "a query over the accounts",
	.subject_example = "uid:0",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.table = true,
	.reads = "/etc/passwd; /etc/group for the group's name",
	.privilege = "none",
	.cost = "one small file",
	.run = run,
};
