#include "assess/engine/source.h"

#include <stdlib.h>
#include <string.h>

/* A set of paths while it grows from component to component. */
struct paths {
	struct gather *gather;
	struct text *at;
	size_t room, count;
	bool full;
};

bool gather_has_wildcard(struct text pattern)
{
	for (size_t i = 0; i < pattern.len; i++)
		if (pattern.at[i] == '*' || pattern.at[i] == '?' || pattern.at[i] == '[')
			return true;
	return false;
}

/* Whether [set] at the front of the pattern takes c; *len is how long it is, 0: it has no end and
 * is a plain '['. */
static bool is_in_set(struct text pattern, char c, size_t *len)
{
	size_t i = 1;
	bool negated = i < pattern.len && (pattern.at[i] == '!' || pattern.at[i] == '^');
	i += negated;
	bool found = false;
	for (size_t first = i; i < pattern.len && (pattern.at[i] != ']' || i == first); i++) {
		unsigned char low = (unsigned char)pattern.at[i], high = low;
		if (i + 2 < pattern.len && pattern.at[i + 1] == '-' && pattern.at[i + 2] != ']') {
			high = (unsigned char)pattern.at[i + 2];
			i += 2;
		}
		found |= (unsigned char)c >= low && (unsigned char)c <= high;
	}
	*len = i < pattern.len ? i + 1 : 0;
	return found != negated;
}

/* Whether one piece of the pattern (no '*') takes c; *len is the piece's. */
static bool takes(struct text pattern, char c, size_t *len)
{
	*len = 1;
	if (pattern.at[0] == '?')
		return true;
	if (pattern.at[0] == '\\' && pattern.len > 1) {
		*len = 2;
		return pattern.at[1] == c;
	}
	if (pattern.at[0] == '[') {
		bool taken = is_in_set(pattern, c, len);
		if (*len > 0)
			return taken;
		*len = 1;
	}
	return pattern.at[0] == c;
}

bool gather_is_name_match(struct text pattern, struct text name)
{
	if (name.len > 0 && name.at[0] == '.' && (pattern.len == 0 || pattern.at[0] != '.'))
		return false;
	return gather_is_text_match(pattern, name);
}

/* Goes back to the last '*' when it fails, so that the time is at most name times pattern. */
bool gather_is_text_match(struct text pattern, struct text name)
{
	size_t p = 0, n = 0, star = SIZE_MAX, star_n = 0, len;
	while (n < name.len) {
		struct text rest = {pattern.at + p, pattern.len - p};
		if (rest.len > 0 && rest.at[0] == '*') {
			star = ++p;
			star_n = n;
		} else if (rest.len > 0 && takes(rest, name.at[n], &len)) {
			p += len;
			n++;
		} else if (star != SIZE_MAX) {
			p = star;
			n = ++star_n;
		} else {
			return false;
		}
	}
	while (p < pattern.len && pattern.at[p] == '*')
		p++;
	return p == pattern.len;
}

static bool add_path(struct paths *paths, struct text path)
{
	if (paths->count == GATHER_GLOB_PATHS_MAX) {
		paths->full = true;
		return false;
	}
	paths->at = mem_grow(paths->at, &paths->room, paths->count + 1, sizeof(*paths->at));
	paths->at[paths->count++] = path;
	return true;
}

static struct text join(struct gather *gather, struct text folder, struct text name)
{
	char *out = arena_get(gather_arena(gather), folder.len + name.len + 2, 1);
	memcpy(out, folder.at, folder.len);
	out[folder.len] = '/';
	memcpy(out + folder.len + 1, name.at, name.len);
	return (struct text){out, folder.len + 1 + name.len};
}

static struct text folder_path(struct text path)
{
	return path.len > 0 ? path : TEXT("/");
}

static enum gather_step add_below(void *data, struct text path, enum gather_kind kind)
{
	struct paths *paths = data;
	(void)kind;
	return add_path(paths, arena_text(gather_arena(paths->gather), path)) ? GATHER_GO_ON
									      : GATHER_STOP;
}

/* `**`: the path itself and all below it. */
static bool expand_tree(struct paths *out, struct text path, struct err *err)
{
	struct gather_walk walk = {.path = folder_path(path), .each = add_below, .data = out};
	struct text why;
	if (!add_path(out, path))
		return true;
	enum gather_answer answer = gather_walk(out->gather, &walk, &why);
	return answer != GATHER_FAILED || err_set(err, ERR_SYSTEM, "%.*s", TEXT_ARG(why));
}

/* One component with wildcards, looked for in one folder. */
static bool expand_name(struct paths *out, struct text path, struct text part, struct err *err)
{
	const struct gather_entry *entries;
	size_t count;
	struct text why;
	struct gather_stat stat;
	struct text folder = folder_path(path);
	enum gather_answer answer = gather_stat(out->gather, folder, true, &stat, &why);
	if (answer == GATHER_OK && stat.kind != GATHER_FOLDER)
		return true;
	if (answer == GATHER_OK)
		answer = gather_list(out->gather, folder, &entries, &count, &why);
	if (answer == GATHER_FAILED)
		return err_set(err, ERR_SYSTEM, "%.*s", TEXT_ARG(why));
	for (size_t i = 0; answer == GATHER_OK && i < count; i++)
		if (gather_is_name_match(part, entries[i].name) &&
		    !add_path(out, join(out->gather, path, entries[i].name)))
			break;
	return true;
}

