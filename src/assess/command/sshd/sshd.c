#include <arpa/inet.h>
#include <string.h>

#include "assess/command/program.h"
#include "assess/command/sshd/effective.h"
#include "assess/command/table.h"
#include "assess/probe/account.h"

#define CONFIG "/etc/ssh/sshd_config"
#define CRITERIA_MAX 8
#define GROUPS_MAX 1000 /* that a user is in */
#define REFUSED 255

enum option { OPTION_DUMP, OPTION_TEST, OPTION_CONNECTION, OPTION_FILE, OPTION_COUNT };

static const struct program_option options[] = {
	{'T', NULL, false}, {'t', NULL, false}, {'C', NULL, true}, {'f', NULL, true}};

struct dump {
	const struct native_call *call;
	struct native_answer *answer;
	struct effective effective;
	struct text keys[CRITERIA_MAX], values[CRITERIA_MAX];
	struct sshd_connection connection;
	struct buf out, host; /* host: what sshd says of the host between its two readings */
};

/* -------- the connection that is asked about -------- */

static const struct {
	const char *given, *criterion;
} criteria[] = {{"user", "user"},          {"host", "host"},       {"addr", "address"},
		{"laddr", "localaddress"}, {"lport", "localport"}, {"rdomain", "rdomain"}};

static void set_criterion(struct dump *dump, struct text key, struct text value)
{
	size_t at = 0;
	while (at < dump->connection.count && !text_is_equal(dump->keys[at], key))
		at++;
	must(at < CRITERIA_MAX);
	dump->keys[at] = key;
	dump->values[at] = value;
	if (at == dump->connection.count)
		dump->connection.count++;
}

/* "user=root,addr=192.0.2.1" */
static bool read_connection(struct dump *dump, struct text text)
{
	struct text part, key;
	while (text_next(&text, ',', &part)) {
		struct text value = part;
		size_t i = 0;
		if (!text_next(&value, '=', &key) || key.len == part.len)
			return false;
		while (i < array_len(criteria) && !text_is(key, criteria[i].given))
			i++;
		if (i == array_len(criteria))
			return false;
		set_criterion(dump, text_of(criteria[i].criterion), value);
	}
	return true;
}

static bool is_member(struct text members, struct text user)
{
	struct text each;
	while (text_next(&members, ',', &each))
		if (text_is_equal(text_trim(each), user))
			return true;
	return false;
}

/* The user's groups by passwd and group, with commas; nothing where there is no such user. */
static void add_groups(struct dump *dump, struct text user)
{
	struct gather *gather = dump->call->gather;
	const struct accounts *accounts;
	const struct account *account = NULL;
	struct text why, content, line, name, skipped;
	scoped(buf_end) struct buf groups = {0};
	if (account_read(gather, &accounts, &why) != GATHER_OK)
		return;
	for (size_t i = 0; i < accounts->count && !account; i++)
		if (text_is_equal(accounts->at[i].name, user))
			account = &accounts->at[i];
	if (!account)
		return;
	buf_text(&groups, account_group(gather, account->gid));
	if (gather_read(gather, TEXT("/etc/group"), &content, &why) != GATHER_OK)
		content = (struct text){0};
	for (size_t count = 0; count < GROUPS_MAX && text_next(&content, '\n', &line);)
		if (text_next(&line, ':', &name) && text_next(&line, ':', &skipped) &&
		    text_next(&line, ':', &skipped) && is_member(line, user)) {
			buf_print(&groups, ",%.*s", TEXT_ARG(name));
			count++;
		}
	set_criterion(dump, TEXT("group"), arena_text(gather_arena(gather), buf_view(&groups)));
}

/* -------- printing -------- */

static const struct effective_said *said_of(const struct dump *dump, const char *name)
{
	return effective_of(&dump->effective, keyword_find(text_of(name)));
}

static struct text family_of(const struct dump *dump)
{
	const struct effective_said *said = said_of(dump, "addressfamily");
	return said->count > 0 ? said->at[0] : TEXT("any");
}

static void print_listen(struct dump *dump, struct text host, struct text port)
{
	bool wide = memchr(host.at, ':', host.len) != NULL;
	buf_print(&dump->out, wide ? "listenaddress [%.*s]:%.*s\n" : "listenaddress %.*s:%.*s\n",
		  TEXT_ARG(host), TEXT_ARG(port));
}

static void print_listen_everywhere(struct dump *dump, struct text port)
{
	if (!text_is(family_of(dump), "inet"))
		print_listen(dump, TEXT("::"), port);
	if (!text_is(family_of(dump), "inet6"))
		print_listen(dump, TEXT("0.0.0.0"), port);
}

