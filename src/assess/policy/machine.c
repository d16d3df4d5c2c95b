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

const struct machine_key machine_keys[] = {
	{"mounts", add_mounts},
	{NULL, NULL},
};