/* Leaves only what is there; for components without wildcards behind one that has them. */
static void drop_missing(struct paths *paths)
{
	size_t count = 0;
	struct gather_stat stat;
	struct text why;
	for (size_t i = 0; i < paths->count; i++)
		if (gather_stat(paths->gather, folder_path(paths->at[i]), false, &stat, &why) !=
		    GATHER_MISSING)
			paths->at[count++] = paths->at[i];
	paths->count = count;
}

static bool expand(struct paths *from, struct paths *to, struct text part, bool wild,
		   struct err *err)
{
	for (size_t i = 0; i < from->count && !to->full; i++) {
		if (text_is(part, "**")) {
			if (!expand_tree(to, from->at[i], err))
				return false;
		} else if (gather_has_wildcard(part)) {
			if (!expand_name(to, from->at[i], part, err))
				return false;
		} else {
			add_path(to, join(from->gather, from->at[i], part));
		}
	}
	if (wild && !gather_has_wildcard(part))
		drop_missing(to);
	return !to->full ||
	       err_set(err, ERR_LIMIT, "it matches more than %d paths", GATHER_GLOB_PATHS_MAX);
}

static int compare_paths(const void *a, const void *b)
{
	return text_compare(*(const struct text *)a, *(const struct text *)b);
}

/* Sorted, each once (two `**` find things twice), into the arena. */
static void give_paths(struct paths *paths, const struct text **out, size_t *count)
{
	struct text *list = arena_get(gather_arena(paths->gather), paths->count, sizeof(*list));
	size_t kept = 0;
	if (paths->count > 0)
		qsort(paths->at, paths->count, sizeof(*paths->at), compare_paths);
	for (size_t i = 0; i < paths->count; i++)
		if (i == 0 || !text_is_equal(paths->at[i], paths->at[i - 1]))
			list[kept++] = folder_path(paths->at[i]);
	*out = list;
	*count = kept;
}

static void end_paths(struct paths *paths)
{
	mem_free(&paths->at);
}

/* The paths that a pattern led to, and what was looked at for them. */
struct globbed {
	const struct text *paths, *depends;
	size_t count, depend_count;
};

static bool expand_pattern(struct gather *gather, struct text pattern, struct globbed *globbed,
			   struct err *err)
{
	scoped(end_paths) struct paths now = {.gather = gather};
	struct text rest = pattern, part;
	bool wild = false;
	add_path(&now, TEXT(""));
	while (text_next(&rest, '/', &part)) {
		if (part.len == 0)
			continue;
		scoped(end_paths) struct paths next = {.gather = gather};
		if (!expand(&now, &next, part, wild, err))
			return false;
		wild |= gather_has_wildcard(part);
		struct paths spent = now;
		now = next;
		next = spent;
	}
	give_paths(&now, &globbed->paths, &globbed->count);
	return true;
}

/* Looked for now; NULL: it failed. */
static struct globbed *glob_anew(struct gather *gather, struct text pattern, struct err *err)
{
	struct globbed *globbed = arena_get(gather_arena(gather), 1, sizeof(*globbed));
	struct depends_aside aside = gather_depends_aside(gather);
	bool good = expand_pattern(gather, pattern, globbed, err);
	gather_depends_join(gather, &aside, &globbed->depends, &globbed->depend_count);
	return good ? globbed : NULL;
}

bool gather_glob(struct gather *gather, struct text pattern, const struct text **paths,
		 size_t *count, struct err *err)
{
	if (!gather_has_wildcard(pattern)) {
		scoped(end_paths) struct paths one = {.gather = gather};
		add_path(&one, arena_text(gather_arena(gather), pattern));
		give_paths(&one, paths, count);
		return true;
	}
	if (pattern.len > GATHER_PATH_MAX || pattern.at[0] != '/' ||
	    memchr(pattern.at, '\0', pattern.len))
		return err_set(err, ERR_INPUT,
			       "a pattern of paths begins with / and has at most %d bytes, no NUL",
			       GATHER_PATH_MAX);
	scoped(buf_end) struct buf key = {0};
	buf_cstr(&key, "glob ");
	buf_text(&key, pattern);
	struct globbed *globbed = gather_fact(gather, key.at);
	for (size_t i = 0; globbed && i < globbed->depend_count; i++)
		gather_depends_add(gather, globbed->depends[i]);
	if (!globbed) {
		globbed = glob_anew(gather, pattern, err);
		if (!globbed)
			return false;
		gather_keep_fact(gather, key.at, globbed);
	}
	*paths = globbed->paths;
	*count = globbed->count;
	return true;
}
