#include <inttypes.h>
#include <string.h>

#include "assess/host/account/sshkey.h"
#include "assess/probe/account.h"
#include "assess/probe/answer.h"
#include "assess/probe/table.h"
#include "assess/setting/sshd.h"
#include "base/buf.h"
#include "base/map.h"

#define CONFIG "/etc/ssh/sshd_config"
#define KEY_SIZE_MAX 65536 /* bytes of a file that may be a key; larger ones are none */
#define LINES_MAX 100000   /* of one authorized_keys */

enum field {
	FIELD_KIND,
	FIELD_USER,
	FIELD_TYPE,
	FIELD_BITS,
	FIELD_FINGERPRINT,
	FIELD_COMMENT,
	FIELD_OPTIONS,
	FIELD_ENCRYPTED,
	FIELD_MODE,
	FIELD_OWNER,
	FIELD_MALFORMED,
	FIELD_PATH,
	FIELD_COUNT,
};

static const struct probe_field fields[] = {
	{"kind",
	 "authorized (lets in), host (sshd's public key), public (of a user), private (of sshd or "
	 "a user)",
	 "authorized", .type = VALUE_TEXT},
	{"user",
	 "whose: the account that it lets into, or whose folder it is in; nothing for sshd's",
	 "root", .type = VALUE_TEXT},
	{"type", "ssh-ed25519, ssh-rsa, ecdsa-sha2-nistp256, ssh-dss, sk-…, …-cert-v01@openssh.com",
	 "ssh-ed25519", .type = VALUE_TEXT},
	{"bits", "its size; nothing where the file does not say", "256", .type = VALUE_INT},
	{"fingerprint", "as \"ssh-keygen -l\" shows it",
	 "SHA256:67stLk2JGCepL/Nm2RCisaHFXbChLiB8HUd7+Qs9G2M", .type = VALUE_TEXT},
	{"comment", "what stands behind it", "ann@laptop", .type = VALUE_TEXT},
	{"options", "of an authorized one: from=…, command=…, no-pty, restrict …",
	 "from=\"10.0.0.0/8\", no-pty", .type = VALUE_LIST},
	{"encrypted", "of a private one: whether a passphrase protects it", "true",
	 .type = VALUE_BOOL},
	{"mode", "of the file", "0600", .type = VALUE_MODE},
	{"owner", "of the file", "root", .type = VALUE_TEXT},
	{"malformed", "whether it is no key that OpenSSH knows", "false", .type = VALUE_BOOL},
	{"path", "the file", "/root/.ssh/authorized_keys", .type = VALUE_TEXT},
};

struct reading {
	struct rows *rows;
	struct map *seen; /* folders of users, and files of sshd's, that were looked at */
	bool there;
};

static bool fail(struct reading *reading, struct text why)
{
	return answer_fail(reading->rows->gather, reading->rows->answer, why);
}

static bool is_new(struct reading *reading, struct text path)
{
	return !map_put(reading->seen, path, reading);
}

/* -------- rows -------- */

/* A file that may hold keys. */
struct file {
	const char *kind;
	struct text path, user; /* user at NULL: sshd's */
	struct gather_stat stat;
};

static struct value *add_row(struct reading *reading, const struct file *file, uint64_t line,
			     const struct sshkey *key)
{
	struct gather *gather = reading->rows->gather;
	struct text type = key->type.at ? key->type : TEXT("no key");
	struct text seen = print_text(
		gather, "%.*s %" PRIu64 " %.*s %.*s", (int)text_cut(type, 100), type.at, key->bits,
		TEXT_ARG(key->print), (int)text_cut(key->comment, 100), key->comment.at);
	struct value *values = rows_add(reading->rows, (struct evidence){file->path, line, seen});
	if (!values)
		return NULL;
	values[FIELD_KIND] = value_text(VALUE_TEXT, text_of(file->kind));
	values[FIELD_USER] = value_text(VALUE_TEXT, file->user);
	values[FIELD_TYPE] = value_text(VALUE_TEXT, key->type);
	if (key->bits > 0)
		values[FIELD_BITS] = value_number(VALUE_INT, (int64_t)key->bits);
	values[FIELD_FINGERPRINT] = value_text(VALUE_TEXT, key->print);
	values[FIELD_MODE] = value_number(VALUE_MODE, file->stat.mode);
	values[FIELD_OWNER] = value_text(VALUE_TEXT, account_user(gather, file->stat.uid));
	values[FIELD_MALFORMED] = value_bool(key->malformed);
	values[FIELD_PATH] = value_text(VALUE_TEXT, file->path);
	return values;
}

