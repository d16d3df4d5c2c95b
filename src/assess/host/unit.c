#include "assess/host/unit.h"

#include <string.h>

#include "base/buf.h"

#define DROPIN_FOLDERS_MAX 256
#define SUFFIXES_MAX 16 /* of folders of drop-ins of one unit */
#define LINE_MAX_SIZE (1024u * 1024)

const char *const unit_folders[] = {
	"/etc/systemd/system.control", "/run/systemd/system.control",
	"/run/systemd/transient",      "/run/systemd/generator.early",
	"/etc/systemd/system",         "/etc/systemd/system.attached",
	"/run/systemd/system",         "/run/systemd/system.attached",
	"/run/systemd/generator",      "/usr/local/lib/systemd/system",
	"/usr/lib/systemd/system",     "/lib/systemd/system",
	"/run/systemd/generator.late", NULL,
};

#define FOLDERS (array_len(unit_folders) - 1)

static const char *const types[] = {".service",   ".socket", ".device", ".mount",
				    ".automount", ".swap",   ".target", ".path",
				    ".timer",     ".slice",  ".scope"};

static const char *type_of(struct text name)
{
	for (size_t i = 0; i < array_len(types); i++)
		if (text_ends(name, types[i]) && name.len > strlen(types[i]))
			return types[i];
	return NULL;
}

bool unit_name(struct gather *gather, struct text given, struct text *name)
{
	for (size_t i = 0; i < given.len; i++) {
		char c = given.at[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!letter && !(c >= '0' && c <= '9') && (c == '\0' || !strchr(":-_.\\@", c)))
			return false;
	}
	if (given.len == 0 || given.len > UNIT_NAME_MAX - strlen(".service"))
		return false;
	*name = text_of(arena_print(gather_arena(gather), "%.*s%s", TEXT_ARG(given),
				    type_of(given) ? "" : ".service"));
	return name->at[0] != '.' && name->at[0] != '@';
}

static struct text join(struct gather *gather, const char *folder, struct text name)
{
	return text_of(arena_print(gather_arena(gather), "%s/%.*s", folder, TEXT_ARG(name)));
}

static struct text base_name(struct text path)
{
	size_t at = path.len;
	while (at > 0 && path.at[at - 1] != '/')
		at--;
	return (struct text){path.at + at, path.len - at};
}

/* foo@.service of foo@bar.service; at NULL: it is no instance. */
static struct text template_of(struct gather *gather, struct text name)
{
	const char *type = type_of(name), *at = memchr(name.at, '@', name.len);
	if (!type || !at || at + 1 == name.at + name.len - strlen(type))
		return (struct text){0};
	return text_of(
		arena_print(gather_arena(gather), "%.*s@%s", (int)(at - name.at), name.at, type));
}

bool unit_has_systemd(struct gather *gather)
{
	static const char *const places[] = {"/usr/lib/systemd/system", "/lib/systemd/system",
					     "/etc/systemd/system", "/run/systemd/system"};
	struct gather_stat stat;
	struct text why;
	for (size_t i = 0; i < array_len(places); i++)
		if (gather_stat(gather, text_of(places[i]), true, &stat, &why) != GATHER_MISSING)
			return true;
	return false;
}

/* -------- the file -------- */

/* One folder's file of this name. *name changes where it is an alias. */
enum found { FOUND_NONE, FOUND_FILE, FOUND_MASK, FOUND_ALIAS, FOUND_ERROR };

static enum found look_in(struct gather *gather, const char *folder, struct text *name,
			  struct unit *unit, struct err *err)
{
	struct text path = join(gather, folder, *name), target, why, base;
	struct gather_stat stat;
	enum gather_answer answer = gather_stat(gather, path, false, &stat, &why);
	if (answer == GATHER_MISSING)
		return FOUND_NONE;
	if (answer == GATHER_OK && stat.kind == GATHER_LINK)
		answer = gather_link(gather, path, &target, &why);
	if (answer != GATHER_OK) {
		err_set(err, ERR_SYSTEM, "%.*s", TEXT_ARG(why));
		return FOUND_ERROR;
	}
	unit->path = path;
	if (stat.kind != GATHER_LINK)
		return stat.kind == GATHER_FILE && stat.size > 0 ? FOUND_FILE : FOUND_MASK;
	if (text_is(target, "/dev/null"))
		return FOUND_MASK;
	base = base_name(target);
	if (text_is_equal(base, *name) || text_is_equal(base, template_of(gather, *name)))
		return FOUND_FILE; /* linked from elsewhere */
	*name = base;
	return FOUND_ALIAS;
}

