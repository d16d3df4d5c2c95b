#include "assess/command/package/dpkgdb.h"

#include <stdlib.h>
#include <string.h>

#define STATUS "/var/lib/dpkg/status"

struct fact {
	enum gather_answer answer;
	struct text why;
	struct dpkgdb db;
};

struct parsing {
	struct gather *gather;
	struct dpkgdb *db;
	struct buf warnings;
	uint64_t line;   /* of the next line */
	const char *bad; /* what is wrong; NULL: nothing */
};

/* -------- stanzas -------- */

static bool is_inner(struct text line)
{
	return line.len > 0 && (line.at[0] == ' ' || line.at[0] == '\t');
}

/* The lines up to an empty one; false: no stanza is left. *end is the number of the line behind. */
static bool next_stanza(struct text *rest, struct text *stanza, uint64_t *line)
{
	struct text each;
	*stanza = (struct text){0};
	while (text_next(rest, '\n', &each)) {
		++*line;
		if (each.len == 0 && stanza->at)
			break;
		if (each.len == 0)
			continue;
		if (!stanza->at)
			stanza->at = each.at;
		stanza->len = (size_t)(each.at + each.len - stanza->at);
		if (rest->len == 0)
			++*line;
	}
	return stanza->at != NULL;
}

bool dpkgdb_next_field(struct text *rest, struct text *name, struct text *value)
{
	struct text line;
	if (!text_next(rest, '\n', &line))
		return false;
	struct text first = line;
	if (!text_next(&first, ':', name))
		return false;
	const char *end = line.at + line.len, *begin = first.at ? first.at : end;
	while (rest->len > 0) {
		struct text ahead = *rest;
		if (!text_next(&ahead, '\n', &line) || !is_inner(line))
			break;
		end = line.at + line.len;
		*rest = ahead;
	}
	while (begin < end && (*begin == ' ' || *begin == '\t'))
		begin++;
	*value = (struct text){begin, (size_t)(end - begin)};
	while (value->len > 0 &&
	       (value->at[value->len - 1] == ' ' || value->at[value->len - 1] == '\t'))
		value->len--;
	return true;
}

struct text dpkgdb_field(const struct dpkgdb_package *package, struct text name)
{
	struct text rest = package->stanza, field, value;
	while (dpkgdb_next_field(&rest, &field, &value))
		if (text_is_alike(field, name))
			return value;
	return (struct text){0};
}

bool dpkgdb_is_installed(const struct dpkgdb_package *package)
{
	return !text_is(package->state, "not-installed");
}

void dpkgdb_show_name(const struct dpkgdb_package *package, struct buf *out)
{
	buf_text(out, package->name);
	if (package->same && package->arch.len > 0)
		buf_print(out, ":%.*s", TEXT_ARG(package->arch));
}

/* -------- parsing -------- */

static bool is_among(struct text word, const char *const *words, struct text *found)
{
	char first = word.len > 0 ? (char)(word.at[0] | 0x20) : '\0';
	for (size_t i = 0; words[i]; i++)
		if ((words[i][0] | 0x20) == first && text_is_alike(word, text_of(words[i]))) {
			*found = text_of(words[i]);
			return true;
		}
	return false;
}

/* "install ok installed" */
static bool read_status(struct text text, struct dpkgdb_package *package)
{
	static const char *const wants[] = {"unknown",   "install", "hold",
					    "deinstall", "purge",   NULL};
	static const char *const flags[] = {"ok", "reinstreq", NULL};
	static const char *const states[] = {
		"not-installed",    "config-files",    "half-installed",
		"unpacked",         "half-configured", "triggers-awaited",
		"triggers-pending", "installed",       NULL};
	struct text want, flag, state, more;
	return text_word(&text, &want) && text_word(&text, &flag) && text_word(&text, &state) &&
	       !text_word(&text, &more) && is_among(want, wants, &package->want) &&
	       is_among(flag, flags, &package->flag) && is_among(state, states, &package->state);
}

static const char *check_lines(struct text stanza)
{
	struct text line, name;
	for (bool first = true; text_next(&stanza, '\n', &line); first = false) {
		if (is_inner(line) && !first)
			continue;
		struct text rest = line;
		if (is_inner(line) || !text_next(&rest, ':', &name) || name.len == 0)
			return "a field without a name";
		if (name.len == line.len)
			return "a field name must be followed by a colon";
	}
	return NULL;
}

