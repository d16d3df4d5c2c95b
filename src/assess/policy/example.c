#include "assess/policy/example.h"

#include <inttypes.h>
#include <string.h>

#include "assess/policy/load.h"
#include "assess/policy/machine.h"
#include "base/buf.h"
#include "base/time.h"
#include "format/quantity.h"

#define USERS_MAX 10000

/* -------- what a fixture may say -------- */

struct setup {
	struct fixture *fixture;
	int64_t now_us;
	const struct doc *example;
	struct err *err;
	struct buf passwd, group; /* accounts that owners and users ask for */
	uint32_t next_id;
};

static void end_setup(struct setup *setup)
{
	buf_end(&setup->passwd);
	buf_end(&setup->group);
}

/* Whether the example says what is in the file; one that only has a mode or an owner says nothing.
 */
static bool has_file(const struct setup *setup, const char *path)
{
	const struct doc *file = doc_get(doc_get(setup->example, "files"), path);
	return file && (file->kind != DOC_MAP || doc_get(file, "content"));
}

/* The number of a user or group: its own digits, root's 0, or what the fixture's own file says. */
static bool find_id(struct text file, struct text name, uint32_t *id)
{
	struct text line;
	uint64_t number;
	if (text_is(name, "root")) {
		*id = 0;
		return true;
	}
	if (text_to_u64(name, 0, UINT32_MAX, &number)) {
		*id = (uint32_t)number;
		return true;
	}
	while (text_next(&file, '\n', &line)) {
		struct text own, skipped, digits;
		if (text_next(&line, ':', &own) && text_is_equal(own, name) &&
		    text_next(&line, ':', &skipped) && text_next(&line, ':', &digits) &&
		    text_to_u64(digits, 0, UINT32_MAX, &number)) {
			*id = (uint32_t)number;
			return true;
		}
	}
	return false;
}

static struct text written(const struct setup *setup, const char *path)
{
	const struct doc *file = doc_get(doc_get(setup->example, "files"), path);
	if (file && file->kind == DOC_MAP)
		file = doc_get(file, "content");
	return file && file->kind == DOC_SCALAR ? file->text : (struct text){0};
}

/* A name that nobody defined gets an account of its own, so that its files belong to it. (Where the
 * example writes the file of accounts, a number that nobody has.) */
/* A number is itself, also where no account has it. */
static bool read_number(struct text text, uint32_t *id)
{
	uint64_t number;
	if (!text_to_u64(text, 0, UINT32_MAX - 1, &number))
		return false;
	*id = (uint32_t)number;
	return true;
}

static bool read_owner(struct setup *setup, const struct doc *doc, struct fixture_file *file)
{
	uint32_t *id = &file->uid;
	if (find_id(written(setup, "/etc/passwd"), doc->text, id) ||
	    find_id(buf_view(&setup->passwd), doc->text, id) || read_number(doc->text, id))
		return true;
	*id = setup->next_id++;
	buf_print(&setup->passwd, "%.*s:x:%" PRIu32 ":%" PRIu32 "::/:/usr/sbin/nologin\n",
		  TEXT_ARG(doc->text), *id, *id);
	return true;
}

static bool read_group(struct setup *setup, const struct doc *doc, struct fixture_file *file)
{
	uint32_t *id = &file->gid;
	if (find_id(written(setup, "/etc/group"), doc->text, id) ||
	    find_id(buf_view(&setup->group), doc->text, id) || read_number(doc->text, id))
		return true;
	*id = setup->next_id++;
	buf_print(&setup->group, "%.*s:x:%" PRIu32 ":\n", TEXT_ARG(doc->text), *id);
	return true;
}

static const struct {
	const char *name;
	enum gather_kind kind;
	uint32_t mode;
} kinds[] = {
	{"file", GATHER_FILE, 0644},          {"directory", GATHER_FOLDER, 0755},
	{"link", GATHER_LINK, 0777},          {"fifo", GATHER_FIFO, 0644},
	{"socket", GATHER_SOCKET, 0755},      {"character_device", GATHER_CHAR, 0660},
	{"block_device", GATHER_BLOCK, 0660},
};

static bool read_type(struct setup *setup, const struct doc *doc, struct fixture_file *file)
{
	for (size_t i = 0; i < array_len(kinds); i++)
		if (text_is(doc->text, kinds[i].name)) {
			file->kind = kinds[i].kind;
			file->mode = kinds[i].mode;
			return true;
		}
	return doc_err(
		doc, setup->err,
		"type is file, directory, link, fifo, socket, character_device or block_device");
}