static enum found look_everywhere(struct gather *gather, struct text *name, struct unit *unit,
				  struct err *err)
{
	enum found found = FOUND_NONE;
	for (size_t i = 0; i < FOLDERS && found == FOUND_NONE; i++)
		found = look_in(gather, unit_folders[i], name, unit, err);
	struct text template = template_of(gather, *name);
	for (size_t i = 0; i < FOLDERS && found == FOUND_NONE && template.at; i++) {
		found = look_in(gather, unit_folders[i], &template, unit, err);
		if (found == FOUND_ALIAS)
			found = FOUND_FILE; /* of a template: its own name stays */
	}
	return found;
}

static bool find_file(struct gather *gather, struct unit *unit, struct err *err)
{
	struct text name = unit->asked;
	for (size_t i = 0; i < UNIT_ALIASES_MAX; i++) {
		unit->name = name;
		enum found found = look_everywhere(gather, &name, unit, err);
		if (found == FOUND_ERROR)
			return false;
		if (found == FOUND_NONE)
			unit->path = (struct text){0};
		unit->masked = found == FOUND_MASK;
		unit->exists = found == FOUND_MASK || found == FOUND_FILE;
		if (found != FOUND_ALIAS)
			return true;
	}
	return err_set(err, ERR_INPUT, "%.*s is an alias of an alias, more than %d times",
		       TEXT_ARG(unit->asked), UNIT_ALIASES_MAX);
}

/* -------- what is set -------- */

struct reading {
	struct gather *gather;
	const char *section; /* NULL: any */
	struct text key;
	struct settings *settings;
	struct err *err;
};

/* A line with what follows a backslash at its end; comments in between go. */
static bool next_line(struct text *rest, struct buf *out, uint64_t *number, uint64_t *next)
{
	struct text line;
	bool more = false;
	buf_clear(out);
	while (text_next(rest, '\n', &line)) {
		++*next;
		struct text shown = text_trim(line);
		bool comment = shown.len > 0 && (shown.at[0] == '#' || shown.at[0] == ';');
		if (comment || (shown.len == 0 && !more))
			continue;
		if (!more)
			*number = *next - 1;
		more = text_ends(line, "\\");
		line.len -= more;
		if (out->len + line.len <= LINE_MAX_SIZE)
			buf_text(out, line);
		if (!more)
			return true;
		buf_char(out, ' ');
	}
	return out->len > 0;
}

static bool take_line(struct reading *reading, struct evidence where, struct text line)
{
	struct text value = line, key;
	if (!text_next(&value, '=', &key) || key.len == line.len ||
	    !text_is_equal(text_trim(key), reading->key))
		return true;
	value = text_trim(value);
	if (value.len == 0) {
		reading->settings->count = 0;
		return true;
	}
	where.text = line;
	struct setting setting = {.value = value, .words = &value, .word_count = 1, .where = where};
	return setting_add(reading->settings, reading->gather, &setting, reading->err);
}

static bool read_file(struct reading *reading, struct text path)
{
	struct text content;
	if (!setting_read(reading->settings, reading->gather, path, &content, reading->err))
		return false;
	scoped(buf_end) struct buf buf = {0};
	bool inside = !reading->section;
	for (uint64_t number = 1, next = 1; next_line(&content, &buf, &number, &next);) {
		struct text line = text_trim(buf_view(&buf));
		if (line.len > 2 && line.at[0] == '[' && line.at[line.len - 1] == ']')
			inside = !reading->section ||
				 text_is((struct text){line.at + 1, line.len - 2},
					 reading->section);
		else if (inside &&
			 !take_line(reading, (struct evidence){.path = path, .line = number}, line))
			return false;
	}
	return true;
}

struct suffixes {
	struct text at[SUFFIXES_MAX];
	size_t count;
};

static void add_suffix(struct suffixes *suffixes, struct text suffix)
{
	if (suffixes->count < SUFFIXES_MAX && suffix.at)
		suffixes->at[suffixes->count++] = suffix;
}

/* a-b-c.service, then a-b-.service, then a-.service */
static void add_prefixes(struct gather *gather, struct suffixes *suffixes, struct text name)
{
	const char *type = type_of(name);
	size_t len = type ? name.len - strlen(type) : 0;
	add_suffix(suffixes, name);
	while (len > 1) {
		len--;
		if (name.at[len - 1] == '-' && len < name.len - strlen(type))
			add_suffix(suffixes, text_of(arena_print(gather_arena(gather), "%.*s%s",
								 (int)len, name.at, type)));
	}
}

