#include "assess/setting/setting.h"

#include <stdlib.h>
#include <string.h>

static struct setting copy_of(struct gather *gather, const struct setting *setting)
{
	struct arena *arena = gather_arena(gather);
	struct setting copy = *setting;
	struct text *words = arena_get(arena, setting->word_count, sizeof(*words));
	for (size_t i = 0; i < setting->word_count; i++)
		words[i] = arena_text(arena, setting->words[i]);
	copy.words = words;
	copy.value = arena_text(arena, setting->value);
	copy.where.path = arena_text(arena, setting->where.path);
	size_t len = text_cut(setting->where.text, 4 * ITEM_EVIDENCE_TEXT_MAX);
	if (setting->where.text.at)
		copy.where.text = arena_text(arena, (struct text){setting->where.text.at, len});
	return copy;
}

bool setting_add(struct settings *settings, struct gather *gather, const struct setting *setting,
		 struct err *err)
{
	if (settings->taken++ == SETTING_COUNT_MAX)
		return err_set(err, ERR_LIMIT, "it is set more than %d times", SETTING_COUNT_MAX);
	if (setting->value.len > SETTING_BYTES_MAX - settings->bytes)
		return err_set(err, ERR_LIMIT, "its values have more than %u bytes together",
			       SETTING_BYTES_MAX);
	settings->bytes += setting->value.len;
	if (arena_left(gather_arena(gather)) < GATHER_ARENA_SPARE)
		return err_set(err, ERR_LIMIT,
			       "this run has read as much as it may keep in memory");
	settings->at = arena_grow(gather_arena(gather), settings->at, &settings->room,
				  settings->count + 1, sizeof(*settings->at));
	settings->at[settings->count++] = copy_of(gather, setting);
	return true;
}

bool setting_set(struct settings *settings, struct gather *gather, const struct setting *setting,
		 struct err *err)
{
	settings->count = 0;
	return setting_add(settings, gather, setting, err);
}

bool setting_count_file(struct settings *settings, struct err *err)
{
	return ++settings->files <= SETTING_FILES_MAX ||
	       err_set(err, ERR_LIMIT, "it takes in more than %d files", SETTING_FILES_MAX);
}

bool setting_read(struct settings *settings, struct gather *gather, struct text path,
		  struct text *content, struct err *err)
{
	struct text why;
	*content = (struct text){0};
	if (!setting_count_file(settings, err))
		return false;
	enum gather_answer answer = gather_read(gather, path, content, &why);
	if (answer == GATHER_FAILED)
		return err_set(err, ERR_SYSTEM, "%.*s", TEXT_ARG(why));
	if (answer == GATHER_MISSING && !settings->missing.at)
		settings->missing = why;
	if (answer == GATHER_OK && !content->at)
		*content = TEXT("");
	return true;
}

struct dropin {
	struct text name, path;
};

struct dropins {
	struct dropin *at;
	size_t room, count;
};

static void end_dropins(struct dropins *dropins)
{
	mem_free(&dropins->at);
}

static bool has_name(const struct dropins *dropins, size_t count, struct text name)
{
	for (size_t i = 0; i < count; i++)
		if (text_is_equal(dropins->at[i].name, name))
			return true;
	return false;
}

static bool add_folder(struct dropins *dropins, struct gather *gather, struct text folder,
		       struct err *err)
{
	const struct gather_entry *entries;
	size_t count, before = dropins->count;
	struct text why;
	enum gather_answer answer = gather_list(gather, folder, &entries, &count, &why);
	if (answer == GATHER_FAILED)
		return err_set(err, ERR_SYSTEM, "%.*s", TEXT_ARG(why));
	for (size_t i = 0; answer == GATHER_OK && i < count; i++) {
		struct text name = entries[i].name;
		if (!text_ends(name, ".conf") || name.at[0] == '.' ||
		    has_name(dropins, before, name))
			continue;
		if (dropins->count == SETTING_FILES_MAX)
			return err_set(err, ERR_LIMIT, "there are more than %d drop-in files",
				       SETTING_FILES_MAX);
		dropins->at = mem_grow(dropins->at, &dropins->room, dropins->count + 1,
				       sizeof(*dropins->at));
		dropins->at[dropins->count++] = (struct dropin){
			name, text_of(arena_print(gather_arena(gather), "%.*s/%.*s",
						  TEXT_ARG(folder), TEXT_ARG(name)))};
	}
	return true;
}

static int compare_dropins(const void *a, const void *b)
{
	const struct dropin *one = a, *other = b;
	return text_compare(one->name, other->name);
}

/* A link to /dev/null says: nothing of that name. */
static bool is_masked(struct gather *gather, struct text path)
{
	struct gather_stat stat;
	struct text target, why;
	return gather_peek(gather, path, false, &stat, &why) == GATHER_OK &&
	       stat.kind == GATHER_LINK && gather_link(gather, path, &target, &why) == GATHER_OK &&
	       text_is(target, "/dev/null");
}

bool setting_dropins(struct gather *gather, const char *const *folders, const char *below,
		     const struct text **paths, size_t *count, struct err *err)
{
	scoped(end_dropins) struct dropins dropins = {0};
	struct arena *arena = gather_arena(gather);
	for (size_t i = 0; folders[i]; i++) {
		struct text folder = text_of(arena_print(arena, "%s%s", folders[i], below));
		if (!add_folder(&dropins, gather, folder, err))
			return false;
	}
	if (dropins.count > 0)
		qsort(dropins.at, dropins.count, sizeof(*dropins.at), compare_dropins);
	struct text *list = arena_get(arena, dropins.count, sizeof(*list));
	size_t kept = 0;
	for (size_t i = 0; i < dropins.count; i++)
		if (!is_masked(gather, dropins.at[i].path))
			list[kept++] = dropins.at[i].path;
	*paths = list;
	*count = kept;
	return true;
}