static bool read_mode(struct setup *setup, const struct doc *doc, struct fixture_file *file)
{
	unsigned mode;
	if (!quantity_read_mode(doc->text, &mode))
		return doc_err(doc, setup->err, "mode is octal, such as \"0644\"");
	file->mode = mode;
	return true;
}

static bool read_mtime(struct setup *setup, const struct doc *doc, struct fixture_file *file)
{
	int64_t span_us;
	if (time_read(doc->text, &file->mtime_us))
		return true;
	if (!time_read_span(doc->text, &span_us))
		return doc_err(doc, setup->err,
			       "mtime is a time (2026-11-24), or how long ago it was (90d)");
	file->mtime_us = setup->now_us - span_us;
	return true;
}

static bool read_content(struct setup *setup, const struct doc *doc, struct fixture_file *file)
{
	(void)setup;
	file->content = doc->text;
	return true;
}

static bool read_denied(struct setup *setup, const struct doc *doc, struct fixture_file *file)
{
	return doc_bool(doc, &file->denied) ||
	       doc_err(doc, setup->err, "denied is true (it can't be read) or false");
}

static const struct {
	const char *name;
	bool (*read)(struct setup *setup, const struct doc *doc, struct fixture_file *file);
} file_keys[] = {
	/* type first: it settles the usual mode */
	{"type", read_type},      {"mode", read_mode},     {"content", read_content},
	{"target", read_content}, {"owner", read_owner},   {"group", read_group},
	{"mtime", read_mtime},    {"denied", read_denied},
};

static bool is_file_key(struct text name)
{
	for (size_t i = 0; i < array_len(file_keys); i++)
		if (text_is(name, file_keys[i].name))
			return true;
	return false;
}

static bool check_file_keys(struct setup *setup, const struct doc *doc)
{
	for (size_t i = 0; i < doc->count; i++) {
		struct near near = near_begin(doc->keys[i]->text);
		if (is_file_key(near.word) && doc->items[i]->kind == DOC_SCALAR)
			continue;
		if (is_file_key(near.word))
			return doc_err(doc->items[i], setup->err, "%.*s is one value",
				       TEXT_ARG(near.word));
		for (size_t j = 0; j < array_len(file_keys); j++)
			near_try(&near, file_keys[j].name);
		return doc_err(doc->keys[i], setup->err, "unknown key of a file \"%.*s\"; %s%s%s",
			       TEXT_ARG(near.word),
			       near.best ? "did you mean \""
					 : "write content, mode, owner or group",
			       near.best ? near.best : "", near.best ? "\"?" : "");
	}
	return true;
}

/* content: what it holds when the example does not say. */
static bool add_file(struct setup *setup, const struct doc *key, const struct doc *doc,
		     struct text content)
{
	struct err why = {0};
	struct fixture_file file = {.path = key->text,
				    .kind = GATHER_FILE,
				    .mode = 0644,
				    .mtime_us = setup->now_us,
				    .content = content};
	if (doc->kind == DOC_LIST)
		return doc_err(doc, setup->err,
			       "a file is a text, or a map with content, mode, owner …");
	if (doc->kind == DOC_SCALAR)
		file.content = doc_is_null(doc) ? TEXT("") : doc->text;
	else if (!check_file_keys(setup, doc))
		return false;
	for (size_t i = 0; i < array_len(file_keys); i++) {
		const struct doc *value = doc_get(doc, file_keys[i].name);
		if (value && !file_keys[i].read(setup, value, &file))
			return false;
	}
	if (!fixture_add(setup->fixture, &file, &why))
		return doc_err(key, setup->err, "%s", why.text);
	return true;
}

static bool add_made(struct setup *setup, const char *path, const struct buf *content)
{
	const struct doc *files = doc_get(setup->example, "files");
	if (has_file(setup, path))
		return true;
	if (doc_get(files, path))
		return add_file(setup, doc_key(files, path), doc_get(files, path),
				buf_view(content));
	return fixture_add_text(setup->fixture, path, buf_view(content), setup->err);
}

/* -------- the keys of a fixture -------- */

