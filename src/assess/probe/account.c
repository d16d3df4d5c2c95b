#include "assess/probe/account.h"

#include <inttypes.h>

#define FIELDS_MAX 8 /* one more than passwd has, so that too many are seen */
#define PASSWD_FIELDS 7

static size_t split(struct text line, struct text fields[static FIELDS_MAX])
{
	size_t count = 0;
	struct text rest = line, part;
	while (count < FIELDS_MAX && text_next(&rest, ':', &part))
		fields[count++] = part;
	if (count < FIELDS_MAX && line.len > 0 && line.at[line.len - 1] == ':')
		fields[count++] = (struct text){line.at + line.len, 0};
	return count;
}

static bool read_id(struct text text, uint32_t *id)
{
	uint64_t number;
	if (!text_to_u64(text, 0, UINT32_MAX, &number))
		return false;
	*id = (uint32_t)number;
	return true;
}

static struct account account_of(struct text line, uint64_t number)
{
	struct text fields[FIELDS_MAX] = {{0}};
	size_t count = split(line, fields);
	struct account account = {
		.line = line,
		.number = number,
		.name = fields[0],
		.passwd = fields[1],
		.uid_text = fields[2],
		.gid_text = fields[3],
		.gecos = fields[4],
		.home = fields[5],
		.shell = fields[6],
	};
	account.has_uid = read_id(account.uid_text, &account.uid);
	account.has_gid = read_id(account.gid_text, &account.gid);
	account.malformed = count != PASSWD_FIELDS || account.name.len == 0 ||
			    account.name.at[0] == '+' || account.name.at[0] == '-' ||
			    !account.has_uid || !account.has_gid;
	return account;
}

bool account_parse(struct text text, struct arena *arena, struct accounts *accounts)
{
	struct text rest = text, line;
	size_t room = 0, count = 0;
	struct account *list = NULL;
	for (uint64_t number = 1; text_next(&rest, '\n', &line); number++) {
		struct text shown = text_trim(line);
		if (shown.len == 0 || shown.at[0] == '#')
			continue;
		if (count == ACCOUNT_LINES_MAX)
			return false;
		list = arena_grow(arena, list, &room, count + 1, sizeof(*list));
		list[count++] = account_of(line, number);
	}
	*accounts = (struct accounts){list, count};
	return true;
}

struct passwd_fact {
	enum gather_answer answer;
	struct text why;
	struct accounts accounts;
};

enum gather_answer account_read(struct gather *gather, const struct accounts **accounts,
				struct text *why)
{
	static const char path[] = "/etc/passwd";
	struct passwd_fact *fact = gather_fact(gather, path);
	gather_depends_add(gather, text_of(path));
	if (!fact) {
		struct text content;
		fact = arena_get(gather_arena(gather), 1, sizeof(*fact));
		fact->answer = gather_read(gather, text_of(path), &content, &fact->why);
		if (fact->answer == GATHER_OK &&
		    !account_parse(arena_text(gather_arena(gather), content), gather_arena(gather),
				   &fact->accounts)) {
			fact->answer = GATHER_FAILED;
			fact->why = TEXT("/etc/passwd has more than 200000 lines");
		}
		gather_keep_fact(gather, path, fact);
	}
	*accounts = &fact->accounts;
	*why = fact->why;
	return fact->answer;
}

static struct text number_text(struct gather *gather, uint32_t id)
{
	if (id == 0)
		return TEXT("root");
	return text_of(arena_print(gather_arena(gather), "%" PRIu32, id));
}

struct text account_user(struct gather *gather, uint32_t uid)
{
	const struct accounts *accounts;
	struct text why;
	if (account_read(gather, &accounts, &why) == GATHER_OK)
		for (size_t i = 0; i < accounts->count; i++)
			if (accounts->at[i].has_uid && accounts->at[i].uid == uid)
				return accounts->at[i].name;
	return number_text(gather, uid);
}

/* The text of /etc/group, once a run; empty when it can't be had. */
static struct text group_text(struct gather *gather)
{
	static const char path[] = "/etc/group";
	struct text *fact = gather_fact(gather, path), content, why;
	gather_depends_add(gather, text_of(path));
	if (!fact) {
		fact = arena_get(gather_arena(gather), 1, sizeof(*fact));
		if (gather_read(gather, text_of(path), &content, &why) == GATHER_OK)
			*fact = arena_text(gather_arena(gather), content);
		gather_keep_fact(gather, path, fact);
	}
	return *fact;
}

struct text account_group(struct gather *gather, uint32_t gid)
{
	struct text rest = group_text(gather), line, fields[FIELDS_MAX] = {{0}};
	while (text_next(&rest, '\n', &line)) {
		uint32_t id;
		if (split(line, fields) >= 3 && fields[0].len > 0 && read_id(fields[2], &id) &&
		    id == gid)
			return fields[0];
	}
	return number_text(gather, gid);
}
