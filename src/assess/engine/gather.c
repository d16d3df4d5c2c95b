#include "assess/engine/gather.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "assess/engine/walk.h"

/* What is known of one path; each part once asked for. */
struct known {
	struct text path; /* without double or trailing slashes; a NUL behind */
	struct known_stat {
		bool known;
		enum gather_answer answer;
		struct gather_stat stat;
		struct text why;
	} stats[2]; /* of the link itself, followed */
	struct known_text {
		bool known;
		enum gather_answer answer;
		struct text text, why;
	} content, link;
	struct known_list {
		bool known;
		enum gather_answer answer;
		const struct gather_entry *entries;
		size_t count;
		struct text why;
	} list;
};

struct gather {
	const struct source *source;
	void *source_data;
	bool running;
	int64_t now_us;
	uint64_t file_size_limit, opens, lists;
	struct arena *arena;
	struct map *known, *asked;
	struct depending depending;
	struct asker asker;
	struct walks *walks;
	struct recalls recalls;
	struct known invalid; /* answers for paths that can't be */
	char **kept, **lent;
	size_t kept_room, kept_count, kept_bytes, lent_room, lent_count, lent_bytes;
	char *once;
	struct buf passing; /* the path that is glanced at */
};

struct gather *gather_new_from(const struct source *source, void *data,
			       const struct gather_config *config)
{
	struct gather *gather = mem_new(1, sizeof(*gather));
	*gather = (struct gather){
		.source = source,
		.source_data = data,
		.running = config->running,
		.now_us = config->now_us,
		.file_size_limit = config->file_size_limit ? config->file_size_limit
							   : GATHER_FILE_SIZE_MAX,
		.arena = arena_new(GATHER_ARENA_MAX),
		.known = map_new(),
		.depending = {.facts = map_new()},
		.asked = map_new(),
		.walks = walks_new(),
		.recalls = {.map = map_new()},
	};
	return gather;
}

void gather_end_lent(struct gather *gather)
{
	for (size_t i = 0; i < gather->lent_count; i++)
		mem_free(&gather->lent[i]);
	gather->lent_count = 0;
	gather->lent_bytes = 0;
}

void gather_free(struct gather **gather)
{
	struct gather *it = *gather;
	if (!it)
		return;
	gather_end_lent(it);
	for (size_t i = 0; i < it->kept_count; i++)
		mem_free(&it->kept[i]);
	mem_free(&it->kept);
	mem_free(&it->lent);
	mem_free(&it->once);
	buf_end(&it->passing);
	walks_free(&it->walks);
	map_free(&it->recalls.map);
	map_free(&it->known);
	map_free(&it->depending.facts);
	map_free(&it->depending.names);
	map_free(&it->asked);
	it->source->end(it->source_data);
	arena_free(&it->arena);
	mem_free(gather);
}

void gather_set_asker(struct gather *gather, struct asker asker)
{
	gather->asker = asker;
}

const struct asker *gather_asker(const struct gather *gather)
{
	return &gather->asker;
}

struct map *gather_asked(struct gather *gather)
{
	return gather->asked;
}

struct arena *gather_arena(struct gather *gather)
{
	return gather->arena;
}

bool gather_is_running(const struct gather *gather)
{
	return gather->running;
}

int64_t gather_now_us(struct gather *gather)
{
	gather_depends_add(gather, TEXT("clock"));
	return gather->now_us;
}

int64_t gather_began_us(const struct gather *gather)
{
	return gather->now_us;
}

uint64_t gather_opens(const struct gather *gather)
{
	return gather->opens;
}

uint64_t gather_lists(const struct gather *gather)
{
	return gather->lists;
}

static struct text print_why(struct gather *gather, const char *verb, struct text path,
			     const char *reason)
{
	scoped(buf_end) struct buf out = {0};
	buf_print(&out, "cannot %s ", verb);
	buf_printable(&out, path, PATH_SHOWN_MAX);
	buf_print(&out, ": %s", reason);
	return arena_text(gather->arena, buf_view(&out));
}

/* The path in one spelling: no double slash, no slash at the end. */
static struct text tidy_path(struct gather *gather, struct text path)
{
	char *out = arena_get(gather->arena, path.len + 2, 1);
	size_t len = 0;
	for (size_t i = 0; i < path.len; i++)
		if (path.at[i] != '/' || len == 0 || out[len - 1] != '/')
			out[len++] = path.at[i];
	if (len > 1 && out[len - 1] == '/')
		len--;
	out[len] = '\0';
	return (struct text){out, len};
}

static bool is_tidy(struct text path)
{
	size_t at;
	return !text_find(path, TEXT("//"), &at) && (path.len == 1 || !text_ends(path, "/"));
}