static void warn(struct parsing *parsing, const struct dpkgdb_package *package, const char *field)
{
	buf_print(&parsing->warnings,
		  "dpkg-query: warning: parsing file '" STATUS "' near line %llu package '",
		  (unsigned long long)parsing->line);
	dpkgdb_show_name(package, &parsing->warnings);
	buf_print(&parsing->warnings, "':\n missing '%s' field\n", field);
}

/* What dpkg misses of a package that is there. */
static const char *check_fields(struct parsing *parsing, const struct dpkgdb_package *package)
{
	if (!dpkgdb_is_installed(package))
		return NULL;
	if (dpkgdb_field(package, TEXT("Description")).len == 0)
		warn(parsing, package, "Description");
	if (dpkgdb_field(package, TEXT("Maintainer")).len == 0)
		warn(parsing, package, "Maintainer");
	if (package->version.len == 0)
		return "missing 'Version' field";
	if (package->arch.len == 0 && !text_is(package->state, "config-files"))
		warn(parsing, package, "Architecture");
	return NULL;
}

static void settle(struct dpkgdb_package *package)
{
	if (dpkgdb_is_installed(package))
		return;
	if (!text_is(package->want, "hold"))
		package->want = TEXT("unknown");
	package->version = (struct text){0};
}

static struct text lower_name(struct arena *arena, struct text name)
{
	char *out = arena_copy(arena, name.at, name.len);
	for (size_t i = 0; i < name.len; i++)
		if (out[i] >= 'A' && out[i] <= 'Z')
			out[i] = (char)(out[i] + 32);
	return (struct text){out, name.len};
}

static void add(struct parsing *parsing, const struct dpkgdb_package *package)
{
	struct dpkgdb *db = parsing->db;
	struct arena *arena = gather_arena(parsing->gather);
	if (db->count == DPKGDB_PACKAGES_MAX || arena_left(arena) < GATHER_ARENA_SPARE / 2) {
		parsing->bad = "more packages than are read";
		return;
	}
	db->at = arena_grow(arena, db->at, &db->room, db->count + 1, sizeof(*db->at));
	db->at[db->count++] = *package;
}

static void take_stanza(struct parsing *parsing, struct text stanza)
{
	struct dpkgdb_package package = {
		.stanza = stanza,
		.want = TEXT("unknown"),
		.flag = TEXT("ok"),
		.state = TEXT("not-installed"),
	};
	parsing->bad = check_lines(stanza);
	if (parsing->bad)
		return;
	package.name = lower_name(gather_arena(parsing->gather),
				  dpkgdb_field(&package, TEXT("Package")));
	struct text status = dpkgdb_field(&package, TEXT("Status"));
	package.arch = dpkgdb_field(&package, TEXT("Architecture"));
	package.version = dpkgdb_field(&package, TEXT("Version"));
	package.same = text_is_alike(dpkgdb_field(&package, TEXT("Multi-Arch")), TEXT("same"));
	if (package.name.len == 0)
		parsing->bad = "missing 'Package' field";
	else if (status.at && !read_status(status, &package))
		parsing->bad = "a 'Status' field that is none";
	else
		parsing->bad = check_fields(parsing, &package);
	settle(&package);
	if (!parsing->bad)
		add(parsing, &package);
}

/* -------- what others mention -------- */

static void end_map(struct map **map)
{
	map_free(map);
}

static bool is_one(const char *set, char c)
{
	return c != '\0' && strchr(set, c);
}

/* "a (>= 2) | b:any, c [i386]" */
static void mention(struct parsing *parsing, struct map *names, struct text list)
{
	while (list.len > 0 && !parsing->bad) {
		size_t from = 0, end;
		while (from < list.len && is_one(" \t\n,|", list.at[from]))
			from++;
		for (end = from; end < list.len && !is_one(" \t\n,|(:[<>=", list.at[end]);)
			end++;
		struct text name = {list.at + from, end - from};
		while (end < list.len && list.at[end] != ',' && list.at[end] != '|')
			end++;
		list = (struct text){list.at + end, list.len - end};
		if (name.len == 0 || map_put(names, name, parsing))
			continue;
		add(parsing, &(struct dpkgdb_package){.name = name,
						      .want = TEXT("unknown"),
						      .flag = TEXT("ok"),
						      .state = TEXT("not-installed")});
	}
}

