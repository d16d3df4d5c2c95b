#include <inttypes.h>

#include "assess/command/account/base.h"
#include "assess/command/table.h"

static const struct option_word id_options[] = {
	{'u', "user", false}, {'g', "group", false}, {'G', "groups", false},
	{'n', "name", false}, {'r', "real", false},  {0, NULL, false},
};

static void put_group(struct said *said, uint32_t gid)
{
	struct text name;
	owner_group(said->gather, gid, &name);
	said_text(said, name);
}

static void put_all(struct said *said, const struct base_user *user)
{
	struct text name;
	said_print(said, "uid=%" PRIu32 "(", user->uid);
	owner_name(said->gather, user->uid, &name);
	said_text(said, name);
	said_print(said, ") gid=%" PRIu32, user->groups[0]);
	for (size_t i = 0; i < user->count; i++) {
		if (i > 0)
			said_print(said, ",%" PRIu32, user->groups[i]);
		bool named = owner_group(said->gather, user->groups[i], &name);
		for (size_t again = i == 0 ? 0 : 1; again < 2; again++) {
			if (i == 0 && again == 1)
				said_print(said, " groups=%" PRIu32, user->groups[0]);
			if (!named)
				continue;
			said_char(said, '(');
			said_text(said, name);
			said_char(said, ')');
		}
	}
}

static void put_id(struct said *said, const struct base_user *user, char what, bool names)
{
	size_t count = what == 'G' ? user->count : 1;
	struct text name;
	if (what == 'u' && names) {
		owner_name(said->gather, user->uid, &name);
		said_text(said, name);
	} else if (what == 'u') {
		said_print(said, "%" PRIu32, user->uid);
	} else if (what) {
		for (size_t i = 0; i < count; i++) {
			said_text(said, i > 0 ? TEXT(" ") : TEXT(""));
			if (names)
				put_group(said, user->groups[i]);
			else
				said_print(said, "%" PRIu32, user->groups[i]);
		}
	} else {
		put_all(said, user);
	}
	said_char(said, '\n');
}

struct id {
	struct text who; /* at NULL: nobody is named */
	char what;       /* 'u', 'g', 'G', or 0: all */
	bool names;
};

static bool read_id(const struct native_call *call, struct id *id)
{
	struct args args = {.call = call, .options = id_options};
	struct text value;
	for (int letter; (letter = args_next(&args, &value)) != ARGS_END;) {
		bool kind = letter == 'u' || letter == 'g' || letter == 'G';
		if (letter == ARGS_UNKNOWN || (letter == ARGS_OPERAND && id->who.at) ||
		    (kind && id->what))
			return false;
		id->names |= letter == 'n';
		if (letter == ARGS_OPERAND)
			id->who = value;
		id->what = kind ? (char)letter : id->what;
	}
	/* the groups of whoever runs it are those of a session */
	bool all = !id->what || id->what == 'G';
	return !(id->names && !id->what) && (id->who.at || !all);
}

static bool answer_id(const struct native_call *call, struct native_answer *answer)
{
	struct id id = {0};
	struct base_user user;
	if (!read_id(call, &id))
		return false;
	if (!call->gather)
		return true;
	scoped(said_end) struct said said = said_begin(call, answer);
	enum look look = base_user(&said, id.who.at ? id.who : TEXT("root"), &user);
	if (look == LOOK_FAILED)
		return true;
	if (look == LOOK_OK) {
		put_id(&said, &user, id.what, id.names);
	} else {
		buf_print(&said.err, "id: '%.*s': no such user\n", TEXT_ARG(id.who));
		said.exit = 1;
	}
	return said_give(&said);
}

static bool answer_groups(const struct native_call *call, struct native_answer *answer)
{
	if (call->argc < 2)
		return false;
	for (size_t i = 1; i < call->argc; i++)
		if (text_starts(call->argv[i], "-"))
			return false;
	if (!call->gather)
		return true;
	scoped(said_end) struct said said = said_begin(call, answer);
	for (size_t i = 1; i < call->argc; i++) {
		struct base_user user;
		enum look look = base_user(&said, call->argv[i], &user);
		if (look == LOOK_FAILED)
			return true;
		if (look == LOOK_NO) {
			buf_print(&said.err, "groups: '%.*s': no such user\n",
				  TEXT_ARG(call->argv[i]));
			said.exit = 1;
			continue;
		}
		said_text(&said, call->argv[i]);
		said_text(&said, TEXT(" :"));
		for (size_t j = 0; j < user.count; j++) {
			said_char(&said, ' ');
			put_group(&said, user.groups[j]);
		}
		said_char(&said, '\n');
	}
	return said_give(&said);
}

/* -------- getent -------- */

static const struct database {
	const char *name, *path;
	size_t fields;
	bool numbers, secret;
} databases[] = {
	{"passwd", "/etc/passwd", 7, true, false},
	{"group", "/etc/group", 4, true, false},
	{"shadow", "/etc/shadow", 9, false, true},
	{"gshadow", "/etc/gshadow", 4, false, true},
};

static bool is_entry(const struct database *database, struct text line)
{
	struct text fields[BASE_FIELDS_MAX];
	uint64_t number;
	if (line.len == 0 || line.at[0] == '#' || line.at[0] == '+' || line.at[0] == '-')
		return false;
	size_t count = base_split(line, fields, BASE_FIELDS_MAX);
	return count == database->fields &&
	       (!database->numbers || text_to_u64(fields[2], 0, UINT32_MAX, &number));
}

static bool put_entries(struct said *said, const struct database *database)
{
	struct text content, line;
	const char *fault;
	enum look look = look_read(said, text_of(database->path), &content, &fault);
	while (look == LOOK_OK && text_next(&content, '\n', &line)) {
		if (!is_entry(database, line))
			continue;
		said_text(said, line);
		said_char(said, '\n');
	}
	return look != LOOK_FAILED;
}

static bool answer_getent(const struct native_call *call, struct native_answer *answer)
{
	const struct database *database = NULL;
	for (size_t i = 0; i < array_len(databases) && call->argc > 1; i++)
		if (text_is(call->argv[1], databases[i].name))
			database = &databases[i];
	if (!database)
		return false;
	if (!call->gather)
		return true;
	scoped(said_end) struct said said = said_begin(call, answer);
	if (call->argc == 2 && !put_entries(&said, database))
		return true;
	for (size_t i = 2; i < call->argc; i++) {
		uint64_t number;
		struct text line;
		bool by_number = database->numbers &&
				 text_to_u64(call->argv[i], 0, UINT32_MAX, &number);
		enum look look = base_find(&said, database->path, by_number ? 2 : 0, call->argv[i],
					   &line);
		if (look == LOOK_FAILED)
			return true;
		if (look == LOOK_NO) {
			said.exit = 2;
			continue;
		}
		answer->secret |= database->secret;
		said_text(&said, line);
		said_char(&said, '\n');
	}
	return said_give(&said);
}

const struct native native_id = {
	.program = "id",
	.forms = "[-u | -g | -G] [-n] [USER]; of root where nobody is named",
	.reads = "/etc/passwd, /etc/group",
	.prints = "the user's numbers and names",
	.answer = answer_id,
};

const struct native native_groups = {
	.program = "groups",
	.forms = "USER…",
	.reads = "/etc/passwd, /etc/group",
	.prints = "the groups of each",
	.answer = answer_groups,
};

const struct native native_getent = {
	.program = "getent",
	.forms = "passwd | group | shadow | gshadow, [KEY]…",
	.reads = "the file of that name in /etc: no other source of names",
	.prints = "the lines",
	.answer = answer_getent,
};
