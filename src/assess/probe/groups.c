#include "assess/probe/account.h"
#include "assess/probe/answer.h"
#include "assess/probe/table.h"

#define MEMBERS_MAX 100000 /* of one group */
#define PARTS 4            /* group(5): name:password:number:members */

enum field {
	FIELD_NAME,
	FIELD_GROUP,
	FIELD_GID,
	FIELD_MEMBERS,
	FIELD_PRIMARY,
	FIELD_MALFORMED,
	FIELD_LINE,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"name", "name of the group", "sudo", .type = VALUE_TEXT},
	{"group", "the same, as events call it", "sudo", .type = VALUE_TEXT},
	{"gid", "its number", "27", .type = VALUE_INT},
	{"members", "who the line names", "ann, bob", .type = VALUE_LIST},
	{"primary", "the accounts whose primary group it is", "root", .type = VALUE_LIST,
	 .costly = true},
	{"malformed", "whether the line is not what group(5) asks for", "false",
	 .type = VALUE_BOOL},
	{"line", "the line, without a password", "sudo:x:27:ann,bob", .type = VALUE_TEXT},
};

struct names {
	struct arena *arena;
	struct text *at;
	size_t room, count;
};

static void add_name(struct names *names, struct text name)
{
	if (names->count == MEMBERS_MAX)
		return;
	names->at = arena_grow(names->arena, names->at, &names->room, names->count + 1,
			       sizeof(*names->at));
	names->at[names->count++] = name;
}

static struct value list_of(const struct names *names)
{
	return (struct value){.type = VALUE_LIST, .list = names->at, .count = names->count};
}

static struct value members_of(struct gather *gather, struct text text)
{
	struct names names = {.arena = gather_arena(gather)};
	struct text member;
	while (text_next(&text, ',', &member)) {
		member = text_trim(member);
		if (member.len > 0)
			add_name(&names, member);
	}
	return list_of(&names);
}

static struct value primary_of(struct gather *gather, const struct accounts *accounts, uint64_t gid)
{
	struct names names = {.arena = gather_arena(gather)};
	for (size_t i = 0; i < accounts->count; i++)
		if (accounts->at[i].has_gid && accounts->at[i].gid == gid)
			add_name(&names, accounts->at[i].name);
	return list_of(&names);
}

/* The line, with a password (anything but x, * and !) left out. */
static struct text shown_line(struct gather *gather, struct text line, struct text password)
{
	if (password.len == 0 || text_is(password, "x") || text_is(password, "*") ||
	    text_is(password, "!"))
		return line;
	size_t before = (size_t)(password.at - line.at), after = before + password.len;
	return text_of(arena_print(gather_arena(gather), "%.*s(hidden)%.*s", (int)before, line.at,
				   (int)(line.len - after), line.at + after));
}

static size_t split(struct text line, struct text parts[static PARTS])
{
	struct text rest = line;
	size_t count = 0;
	bool ends_open = text_ends(line, ":");
	for (struct text part; text_next(&rest, ':', &part); count++)
		if (count < PARTS)
			parts[count] = part;
	if (ends_open && count < PARTS)
		parts[count] = (struct text){line.at + line.len, 0};
	return count + ends_open;
}

static bool add_group(struct rows *rows, const struct accounts *accounts, uint64_t number,
		      struct text line)
{
	struct text parts[PARTS] = {{0}}, shown;
	uint64_t gid;
	size_t count = split(line, parts);
	shown = shown_line(rows->gather, line, parts[1]);
	bool has_gid = text_to_u64(parts[2], 0, UINT32_MAX, &gid), nis = false;
	if (parts[0].len > 0)
		nis = parts[0].at[0] == '+' || parts[0].at[0] == '-';
	struct value *values = rows_add(rows, (struct evidence){TEXT("/etc/group"), number, shown});
	if (!values)
		return false;
	values[FIELD_NAME] = values[FIELD_GROUP] = value_text(VALUE_TEXT, parts[0]);
	if (has_gid)
		values[FIELD_GID] = value_number(VALUE_INT, (int64_t)gid);
	values[FIELD_MEMBERS] = members_of(rows->gather, parts[3]);
	if (has_gid && accounts)
		values[FIELD_PRIMARY] = primary_of(rows->gather, accounts, gid);
	values[FIELD_MALFORMED] = value_bool(count != PARTS || parts[0].len == 0 || !has_gid ||
					     nis);
	values[FIELD_LINE] = value_text(VALUE_TEXT, shown);
	return true;
}

/* Accounts, where the query asks for them; false: that was the answer. */
static bool read_accounts(struct rows *rows, const struct accounts **accounts)
{
	static const struct accounts none;
	struct text why;
	*accounts = NULL;
	if (!call_wants(rows->call, FIELD_PRIMARY))
		return true;
	enum gather_answer read = account_read(rows->gather, accounts, &why);
	if (read == GATHER_FAILED)
		return answer_fail(rows->gather, rows->answer, why);
	if (read == GATHER_MISSING)
		*accounts = &none;
	return true;
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	struct text content, why, line;
	const struct accounts *accounts;
	enum gather_answer read = gather_read(gather, TEXT("/etc/group"), &content, &why);
	if (read == GATHER_MISSING)
		answer_skip(gather, answer, TEXT("there are no groups: /etc/group is missing"));
	if (read == GATHER_FAILED)
		answer_fail(gather, answer, why);
	if (read != GATHER_OK || !read_accounts(&rows, &accounts))
		return;
	if (!rows_keep(&rows, &content))
		return;
	for (uint64_t number = 1; text_next(&content, '\n', &line); number++) {
		struct text shown = text_trim(line);
		if (shown.len > 0 && shown.at[0] != '#' &&
		    !add_group(&rows, accounts, number, line))
			return;
	}
	rows_give(&rows);
}

const struct probe probe_groups = {
	.name = "groups",
	.help = "local groups; also lines of /etc/group that are none (malformed:true)",
	.subject_help = "a query over the groups",
	.subject_example = "gid:0",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.table = true,
	.reads = "/etc/group; /etc/passwd for who has it as the primary one",
	.privilege = "none",
	.cost = "one or two small files",
	.run = run,
};