/* "192.0.2.1:22", "[::1]:22", either without port; false: a name that would have to be looked up */
static bool split_listen(struct arena *arena, struct text text, struct text *host,
			 struct text *port)
{
	unsigned char bytes[16];
	size_t colon = text.len, colons = 0;
	*port = (struct text){0};
	for (size_t i = 0; i < text.len; i++)
		if (text.at[i] == ':') {
			colon = i;
			colons++;
		}
	if (text.len > 2 && text.at[0] == '[') {
		const char *end = memchr(text.at, ']', text.len);
		if (!end)
			return false;
		*host = (struct text){text.at + 1, (size_t)(end - text.at) - 1};
		size_t skip = host->len + 2;
		if (text.len > skip + 1 && text.at[skip] == ':')
			*port = (struct text){text.at + skip + 1, text.len - skip - 1};
	} else {
		*host = (struct text){text.at, colons == 1 ? colon : text.len};
		if (colons == 1)
			*port = (struct text){text.at + colon + 1, text.len - colon - 1};
	}
	const char *shown = arena_copy(arena, host->at, host->len);
	return inet_pton(AF_INET, shown, bytes) == 1 || inet_pton(AF_INET6, shown, bytes) == 1;
}

static bool fits_family(struct dump *dump, struct text host)
{
	bool wide = memchr(host.at, ':', host.len) != NULL;
	if (text_is(family_of(dump), "any") || text_is(family_of(dump), wide ? "inet6" : "inet"))
		return true;
	buf_print(&dump->effective.err,
		  "bad addr or host: %.*s (Address family for hostname not supported)\r\n",
		  TEXT_ARG(host));
	dump->effective.refused = true;
	return false;
}

static bool print_listens(struct dump *dump, const struct effective_said *ports)
{
	const struct effective_said *said = said_of(dump, "listenaddress");
	static const struct text port_of_ssh = {"22", 2};
	for (size_t i = 0; i < (said->count > 0 ? said->count : 1); i++)
		for (size_t j = 0; j < (ports->count > 0 ? ports->count : 1); j++) {
			struct text all = ports->count > 0 ? ports->at[j] : port_of_ssh, host, port;
			if (said->count == 0) {
				print_listen_everywhere(dump, all);
				continue;
			}
			if (!split_listen(gather_arena(dump->call->gather), said->at[i], &host,
					  &port))
				return false;
			if (!fits_family(dump, host))
				return true;
			if (port.len == 0 || j == 0)
				print_listen(dump, host, port.len > 0 ? port : all);
		}
	return true;
}

static const char *const host_keys[] = {"/etc/ssh/ssh_host_rsa_key", "/etc/ssh/ssh_host_ecdsa_key",
					"/etc/ssh/ssh_host_ed25519_key"};

static bool print_keyword(struct dump *dump, const struct keyword *keyword)
{
	const struct effective_said *said = effective_of(&dump->effective, keyword);
	struct buf *out = &dump->out;
	if (keyword->kind == KEYWORD_LISTEN)
		return print_listens(dump, said_of(dump, "port"));
	bool cleared = said->count == 1 && keyword->kind == KEYWORD_WORDS &&
		       text_is_alike(said->at[0], TEXT("none")) && !keyword->fallback;
	for (size_t i = 0; i < said->count && !cleared; i++) {
		scoped(buf_end) struct buf list = {0};
		if (keyword->kind == KEYWORD_ALGOS &&
		    !effective_assemble(keyword, said->at[i], &list))
			return false;
		buf_print(out, "%s %.*s\n", keyword->name,
			  TEXT_ARG(list.len > 0 ? buf_view(&list) : said->at[i]));
	}
	if (said->count == 0 && keyword->fallback)
		buf_print(out, "%s %s\n", keyword->name, keyword->fallback);
	bool own_keys = said->count == 0 && strcmp(keyword->name, "hostkey") == 0;
	for (size_t i = 0; own_keys && i < array_len(host_keys); i++)
		buf_print(out, "hostkey %s\n", host_keys[i]);
	return true;
}

static bool is_shown(const struct keyword *keyword)
{
	return keyword->kind < KEYWORD_GONE && strcmp(keyword->name, "debianbanner") != 0 &&
	       strcmp(keyword->name, "rdomain") != 0;
}

/* -------- what sshd wants to be there -------- */

static bool has(struct dump *dump, struct text path, enum gather_kind kind)
{
	struct gather_stat stat;
	struct text why;
	return gather_stat(dump->call->gather, path, true, &stat, &why) == GATHER_OK &&
	       stat.kind == kind;
}

static bool has_user(struct dump *dump)
{
	const struct accounts *accounts;
	struct text why;
	bool found = account_read(dump->call->gather, &accounts, &why) != GATHER_OK;
	for (size_t i = 0; !found && i < accounts->count; i++)
		found = text_is(accounts->at[i].name, "sshd");
	return found;
}

static bool has_host_key(struct dump *dump)
{
	const struct effective_said *said = said_of(dump, "hostkey");
	bool any = false;
	for (size_t i = 0; said->count == 0 && i < array_len(host_keys); i++)
		any |= has(dump, text_of(host_keys[i]), GATHER_FILE);
	for (size_t i = 0; i < said->count; i++) {
		bool there = has(dump, said->at[i], GATHER_FILE);
		any |= there;
		if (!there)
			buf_print(&dump->host, "Unable to load host key: %.*s\r\n",
				  TEXT_ARG(said->at[i]));
	}
	return any;
}