/* Why a path can't be asked for; NULL: it can. */
static const char *path_fault(const struct gather *gather, struct text path)
{
	if (path.len == 0 || path.at[0] != '/')
		return "the path does not begin with /";
	if (memchr(path.at, '\0', path.len))
		return "the path holds a NUL";
	if (path.len > GATHER_PATH_MAX)
		return "the path is longer than 65536 bytes";
	if (arena_left(gather->arena) < GATHER_ARENA_SPARE)
		return "this run has read as much as it may keep in memory (512 MiB)";
	return NULL;
}

static struct known *fail_path(struct gather *gather, struct text path, const char *fault)
{
	struct text cut = {path.at, text_cut(path, 256)};
	struct text why = arena_left(gather->arena) < GATHER_ARENA_SPARE / 2
				  ? text_of(fault)
				  : print_why(gather, "look at", cut, fault);
	struct known *known = &gather->invalid;
	*known = (struct known){.path = TEXT("")};
	for (size_t i = 0; i < array_len(known->stats); i++)
		known->stats[i] = (struct known_stat){true, GATHER_FAILED, {0}, why};
	known->content = (struct known_text){true, GATHER_FAILED, {0}, why};
	known->link = known->content;
	known->list = (struct known_list){true, GATHER_FAILED, NULL, 0, why};
	return known;
}

static struct known *know(struct gather *gather, struct text path)
{
	const char *fault = path_fault(gather, path);
	if (fault)
		return fail_path(gather, path, fault);
	if (!is_tidy(path))
		path = tidy_path(gather, path);
	struct known *known = map_get(gather->known, path);
	if (!known) {
		known = arena_get(gather->arena, 1, sizeof(*known));
		known->path = arena_text(gather->arena, path);
		map_put(gather->known, known->path, known);
	}
	gather_depends_add(gather, known->path);
	return known;
}

/* For one file of many: what is known of it, or *passing, which nobody remembers. */
static struct known *glance(struct gather *gather, struct text path, struct known *passing)
{
	const char *fault = path_fault(gather, path);
	if (fault)
		return fail_path(gather, path, fault);
	struct known *known = map_get(gather->known, path);
	if (known)
		return known;
	buf_clear(&gather->passing);
	buf_text(&gather->passing, path);
	*passing = (struct known){.path = buf_view(&gather->passing)};
	return passing;
}

static enum gather_answer answer_of(struct gather *gather, enum file_answer answer,
				    const char *verb, struct text path, const struct err *err,
				    struct text *why)
{
	*why = (struct text){0};
	if (answer == FILE_OK)
		return GATHER_OK;
	if (answer == FILE_MISSING) {
		scoped(buf_end) struct buf out = {0};
		buf_printable(&out, path, PATH_SHOWN_MAX);
		buf_cstr(&out, " is missing");
		*why = arena_text(gather->arena, buf_view(&out));
		return GATHER_MISSING;
	}
	*why = print_why(gather, verb, path, err->text);
	return GATHER_FAILED;
}

enum gather_kind source_kind(enum file_kind kind)
{
	_Static_assert((int)FILE_REGULAR == (int)GATHER_FILE &&
			       (int)FILE_LINK == (int)GATHER_LINK &&
			       (int)FILE_BLOCK == (int)GATHER_BLOCK &&
			       (int)FILE_UNKNOWN == (int)GATHER_UNKNOWN,
		       "both enumerations name the same kinds");
	return (enum gather_kind)kind;
}

static struct gather_stat stat_of(const struct file_stat *found)
{
	return (struct gather_stat){
		.kind = source_kind(found->kind),
		.mode = found->mode,
		.uid = found->uid,
		.gid = found->gid,
		.size = found->size,
		.inode = found->inode,
		.device = found->device,
		.links = found->links,
		.mtime_us = found->mtime_us,
		.made_up = found->made_up,
	};
}

static enum gather_answer look_at(struct gather *gather, struct known *known, bool follow,
				  struct gather_stat *stat, struct text *why)
{
	struct known_stat *asked = &known->stats[follow];
	if (!asked->known) {
		struct file_stat found = {0};
		struct err err = {0};
		enum file_answer answer = gather->source->stat(gather->source_data, known->path.at,
							       follow, &found, &err);
		asked->answer = answer_of(gather, answer, "look at", known->path, &err,
					  &asked->why);
		asked->stat = stat_of(&found);
		if (err.kind == ERR_INPUT)
			asked->stat.kind = GATHER_LINK;
		asked->known = true;
	}
	*stat = asked->stat;
	*why = asked->why;
	return asked->answer;
}

enum gather_answer gather_stat(struct gather *gather, struct text path, bool follow,
			       struct gather_stat *stat, struct text *why)
{
	return look_at(gather, know(gather, path), follow, stat, why);
}