static struct text *dropin_folders(struct gather *gather, const struct unit *unit, size_t *count)
{
	struct suffixes suffixes = {0};
	add_prefixes(gather, &suffixes, unit->name);
	if (!text_is_equal(unit->asked, unit->name))
		add_suffix(&suffixes, unit->asked);
	struct text template = template_of(gather, unit->name);
	if (template.at)
		add_prefixes(gather, &suffixes, template);
	const char *type = type_of(unit->name);
	struct text *paths = arena_get(gather_arena(gather), DROPIN_FOLDERS_MAX, sizeof(*paths));
	*count = 0;
	for (size_t i = 0; i < FOLDERS; i++)
		for (size_t j = 0; j < suffixes.count; j++)
			paths[(*count)++] = text_of(arena_print(gather_arena(gather), "%s/%.*s.d",
								unit_folders[i],
								TEXT_ARG(suffixes.at[j])));
	for (size_t i = 0; i < FOLDERS && type; i++)
		paths[(*count)++] = text_of(
			arena_print(gather_arena(gather), "%s/%s.d", unit_folders[i], type + 1));
	must(*count < DROPIN_FOLDERS_MAX);
	return paths;
}

bool unit_read(struct gather *gather, const struct unit *unit, const char *section, struct text key,
	       struct settings *settings, struct err *err)
{
	struct reading reading = {gather, section, key, settings, err};
	const struct text *paths;
	size_t count;
	if (!unit->exists || unit->masked)
		return true;
	struct text *places = dropin_folders(gather, unit, &count);
	const char **list = arena_get(gather_arena(gather), count + 1, sizeof(*list));
	for (size_t i = 0; i < count; i++)
		list[i] = places[i].at;
	if (!read_file(&reading, unit->path) ||
	    !setting_dropins(gather, list, "", &paths, &count, err))
		return false;
	for (size_t i = 0; i < count; i++)
		if (!read_file(&reading, paths[i]))
			return false;
	return true;
}

/* -------- links -------- */

struct links {
	struct gather *gather;
	struct unit *unit;
	struct text instance; /* of a template: the one that enabling it makes; at NULL: none */
	const struct settings *aliases;
	struct text *wanted;
	size_t room;
	bool pulled, aliased, other, linked; /* in this folder */
	struct err *err;
};

static bool is_unit(const struct links *links, struct text name)
{
	return text_is_equal(name, links->unit->name) || text_is_equal(name, links->unit->asked) ||
	       (links->instance.at && text_is_equal(name, links->instance));
}

static bool list(struct links *links, struct text path, const struct gather_entry **entries,
		 size_t *count)
{
	struct text why;
	enum gather_answer answer = gather_list(links->gather, path, entries, count, &why);
	if (answer == GATHER_MISSING)
		*count = 0;
	return answer != GATHER_FAILED || err_set(links->err, ERR_SYSTEM, "%.*s", TEXT_ARG(why));
}

static void add_wanted(struct links *links, struct text name)
{
	struct unit *unit = links->unit;
	for (size_t i = 0; i < unit->wanted_count; i++)
		if (text_is_equal(unit->wanted_by[i], name))
			return;
	if (unit->wanted_count == UNIT_WANTED_MAX)
		return;
	links->wanted = arena_grow(gather_arena(links->gather), links->wanted, &links->room,
				   unit->wanted_count + 1, sizeof(*links->wanted));
	links->wanted[unit->wanted_count++] = name;
	unit->wanted_by = links->wanted;
}

/* multi-user.target.wants and its like */
static bool look_in_wants(struct links *links, const char *folder, struct text name)
{
	static const char *const ends[] = {".wants", ".requires", ".upholds"};
	const struct gather_entry *entries;
	size_t count, len = 0;
	for (size_t i = 0; i < array_len(ends); i++)
		if (text_ends(name, ends[i]))
			len = name.len - strlen(ends[i]);
	if (len == 0)
		return true;
	if (!list(links, join(links->gather, folder, name), &entries, &count))
		return false;
	for (size_t i = 0; i < count; i++)
		if (is_unit(links, entries[i].name)) {
			links->pulled = true;
			add_wanted(links, (struct text){name.at, len});
		}
	return true;
}

static bool is_declared(const struct settings *aliases, struct text name)
{
	for (size_t i = 0; i < aliases->count; i++) {
		struct text rest = aliases->at[i].value, word;
		while (text_word(&rest, &word))
			if (text_is_equal(word, name))
				return true;
	}
	return false;
}