/* Of the running system: an image gets its keys and /run when it starts. */
static int check_host(struct dump *dump)
{
	struct buf *err = &dump->host;
	if (!gather_is_running(dump->call->gather))
		return 0;
	if (!has_user(dump)) {
		buf_cstr(err, "Privilege separation user sshd does not exist\r\n");
		return REFUSED;
	}
	if (!has_host_key(dump)) {
		buf_cstr(err, "sshd: no hostkeys available -- exiting.\r\n");
		return 1;
	}
	if (!has(dump, TEXT("/run/sshd"), GATHER_FOLDER)) {
		buf_cstr(err, "Missing privilege separation directory: /run/sshd\r\n");
		return REFUSED;
	}
	return 0;
}

/* -------- the row -------- */

/* What the host is missing comes between the two readings, and may be the end. */
static bool give(struct dump *dump, int exit)
{
	struct buf *said = &dump->effective.err;
	size_t first = dump->effective.again ? dump->effective.first_len : said->len;
	bool ended = exit != 0 && !dump->effective.refused;
	scoped(buf_end) struct buf err = {0};
	buf_add(&err, said->at, first);
	buf_text(&err, buf_view(&dump->host));
	if (!ended)
		buf_add(&err, said->at + first, said->len - first);
	return program_end(dump->call, dump->answer, &dump->out, &err, exit);
}

/* False: that was the answer. */
static bool print_all(struct dump *dump)
{
	for (size_t i = 0; keywords[i].name; i++)
		if (is_shown(&keywords[i]) && !print_keyword(dump, &keywords[i]))
			return !program_fail(dump->call, dump->answer,
					     "%s: what sshd makes of it can't be told without "
					     "looking up a name",
					     keywords[i].name);
	return true;
}

static bool run(struct dump *dump, bool shows)
{
	struct effective *effective = &dump->effective;
	struct err err = {0};
	int exit = 0;
	if (!has(dump, effective->path, GATHER_FILE)) {
		buf_print(&effective->err, "%.*s: No such file or directory\n",
			  TEXT_ARG(effective->path));
		return program_end(dump->call, dump->answer, &dump->out, &effective->err, 1);
	}
	if (!effective_read(effective, dump->connection.count > 0 ? &dump->connection : NULL, &err))
		return native_fail(dump->answer,
				   arena_text(gather_arena(dump->call->gather), text_of(err.text)));
	bool early = effective->refused && !effective->again;
	exit = early ? REFUSED : check_host(dump);
	bool late = exit == 0 && effective->refused;
	if (shows && exit == 0 && !late && !print_all(dump))
		return true;
	if (effective->refused)
		buf_clear(&dump->out);
	return give(dump, exit != 0 ? exit : effective->refused ? REFUSED : 0);
}

/* -C that stands for itself, not behind other letters. */
static unsigned count_connections(const struct native_call *call)
{
	unsigned count = 0;
	for (size_t i = 1; i < call->argc; i++)
		count += text_starts(call->argv[i], "-C");
	return count;
}

static bool answer_sshd(const struct native_call *call, struct native_answer *answer)
{
	struct program_args args;
	if (!program_read_args(call, options, OPTION_COUNT, &args) || args.word_count > 0 ||
	    !(args.given[OPTION_DUMP] || args.given[OPTION_TEST]) ||
	    count_connections(call) != args.given[OPTION_CONNECTION])
		return false;
	if (!call->gather || !program_is_here(call, answer))
		return true;
	struct dump *dump = arena_get(gather_arena(call->gather), 1, sizeof(*dump));
	*dump = (struct dump){.call = call, .answer = answer};
	dump->effective.gather = call->gather;
	dump->effective.path = args.given[OPTION_FILE] ? args.values[OPTION_FILE] : TEXT(CONFIG);
	dump->connection = (struct sshd_connection){.keys = dump->keys, .values = dump->values};
	scoped(buf_end) struct buf none = {0}, err = {0};
	for (size_t i = 1; i < call->argc; i++) {
		if (!text_starts(call->argv[i], "-C"))
			continue;
		bool apart = call->argv[i].len == 2;
		struct text text = apart ? call->argv[i + 1]
					 : (struct text){call->argv[i].at + 2,
							 call->argv[i].len - 2};
		if (!read_connection(dump, text)) {
			buf_print(&err, "Invalid test mode specification %.*s\n", TEXT_ARG(text));
			return program_end(call, answer, &none, &err, 1);
		}
	}
	for (size_t i = 0; i < dump->connection.count; i++)
		if (text_is(dump->keys[i], "user")) {
			add_groups(dump, dump->values[i]);
			break;
		}
	run(dump, args.given[OPTION_DUMP] > 0);
	buf_end(&dump->out);
	buf_end(&dump->host);
	buf_end(&dump->effective.err);
	return true;
}

const struct native native_sshd = {
	.program = "sshd",
	.forms = "-T [-C user=U,host=H,addr=A,laddr=A,lport=P]… [-f FILE]; -t",
	.reads = CONFIG " and what it includes; /etc/passwd, /etc/group; the names of host keys",
	.prints = "each setting that is in force, in lower case, with the built-in values of "
		  "OpenSSH 9.2; or what sshd refuses",
	.answer = answer_sshd,
};