static bool add_files(struct setup *setup, const struct doc *doc)
{
	if (doc->kind != DOC_MAP)
		return doc_err(doc, setup->err, "files is a map: { /etc/issue: \"text\\n\" }");
	for (size_t i = 0; i < doc->count; i++)
		if (!add_file(setup, doc->keys[i], doc->items[i], TEXT("")))
			return false;
	return true;
}

/* A host always has a package database; doc NULL: without a package in it. */
static bool add_packages(struct setup *setup, const struct doc *doc)
{
	scoped(buf_end) struct buf out = {0};
	bool scalars = !doc || doc->kind != DOC_SCALAR;
	for (size_t i = 0; doc && i < doc->count && scalars; i++)
		scalars = doc->items[i]->kind == DOC_SCALAR;
	if (!scalars)
		return doc_err(doc, setup->err,
			       "packages is a map of names and versions: { apt: \"2.6.1\" }");
	for (size_t i = 0; doc && i < doc->count; i++) {
		bool map = doc->kind == DOC_MAP;
		struct text name = (map ? doc->keys[i] : doc->items[i])->text;
		struct text version = map && !doc_is_null(doc->items[i]) ? doc->items[i]->text
									 : TEXT("1.0-1");
		buf_print(&out,
			  "Package: %.*s\nStatus: install ok installed\nPriority: optional\n"
			  "Section: admin\nMaintainer: Example <root@localhost>\n"
			  "Architecture: amd64\nVersion: %.*s\nDescription: an example\n\n",
			  TEXT_ARG(name), TEXT_ARG(version));
	}
	return add_made(setup, "/var/lib/dpkg/status", &out);
}

static bool add_sysctl(struct setup *setup, const struct doc *doc)
{
	if (doc->kind != DOC_MAP)
		return doc_err(doc, setup->err, "sysctl is a map: { kernel.sysrq: 0 }");
	for (size_t i = 0; i < doc->count; i++) {
		struct text name = doc->keys[i]->text;
		scoped(buf_end) struct buf path = {0}, value = {0};
		if (doc->items[i]->kind != DOC_SCALAR || name.len == 0)
			return doc_err(doc->items[i], setup->err, "a setting has one value");
		buf_cstr(&path, "/proc/sys/");
		for (size_t j = 0; j < name.len; j++)
			buf_char(&path, name.at[j] == '.'   ? '/'
					: name.at[j] == '/' ? '.'
							    : name.at[j]);
		buf_text(&value, doc->items[i]->text);
		buf_char(&value, '\n');
		struct err why = {0};
		if (!fixture_add_text(setup->fixture, path.at, buf_view(&value), &why))
			return doc_err(doc->keys[i], setup->err, "%s", why.text);
	}
	return true;
}

static struct text part(const struct doc *doc, const char *key, const char *otherwise)
{
	const struct doc *value = doc_get(doc, key);
	return value ? value->text : text_of(otherwise);
}

static bool check_user(struct setup *setup, const struct doc *doc)
{
	static const char *const keys[] = {"name",  "uid",     "gid",     "home",
					   "shell", "comment", "password"};
	if (doc->kind != DOC_MAP || !doc_get(doc, "name"))
		return doc_err(doc, setup->err,
			       "a user is a map: { name: alice, uid: 1000, shell: /bin/sh }");
	for (size_t i = 0; i < doc->count; i++) {
		bool known = doc->items[i]->kind == DOC_SCALAR;
		for (size_t j = 0; j <= array_len(keys) && known; j++) {
			if (j == array_len(keys))
				known = false;
			else if (text_is(doc->keys[i]->text, keys[j]))
				break;
		}
		if (!known)
			return doc_err(
				doc->keys[i], setup->err,
				"unknown key of a user; write name, uid, gid, home, shell, comment "
				"or password");
	}
	return true;
}

static bool add_users(struct setup *setup, const struct doc *doc)
{
	if (doc->kind != DOC_LIST || doc->count > USERS_MAX)
		return doc_err(doc, setup->err, "users is a list: [ { name: root, uid: 0 } ]");
	buf_clear(&setup->passwd);
	for (size_t i = 0; i < doc->count; i++) {
		const struct doc *user = doc->items[i];
		if (!check_user(setup, user))
			return false;
		struct text name = part(user, "name", ""), uid = part(user, "uid", "1000");
		struct text gid = part(user, "gid", ""), home = part(user, "home", "");
		gid = gid.len > 0 ? gid : uid;
		buf_print(&setup->passwd, "%.*s:%.*s:%.*s:%.*s:%.*s:%.*s%.*s:%.*s\n",
			  TEXT_ARG(name), TEXT_ARG(part(user, "password", "x")), TEXT_ARG(uid),
			  TEXT_ARG(gid), TEXT_ARG(part(user, "comment", "")),
			  TEXT_ARG(home.len > 0 ? home : TEXT("/home/")),
			  TEXT_ARG(home.len > 0 ? TEXT("") : name),
			  TEXT_ARG(part(user, "shell", "/bin/bash")));
	}
	return true;
}

