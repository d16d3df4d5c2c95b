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

const struct machine_key machine_keys[] = {
	{"mounts", add_mounts},
	{"modules", add_modules},
	{NULL, NULL},
};