enum gather_answer gather_peek(struct gather *gather, struct text path, bool follow,
			       struct gather_stat *stat, struct text *why)
{
	struct known passing;
	bool *known;
	struct gather_stat *kept = follow ? NULL : walks_look(gather->walks, path, &known);
	if (kept && *known) {
		*stat = *kept;
		*why = (struct text){0};
		return GATHER_OK;
	}
	struct known *glanced = follow ? know(gather, path) : glance(gather, path, &passing);
	enum gather_answer answer = look_at(gather, glanced, follow, stat, why);
	if (kept && answer == GATHER_OK) {
		*kept = *stat;
		*known = true;
	}
	return answer;
}

static struct gather_moment moment_of(struct file_moment moment)
{
	return (struct gather_moment){moment.at_s, moment.ns};
}

enum gather_answer gather_details(struct gather *gather, struct text path, bool follow,
				  struct gather_details *details, struct text *why)
{
	struct known *known = know(gather, path);
	struct file_details found = {0};
	struct err err = {0};
	if (known->path.len == 0) { /* it can't be asked for */
		*why = known->stats[follow].why;
		return GATHER_FAILED;
	}
	enum file_answer answer = gather->source->details(gather->source_data, known->path.at,
							  follow, &found, &err);
	*details = (struct gather_details){
		.stat = stat_of(&found.stat),
		.blocks = found.blocks,
		.block_size = found.block_size,
		.special = found.special,
		.accessed = moment_of(found.accessed),
		.modified = moment_of(found.modified),
		.changed = moment_of(found.changed),
		.born = moment_of(found.born),
		.has_born = found.has_born,
	};
	if (err.kind == ERR_INPUT)
		details->stat.kind = GATHER_LINK;
	return answer_of(gather, answer, "look at", known->path, &err, why);
}

/* Reads the file into a buffer of the caller's. */
static enum gather_answer read_file(struct gather *gather, struct known *known, uint64_t limit,
				    struct buf *out, struct text *why)
{
	struct err err = {0};
	gather->opens++;
	enum file_answer answer = gather->source->read(gather->source_data, known->path.at, limit,
						       out, &err);
	return answer_of(gather, answer, "read", known->path, &err, why);
}

static void keep_buffer(char ***list, size_t *room, size_t *count, struct buf *buf)
{
	*list = mem_grow(*list, room, *count + 1, sizeof(**list));
	(*list)[(*count)++] = take(&buf->at);
	*buf = (struct buf){0};
}

enum gather_answer gather_read(struct gather *gather, struct text path, struct text *content,
			       struct text *why)
{
	struct known *known = know(gather, path);
	struct known_text *asked = &known->content;
	*content = asked->text;
	*why = asked->why;
	if (asked->known)
		return asked->answer;
	if (gather->lent_bytes > GATHER_LENT_BYTES_MAX / 2) {
		*why = print_why(gather, "read", known->path,
				 "this test holds 64 MiB of other files already");
		return GATHER_FAILED;
	}
	scoped(buf_end) struct buf buf = {0};
	enum gather_answer answer = read_file(gather, known, gather->file_size_limit, &buf, why);
	*content = buf_view(&buf);
	if (answer != GATHER_OK || gather->kept_bytes + buf.len <= GATHER_KEPT_BYTES_MAX) {
		*asked = (struct known_text){true, answer, *content, *why};
		if (answer != GATHER_OK)
			asked->text = *content = (struct text){0};
		if (!buf.at || answer != GATHER_OK)
			return answer;
		gather->kept_bytes += buf.len;
		keep_buffer(&gather->kept, &gather->kept_room, &gather->kept_count, &buf);
		return answer;
	}
	gather->lent_bytes += buf.len;
	keep_buffer(&gather->lent, &gather->lent_room, &gather->lent_count, &buf);
	return answer;
}

bool gather_is_lending(const struct gather *gather)
{
	return gather->lent_count > 0;
}

enum gather_answer gather_read_once(struct gather *gather, struct text path,
				    const struct gather_stat *stat, struct text *content,
				    struct text *why)
{
	struct known passing, *known = glance(gather, path, &passing);
	*content = known->content.text;
	*why = known->content.why;
	if (known->content.known)
		return known->content.answer;
	if (stat && gather_recall(gather, stat, GATHER_CONTENT, content))
		return GATHER_OK;
	scoped(buf_end) struct buf buf = {0};
	enum gather_answer answer = read_file(gather, known, gather->file_size_limit, &buf, why);
	*content = answer == GATHER_OK ? buf_view(&buf) : (struct text){0};
	if (stat && content->len == stat->size &&
	    gather_remember(gather, stat, GATHER_CONTENT, content))
		return answer;
	mem_free(&gather->once);
	gather->once = take(&buf.at);
	return answer;
}