static bool add_line(struct reading *reading, const struct file *file, uint64_t number,
		     struct text line)
{
	struct sshkey key;
	if (arena_left(gather_arena(reading->rows->gather)) < GATHER_ARENA_SPARE)
		return fail(reading, TEXT("this run has read as much as it may keep in memory"));
	sshkey_parse_line(line, gather_arena(reading->rows->gather), &key);
	struct value *values = add_row(reading, file, number, &key);
	if (!values)
		return false;
	values[FIELD_COMMENT] = value_text(VALUE_TEXT, key.comment);
	if (strcmp(file->kind, "authorized") == 0)
		values[FIELD_OPTIONS] = (struct value){
			.type = VALUE_LIST, .list = key.options, .count = key.option_count};
	return true;
}

static bool add_lines(struct reading *reading, const struct file *file, struct text content)
{
	struct text line;
	if (!rows_keep(reading->rows, &content))
		return false;
	for (uint64_t number = 1; text_next(&content, '\n', &line); number++) {
		line = text_trim(line);
		if (number > LINES_MAX)
			return fail(reading, print_text(reading->rows->gather,
							"%.*s has more than 100000 lines",
							TEXT_ARG(file->path)));
		if (line.len > 0 && line.at[0] != '#' && !add_line(reading, file, number, line))
			return false;
	}
	return true;
}

/* Stat and content of a file; *found false: it is not there, or can be no key. */
static bool open_key(struct reading *reading, struct file *file, uint64_t limit,
		     struct text *content, bool *found)
{
	struct gather *gather = reading->rows->gather;
	struct text why;
	*found = false;
	enum gather_answer answer = gather_stat(gather, file->path, true, &file->stat, &why);
	if (answer == GATHER_FAILED)
		return fail(reading, why);
	if (answer == GATHER_MISSING ||
	    (limit > 0 && (file->stat.kind != GATHER_FILE || file->stat.size > limit)))
		return true;
	answer = gather_read(gather, file->path, content, &why);
	*found = answer == GATHER_OK;
	reading->there |= *found;
	return answer != GATHER_FAILED || fail(reading, why);
}

/* What the file beside it says of its public half, where it does not itself. */
static bool look_beside(struct reading *reading, const struct file *file, struct sshkey *key)
{
	struct arena *arena = gather_arena(reading->rows->gather);
	struct file beside = {
		.path = text_of(arena_print(arena, "%.*s.pub", TEXT_ARG(file->path)))};
	struct text content, line;
	struct sshkey public;
	bool found;
	if (key->print.at || key->malformed)
		return true;
	if (!open_key(reading, &beside, KEY_SIZE_MAX, &content, &found))
		return false;
	if (!found || !rows_keep(reading->rows, &content) || !text_next(&content, '\n', &line))
		return !found || reading->rows->answer->outcome == PROBE_ROWS;
	sshkey_parse_line(line, arena, &public);
	if (!public.malformed)
		*key = (struct sshkey){.type = public.type,
				       .bits = public.bits,
				       .print = public.print,
				       .comment = TEXT("")};
	return true;
}

