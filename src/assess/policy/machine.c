#include "assess/policy/machine.h"

#include "base/buf.h"

static bool put(struct machine *machine, const char *path, const struct buf *content)
{
	return fixture_add_text(machine->fixture, path, buf_view(content), machine->err);
}

/* Whether the map has no keys but these, and each has one value, or where `lists` a list. */
static bool has_keys(struct machine *machine, const struct doc *doc, const char *const *keys,
		     bool lists, const char *usage)
{
	for (size_t i = 0; i < doc->count; i++) {
		size_t at = 0;
		while (keys[at] && !text_is(doc->keys[i]->text, keys[at]))
			at++;
		if (!keys[at])
			return doc_err(doc->keys[i], machine->err, "unknown key \"%.*s\"; write %s",
				       (int)text_cut(doc->keys[i]->text, 60), doc->keys[i]->text.at,
				       usage);
		if (doc->items[i]->kind == DOC_MAP || (!lists && doc->items[i]->kind == DOC_LIST))
			return doc_err(doc->items[i], machine->err, "%s is one value", keys[at]);
	}
	return true;
}

static struct text part(const struct doc *doc, const char *key, const char *otherwise)
{
	const struct doc *value = doc_get(doc, key);
	return value && value->kind == DOC_SCALAR ? value->text : text_of(otherwise);
}

/* -------- mounts -------- */

/* A name as the kernel writes it: no white space. */
static void put_name(struct buf *out, struct text name)
{
	for (size_t i = 0; i < name.len; i++)
		if (name.at[i] == ' ' || name.at[i] == '\t' || name.at[i] == '\n' ||
		    name.at[i] == '\\')
			buf_print(out, "\\%03o", (unsigned)name.at[i]);
		else
			buf_char(out, name.at[i]);
}

static void put_options(struct buf *out, const struct doc *options)
{
	if (!options)
		buf_cstr(out, "rw,relatime");
	else if (options->kind == DOC_SCALAR)
		put_name(out, options->text);
	for (size_t i = 0; options && options->kind == DOC_LIST && i < options->count; i++) {
		buf_cstr(out, i > 0 ? "," : "");
		put_name(out, options->items[i]->text);
	}
}

static void put_mount(struct buf *out, size_t number, struct text path, const struct doc *mount)
{
	bool map = mount && mount->kind == DOC_MAP;
	buf_print(out, "%zu %d 8:%zu / ", number, number == 1 ? 0 : 1, number);
	put_name(out, path);
	buf_char(out, ' ');
	put_options(out, map ? doc_get(mount, "options") : mount);
	buf_cstr(out, " - ");
	put_name(out, map ? part(mount, "fstype", "ext4") : TEXT("ext4"));
	buf_char(out, ' ');
	put_name(out, map ? part(mount, "source", "/dev/sda1") : TEXT("/dev/sda1"));
	buf_cstr(out, " rw\n");
}

/* Every host has a root. */
static bool add_mounts(struct machine *machine, const struct doc *doc)
{
	static const char *const keys[] = {"fstype", "options", "source", NULL};
	scoped(buf_end) struct buf out = {0};
	if (doc && (doc->kind != DOC_MAP || doc->count > MACHINE_THINGS_MAX))
		return doc_err(doc, machine->err, "mounts is a map: { /tmp: { fstype: tmpfs } }");
	put_mount(&out, 1, TEXT("/"), doc ? doc_get(doc, "/") : NULL);
	for (size_t i = 0; doc && i < doc->count; i++) {
		const struct doc *mount = doc->items[i];
		if (mount->kind == DOC_MAP &&
		    !has_keys(machine, mount, keys, true, "fstype, options or source"))
			return false;
		if (!text_starts(doc->keys[i]->text, "/"))
			return doc_err(doc->keys[i], machine->err, "a mount's path begins with /");
		if (!text_is(doc->keys[i]->text, "/"))
			put_mount(&out, i + 2, doc->keys[i]->text, mount);
	}
	return put(machine, "/proc/1/mountinfo", &out);
}

/* -------- modules -------- */

#define RELEASE "6.1.0-13-amd64"

static bool refuse_modules(struct machine *machine, const struct doc *doc)
{
	return doc_err(doc, machine->err,
		       "modules is a list of loaded ones, or a map of names and loaded, available "
		       "or builtin: { ext4: loaded }");
}

static bool add_module(struct machine *machine, const struct doc *doc, size_t i,
		       struct buf files[static 3])
{
	const struct doc *item = doc->items[i];
	struct text name = (doc->kind == DOC_MAP ? doc->keys[i] : item)->text;
	struct text state = doc->kind == DOC_MAP ? item->text : TEXT("loaded");
	bool loaded = text_is(state, "loaded");
	if (item->kind != DOC_SCALAR || name.len == 0)
		return refuse_modules(machine, item);
	if (loaded)
		buf_print(&files[0], "%.*s 16384 0 - Live 0x0000000000000000\n", TEXT_ARG(name));
	if (loaded || text_is(state, "available"))
		buf_print(&files[1], "kernel/%.*s.ko:\n", TEXT_ARG(name));
	else if (text_is(state, "builtin"))
		buf_print(&files[2], "kernel/%.*s.ko\n", TEXT_ARG(name));
	else
		return refuse_modules(machine, item);
	return true;
}