enum gather_answer gather_stream(struct gather *gather, struct text path, gather_piece_fn each,
				 void *data, struct text *why)
{
	struct known passing, *known = glance(gather, path, &passing);
	*why = known->content.why;
	if (known->content.known && known->content.answer == GATHER_OK)
		each(data, known->content.text);
	if (known->content.known)
		return known->content.answer;
	struct err err = {0};
	gather->opens++;
	enum file_answer answer = gather->source->stream(gather->source_data, known->path.at,
							 GATHER_STREAM_SIZE_MAX, each, data, &err);
	return answer_of(gather, answer, "read", known->path, &err, why);
}

static enum gather_answer read_link(struct gather *gather, struct known *known, struct text *target,
				    struct text *why)
{
	struct known_text *asked = &known->link;
	if (!asked->known) {
		scoped(buf_end) struct buf buf = {0};
		struct err err = {0};
		enum file_answer answer = gather->source->link(gather->source_data, known->path.at,
							       &buf, &err);
		asked->answer = answer_of(gather, answer, "read", known->path, &err, &asked->why);
		asked->text = arena_text(gather->arena, buf_view(&buf));
		asked->known = true;
	}
	*target = asked->text;
	*why = asked->why;
	return asked->answer;
}

enum gather_answer gather_link(struct gather *gather, struct text path, struct text *target,
			       struct text *why)
{
	return read_link(gather, know(gather, path), target, why);
}

enum gather_answer gather_link_once(struct gather *gather, struct text path, struct text *target,
				    struct text *why)
{
	struct known passing;
	return read_link(gather, glance(gather, path, &passing), target, why);
}

struct listing {
	struct gather *gather;
	struct gather_entry *entries;
	size_t room, count;
	bool full;
};

static bool add_entry(void *data, struct text name, enum file_kind kind)
{
	struct listing *listing = data;
	struct arena *arena = listing->gather->arena;
	if (listing->count == GATHER_NAMES_MAX || arena_left(arena) < GATHER_ARENA_SPARE) {
		listing->full = true;
		return false;
	}
	listing->entries = mem_grow(listing->entries, &listing->room, listing->count + 1,
				    sizeof(*listing->entries));
	listing->entries[listing->count++] = (struct gather_entry){arena_text(arena, name),
								   source_kind(kind)};
	return true;
}

static int compare_entries(const void *a, const void *b)
{
	const struct gather_entry *one = a, *other = b;
	return text_compare(one->name, other->name);
}

static void list_folder(struct gather *gather, struct known *known)
{
	struct listing listing = {.gather = gather};
	struct err err = {0};
	enum file_answer answer = gather_list_names(gather, known->path.at, add_entry, &listing,
						    &err);
	if (answer == FILE_OK && listing.full) {
		err_set(&err, ERR_LIMIT, "it holds more than %d names", GATHER_NAMES_MAX);
		answer = FILE_FAILED;
	}
	struct known_list *list = &known->list;
	*list = (struct known_list){.known = true};
	list->answer = answer_of(gather, answer, "list", known->path, &err, &list->why);
	if (answer == FILE_OK && listing.count > 0) {
		qsort(listing.entries, listing.count, sizeof(*listing.entries), compare_entries);
		struct gather_entry *entries = arena_get(gather->arena, listing.count,
							 sizeof(*entries));
		memcpy(entries, listing.entries, listing.count * sizeof(*entries));
		list->entries = entries;
		list->count = listing.count;
	}
	mem_free(&listing.entries);
}

static enum gather_answer give_list(struct gather *gather, struct known *known,
				    const struct gather_entry **entries, size_t *count,
				    struct text *why)
{
	if (!known->list.known)
		list_folder(gather, known);
	*entries = known->list.entries;
	*count = known->list.count;
	*why = known->list.why;
	return known->list.answer;
}

enum gather_answer gather_list(struct gather *gather, struct text path,
			       const struct gather_entry **entries, size_t *count, struct text *why)
{
	return give_list(gather, know(gather, path), entries, count, why);
}

enum gather_answer gather_list_once(struct gather *gather, struct text path,
				    const struct gather_entry **entries, size_t *count,
				    struct text *why)
{
	struct known passing;
	return give_list(gather, glance(gather, path, &passing), entries, count, why);
}

struct depending *gather_depending(struct gather *gather)
{
	return &gather->depending;
}

struct walks *gather_walks(struct gather *gather)
{
	return gather->walks;
}

struct recalls *gather_recalls(struct gather *gather)
{
	return &gather->recalls;
}

const struct source *gather_source(const struct gather *gather, const void **data)
{
	*data = gather->source_data;
	return gather->source;
}

enum file_answer gather_list_names(struct gather *gather, const char *path, file_name_fn each,
				   void *each_data, struct err *err)
{
	gather->lists++;
	return gather->source->list(gather->source_data, path, each, each_data, err);
}