static bool add_private(struct reading *reading, const struct file *file, struct text content)
{
	struct sshkey_private private;
	if (!sshkey_parse_private(content, gather_arena(reading->rows->gather), &private))
		return true;
	if (!look_beside(reading, file, &private.key))
		return false;
	struct value *values = add_row(reading, file, 0, &private.key);
	if (!values)
		return false;
	values[FIELD_ENCRYPTED] = value_bool(private.encrypted);
	return true;
}

/* -------- sshd's own keys -------- */

static bool read_host_key(struct reading *reading, struct text path)
{
	struct file private = {.kind = "private", .path = path};
	struct file public = {.kind = "host",
			      .path = text_of(arena_print(gather_arena(reading->rows->gather),
							  "%.*s.pub", TEXT_ARG(path)))};
	struct text content;
	bool found;
	if (!is_new(reading, path))
		return true;
	if (!open_key(reading, &public, KEY_SIZE_MAX, &content, &found) ||
	    (found && !add_lines(reading, &public, content)))
		return false;
	if (!open_key(reading, &private, KEY_SIZE_MAX, &content, &found))
		return false;
	return !found || add_private(reading, &private, content);
}

static bool read_setting(struct reading *reading, const char *key, struct settings *settings)
{
	struct err err = {0};
	*settings = (struct settings){0};
	return sshd_read(reading->rows->gather, TEXT(CONFIG), text_of(key), NULL, settings, &err) ||
	       fail(reading, text_of(err.text));
}

/* What the configuration names, and what lies in /etc/ssh under the usual names. */
static bool read_host_keys(struct reading *reading)
{
	struct gather *gather = reading->rows->gather;
	struct settings settings;
	const struct text *paths;
	size_t count;
	struct err err = {0};
	if (!read_setting(reading, "HostKey", &settings))
		return false;
	for (size_t i = 0; i < settings.count; i++)
		if (text_starts(settings.at[i].value, "/") &&
		    !read_host_key(reading, settings.at[i].value))
			return false;
	if (!gather_glob(gather, TEXT("/etc/ssh/ssh_host_*_key*"), &paths, &count, &err))
		return fail(reading, text_of(err.text));
	for (size_t i = 0; i < count; i++) {
		struct text path = paths[i];
		path.len -= text_ends(path, ".pub") ? strlen(".pub") : 0;
		if (text_ends(path, "_key") && !read_host_key(reading, path))
			return false;
	}
	return true;
}

/* -------- users' keys -------- */

/* %h %u %U %%; what has no slash in front is below the home folder. */
static struct text authorized_path(struct reading *reading, const struct account *account,
				   struct text pattern)
{
	scoped(buf_end) struct buf out = {0};
	for (size_t i = 0; i < pattern.len; i++) {
		char c = i + 1 < pattern.len && pattern.at[i] == '%' ? pattern.at[++i] : '\0';
		if (c == 'h')
			buf_text(&out, account->home);
		else if (c == 'u')
			buf_text(&out, account->name);
		else if (c == 'U')
			buf_print(&out, "%" PRIu32, account->uid);
		else
			buf_char(&out, pattern.at[i]);
	}
	struct text made = buf_view(&out);
	if (text_starts(made, "/"))
		return arena_text(gather_arena(reading->rows->gather), made);
	return text_of(arena_print(gather_arena(reading->rows->gather), "%.*s/%.*s",
				   TEXT_ARG(account->home), TEXT_ARG(made)));
}

static bool read_authorized(struct reading *reading, const struct account *account,
			    const struct settings *places)
{
	static const struct text usual[] = {{".ssh/authorized_keys", 20},
					    {".ssh/authorized_keys2", 21}};
	const struct setting *set = places->count > 0 ? &places->at[0] : NULL;
	const struct text *patterns = set ? set->words : usual;
	size_t count = set ? set->word_count : array_len(usual);
	for (size_t i = 0; i < count; i++) {
		struct file file = {.kind = "authorized", .user = account->name};
		struct text content;
		bool found;
		if (text_is_alike(patterns[i], TEXT("none")))
			continue;
		file.path = authorized_path(reading, account, patterns[i]);
		if (!open_key(reading, &file, 0, &content, &found) ||
		    (found && !add_lines(reading, &file, content)))
			return false;
	}
	return true;
}