static void end_files(struct buf (*files)[3])
{
	for (size_t i = 0; i < 3; i++)
		buf_end(&(*files)[i]);
}

/* Every host has a kernel, and modules that could be loaded. */
static bool add_modules(struct machine *machine, const struct doc *doc)
{
	scoped(end_files) struct buf files[3] = {{0}};
	scoped(buf_end) struct buf release = {0};
	buf_cstr(&release, RELEASE "\n");
	if (doc && (doc->kind == DOC_SCALAR || doc->count > MACHINE_THINGS_MAX))
		return refuse_modules(machine, doc);
	for (size_t i = 0; doc && i < doc->count; i++)
		if (!add_module(machine, doc, i, files))
			return false;
	return put(machine, "/proc/sys/kernel/osrelease", &release) &&
	       put(machine, "/proc/modules", &files[0]) &&
	       put(machine, "/lib/modules/" RELEASE "/modules.dep", &files[1]) &&
	       put(machine, "/lib/modules/" RELEASE "/modules.builtin", &files[2]);
}

/* -------- services -------- */

#define UNITS "/usr/lib/systemd/system"

static bool put_link(struct machine *machine, const char *folder, struct text name,
		     const char *target)
{
	scoped(buf_end) struct buf path = {0};
	buf_print(&path, "%s%.*s%s", folder, TEXT_ARG(name),
		  text_find(name, TEXT("."), &(size_t){0}) ? "" : ".service");
	struct fixture_file link = {.path = buf_view(&path),
				    .kind = GATHER_LINK,
				    .content = text_of(target),
				    .mode = 0777};
	return fixture_add(machine->fixture, &link, machine->err);
}

static bool put_unit(struct machine *machine, struct text name, bool is_static)
{
	scoped(buf_end) struct buf path = {0}, unit = {0};
	buf_print(&path, UNITS "/%.*s%s", TEXT_ARG(name),
		  text_find(name, TEXT("."), &(size_t){0}) ? "" : ".service");
	buf_print(&unit, "[Unit]\nDescription=an example\n%s",
		  is_static ? "" : "[Install]\nWantedBy=multi-user.target\n");
	return put(machine, path.at, &unit);
}

static bool has_word(const struct doc *doc, const char *word)
{
	bool has = doc->kind == DOC_SCALAR && text_is(doc->text, word);
	for (size_t i = 0; doc->kind == DOC_LIST && i < doc->count; i++)
		has |= text_is(doc->items[i]->text, word);
	return has;
}

static bool are_service_words(const struct doc *doc)
{
	static const char *const words[] = {"enabled", "disabled", "static", "masked", "active"};
	size_t known = 0;
	for (size_t i = 0; i < array_len(words); i++)
		known += has_word(doc, words[i]);
	return known == (doc->kind == DOC_LIST ? doc->count : 1);
}

static bool add_service(struct machine *machine, struct text name, const struct doc *words)
{
	struct {
		const char *word, *folder, *target;
	} links[] = {
		{"enabled", "/etc/systemd/system/multi-user.target.wants/", UNITS "/unit"},
		{"masked", "/etc/systemd/system/", "/dev/null"},
		{"active", "/run/systemd/units/invocation:", "00000000000000000000000000000001"},
	};
	if (!put_unit(machine, name, has_word(words, "static")))
		return false;
	for (size_t i = 0; i < array_len(links); i++)
		if (has_word(words, links[i].word) &&
		    !put_link(machine, links[i].folder, name, links[i].target))
			return false;
	return true;
}

static bool put_folder(struct machine *machine, const char *path)
{
	struct fixture_file folder = {.path = text_of(path), .kind = GATHER_FOLDER, .mode = 0755};
	return fixture_add(machine->fixture, &folder, machine->err);
}

/* Every host runs systemd, though no unit of it. */
static bool add_services(struct machine *machine, const struct doc *doc)
{
	static const char usage[] =
		"services is a map of names and enabled, disabled, static, masked or active, one "
		"or a list: { auditd: [enabled, active] }";
	if (doc && (doc->kind != DOC_MAP || doc->count > MACHINE_THINGS_MAX))
		return doc_err(doc, machine->err, "%s", usage);
	if (!put_folder(machine, "/run/systemd/system") || !put_folder(machine, UNITS))
		return false;
	for (size_t i = 0; doc && i < doc->count; i++) {
		struct text name = doc->keys[i]->text;
		bool odd = name.len == 0 || name.len > 200;
		for (size_t j = 0; j < name.len; j++)
			odd |= name.at[j] == '/' || name.at[j] <= ' ';
		if (odd || !are_service_words(doc->items[i]))
			return doc_err(odd ? doc->keys[i] : doc->items[i], machine->err, "%s",
				       usage);
		if (!add_service(machine, name, doc->items[i]))
			return false;
	}
	return true;
}

const struct machine_key machine_keys[] = {
	{"mounts", add_mounts},
	{"modules", add_modules},
	{"services", add_services},
	{NULL, NULL},
};