static bool look_at_link(struct links *links, const char *folder, struct text name)
{
	struct text target, why;
	enum gather_answer answer = gather_link(links->gather, join(links->gather, folder, name),
						&target, &why);
	if (answer == GATHER_FAILED)
		return err_set(links->err, ERR_SYSTEM, "%.*s", TEXT_ARG(why));
	if (answer == GATHER_MISSING || !text_is_equal(base_name(target), links->unit->name))
		return true;
	if (text_is_equal(name, links->unit->name))
		links->linked = true;
	else if (is_declared(links->aliases, name))
		links->aliased = true;
	else
		links->other = true;
	return true;
}

static bool look_at_links(struct links *links, const char *folder)
{
	const struct gather_entry *entries;
	size_t count;
	links->pulled = links->aliased = links->other = links->linked = false;
	if (!list(links, text_of(folder), &entries, &count))
		return false;
	for (size_t i = 0; i < count; i++) {
		struct text name = entries[i].name;
		if (entries[i].kind == GATHER_LINK ? !look_at_link(links, folder, name)
						   : !look_in_wants(links, folder, name))
			return false;
	}
	return true;
}

/* Of /etc and of /run, what they add to what is known already. */
static void settle(struct links *links, bool runtime, bool *other)
{
	struct unit *unit = links->unit;
	*other |= links->other;
	if (unit->enabled)
		return;
	if (links->pulled || links->aliased) {
		unit->enabled = true;
		unit->state = runtime ? "enabled-runtime" : "enabled";
	} else if (links->linked && !unit->state) {
		unit->state = runtime ? "linked-runtime" : "linked";
	}
}

static bool read_install(struct gather *gather, struct unit *unit, const char *key,
			 struct settings *settings, struct err *err)
{
	return unit_read(gather, unit, "Install", text_of(key), settings, err);
}

/* Without links: disabled where enabling it would make some. */
static bool settle_unlinked(struct gather *gather, struct unit *unit, bool other, bool alias,
			    struct err *err)
{
	static const char *const rules[] = {"WantedBy", "RequiredBy", "UpheldBy"};
	bool has_rules = alias;
	for (size_t i = 0; i < array_len(rules) && !has_rules; i++) {
		struct settings settings = {0};
		if (!read_install(gather, unit, rules[i], &settings, err))
			return false;
		has_rules = settings.count > 0;
	}
	struct settings also = {0};
	if (!read_install(gather, unit, "Also", &also, err))
		return false;
	unit->state = other || (!has_rules && also.count > 0) ? "indirect"
		      : has_rules                             ? "disabled"
							      : "static";
	return true;
}

static bool read_links(struct gather *gather, struct unit *unit, struct err *err)
{
	struct settings aliases = {0}, instance = {0};
	bool other = false;
	if (!read_install(gather, unit, "Alias", &aliases, err) ||
	    !read_install(gather, unit, "DefaultInstance", &instance, err))
		return false;
	struct links links = {.gather = gather, .unit = unit, .aliases = &aliases, .err = err};
	const char *type = type_of(unit->name), *at = memchr(unit->name.at, '@', unit->name.len);
	if (instance.count > 0 && at && type)
		links.instance = text_of(arena_print(
			gather_arena(gather), "%.*s@%.*s%s", (int)(at - unit->name.at),
			unit->name.at, TEXT_ARG(instance.at[instance.count - 1].value), type));
	for (size_t i = 0; i < FOLDERS; i++) {
		bool lasting = strcmp(unit_folders[i], "/etc/systemd/system") == 0;
		if (!look_at_links(&links, unit_folders[i]))
			return false;
		if (lasting || strcmp(unit_folders[i], "/run/systemd/system") == 0)
			settle(&links, !lasting, &other);
	}
	return unit->state || settle_unlinked(gather, unit, other, aliases.count > 0, err);
}

bool unit_find(struct gather *gather, struct text name, struct unit *unit, struct err *err)
{
	struct unit found = {.asked = name, .name = name};
	if (!find_file(gather, &found, err))
		return false;
	if (found.masked)
		found.state = text_starts(found.path, "/run/") ? "masked-runtime" : "masked";
	else if (text_starts(found.path, "/run/systemd/generator"))
		found.state = "generated";
	else if (text_starts(found.path, "/run/systemd/transient/") ||
		 text_starts(found.path, "/run/systemd/system.control/"))
		found.state = "transient";
	else if (found.exists && !read_links(gather, &found, err))
		return false;
	*unit = found;
	return true;
}