/* What is no key, and may be large. */
static bool is_other(struct text name)
{
	static const char *const starts[] = {
		"known_hosts", "authorized_keys", "config", "environment", "rc", "agent"};
	for (size_t i = 0; i < array_len(starts); i++)
		if (text_starts(name, starts[i]))
			return true;
	return false;
}

static bool read_folder(struct reading *reading, const struct account *account)
{
	struct gather *gather = reading->rows->gather;
	struct text folder = text_of(
		arena_print(gather_arena(gather), "%.*s/.ssh", TEXT_ARG(account->home)));
	const struct gather_entry *entries;
	size_t count;
	struct text why;
	if (!is_new(reading, folder))
		return true;
	enum gather_answer answer = gather_list(gather, folder, &entries, &count, &why);
	if (answer == GATHER_FAILED)
		return fail(reading, why);
	for (size_t i = 0; answer == GATHER_OK && i < count; i++) {
		struct text name = entries[i].name, content;
		bool public = text_ends(name, ".pub"), found;
		struct file file = {.kind = public ? "public" : "private",
				    .user = account->name,
				    .path = text_of(arena_print(gather_arena(gather), "%.*s/%.*s",
								TEXT_ARG(folder), TEXT_ARG(name)))};
		if (is_other(name) || entries[i].kind == GATHER_FOLDER)
			continue;
		if (!open_key(reading, &file, KEY_SIZE_MAX, &content, &found))
			return false;
		if (found && !(public ? add_lines(reading, &file, content)
				      : add_private(reading, &file, content)))
			return false;
	}
	return true;
}

static bool read_users(struct reading *reading)
{
	const struct accounts *accounts;
	struct settings places;
	struct text why;
	if (!read_setting(reading, "AuthorizedKeysFile", &places))
		return false;
	if (account_read(reading->rows->gather, &accounts, &why) == GATHER_FAILED)
		return fail(reading, why);
	for (size_t i = 0; i < accounts->count; i++) {
		const struct account *account = &accounts->at[i];
		if (account->malformed || !text_starts(account->home, "/"))
			continue;
		if (!read_authorized(reading, account, &places) || !read_folder(reading, account))
			return false;
	}
	return true;
}

static void run(struct gather *gather, const struct probe_call *call, struct probe_answer *answer)
{
	struct rows rows = {.gather = gather, .call = call, .answer = answer};
	scoped(map_free) struct map *seen = map_new();
	struct reading reading = {.rows = &rows, .seen = seen};
	struct gather_stat stat;
	struct text why;
	if (!read_host_keys(&reading) || !read_users(&reading))
		return;
	if (!reading.there &&
	    gather_stat(gather, TEXT("/etc/ssh"), true, &stat, &why) == GATHER_MISSING)
		answer_skip(gather, answer,
			    TEXT("OpenSSH is not set up here: no /etc/ssh, and no keys of users"));
	else
		rows_give(&rows);
}

const struct probe probe_sshkeys = {
	.name = "sshkeys",
	.help = "keys of OpenSSH: sshd's own, those that let users in, and users' own; of private "
		"ones whether they are encrypted, never what is in them",
	.subject_help = "a query over the keys",
	.subject_example = "kind:authorized and user:root",
	.fields = fields,
	.field_count = FIELD_COUNT,
	.table = true,
	.reads = "HostKey and AuthorizedKeysFile of " CONFIG " (its part for everybody), "
		 "/etc/ssh/ssh_host_*_key, .ssh in the home folders of /etc/passwd",
	.privilege = "root: users' folders are closed to others",
	.cost = "some small files a user",
	.run = run,
};