static const struct {
	const char *name;
	bool (*add)(struct setup *setup, const struct doc *doc);
	bool always;
} keys[] = {
	/* users first: files may belong to them */
	{"users", add_users, false},
	{"files", add_files, false},
	{"packages", add_packages, true},
	{"sysctl", add_sysctl, false},
};

static bool refuse_key(const struct doc *key, const struct near *near, struct err *err)
{
	if (near->best)
		return doc_err(key, err, "unknown key of an example \"%.*s\"; did you mean \"%s\"?",
			       TEXT_ARG(near->word), near->best);
	scoped(buf_end) struct buf names = {0};
	for (size_t i = 0; i < array_len(keys); i++)
		buf_print(&names, "%s%s", i > 0 ? ", " : "", keys[i].name);
	for (size_t i = 0; machine_keys[i].name; i++)
		buf_print(&names, ", %s", machine_keys[i].name);
	return doc_err(key, err, "unknown key of an example \"%.*s\"; write one of %s",
		       TEXT_ARG(near->word), names.at);
}

static bool check_keys(const struct doc *example, struct err *err)
{
	if (example->kind != DOC_MAP)
		return doc_err(example, err, "an example is a map: { files: { … } }");
	for (size_t i = 0; i < example->count; i++) {
		struct near near = near_begin(example->keys[i]->text);
		bool known = false;
		for (size_t j = 0; j < array_len(keys); j++) {
			known |= text_is(near.word, keys[j].name);
			near_try(&near, keys[j].name);
		}
		for (size_t j = 0; machine_keys[j].name; j++) {
			known |= text_is(near.word, machine_keys[j].name);
			near_try(&near, machine_keys[j].name);
		}
		if (!known)
			return refuse_key(example->keys[i], &near, err);
	}
	return true;
}

static bool add_machine(struct setup *setup)
{
	struct machine machine = {.fixture = setup->fixture,
				  .example = setup->example,
				  .now_us = setup->now_us,
				  .err = setup->err};
	for (size_t i = 0; machine_keys[i].name; i++)
		if (!machine_keys[i].add(&machine, doc_get(setup->example, machine_keys[i].name)))
			return false;
	return true;
}

struct fixture *example_fixture(const struct doc *example, int64_t now_us, struct err *err)
{
	scoped(fixture_free) struct fixture *fixture = fixture_new();
	scoped(end_setup) struct setup setup = {
		.fixture = fixture,
		.now_us = now_us,
		.example = example,
		.err = err,
		.next_id = 990,
	};
	char none[] = "\n"; /* a package database without packages */
	if (!check_keys(example, err) || !add_machine(&setup))
		return NULL;
	for (size_t i = 0; i < array_len(keys); i++) {
		const struct doc *doc = doc_get(example, keys[i].name);
		if ((doc || keys[i].always) && !keys[i].add(&setup, doc))
			return NULL;
	}
	if (!doc_get(example, "packages") &&
	    !add_made(&setup, "/var/lib/dpkg/status", &(struct buf){.at = none, .len = 1}))
		return NULL;
	if (!add_made(&setup, "/etc/passwd", &setup.passwd) ||
	    !add_made(&setup, "/etc/group", &setup.group))
		return NULL;
	return take(&fixture);
}

bool example_check(struct loader *loader, const struct doc *list)
{
	if (list->kind != DOC_LIST || list->count > EXAMPLES_MAX)
		return load_wrong(loader, list, "pass and fail are lists of at most %d hosts",
				  EXAMPLES_MAX);
	bool good = true;
	for (size_t i = 0; i < list->count; i++) {
		struct err err = {0};
		scoped(fixture_free) struct fixture *fixture = example_fixture(list->items[i],
									       TIME_DAY_US, &err);
		if (fixture)
			continue;
		load_err(loader, &err);
		good = false;
	}
	return good;
}