static void take_mentioned(struct parsing *parsing)
{
	static const char *const fields[] = {"Depends",  "Pre-Depends", "Recommends", "Suggests",
					     "Breaks",   "Conflicts",   "Enhances",   "Replaces",
					     "Provides", NULL};
	scoped(end_map) struct map *names = map_new();
	size_t count = parsing->db->count;
	for (size_t i = 0; i < count; i++)
		map_put(names, parsing->db->at[i].name, parsing);
	for (size_t i = 0; i < count && !parsing->bad; i++) {
		struct text rest = parsing->db->at[i].stanza, name, value, found;
		while (dpkgdb_next_field(&rest, &name, &value))
			if (is_among(name, fields, &found))
				mention(parsing, names, value);
	}
}

static int compare(const void *a, const void *b)
{
	const struct dpkgdb_package *one = a, *other = b;
	int order = text_compare(one->name, other->name);
	return order ? order : text_compare(one->arch, other->arch);
}

/* -------- the file -------- */

static bool add_piece(void *data, struct text piece)
{
	struct buf *content = data;
	buf_text(content, piece);
	return content->len <= GATHER_FILE_SIZE_MAX;
}

/* What an interrupted dpkg left there is not in the status file yet. */
static bool is_interrupted(struct gather *gather)
{
	const struct gather_entry *entries;
	size_t count;
	struct text why;
	if (gather_list(gather, TEXT("/var/lib/dpkg/updates"), &entries, &count, &why) != GATHER_OK)
		return false;
	for (size_t i = 0; i < count; i++) {
		uint64_t number;
		if (text_to_u64(entries[i].name, 0, UINT64_MAX, &number))
			return true;
	}
	return false;
}

static void parse(struct parsing *parsing, struct text rest)
{
	struct text stanza;
	while (!parsing->bad && next_stanza(&rest, &stanza, &parsing->line))
		take_stanza(parsing, stanza);
	if (!parsing->bad)
		take_mentioned(parsing);
	if (parsing->db->count > 0)
		qsort(parsing->db->at, parsing->db->count, sizeof(*parsing->db->at), compare);
}

static void read_all(struct gather *gather, struct fact *fact)
{
	struct arena *arena = gather_arena(gather);
	struct parsing parsing = {.gather = gather, .db = &fact->db};
	scoped(buf_end) struct buf content = {0};
	fact->answer = gather_stream(gather, TEXT(STATUS), add_piece, &content, &fact->why);
	if (fact->answer == GATHER_MISSING)
		fact->answer = GATHER_OK;
	if (content.len > GATHER_FILE_SIZE_MAX || content.len > arena_left(arena) / 4)
		parsing.bad = "too large";
	else if (fact->answer == GATHER_OK && is_interrupted(gather))
		parsing.bad = "an interrupted dpkg left more in /var/lib/dpkg/updates";
	else if (fact->answer == GATHER_OK)
		parse(&parsing, arena_text(arena, buf_view(&content)));
	if (parsing.bad) {
		fact->answer = GATHER_FAILED;
		fact->why = text_of(arena_print(arena, STATUS ":%llu: %s",
						(unsigned long long)parsing.line, parsing.bad));
	}
	fact->db.warnings = arena_text(arena, buf_view(&parsing.warnings));
	buf_end(&parsing.warnings);
}

enum gather_answer dpkgdb_read(struct gather *gather, const struct dpkgdb **db, struct text *why)
{
	static const char key[] = "dpkg-query";
	struct fact *fact = gather_fact(gather, key);
	gather_depends_add(gather, TEXT(STATUS));
	if (!fact) {
		fact = arena_get(gather_arena(gather), 1, sizeof(*fact));
		read_all(gather, fact);
		gather_keep_fact(gather, key, fact);
	}
	*db = &fact->db;
	*why = fact->why;
	return fact->answer;
}
